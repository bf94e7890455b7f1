import { isSpanContextValid, trace, TraceFlags, type SpanContext } from '@opentelemetry/api';
import type { Call } from '../call/call';
import { activeContext } from '../call/context';
import type { Diagnostics } from '../diagnostics';
import type { MetricSeries } from './metrics-backend';

/**
 * Lets a bucket remember the trace of a call that was just recorded in it, if that trace is sampled: one that is not
 * would lead nowhere. Nearly always it is answered by a comparison, since a bucket's exemplar stays for a second.
 */
export function keepExemplar(
  series: MetricSeries | undefined,
  value: number,
  call: Call,
  diagnostics: Diagnostics,
): void {
  const atMs = call.startedAtMs + call.durationMs;
  if (series?.keepExemplar === undefined || series.wantsExemplar?.(value, atMs) === false) return;
  const context = sampledContextOf(call);
  if (context === undefined) return;
  const { traceId, spanId } = context;
  const returned: unknown = series.keepExemplar({ traceId, spanId, value, timestamp: new Date(atMs) });
  if (returned !== undefined) diagnostics.watch('TREFOIL_BACKEND_FAILED', 'keepExemplar', returned);
}

/** Of the call's own span, or of the one that the caller is in; the call itself does not know whether that is sampled. */
function sampledContextOf({ span, spanId }: Call): SpanContext | undefined {
  // Said at once, where a span's context may have to be made.
  if (span !== undefined && !span.isRecording()) return undefined;
  const context = span?.spanContext() ?? trace.getSpanContext(activeContext());
  if (context === undefined || context.spanId !== spanId) return undefined;
  const isSampled = (context.traceFlags & TraceFlags.SAMPLED) !== 0;
  return isSampled && isSpanContextValid(context) ? context : undefined;
}
