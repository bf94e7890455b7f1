import type { Call } from '../call/call';

/** How far up an error is followed; a call further up writes it once more. */
const maxAbove = 64;

/**
 * Which errors are on a line of a call already, for the calls around that one: they only pass them on. Nothing is written
 * on an error, which may be frozen or belong to several requests, and neither errors nor calls are kept alive.
 */
export class LoggedErrors {
  readonly #calls = new WeakMap<object, WeakSet<Call>>();
  /** What is no object cannot be a key of a weak map. */
  readonly #values = new WeakMap<Call, Set<unknown>>();

  /** The error of this call is on a line. */
  add(error: unknown, { parent }: Call): void {
    for (let above = parent, count = 0; above !== undefined && count < maxAbove; above = above.parent, count += 1) {
      if (isObject(error)) entry(this.#calls, error, WeakSet<Call>).add(above);
      else entry(this.#values, above, Set<unknown>).add(error);
    }
  }

  /** Whether a line of a call below this one has the very same error. */
  has(error: unknown, call: Call): boolean {
    if (isObject(error)) return this.#calls.get(error)?.has(call) === true;
    return this.#values.get(call)?.has(error) === true;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function entry<Key extends object, Value>(map: WeakMap<Key, Value>, key: Key, Make: new () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = new Make()));
  return value;
}
