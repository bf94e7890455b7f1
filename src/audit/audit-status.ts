import type { Outcome } from '../call/outcome';

/**
 * How an audited call ended. Wire values are the lower-case names; `unknown` is that of an intent without an outcome.
 *
 * @example
 * ```ts
 * import { AuditStatus } from 'trefoil';
 *
 * AuditStatus.DENIED; // 'denied'
 * ```
 */
export const AuditStatus = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  PARTIAL: 'partial',
  DENIED: 'denied',
  CANCELLED: 'cancelled',
  UNKNOWN: 'unknown',
} as const satisfies Record<string, Outcome>;

/** One of the wire values of {@link AuditStatus}; the same values as a call's outcome. */
export type AuditStatus = (typeof AuditStatus)[keyof typeof AuditStatus];
