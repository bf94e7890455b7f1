const systemErrorCode = /^[A-Z][A-Z0-9_]{1,63}$/;
const plainName = /^[\w.$-]{1,64}$/;

/**
 * The class of an error, for `error_type` and `error.type`: the `code` of a system or driver error (`ECONNREFUSED`),
 * else the error's `name`, else the class of an object that is no Error, else `other`. It never holds a message.
 */
export function errorTypeOf(error: unknown): string {
  const code = readError(error, 'code');
  return typeof code === 'string' && systemErrorCode.test(code) ? code : errorNameOf(error);
}

/** The error's `name`, else the class of an object that is no Error, else `other`. */
export function errorNameOf(error: unknown): string {
  if (typeof error !== 'object') return 'other';
  const name = readError(error, 'name');
  if (typeof name === 'string') return plainName.test(name) ? name : 'other';
  const constructor = readError(error, 'constructor');
  if (constructor === Object || constructor === Array) return 'other';
  const className = readError(constructor, 'name');
  return typeof className === 'string' && plainName.test(className) ? className : 'other';
}

/** The `code` that an error carries, of any form; `undefined` where there is none. */
export function errorCodeOf(error: unknown): string | undefined {
  const code = readError(error, 'code');
  return (typeof code === 'string' || typeof code === 'number') && plainName.test(String(code))
    ? String(code)
    : undefined;
}

/** A field of what was thrown; `undefined` where it is no object, or cannot be read. */
export function readError(error: unknown, field: string): unknown {
  try {
    if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return undefined;
    return Reflect.get(error, field) as unknown;
  } catch {
    return undefined;
  }
}

const namesOfAborts: ReadonlySet<unknown> = new Set([
  'AbortError',
  // axios
  'CanceledError',
  // p-cancelable, got
  'CancelError',
  // Bluebird
  'CancellationError',
]);

/** Whether an error says that its call was aborted or cancelled: as the platform says it, or as clients of HTTP do. */
export function isAbort(error: unknown): boolean {
  const code = readError(error, 'code');
  if (code === 'ABORT_ERR' || code === 'ERR_CANCELED') return true;
  // Of execa.
  return namesOfAborts.has(readError(error, 'name')) || readError(error, 'isCanceled') === true;
}
