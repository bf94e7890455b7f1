import { TrefoilError } from '../errors';

/** More milliseconds than a timer takes would be none at all. */
const longestTimerMs = 2_147_483_647;

/** The error of who has waited long enough: whether the event is kept after all, nobody can tell yet. */
export function lateError(where: string, maxWaitMs: number): TrefoilError {
  return new TrefoilError('TREFOIL_AUDIT_LATE', {
    attempted: 'Writing an audit event',
    where,
    why: `nothing has confirmed it within ${maxWaitMs} ms, and something may still do so`,
    todo: 'See status() and what the backend writes to; audit.maxWaitMs sets how long a call waits.',
  });
}

/** Whether an error leaves open that the event is kept. */
export function isLate(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isLate);
  return error instanceof TrefoilError && error.code === 'TREFOIL_AUDIT_LATE';
}

/** How long somebody waits, and for what. */
export interface Wait {
  readonly where: string;
  readonly maxWaitMs: number;
  /** Whether the process may end meanwhile. Default `false`. */
  readonly mayBeLeft?: boolean;
}

/** What a promise gives, or an error where it takes too long; what becomes of it then is nobody's business. */
export function inTime<Value>(work: PromiseLike<Value>, { where, maxWaitMs, mayBeLeft = false }: Wait): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(lateError(where, maxWaitMs)), Math.min(maxWaitMs, longestTimerMs));
    if (mayBeLeft) timer.unref();
    Promise.resolve(work).then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
