import { fieldsBoundTo } from '../call/bound-fields';
import type { Call } from '../call/call';
import type { BoundHandler, CallHandler, Pillar } from '../call/call-handler';
import { roundedMs } from '../call/clock';
import type { HandlerTarget } from '../call/handler-target';
import type { Outcome } from '../call/outcome';
import { runSuppressed } from '../call/suppression';
import type { Diagnostics } from '../diagnostics';
import { errorFacts, errorFields } from './error-fields';
import { LoggedErrors } from './logged-errors';
import type { LogFields, Logger, LogIds, LogLevel, PreparedLine } from './logger';
import { isSampled } from './sample-successes';

/** What {@link LoggingPillar} makes of calls. */
export interface LoggingPillarOptions {
  /** From which duration on a call is slow, in milliseconds, where neither method nor store say; `false` for none. */
  readonly slowOperationMs: number | false;
  /** Whether the logger runs code that is not trefoil's. */
  readonly isForeign: boolean;
  /** The share of successful calls that are logged, 0 to 1. */
  readonly successSampleRate: number;
}

const levelByOutcome: Readonly<Record<Outcome, LogLevel>> = {
  success: 'debug',
  cancelled: 'info',
  partial: 'warn',
  denied: 'warn',
  failure: 'error',
  unknown: 'warn',
};

/**
 * Logs every decorated call, whatever decorators it has, in one line: at a level chosen by its outcome, and as a
 * `slow_operation` warning where it succeeded, but took too long. A failure has the stack of its error; the calls around it
 * that only pass the same error on are `debug` lines without it.
 */
export class LoggingPillar implements Pillar {
  readonly name = 'logging';
  readonly #logger: Logger;
  readonly #diagnostics: Diagnostics;
  readonly #options: LoggingPillarOptions;
  readonly #logged = new LoggedErrors();

  constructor(
    logger: Logger,
    diagnostics: Diagnostics,
    options: LoggingPillarOptions = { slowOperationMs: 1_000, successSampleRate: 1, isForeign: false },
  ) {
    this.#logger = logger;
    this.#diagnostics = diagnostics;
    this.#options = options;
  }

  bind(target: HandlerTarget): readonly BoundHandler[] {
    const handler = new LoggingHandler(this.#logger, target, this.#diagnostics, this.#options, this.#logged);
    return [{ handler, needsFields: true }];
  }
}

class LoggingHandler implements CallHandler {
  readonly name = 'logging';
  readonly #logger: Logger;
  readonly #target: HandlerTarget;
  readonly #place: string;
  readonly #isAudited: boolean;
  readonly #diagnostics: Diagnostics;
  readonly #slowMs: number;
  readonly #sampleRate: number;
  readonly #logged: LoggedErrors;
  readonly #isForeign: boolean;
  /** How many successes have been left out since one was written. */
  #leftOut = 0;
  readonly #prepared = new Map<Outcome, PreparedLine | undefined>();

  constructor(
    logger: Logger,
    target: HandlerTarget,
    diagnostics: Diagnostics,
    options: LoggingPillarOptions,
    logged: LoggedErrors,
  ) {
    this.#logger = logger;
    this.#target = target;
    this.#diagnostics = diagnostics;
    this.#place = `${target.ownerName}.${target.operation.methodName}`;
    this.#isAudited = target.operation.facets.audited !== undefined;
    const slowMs = target.operation.fields.slowMs ?? target.store.slowMs ?? options.slowOperationMs;
    this.#slowMs = slowMs === false ? Number.POSITIVE_INFINITY : slowMs;
    this.#sampleRate = options.successSampleRate;
    this.#logged = logged;
    this.#isForeign = options.isForeign;
  }

  onSettle(call: Call): void {
    const outcome = call.outcome as Outcome;
    const isSlow = call.durationMs >= this.#slowMs;
    const isSlowSuccess = isSlow && outcome === 'success';
    const isFailure = outcome === 'failure' && call.threw;
    const isPassedOn = isFailure && this.#logged.has(call.error, call);
    const level = isPassedOn ? 'debug' : isSlowSuccess ? 'warn' : levelByOutcome[outcome];
    if (!this.#logger.isLevelEnabled(level)) return;
    if (outcome === 'success' && !isSlow && this.#sampleRate < 1 && !isSampled(call, this.#sampleRate)) {
      this.#leftOut += 1;
      return;
    }
    // Here and not around the handler: most calls of a service are below its level (bench: backends under tokens).
    if (this.#isForeign) runSuppressed(() => this.#write(call, level, isSlow, isPassedOn));
    else this.#write(call, level, isSlow, isPassedOn);
  }

  #write(call: Call, level: LogLevel, isSlow: boolean, isPassedOn: boolean): void {
    const outcome = call.outcome as Outcome;
    const isSlowSuccess = isSlow && outcome === 'success';
    const isFailure = outcome === 'failure' && call.threw;
    const ids = { traceId: call.traceId, spanId: call.spanId, correlationId: call.correlationId };
    const fields = this.#fieldsOf(call, isSlow, isFailure && !isPassedOn);
    const bound = fieldsBoundTo(call.request);
    const prepared = isSlowSuccess || isPassedOn || bound !== undefined ? undefined : this.#prepare(level, outcome);
    if (prepared !== undefined) this.#watch(prepared.write(fields, ids));
    else {
      const message = isSlowSuccess ? 'slow_operation' : `${this.#place} ${outcome}`;
      this.#log(level, message, { ...bound, ...this.#fixedFields(outcome), ...fields }, ids);
    }
    // Not before: where no line was written, the call around this one writes it.
    if (isFailure && !isPassedOn) this.#logged.add(call.error, call);
  }

  #log(level: LogLevel, message: string, fields: LogFields, ids: LogIds): void {
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    this.#watch(this.#logger.log(level, message, given, ids));
  }

  /** A logger of the user's own may be asynchronous. */
  #watch(returned: unknown): void {
    if (returned !== undefined && returned !== this.#logger)
      this.#diagnostics.watch('TREFOIL_HANDLER_FAILED', `${this.#place} (logging)`, returned);
  }

  /** Put together when the outcome first occurs; where that fails, its lines are written as any other. */
  #prepare(level: LogLevel, outcome: Outcome): PreparedLine | undefined {
    if (!this.#prepared.has(outcome)) {
      this.#prepared.set(outcome, undefined);
      const prepared: unknown = this.#logger.prepare?.(level, `${this.#place} ${outcome}`, this.#fixedFields(outcome));
      if (isPrepared(prepared)) this.#prepared.set(outcome, prepared);
      else this.#watch(prepared);
    }
    return this.#prepared.get(outcome);
  }

  #fixedFields(outcome: Outcome): LogFields {
    return { store: this.#target.store.name, operation: this.#target.operationName, outcome };
  }

  #fieldsOf(call: Call, isSlow: boolean, hasStack: boolean): LogFields {
    const fields: Record<string, unknown> = { duration_ms: roundedMs(call.durationMs) };
    if (isSlow) {
      fields['slow'] = true;
      fields['threshold_ms'] = this.#slowMs;
    }
    if (call.item !== undefined) fields['item_id'] = call.item;
    if (call.user !== undefined) fields['user_id'] = call.user;
    if (this.#isAudited) fields['audit_id'] = call.auditId;
    if (call.request?.requestId !== undefined) fields['request_id'] = call.request.requestId;
    if (this.#sampleRate < 1 && !isSlow && call.outcome === 'success') {
      fields['sample_rate'] = this.#sampleRate;
      fields['left_out'] = this.#leftOut;
      this.#leftOut = 0;
    }
    if (call.threw) {
      const { redactor } = call.target;
      const isLogged = (cause: unknown): boolean => this.#logged.has(cause, call);
      Object.assign(fields, hasStack ? errorFields(call.error, redactor, isLogged) : errorFacts(call.error, redactor));
    }
    if (call.attributes !== undefined) fields['attributes'] = call.attributes;
    return fields;
  }
}

function isPrepared(line: unknown): line is PreparedLine {
  return typeof line === 'object' && line !== null && 'write' in line && typeof line.write === 'function';
}
