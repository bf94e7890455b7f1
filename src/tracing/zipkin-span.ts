import { SpanKind, SpanStatusCode, type HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';

/** A span as Zipkin's API has it (`zipkin2-api.yaml`); times are whole microseconds. */
export interface ZipkinSpan {
  readonly traceId: string;
  readonly parentId: string | undefined;
  readonly id: string;
  readonly name: string;
  readonly kind: 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER' | undefined;
  readonly timestamp: number;
  readonly duration: number;
  readonly localEndpoint: { readonly serviceName: string };
  readonly annotations: readonly { readonly timestamp: number; readonly value: string }[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

const kinds = {
  [SpanKind.INTERNAL]: undefined,
  [SpanKind.CLIENT]: 'CLIENT',
  [SpanKind.SERVER]: 'SERVER',
  [SpanKind.PRODUCER]: 'PRODUCER',
  [SpanKind.CONSUMER]: 'CONSUMER',
} as const;

/** A span for Zipkin, as OpenTelemetry's specification maps the one to the other. */
export function toZipkinSpan(span: ReadableSpan): ZipkinSpan {
  const { traceId, spanId } = span.spanContext();
  const { events } = span;
  const [startedAt, endedAt] = [microseconds(span.startTime), microseconds(span.endTime)];
  return {
    traceId,
    parentId: span.parentSpanContext?.spanId,
    id: spanId,
    name: span.name,
    kind: kinds[span.kind],
    timestamp: startedAt,
    // Up to the end as it is rounded, so that a span stays within its parent; Zipkin takes nothing less than one.
    duration: Math.max(1, endedAt - startedAt),
    localEndpoint: { serviceName: String(span.resource.attributes['service.name']) },
    annotations:
      events.length === 0
        ? undefined
        : events.map(({ time, name }) => ({ timestamp: microseconds(time), value: name })),
    tags: tagsOf(span),
  };
}

function microseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e6 + Math.round(nanoseconds / 1_000);
}

function tagsOf(span: ReadableSpan): Record<string, string> {
  const { status, resource } = span;
  const tags: Record<string, string> = {};
  for (const [key, value] of Object.entries(span.attributes)) tags[key] = String(value);
  if (status.code !== SpanStatusCode.UNSET) tags['otel.status_code'] = SpanStatusCode[status.code];
  if (status.code === SpanStatusCode.ERROR) tags['error'] = status.message ?? '';
  const dropped = {
    'otel.dropped_attributes_count': span.droppedAttributesCount,
    'otel.dropped_events_count': span.droppedEventsCount,
    'otel.dropped_links_count': span.droppedLinksCount,
  };
  for (const [key, count] of Object.entries(dropped)) if (count > 0) tags[key] = String(count);
  tags['otel.scope.name'] = span.instrumentationScope.name;
  for (const [key, value] of Object.entries(resource.attributes)) tags[key] = String(value);
  return tags;
}
