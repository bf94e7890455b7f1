import type { Call } from '../call/call';
import type { Admission, BoundHandler, CallHandler, Pillar } from '../call/call-handler';
import type { HandlerTarget } from '../call/handler-target';
import type { Delivery, OnAuditFailure } from '../call/delivery';
import type { AuditedFacet } from '../call/operation';
import type { Diagnostics } from '../diagnostics';
import { canDeliver, type AuditBackend } from './audit-backend';
import { AuditOutcomeError, AuditUnavailableError } from './audit-failure-errors';
import type { AuditLosses, AuditTally } from './audit-losses';
import type { AuditStatus } from './audit-status';
import { CallAuditEvent, ChangeAuditEvent, type AuditSource } from './call-audit-event';
import { confirmed } from './confirmed';
import { deliveryError } from './delivery-error';
import { isLate } from './in-time';
import { namesFailure } from './recorded-type';

/** Settings of the audit pillar. */
export interface AuditPillarOptions {
  readonly backend: AuditBackend;
  /** Whether the backend runs code that is not trefoil's. */
  readonly isForeign: boolean;
  readonly delivery: Delivery;
  readonly onFailure: OnAuditFailure | undefined;
  /** The service that the events come from. */
  readonly origin: Pick<AuditSource, 'service' | 'environment'>;
  readonly diagnostics: Diagnostics;
  readonly losses: AuditLosses;
  /** How long a call waits for the backend, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Makes audit events of calls. */
export class AuditPillar implements Pillar {
  readonly name = 'audit';
  readonly runsForeignCode: boolean;
  readonly #options: AuditPillarOptions;

  constructor(options: AuditPillarOptions) {
    this.runsForeignCode = options.isForeign;
    this.#options = options;
  }

  bind(target: HandlerTarget): readonly BoundHandler[] {
    const { audited } = target.operation.facets;
    if (audited === undefined) return [];
    const operation = `${target.ownerName}.${target.operation.methodName}`;
    const source = { eventType: audited.event, operation, target, ...this.#options.origin };
    const writer = new AuditWriter(this.#options, source, this.#deliveryFor(audited, target));
    const { when } = audited;
    const specimenOf = (call: Call): unknown => writer.specimenOf(call);
    if (writer.delivery === 'buffered' || writer.delivery === 'bestEffort') {
      return [{ handler: new AuditHandler(writer), when, needsFields: true, specimenOf }];
    }
    const onFailure = audited.onFailure ?? target.store.onFailure ?? this.#options.onFailure ?? 'fail-operation';
    const admission = new AuditAdmission(writer, onFailure);
    return [{ handler: { name: 'audit' }, when, needsFields: true, specimenOf, admission }];
  }

  /** A backend that cannot give what one method asks for gives the best it can, and says so. */
  #deliveryFor(audited: AuditedFacet, target: HandlerTarget): Delivery {
    const { backend, delivery: byDefault, diagnostics } = this.#options;
    const wanted = audited.delivery ?? target.store.delivery ?? byDefault;
    if (canDeliver(backend.guarantees, wanted)) return wanted;
    diagnostics.report(
      'TREFOIL_AUDIT_DELIVERY',
      `${target.ownerName}.${target.operation.methodName}`,
      deliveryError(backend, wanted, audited.delivery === undefined ? '@Store delivery' : '@Audited delivery'),
    );
    return backend.guarantees.delivery;
  }
}

/** Builds events and hands them to the backend, in one delivery. */
class AuditWriter {
  readonly delivery: Delivery;
  /** A success leaves no event, so nothing can be known to be worth one before the call has ended. */
  readonly skipsSuccess: boolean;
  readonly #options: AuditPillarOptions;
  readonly #source: AuditSource;
  readonly #tally: AuditTally;

  constructor(options: AuditPillarOptions, source: AuditSource, delivery: Delivery) {
    this.#options = options;
    this.#source = source;
    this.#tally = options.losses.tallyOf(options.backend);
    this.delivery = delivery;
    this.skipsSuccess = namesFailure(source.eventType);
  }

  log(call: Call, status: AuditStatus): unknown {
    const returned: unknown = this.#options.backend.log(this.#eventOf(call, status), this.delivery);
    if (this.#tally.isCounting) this.#tally.count(returned);
    return returned;
  }

  /** For callers who wait: a backend that never answers must not keep them for ever. */
  async logInTime(call: Call, status: AuditStatus): Promise<void> {
    const returned = this.log(call, status);
    if (!isThenable(returned)) return;
    const { backend, maxWaitMs } = this.#options;
    await confirmed(backend, returned, { where: placeOf(call), maxWaitMs });
  }

  /** Tells of a call whose intent may be kept that it was not made after all. Nobody waits for it. */
  withdraw(call: Call): void {
    try {
      this.watch(call, this.#options.backend.log(this.#eventOf(call, 'cancelled'), 'buffered'));
    } catch (error) {
      this.lost(call, error);
    }
  }

  logSync(call: Call, status: AuditStatus): void {
    const { backend } = this.#options;
    if (backend.logSync === undefined) throw new Error(`the backend "${backend.name}" cannot write synchronously`);
    const returned: unknown = backend.logSync(this.#eventOf(call, status), this.delivery);
    if (this.#tally.isCounting) this.#tally.count(returned);
    if (!isThenable(returned)) return;
    this.watch(call, returned);
    throw new Error(`the backend "${backend.name}" answered with a promise where it has to write at once`);
  }

  /** An event that nobody gets, and looks like one that has been written. */
  specimenOf(call: Call): readonly unknown[] {
    const event = this.#eventOf(call, 'success');
    return [event, event.timestamp];
  }

  #eventOf(call: Call, status: AuditStatus): CallAuditEvent {
    if (call.changes === undefined) return new CallAuditEvent(call, status, this.#source);
    return new ChangeAuditEvent(call, status, this.#source);
  }

  /** For what a backend does behind the caller's back. */
  watch(call: Call, returned: unknown): void {
    const { losses, backend } = this.#options;
    losses.watch(backend, placeOf(call), returned);
  }

  lost(call: Call, cause: unknown): void {
    const { losses, backend } = this.#options;
    losses.tell(backend, placeOf(call), cause);
  }
}

function placeOf({ target }: Call): string {
  return `audit of ${target.ownerName}.${target.operation.methodName}`;
}

function isThenable(returned: unknown): returned is PromiseLike<unknown> {
  if ((typeof returned !== 'object' && typeof returned !== 'function') || returned === null) return false;
  return typeof (returned as { readonly then?: unknown }).then === 'function';
}

/** Buffered and best effort: the event is handed over when the call has settled. */
class AuditHandler implements CallHandler {
  readonly name = 'audit';
  readonly #writer: AuditWriter;

  constructor(writer: AuditWriter) {
    this.#writer = writer;
  }

  onSettle(call: Call): void {
    if (this.#writer.skipsSuccess && call.outcome === 'success') return;
    try {
      const returned = this.#writer.log(call, call.outcome as AuditStatus);
      if (returned !== undefined) this.#writer.watch(call, returned);
    } catch (error) {
      this.#writer.lost(call, error);
    }
  }
}

/** Strict and durable: the caller waits for the event, and may be told that it could not be kept. */
class AuditAdmission implements Admission {
  readonly #writer: AuditWriter;
  readonly #failsOperation: boolean;

  constructor(writer: AuditWriter, onFailure: OnAuditFailure) {
    this.#writer = writer;
    this.#failsOperation = onFailure === 'fail-operation';
  }

  async admit(call: Call): Promise<void> {
    try {
      await this.#writer.logInTime(call, 'unknown');
    } catch (error) {
      this.#refuse(call, error);
    }
  }

  admitSync(call: Call): void {
    try {
      this.#writer.logSync(call, 'unknown');
    } catch (error) {
      this.#refuse(call, error);
    }
  }

  async conclude(call: Call): Promise<void> {
    if (this.#isSkipped(call)) return;
    try {
      await this.#writer.logInTime(call, call.outcome as AuditStatus);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  concludeSync(call: Call): void {
    if (this.#isSkipped(call)) return;
    try {
      this.#writer.logSync(call, call.outcome as AuditStatus);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  get recordsIntent(): boolean {
    return this.#writer.delivery === 'strict' && !this.#writer.skipsSuccess;
  }

  #isSkipped(call: Call): boolean {
    return this.#writer.skipsSuccess && call.outcome === 'success';
  }

  #refuse(call: Call, error: unknown): void {
    this.#writer.lost(call, error);
    if (!this.#failsOperation) return;
    if (isLate(error)) this.#writer.withdraw(call);
    throw new AuditUnavailableError(call, error);
  }

  #fail(call: Call, error: unknown): void {
    this.#writer.lost(call, error);
    if (this.#failsOperation) throw new AuditOutcomeError(call, call.result, error);
  }
}
