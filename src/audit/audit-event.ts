import { boundedId } from '../call/bounded-id';
import type { ErrorLink } from '../call/error-chain';
import type { AuditEventType } from '../call/event-type';
import { generateId } from '../call/generate-id';
import type { AuditChanges } from '../call/operation';
import { describeValue, TrefoilError } from '../errors';
import type { DataRedactor } from '../redaction/data-redactor';
import type { AuditEventInit } from './audit-event-init';
import type { AuditStatus } from './audit-status';
import { requiredWireNames, wireFields } from './wire-fields';

/** The names of an event's fields on the wire, in their order. */
export const auditEventFields: readonly string[] = wireFields.map(([, wireName]) => wireName);

type CompleteInit = AuditEventInit & { readonly eventId: string; readonly timestamp: Date };

/** Field by field: of an object made by spreading another, V8 gives every single one a shape of its own (bench: audit). */
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
    changes: init.changes,
    truncated: init.truncated,
    errorType: init.errorType,
    errorMessage: init.errorMessage,
    errorChain: init.errorChain,
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
   * Reads an event back from its JSON form. Fields that it does not know are passed over, `null` is none; one that holds
   * something else than it should is refused.
   *
   * @throws TrefoilError `TREFOIL_AUDIT_EVENT_INVALID`
   */
  static fromJSON(json: unknown): AuditEvent {
    if (typeof json !== 'object' || json === null) throw invalid('the event', 'an object', json);
    const stored = json as Readonly<Record<string, unknown>>;
    const init: Record<string, unknown> = {};
    for (const [field, wireName, { expected, fits }] of wireFields) {
      const value = stored[wireName] ?? undefined;
      if (value === undefined ? requiredWireNames.has(wireName) : !fits(value)) {
        throw invalid(wireName, expected, stored[wireName]);
      }
      if (value !== undefined) init[field] = field === 'timestamp' ? new Date(value as string) : value;
    }
    return new AuditEvent(init as unknown as AuditEventInit);
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

  /** What the item was before the call and is after it, as far as `@Audited({ changes })` tells. */
  get changes(): AuditChanges | undefined {
    return this.#init.changes;
  }

  get errorType(): string | undefined {
    return this.#init.errorType;
  }

  get errorMessage(): string | undefined {
    return this.#init.errorMessage;
  }

  /** What was thrown and its causes, outermost first, where that says more than type and message. */
  get errorChain(): readonly ErrorLink[] | undefined {
    return this.#init.errorChain;
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

  /** Whether parts of it were left out because it was too large to be kept as a whole. */
  get truncated(): boolean | undefined {
    return this.#init.truncated;
  }

  /** A copy without secrets, its ids bounded to 1,024 characters, as `redactor.redactEvent(event)` gives it. */
  redactedBy(redactor: DataRedactor): AuditEvent {
    const { metadata, attributes, changes, errorMessage, errorChain } = this;
    const fields = wireFields.map(([field]) => [field, this[field]] as const);
    return new AuditEvent({
      ...(Object.fromEntries(fields) as unknown as AuditEventInit),
      itemId: bounded(this.itemId),
      userId: bounded(this.userId),
      metadata: metadata && redactor.redactRecord(metadata),
      attributes: attributes && redactor.redactRecord(attributes),
      changes: changes && withoutSecrets(changes, redactor),
      errorMessage: errorMessage === undefined ? undefined : redactor.redactText(errorMessage),
      errorChain: errorChain && (redactor.redact(errorChain) as readonly ErrorLink[]),
    });
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

/** Whatever else was given is left to the backend. */
function bounded(id: string | undefined): string | undefined {
  return typeof id === 'string' ? boundedId(id) : id;
}

/** Fields beside the two are written as they are in any record. A redactor of the user's own need not know of sides. */
function withoutSecrets(changes: AuditChanges, redactor: DataRedactor): AuditChanges {
  if (!('redactChanges' in redactor) || typeof changes !== 'object') return redactor.redactRecord(changes);
  const { before, after, diff, ...others } = changes as AuditChanges & { readonly diff?: boolean };
  return { ...redactor.redactRecord(others), ...redactor.redactChanges({ before, after, diff }) };
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
