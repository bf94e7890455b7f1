import type { Call } from '../call/call';
import { compactTime, timeOf } from '../call/clock';
import { errorChainOf, errorMessageOf, type ErrorLink } from '../call/error-chain';
import { errorTypeOf } from '../call/error-type';
import type { AuditEventType } from '../call/event-type';
import type { HandlerTarget } from '../call/handler-target';
import type { AuditChanges } from '../call/operation';
import type { RequestContext } from '../call/request-context';
import { AuditEvent, lazyInit } from './audit-event';
import type { AuditStatus } from './audit-status';
import { recordedType } from './recorded-type';

type Values = Readonly<Record<string, unknown>>;

/** What all events of one method have in common. */
export interface AuditSource {
  readonly eventType: AuditEventType;
  /** `Class.method`. */
  readonly operation: string;
  readonly target: HandlerTarget;
  readonly service: string;
  readonly environment: string;
}

/**
 * The event of a call, as the call is when the event is made. It holds what a call has of its own and nothing else of it:
 * trails are kept long, and whatever an event holds is what the garbage collector copies (bench: audit). Everything that
 * can be made of that is made when it is first read.
 */
export class CallAuditEvent extends AuditEvent {
  readonly #source: AuditSource;
  readonly #status: AuditStatus;
  readonly #request: RequestContext | undefined;
  /** Microseconds, past which the clock says nothing; below zero for an intent. */
  readonly #duration: number;
  readonly #storeId: string | undefined;
  readonly #itemId: string | undefined;
  readonly #userId: string | undefined;
  readonly #attributes: Values | undefined;
  readonly #metadata: Values | undefined;
  readonly #error:
    { readonly type: string; readonly message: string; readonly chain: readonly ErrorLink[] | undefined } | undefined;
  readonly #traceId: string | undefined;
  readonly #spanId: string | undefined;
  readonly #correlationId: string | undefined;
  #eventId: string | undefined;
  /** Compact, until somebody wants a Date. */
  #timestamp: number | Date;

  constructor(call: Call, status: AuditStatus, source: AuditSource) {
    super(lazyInit);
    this.#source = source;
    this.#status = status;
    this.#request = call.request;
    this.#duration = call.outcome === undefined ? -1 : Math.round(call.durationMs * 1000);
    this.#storeId = call.storeId;
    this.#itemId = call.item;
    this.#userId = call.user;
    // A call that still runs may be given more attributes.
    this.#attributes = call.outcome === undefined ? call.attributes && { ...call.attributes } : call.attributes;
    this.#metadata = call.metadata;
    this.#error = call.threw
      ? {
          type: errorTypeOf(call.error),
          message: errorMessageOf(call.error, call.target.redactor),
          chain: errorChainOf(call.error, call.target.redactor),
        }
      : undefined;
    this.#traceId = call.traceId;
    this.#spanId = call.spanId;
    this.#correlationId = call.givenCorrelationId;
    this.#timestamp = compactTime(call.startedAtMs);
    this.#eventId = call.auditedBy(this);
  }

  override get eventId(): string {
    return (this.#eventId ??= this.#source.target.generateId());
  }

  override get timestamp(): Date {
    if (typeof this.#timestamp === 'number') this.#timestamp = new Date(timeOf(this.#timestamp));
    return this.#timestamp;
  }

  override get eventType(): AuditEventType {
    return recordedType(this.#source.eventType, this.#status);
  }

  override get status(): AuditStatus {
    return this.#status;
  }

  override get storeType(): string {
    return this.#source.target.store.type;
  }

  override get storeId(): string | undefined {
    return this.#storeId;
  }

  override get storeName(): string {
    return this.#source.target.store.name;
  }

  override get operation(): string {
    return this.#source.operation;
  }

  override get itemId(): string | undefined {
    return this.#itemId;
  }

  override get userId(): string | undefined {
    return this.#userId;
  }

  override get sessionId(): string | undefined {
    return this.#request?.sessionId;
  }

  override get tenantId(): string | undefined {
    return this.#request?.tenantId;
  }

  override get durationMs(): number | undefined {
    return this.#duration < 0 ? undefined : this.#duration / 1000;
  }

  override get metadata(): Values | undefined {
    return this.#metadata;
  }

  override get attributes(): Values | undefined {
    return this.#attributes;
  }

  override get errorType(): string | undefined {
    return this.#error?.type;
  }

  override get errorMessage(): string | undefined {
    return this.#error?.message;
  }

  override get errorChain(): readonly ErrorLink[] | undefined {
    return this.#error?.chain;
  }

  override get ipAddress(): string | undefined {
    return this.#request?.ipAddress;
  }

  override get userAgent(): string | undefined {
    return this.#request?.userAgent;
  }

  override get traceId(): string | undefined {
    return this.#traceId;
  }

  override get spanId(): string | undefined {
    return this.#spanId;
  }

  override get correlationId(): string {
    return this.#correlationId ?? this.#traceId ?? this.eventId;
  }

  override get requestId(): string | undefined {
    return this.#request?.requestId;
  }

  override get service(): string {
    return this.#source.service;
  }

  override get environment(): string {
    return this.#source.environment;
  }
}

/** The same for the few calls that tell what they changed: to the others, another field would be dead weight. */
export class ChangeAuditEvent extends CallAuditEvent {
  readonly #changes: AuditChanges | undefined;

  constructor(call: Call, status: AuditStatus, source: AuditSource) {
    super(call, status, source);
    const { operation, redactor } = call.target;
    this.#changes =
      call.changes && redactor.compareSides(call.changes, operation.facets.audited?.changes?.diff === true);
  }

  override get changes(): AuditChanges | undefined {
    return this.#changes;
  }
}
