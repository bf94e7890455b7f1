import { inspect, types } from 'node:util';

/** How a promise is doing, told without waiting for it; `undefined` where it does not say. */
export type SettledState = 'pending' | 'fulfilled' | 'rejected';

/** Asks a promise, or the process behind one, in a way that is not noticed: a rejection that nobody handles stays so. */
export function settledState(value: object): SettledState | undefined {
  try {
    if (types.isPromise(value)) return stateOfPromise(value);
    if (isChildProcess(value)) return stateOfProcess(value);
    // Of Bluebird.
    if (says(value, 'isPending')) return 'pending';
    if (says(value, 'isRejected')) return 'rejected';
    return says(value, 'isFulfilled') ? 'fulfilled' : undefined;
  } catch {
    return undefined;
  }
}

/** A process of `node:child_process`, which may be awaited, as execa's are. */
export function isChildProcess(value: object): value is { exitCode: number | null; signalCode: string | null } {
  return 'spawnargs' in value && 'exitCode' in value && 'kill' in value;
}

/** The one way in which Node tells it of a promise. */
function stateOfPromise(promise: Promise<unknown>): SettledState {
  const text = inspect(promise, { depth: 0, customInspect: false, maxArrayLength: 0, maxStringLength: 0 });
  const [, state] = /^[^{]*\{\s*<(pending|rejected)>/.exec(text) ?? [];
  return (state as SettledState | undefined) ?? 'fulfilled';
}

function stateOfProcess({
  exitCode,
  signalCode,
}: {
  exitCode: number | null;
  signalCode: string | null;
}): SettledState {
  if (exitCode === null && signalCode === null) return 'pending';
  return exitCode === 0 ? 'fulfilled' : 'rejected';
}

function says(value: object, question: string): boolean {
  const method: unknown = Reflect.get(value, question);
  return typeof method === 'function' && Reflect.apply(method, value, []) === true;
}
