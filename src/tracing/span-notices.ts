import { diag, type SpanContext } from '@opentelemetry/api';

// What OpenTelemetry's SDK tells of the use of its spans, to the logger of its API, if one is set: in its words, by which
// its users know what they did. Whoever finds nothing on a span is told why.

/** Something was said of a span that had ended, and is not recorded. */
export function noteLate({ traceId, spanId }: SpanContext): void {
  const which = `ended Span {traceId: ${traceId}, spanId: ${spanId}}`;
  diag.warn(`Cannot execute the operation on ${which}`, new Error(`Operation attempted on ${which}`));
}

/** A span was ended again. */
export function noteEndedAgain(name: string, spanContext: SpanContext): void {
  noteLate(spanContext);
  const { traceId, spanId } = spanContext;
  diag.error(`${name} ${traceId}-${spanId} - You can only call end() on a span once.`);
}

/** What was too much for a span that ends. */
export function noteDropped(span: { readonly droppedEventsCount: number; readonly droppedLinksCount: number }): void {
  const { droppedEventsCount, droppedLinksCount } = span;
  if (droppedEventsCount > 0) diag.warn(`Dropped ${droppedEventsCount} events because eventCountLimit reached`);
  if (droppedLinksCount > 0) diag.warn(`Dropped ${droppedLinksCount} links because linkCountLimit reached`);
}
