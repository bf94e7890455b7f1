import type { Call } from '../call/call';
import { roundedMs } from '../call/clock';
import { errorTypeOf } from '../call/error-type';
import type { AuditEventType } from '../call/event-type';
import { messageOf } from '../diagnostics';
import type { AuditEventInit } from './audit-event-init';
import type { AuditStatus } from './audit-status';

/** The service that an event comes from. */
export interface AuditOrigin {
  readonly service: string;
  readonly environment: string;
}

/** What is read off a call that has settled, when somebody asks for it. */
export class CallEventInit implements AuditEventInit {
  readonly eventType: AuditEventType;
  readonly status: AuditStatus;
  /** Eager, because the call lets go of its error. */
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
  readonly #call: Call;
  readonly #origin: AuditOrigin;

  constructor(call: Call, eventType: AuditEventType, status: AuditStatus, origin: AuditOrigin) {
    this.eventType = eventType;
    this.status = status;
    this.errorType = call.threw ? errorTypeOf(call.error) : undefined;
    this.errorMessage = call.threw ? call.target.redactor.redactText(messageOf(call.error)) : undefined;
    this.#call = call;
    this.#origin = origin;
  }

  get eventId(): string {
    return this.#call.auditId;
  }

  get timestamp(): Date {
    return new Date(this.#call.startedAtMs);
  }

  get storeType(): string {
    return this.#call.target.store.type;
  }

  get storeId(): string | undefined {
    return this.#call.storeId;
  }

  get storeName(): string {
    return this.#call.target.store.name;
  }

  get operation(): string {
    const { className, operation } = this.#call.target;
    return `${className}.${operation.methodName}`;
  }

  get itemId(): string | undefined {
    return this.#call.item;
  }

  get userId(): string | undefined {
    return this.#call.user;
  }

  get sessionId(): string | undefined {
    return this.#call.request?.sessionId;
  }

  get tenantId(): string | undefined {
    return this.#call.request?.tenantId;
  }

  get durationMs(): number | undefined {
    return this.#call.outcome === undefined ? undefined : roundedMs(this.#call.durationMs);
  }

  get metadata(): Readonly<Record<string, unknown>> | undefined {
    return this.#call.metadata;
  }

  get attributes(): Readonly<Record<string, unknown>> | undefined {
    return this.#call.attributes;
  }

  get ipAddress(): string | undefined {
    return this.#call.request?.ipAddress;
  }

  get userAgent(): string | undefined {
    return this.#call.request?.userAgent;
  }

  get traceId(): string | undefined {
    return this.#call.traceId;
  }

  get spanId(): string | undefined {
    return this.#call.spanId;
  }

  get correlationId(): string {
    return this.#call.correlationId;
  }

  get requestId(): string | undefined {
    return this.#call.request?.requestId;
  }

  get service(): string {
    return this.#origin.service;
  }

  get environment(): string {
    return this.#origin.environment;
  }
}
