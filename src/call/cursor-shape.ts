/** Methods that take the next row, or a few, or ask whether there is one. */
export const pulls: ReadonlySet<string | symbol> = new Set([
  'next',
  // mongodb
  'hasNext',
  'tryNext',
  // abstract-level
  'nextv',
  // pg-cursor; directories of node:fs
  'read',
  'readSync',
]);

/** Methods that take all rows. */
export const runs: ReadonlySet<string | symbol> = new Set([
  'toArray',
  'forEach',
  'all',
  'each',
  'eachAsync',
  'reduce',
  'some',
  'every',
  'find',
]);

/** Methods that end a cursor before its last row. */
export const closings: ReadonlySet<string | symbol> = new Set<string | symbol>([
  'return',
  'throw',
  'close',
  'closeSync',
  'destroy',
  'kill',
  Symbol.asyncDispose,
  Symbol.dispose,
]);

/** The iterators of the platform's collections, such as `Map Iterator`. */
const ofCollection = /^\[object .+ Iterator\]$/;

/**
 * Whether a value, which is neither a stream nor awaitable, gives its rows when it is asked for them: an async iterable, an
 * iterator, or a cursor of `pg-cursor`. Collections, and the platform's iterators over them, are none: a Map, say, or its
 * `values()`. Nor is an emitter that may be iterated over as well, such as `readline`'s, but tells by events.
 */
export function isCursor(value: object): boolean {
  if (Symbol.asyncIterator in value) return !has(value, 'emit') || [...pulls, ...runs].some((key) => has(value, key));
  if ('next' in value && Symbol.iterator in value) {
    return has(value, 'next') && !ofCollection.test(Object.prototype.toString.call(value));
  }
  return 'submit' in value && has(value, 'submit') && has(value, 'read') && has(value, 'close');
}

function has(value: object, key: string | symbol): boolean {
  return key in value && typeof Reflect.get(value, key) === 'function';
}

/** Whether what a pull has given says that there are no more rows. */
export function isLast(key: string | symbol, args: readonly unknown[], value: unknown): boolean {
  if (key === 'hasNext') return value === false;
  if (key === 'tryNext') return false;
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) {
    const [asked] = args;
    return value.length === 0 || (typeof asked === 'number' && value.length < asked);
  }
  return isStep(value) && value.done === true;
}

/** The step of an iterator, and not a row that has a column of that name. */
export function isStep(value: unknown): value is IteratorResult<unknown, unknown> {
  if (typeof value !== 'object' || value === null || !('done' in value) || typeof value.done !== 'boolean')
    return false;
  return Object.keys(value).every((key) => key === 'done' || key === 'value');
}
