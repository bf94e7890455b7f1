import type { Call } from '../call/call';
import type { BoundHandler, CallHandler, Pillar } from '../call/call-handler';
import { roundedMs } from '../call/clock';
import { errorTypeOf } from '../call/error-type';
import type { HandlerTarget } from '../call/handler-target';
import type { Outcome } from '../call/outcome';
import { messageOf, type Diagnostics } from '../diagnostics';
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
  readonly #diagnostics: Diagnostics;

  constructor(logger: Logger, diagnostics: Diagnostics) {
    this.#logger = logger;
    this.#diagnostics = diagnostics;
  }

  bind(target: HandlerTarget): readonly BoundHandler[] {
    // Nothing is more urgent than a failure; a logger that drops those has no use for any call.
    if (!this.#logger.isLevelEnabled('error')) return [];
    return [{ handler: new LoggingHandler(this.#logger, target, this.#diagnostics), needsFields: true }];
  }
}

class LoggingHandler implements CallHandler {
  readonly name = 'logging';
  readonly #logger: Logger;
  readonly #place: string;
  readonly #isAudited: boolean;
  readonly #diagnostics: Diagnostics;

  constructor(logger: Logger, target: HandlerTarget, diagnostics: Diagnostics) {
    this.#logger = logger;
    this.#diagnostics = diagnostics;
    this.#place = `${target.className}.${target.operation.methodName}`;
    this.#isAudited = target.operation.facets.audited !== undefined;
  }

  onSettle(call: Call): void {
    const outcome = call.outcome as Outcome;
    const level = levelByOutcome[outcome];
    if (!this.#logger.isLevelEnabled(level)) return;
    const { target } = call;
    // A logger of the user's own may be asynchronous.
    const logged: unknown = this.#logger.log(
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
        ...(call.threw ? errorFields(call) : {}),
        ...(call.attributes === undefined ? {} : { attributes: call.attributes }),
      },
      { traceId: call.traceId, spanId: call.spanId, correlationId: call.correlationId },
    );
    if (logged !== undefined) this.#diagnostics.watch('TREFOIL_HANDLER_FAILED', `${this.#place} (logging)`, logged);
  }
}

function errorFields({ error, target }: Call): Record<string, string> {
  return { error_type: errorTypeOf(error), error_message: target.redactor.redactText(messageOf(error)) };
}
