import { isAuditEventType } from '../call/event-type';
import { isOutcome } from '../call/outcome';
import type { AuditEventInit } from './audit-event-init';

/** What the wire form of a field holds, and how to tell. */
interface WireKind {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const text: WireKind = { expected: 'a text', fits: (value) => typeof value === 'string' };
const flag: WireKind = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const amount: WireKind = { expected: 'a number', fits: (value) => typeof value === 'number' };
const record: WireKind = {
  expected: 'an object',
  fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
const time: WireKind = {
  expected: 'an ISO 8601 time',
  fits: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};
const chain: WireKind = {
  expected: 'a list of errors, each with type and message',
  fits: (value) => Array.isArray(value) && value.every(isErrorLink),
};

/** The fields of an event in the order in which they are written: field, name on the wire, what it holds. */
export const wireFields: readonly (readonly [keyof AuditEventInit, string, WireKind])[] = [
  ['eventId', 'event_id', text],
  ['eventType', 'event_type', { expected: 'one of the event types', fits: isAuditEventType }],
  ['timestamp', 'timestamp', time],
  ['status', 'status', { expected: 'one of the statuses', fits: isOutcome }],
  ['storeType', 'store_type', text],
  ['storeId', 'store_id', text],
  ['storeName', 'store_name', text],
  ['operation', 'operation', text],
  ['itemId', 'item_id', text],
  ['userId', 'user_id', text],
  ['sessionId', 'session_id', text],
  ['tenantId', 'tenant_id', text],
  ['durationMs', 'duration_ms', amount],
  ['metadata', 'metadata', record],
  ['attributes', 'attributes', record],
  ['changes', 'changes', record],
  ['errorType', 'error_type', text],
  ['errorMessage', 'error_message', text],
  ['errorChain', 'error_chain', chain],
  ['ipAddress', 'ip_address', text],
  ['userAgent', 'user_agent', text],
  ['traceId', 'trace_id', text],
  ['spanId', 'span_id', text],
  ['correlationId', 'correlation_id', text],
  ['requestId', 'request_id', text],
  ['service', 'service', text],
  ['environment', 'environment', text],
  ['truncated', 'truncated', flag],
];

/** Those that every event has. */
export const requiredWireNames: ReadonlySet<string> = new Set([
  'event_id',
  'event_type',
  'timestamp',
  'status',
  'store_type',
]);

function isErrorLink(value: unknown): boolean {
  if (!record.fits(value)) return false;
  const { type, message, code } = value as Readonly<Record<string, unknown>>;
  return [type, message, code ?? ''].every((part) => typeof part === 'string');
}
