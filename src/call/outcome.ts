/** How a call ended. `unknown` comes only from the recovery of an audit trail, never from a call. */
export type Outcome = 'success' | 'failure' | 'partial' | 'denied' | 'cancelled' | 'unknown';

/** Every outcome, in the order of their {@link outcomeIndex}. */
export const outcomes: readonly Outcome[] = ['success', 'failure', 'partial', 'denied', 'cancelled', 'unknown'];

const indexes: Readonly<Record<Outcome, number>> = {
  success: 0,
  failure: 1,
  partial: 2,
  denied: 3,
  cancelled: 4,
  unknown: 5,
};

/** The place of an outcome in arrays that hold one slot for each. */
export function outcomeIndex(outcome: Outcome): number {
  return indexes[outcome];
}

/** Whether a value is one of the outcomes. */
export function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'string' && Object.hasOwn(indexes, value);
}

/**
 * How a method ended: it threw (anything, also `null` or `undefined`), or it gave a result. For a promise, how the
 * promise settled.
 */
export type Settled<Result = unknown> =
  { readonly threw: true; readonly error: unknown } | { readonly threw: false; readonly result: Result };

/** Classifies how a call ended; what it gives is checked before it is believed. */
export type OutcomeSelector = (settled: Settled, ...args: readonly unknown[]) => unknown;
