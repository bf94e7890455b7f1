import { activeContext, runInContext } from './context';
import { derivePromise, isPromise } from './observe-promise';
import type { Begin, RunningCall } from './running-call';

type Callback = ((value: unknown) => unknown) | null | undefined;

interface Thenable {
  then(onFulfilled?: Callback, onRejected?: Callback): unknown;
}

/** Methods that run a query without going through `then`: of drizzle, kysely, mongoose and their like. */
const terminalMethods: ReadonlySet<string | symbol> = new Set([
  'execute',
  'executeTakeFirst',
  'executeTakeFirstOrThrow',
  'exec',
  'run',
  'all',
  'get',
  'values',
]);

/** Whether a value can be awaited without being a promise of the language; `then` is looked at, never called. */
export function isThenable(value: object): value is Thenable {
  return 'then' in value && typeof value.then === 'function' && !isPromise(value);
}

/**
 * Stands in for a query builder or another lazy thenable: the query runs exactly once, when the user awaits it, and that
 * is the Call. Methods are called on the builder itself (it may have private fields), and builders that they give are
 * stood in for as well, whether they are the same or new ones.
 */
export function observeThenable(target: Thenable, begin: Begin): object {
  const proxy: object = new Proxy(target, {
    get(_target, key) {
      if (key === 'then') return (...callbacks: [Callback?, Callback?]) => awaited(target, begin(), callbacks);
      if (key === 'catch') return (onRejected?: Callback) => awaited(target, begin(), [undefined, onRejected]);
      if (key === 'finally') {
        return (onFinally?: () => void) => Promise.resolve(awaited(target, begin(), [])).finally(onFinally);
      }
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = value as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => step(target, proxy, { method, isTerminal: terminalMethods.has(key) }, args, begin);
    },
    set: (_target, key, value) => Reflect.set(target, key, value, target),
  });
  return proxy;
}

/** Runs the query, for it is the user who awaits it; the user's callbacks run where the user is. */
function awaited(
  target: Thenable,
  running: RunningCall | undefined,
  [onFulfilled, onRejected]: [Callback?, Callback?],
): unknown {
  if (running === undefined) return target.then(onFulfilled, onRejected);
  const around = activeContext();
  const run = (callback: Callback, value: unknown): unknown =>
    runInContext(around, callback as (value: unknown) => unknown, value);
  return runInContext(running, () =>
    target.then(
      (value) => {
        running.finish(false, value);
        return typeof onFulfilled === 'function' ? run(onFulfilled, value) : value;
      },
      (reason) => {
        running.finish(true, reason);
        if (typeof onRejected === 'function') return run(onRejected, reason);
        throw reason;
      },
    ),
  );
}

interface Step {
  readonly method: (...args: unknown[]) => unknown;
  readonly isTerminal: boolean;
}

function step(target: Thenable, proxy: object, { method, isTerminal }: Step, args: unknown[], begin: Begin): unknown {
  const running = isTerminal ? begin() : undefined;
  let result: unknown;
  try {
    result =
      running === undefined ? method.apply(target, args) : runInContext(running, () => method.apply(target, args));
  } catch (error) {
    running?.finish(true, error);
    throw error;
  }
  if (typeof result === 'object' && result !== null && isThenable(result)) {
    // Not the end after all, such as drizzle's `insert().values()`: the query has not run.
    running?.drop();
    return result === target ? proxy : observeThenable(result, begin);
  }
  if (isPromise(result)) {
    // A method that nobody has told us of has begun a query: better a Call from here on than none.
    const call = running ?? begin();
    if (call === undefined) return result;
    return derivePromise(result, {
      onFulfilled: (value) => call.finish(false, value),
      onRejected: (reason) => call.finish(true, reason),
    });
  }
  running?.finish(false, result);
  return result;
}
