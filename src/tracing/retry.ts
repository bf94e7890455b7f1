/** Which failures are worth another attempt, and for how long. */
export interface RetryRules {
  /** Counted from the first attempt, in milliseconds. */
  readonly withinMs: number;
  readonly isRetryable: (error: unknown) => boolean;
  /** Told before each further attempt. */
  readonly onRetry: () => void;
  /** Ends the waiting between attempts. */
  readonly signal: AbortSignal;
}

const [attempts, firstDelayMs, longestDelayMs, growth, jitter] = [6, 1_000, 5_000, 1.5, 0.2];

/** Attempts something until it works out, cannot, or has taken too long: with the delays of OpenTelemetry's exporters. */
export async function withRetries<Value>(work: () => Promise<Value>, rules: RetryRules): Promise<Value> {
  const deadline = Date.now() + rules.withinMs;
  let delayMs = firstDelayMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const waitMs = Math.min(delayMs, longestDelayMs) * (1 + jitter * (Math.random() * 2 - 1));
      const isLate = Date.now() + waitMs > deadline;
      if (attempt === attempts || isLate || rules.signal.aborted || !rules.isRetryable(error)) throw error;
      await pause(waitMs, rules.signal);
      if (rules.signal.aborted) throw error;
      delayMs *= growth;
      rules.onRetry();
    }
  }
}

/** Holds no process up. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    timer.unref();
    signal.addEventListener('abort', end);
  });
}

const retryableCodes: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);

/** Whether a connection failed in a way that passes by itself. */
export function isNetworkFailure(error: unknown): boolean {
  return retryableCodes.has((error as { readonly code?: unknown } | null)?.code);
}
