/**
 * What a call does to the store, as the audit trail names it. Wire values are the lower-case names.
 *
 * @example
 * ```ts
 * import { AuditEventType } from 'trefoil';
 *
 * AuditEventType.BATCH_DELETE; // 'batch_delete'
 * ```
 */
export const AuditEventType = {
  CREATE: 'create',
  READ: 'read',
  UPDATE: 'update',
  DELETE: 'delete',
  QUERY: 'query',
  LIST: 'list',
  COUNT: 'count',
  INITIALIZE: 'initialize',
  CLOSE: 'close',
  FLUSH: 'flush',
  BATCH_CREATE: 'batch_create',
  BATCH_DELETE: 'batch_delete',
  REPLICATE: 'replicate',
  SYNC: 'sync',
  MIGRATE: 'migrate',
  ROLLBACK: 'rollback',
  ACCESS_DENIED: 'access_denied',
  ACCESS_GRANTED: 'access_granted',
  ERROR: 'error',
  VALIDATION_ERROR: 'validation_error',
} as const;

/** One of the wire values of {@link AuditEventType}; `'read'` and `AuditEventType.READ` are the same. */
export type AuditEventType = (typeof AuditEventType)[keyof typeof AuditEventType];

const values: ReadonlySet<unknown> = new Set(Object.values(AuditEventType));

/** Whether a value is one of the event types. */
export function isAuditEventType(value: unknown): value is AuditEventType {
  return values.has(value);
}
