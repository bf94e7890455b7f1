const systemErrorCode = /^[A-Z][A-Z0-9_]{1,63}$/;

/**
 * The class of an error, for `error_type` and `error.type`: the `code` of a system or driver error (`ECONNREFUSED`),
 * else the error's `name`, else `other`. It never holds a message.
 */
export function errorTypeOf(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return 'other';
    const { code, name } = error as { code?: unknown; name?: unknown };
    if (typeof code === 'string' && systemErrorCode.test(code)) return code;
    return typeof name === 'string' && /^[\w.$-]{1,64}$/.test(name) ? name : 'other';
  } catch {
    return 'other';
  }
}

/** Whether an error says that an `AbortSignal` was triggered, in the form that the platform gives it. */
export function isAbort(error: unknown): boolean {
  try {
    if (typeof error !== 'object' || error === null) return false;
    const { name, code } = error as { name?: unknown; code?: unknown };
    return name === 'AbortError' || code === 'ABORT_ERR';
  } catch {
    return false;
  }
}
