import type { AuditEventType } from '../call/event-type';
import type { AuditStatus } from './audit-status';

/**
 * Most event types say what was attempted, and the status says how that ended. A guard's name an end instead: access is
 * granted by its success alone, so that an intent or an error never reads like an admission.
 */
export function recordedType(declared: AuditEventType, status: AuditStatus): AuditEventType {
  if (declared !== 'access_granted' && declared !== 'access_denied') return declared;
  return status === 'success' ? 'access_granted' : 'access_denied';
}

/** Whether a call leaves an event only where it did not succeed. */
export function namesFailure(declared: AuditEventType): boolean {
  return declared === 'error' || declared === 'validation_error';
}
