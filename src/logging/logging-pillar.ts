import type { Call } from '../call/call';
import type { BoundHandler, CallHandler, Pillar } from '../call/call-handler';
import { roundedMs } from '../call/clock';
import { errorTypeOf } from '../call/error-type';
import type { HandlerTarget } from '../call/handler-target';
import type { Outcome } from '../call/outcome';
import { messageOf } from '../diagnostics';
import type { Logger, LogLevel } from './logger';

const levelByOutcome: Readonly<Record<Outcome, LogLevel>> = {
  success: 'debug',
  cancelled: 'info',
  partial: 'warn',
  denied: 'warn',
  failure: 'error',
  unknown: 'warn',
};

/** Logs every decorated call, whatever decorators it has, at a level chosen by its outcome. */
export class LoggingPillar implements Pillar {
  readonly name = 'logging';
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  bind(target: HandlerTarget): readonly BoundHandler[] {
    // Nothing is more urgent than a failure; a logger that drops those has no use for any call.
    if (!this.#logger.isLevelEnabled('error')) return [];
    return [{ handler: new LoggingHandler(this.#logger, target), needsFields: true }];
  }
}

class LoggingHandler implements CallHandler {
  readonly name = 'logging';
  readonly #logger: Logger;
  readonly #place: string;
  readonly #isAudited: boolean;

  constructor(logger: Logger, target: HandlerTarget) {
    this.#logger = logger;
    this.#place = `${target.className}.${target.operation.methodName}`;
    this.#isAudited = target.operation.facets.audited !== undefined;
  }

  onSettle(call: Call): void {
    const outcome = call.outcome as Outcome;
    const level = levelByOutcome[outcome];
    if (!this.#logger.isLevelEnabled(level)) return;
    const { target } = call;
    this.#logger.log(
      level,
      `${this.#place} ${outcome}`,
      {
        store: target.store.name,
        operation: target.operationName,
        outcome,
        duration_ms: roundedMs(call.durationMs),
        ...(call.item === undefined ? {} : { item_id: call.item }),
        ...(call.user === undefined ? {} : { user_id: call.user }),
        ...(this.#isAudited ? { audit_id: call.auditId } : {}),
        ...(call.request?.requestId === undefined ? {} : { request_id: call.request.requestId }),
        ...(call.threw ? { error_type: errorTypeOf(call.error), error_message: messageOf(call.error) } : {}),
        ...(call.attributes === undefined ? {} : { attributes: call.attributes }),
      },
      { traceId: call.traceId, spanId: call.spanId, correlationId: call.correlationId },
    );
  }
}
