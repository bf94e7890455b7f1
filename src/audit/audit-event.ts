import type { Call } from '../call/call';
import { roundedMs } from '../call/clock';
import { errorTypeOf } from '../call/error-type';
import { isAuditEventType, type AuditEventType } from '../call/event-type';
import { generateId } from '../call/generate-id';
import { isOutcome } from '../call/outcome';
import { messageOf } from '../diagnostics';
import { describeValue, TrefoilError } from '../errors';
import type { AuditStatus } from './audit-status';

/** What an event is made of; `eventId` and `timestamp` are made where they are not given. */
export interface AuditEventInit {
  readonly eventId?: string | undefined;
  readonly timestamp?: Date | undefined;
  readonly eventType: AuditEventType;
  readonly status: AuditStatus;
  readonly storeType: string;
  readonly storeId?: string | undefined;
  readonly storeName?: string | undefined;
  readonly operation?: string | undefined;
  readonly itemId?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly errorType?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly requestId?: string | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
}

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

/** The service that an event comes from. */
export interface AuditOrigin {
  readonly service: string;
  readonly environment: string;
}

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
  readonly eventType!: AuditEventType;
  readonly status!: AuditStatus;
  readonly storeType!: string;
  readonly storeId: string | undefined;
  readonly storeName: string | undefined;
  /** `Class.method`. */
  readonly operation: string | undefined;
  readonly itemId: string | undefined;
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  readonly tenantId: string | undefined;
  readonly durationMs: number | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly requestId: string | undefined;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly #call: Call | undefined;
  readonly #correlationId: string | undefined;
  #eventId: string | undefined;
  #timestamp: Date | undefined;

  constructor(init: AuditEventInit, call?: Call) {
    const { eventId, timestamp, correlationId, ...fields } = init;
    Object.assign(this, fields);
    this.#correlationId = correlationId;
    this.#eventId = eventId;
    this.#timestamp = timestamp;
    this.#call = call;
  }

  /** The event of a call; ids and time stamp are written out when they are first read. */
  static fromCall(call: Call, eventType: AuditEventType, status: AuditStatus, origin: AuditOrigin): AuditEvent {
    const { target, request } = call;
    return new AuditEvent(
      {
        eventType,
        status,
        storeType: target.store.type,
        storeId: call.storeId,
        storeName: target.store.name,
        operation: `${target.className}.${target.operation.methodName}`,
        itemId: call.item,
        userId: call.user,
        sessionId: request?.sessionId,
        tenantId: request?.tenantId,
        durationMs: call.outcome === undefined ? undefined : roundedMs(call.durationMs),
        metadata: call.metadata,
        attributes: call.attributes,
        errorType: call.threw ? errorTypeOf(call.error) : undefined,
        errorMessage: call.threw ? target.redactor.redactText(messageOf(call.error)) : undefined,
        ipAddress: request?.ipAddress,
        userAgent: request?.userAgent,
        traceId: call.traceId,
        spanId: call.spanId,
        requestId: request?.requestId,
        service: origin.service,
        environment: origin.environment,
      },
      call,
    );
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
    return (this.#eventId ??= this.#call?.auditId ?? generateId());
  }

  /** When the call began. */
  get timestamp(): Date {
    return (this.#timestamp ??= this.#call === undefined ? new Date() : new Date(this.#call.startedAtMs));
  }

  get correlationId(): string | undefined {
    return this.#correlationId ?? this.#call?.correlationId;
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
