import { isAuditEventType, type AuditEventType } from '../call/event-type';
import { generateId } from '../call/generate-id';
import { isOutcome } from '../call/outcome';
import { describeValue, TrefoilError } from '../errors';
import type { AuditEventInit } from './audit-event-init';
import type { AuditStatus } from './audit-status';

/** The order of the fields on the wire, with their wire names. */
const wireFields: readonly (readonly [keyof AuditEventInit, string])[] = [
  ['eventId', 'event_id'],
  ['eventType', 'event_type'],
  ['timestamp', 'timestamp'],
  ['status', 'status'],
  ['storeType', 'store_type'],
  ['storeId', 'store_id'],
  ['storeName', 'store_name'],
  ['operation', 'operation'],
  ['itemId', 'item_id'],
  ['userId', 'user_id'],
  ['sessionId', 'session_id'],
  ['tenantId', 'tenant_id'],
  ['durationMs', 'duration_ms'],
  ['metadata', 'metadata'],
  ['attributes', 'attributes'],
  ['errorType', 'error_type'],
  ['errorMessage', 'error_message'],
  ['ipAddress', 'ip_address'],
  ['userAgent', 'user_agent'],
  ['traceId', 'trace_id'],
  ['spanId', 'span_id'],
  ['correlationId', 'correlation_id'],
  ['requestId', 'request_id'],
  ['service', 'service'],
  ['environment', 'environment'],
];

type CompleteInit = AuditEventInit & { readonly eventId: string; readonly timestamp: Date };

/** Field by field: of an object made by spreading another, V8 gives every single one a shape of its own (bench: journal). */
function complete(init: AuditEventInit): CompleteInit {
  return {
    eventId: init.eventId ?? generateId(),
    eventType: init.eventType,
    timestamp: init.timestamp ?? new Date(),
    status: init.status,
    storeType: init.storeType,
    storeId: init.storeId,
    storeName: init.storeName,
    operation: init.operation,
    itemId: init.itemId,
    userId: init.userId,
    sessionId: init.sessionId,
    tenantId: init.tenantId,
    durationMs: init.durationMs,
    metadata: init.metadata,
    attributes: init.attributes,
    errorType: init.errorType,
    errorMessage: init.errorMessage,
    ipAddress: init.ipAddress,
    userAgent: init.userAgent,
    traceId: init.traceId,
    spanId: init.spanId,
    correlationId: init.correlationId,
    requestId: init.requestId,
    service: init.service,
    environment: init.environment,
  };
}

/** For a subclass that answers for every field itself. */
export const lazyInit: CompleteInit = Object.freeze(
  complete({ eventType: 'read', status: 'unknown', storeType: 'unspecified', eventId: '', timestamp: new Date(0) }),
);

/**
 * One entry of the audit trail: who did what to which item, when, and how it ended. Durations are in milliseconds,
 * time stamps in UTC.
 *
 * @example
 * ```ts
 * import { AuditEvent } from 'trefoil';
 *
 * const event = new AuditEvent({ eventType: 'create', status: 'success', storeType: 's3', itemId: 'run-456' });
 * JSON.stringify(event); // {"event_id":"…","event_type":"create",…}
 * ```
 */
export class AuditEvent implements AuditEventInit {
  readonly #init: CompleteInit;

  constructor(init: AuditEventInit) {
    this.#init = init === lazyInit ? lazyInit : complete(init);
  }

  /**
   * Reads an event back from its JSON form.
   *
   * @throws TrefoilError `TREFOIL_AUDIT_EVENT_INVALID`
   */
  static fromJSON(json: unknown): AuditEvent {
    if (typeof json !== 'object' || json === null) throw invalid('the event', 'an object', json);
    const stored = json as Readonly<Record<string, unknown>>;
    const init: Record<string, unknown> = {};
    for (const [field, wireName] of wireFields) {
      const value = stored[wireName];
      if (value !== undefined && value !== null) init[field] = value;
    }
    if (!isAuditEventType(init['eventType'])) throw invalid('event_type', 'one of the event types', init['eventType']);
    if (!isOutcome(init['status'])) throw invalid('status', 'one of the statuses', init['status']);
    const timestamp = new Date(String(init['timestamp']));
    if (Number.isNaN(timestamp.getTime())) throw invalid('timestamp', 'an ISO 8601 time', init['timestamp']);
    return new AuditEvent({ ...init, timestamp } as unknown as AuditEventInit);
  }

  get eventId(): string {
    return this.#init.eventId;
  }

  /** When the call began. */
  get timestamp(): Date {
    return this.#init.timestamp;
  }

  get eventType(): AuditEventType {
    return this.#init.eventType;
  }

  get status(): AuditStatus {
    return this.#init.status;
  }

  get storeType(): string {
    return this.#init.storeType;
  }

  get storeId(): string | undefined {
    return this.#init.storeId;
  }

  get storeName(): string | undefined {
    return this.#init.storeName;
  }

  /** `Class.method`. */
  get operation(): string | undefined {
    return this.#init.operation;
  }

  get itemId(): string | undefined {
    return this.#init.itemId;
  }

  get userId(): string | undefined {
    return this.#init.userId;
  }

  get sessionId(): string | undefined {
    return this.#init.sessionId;
  }

  get tenantId(): string | undefined {
    return this.#init.tenantId;
  }

  get durationMs(): number | undefined {
    return this.#init.durationMs;
  }

  get metadata(): Readonly<Record<string, unknown>> | undefined {
    return this.#init.metadata;
  }

  get attributes(): Readonly<Record<string, unknown>> | undefined {
    return this.#init.attributes;
  }

  get errorType(): string | undefined {
    return this.#init.errorType;
  }

  get errorMessage(): string | undefined {
    return this.#init.errorMessage;
  }

  get ipAddress(): string | undefined {
    return this.#init.ipAddress;
  }

  get userAgent(): string | undefined {
    return this.#init.userAgent;
  }

  get traceId(): string | undefined {
    return this.#init.traceId;
  }

  get spanId(): string | undefined {
    return this.#init.spanId;
  }

  get correlationId(): string | undefined {
    return this.#init.correlationId;
  }

  get requestId(): string | undefined {
    return this.#init.requestId;
  }

  get service(): string | undefined {
    return this.#init.service;
  }

  get environment(): string | undefined {
    return this.#init.environment;
  }

  /** For `console.log`, which sees no getters. */
  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return this.toJSON();
  }

  /** The wire form: snake_case, absent fields left out, `timestamp` in ISO 8601. */
  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = {};
    for (const [field, wireName] of wireFields) {
      const value = this[field];
      if (value !== undefined) json[wireName] = value instanceof Date ? value.toISOString() : value;
    }
    return json;
  }
}

function invalid(where: string, expected: string, given: unknown): TrefoilError {
  return new TrefoilError('TREFOIL_AUDIT_EVENT_INVALID', {
    attempted: 'Reading an audit event',
    where,
    expected,
    given: describeValue(given),
    todo: 'Check that the file holds audit events and that nothing else has written to it.',
  });
}
