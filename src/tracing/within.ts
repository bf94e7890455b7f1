/** What to do when the time is over. */
export interface Limit {
  readonly lateError?: () => Error;
  /** Whether the process may end meanwhile. */
  readonly mayBeLeft?: boolean;
}

/** What a promise gives, or an error where it takes too long. */
export async function within<Value>(ms: number, work: Promise<Value>, limit: Limit = {}): Promise<Value> {
  const { lateError = () => new Error(`not done within ${ms} ms`), mayBeLeft = false } = limit;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(lateError()), ms);
    if (mayBeLeft) timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
