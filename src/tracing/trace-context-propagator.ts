import {
  trace,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { SpanContext } from './span-context';

const traceparent = 'traceparent';
const tracestate = 'tracestate';

/**
 * W3C Trace Context, read as strictly as {@link SpanContext} does. OpenTelemetry's own reads headers that the standard
 * refuses (blanks of any kind, half a `tracestate`), and writes three digits for unknown flags (seen in 2.12.0).
 */
export class TraceContextPropagator implements TextMapPropagator {
  readonly #isTracingSuppressed: (within: Context) => boolean;

  constructor(isTracingSuppressed: (within: Context) => boolean) {
    this.#isTracingSuppressed = isTracingSuppressed;
  }

  inject(within: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = trace.getSpanContext(within);
    if (spanContext === undefined || this.#isTracingSuppressed(within)) return;
    const header = SpanContext.toTraceparent(spanContext);
    if (header === undefined) return;
    setter.set(carrier, traceparent, header);
    const state = spanContext.traceState?.serialize() ?? '';
    if (state !== '') setter.set(carrier, tracestate, state);
  }

  extract(within: Context, carrier: unknown, getter: TextMapGetter): Context {
    const spanContext = SpanContext.fromTraceparent(getter.get(carrier, traceparent), getter.get(carrier, tracestate));
    return spanContext === undefined ? within : trace.setSpanContext(within, spanContext);
  }

  fields(): string[] {
    return [traceparent, tracestate];
  }
}
