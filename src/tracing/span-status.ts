import { diag, SpanStatusCode, type SpanStatus as ApiSpanStatus } from '@opentelemetry/api';

/**
 * The codes of a span's status, under short names.
 *
 * @example
 * ```ts
 * import { InMemoryTracer, SpanStatus } from 'trefoil';
 *
 * const span = new InMemoryTracer().startSpan('store.read');
 * span.setStatus({ code: SpanStatus.ERROR, message: 'no such item' }).end();
 * ```
 */
export const SpanStatus = Object.freeze({
  UNSET: SpanStatusCode.UNSET,
  OK: SpanStatusCode.OK,
  ERROR: SpanStatusCode.ERROR,
});

/** How a span ended, as OpenTelemetry's API has it: a code, and a message where it is an error. */
export type SpanStatus = ApiSpanStatus;

/** The status of a span of which nothing has been said. */
export const unsetStatus: SpanStatus = Object.freeze({ code: SpanStatusCode.UNSET });

/** The status after `setStatus`, by OpenTelemetry's specification: nothing replaces OK, and UNSET replaces nothing. */
export function nextStatus(current: SpanStatus, { code, message }: SpanStatus): SpanStatus {
  if (code === SpanStatusCode.UNSET || current.code === SpanStatusCode.OK) return current;
  if (code !== SpanStatusCode.ERROR || message === undefined || message === null) return { code };
  if (typeof message === 'string') return { code, message };
  // Plain JavaScript may give the error itself.
  diag.warn(`Dropping invalid status.message of type '${typeof message}', expected 'string'`);
  return { code };
}
