import {
  SpanKind,
  SpanStatusCode,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanStatus,
} from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { wellFormed, wellFormedAttributes, type OtlpNumbers } from '../otlp-values';
import { isExportable } from './hr-time';
import { UnwritableSpansError } from './span-sender';
import { soundSpanContext } from './span-context';

/**
 * A span as it can be written to an exporter's request: what one collector refuses about one value would cost the batch.
 * Half a surrogate pair becomes U+FFFD, and a link to a span without valid ids is left out and counted.
 *
 * @throws UnwritableSpansError where a time is none
 */
export function writtenSpan(span: ReadableSpan, numbers: OtlpNumbers): ReadableSpan {
  const links = writtenLinks(span.links, numbers);
  return {
    name: wellFormed(span.name),
    kind: isOneOf(SpanKind, span.kind) ? span.kind : SpanKind.INTERNAL,
    spanContext: spanContextOf(span),
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
    startTime: checked(span.startTime),
    endTime: checked(span.endTime),
    status: writtenStatus(span.status),
    attributes: wellFormedAttributes(span.attributes, numbers),
    links,
    events: writtenEvents(span.events, numbers),
    duration: span.duration,
    ended: span.ended,
    resource: writtenResource(span.resource, numbers),
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount + span.links.length - links.length,
  };
}

function spanContextOf(span: ReadableSpan): () => SpanContext {
  const spanContext = withWellFormedState(span.spanContext());
  return () => spanContext;
}

/** A state that is not trefoil's own may be anything. */
function withWellFormedState(spanContext: SpanContext): SpanContext {
  const { traceState } = spanContext;
  const text: unknown = traceState?.serialize();
  if (traceState === undefined || (typeof text === 'string' && text.isWellFormed())) return spanContext;
  const { traceState: _left, ...rest } = spanContext;
  return rest;
}

/** A number of an enumeration, whose names are keys as well. */
function isOneOf(enumeration: Readonly<Record<number, string>>, value: unknown): boolean {
  return typeof value === 'number' && enumeration[value] !== undefined;
}

function writtenStatus(status: SpanStatus): SpanStatus {
  const { code, message } = status;
  if (!isOneOf(SpanStatusCode, code)) return { code: SpanStatusCode.UNSET };
  return message === undefined ? status : { code, message: wellFormed(message) };
}

function writtenEvents(events: ReadableSpan['events'], numbers: OtlpNumbers): ReadableSpan['events'] {
  return events.length === 0
    ? events
    : events.map((event) => ({
        ...event,
        name: wellFormed(event.name),
        time: checked(event.time),
        attributes: wellFormedAttributes(event.attributes ?? {}, numbers),
      }));
}

function writtenLinks(links: Link[], numbers: OtlpNumbers): Link[] {
  if (links.length === 0) return links;
  return links.flatMap(({ context, attributes, ...rest }) => {
    const sound = soundSpanContext(context);
    if (sound === undefined) return [];
    return [
      { ...rest, context: withWellFormedState(sound), attributes: wellFormedAttributes(attributes ?? {}, numbers) },
    ];
  });
}

type Resource = ReadableSpan['resource'];

/** By the one of the spans, of which exporters make groups. */
const writtenResources = new WeakMap<Resource, Resource>();

function writtenResource(resource: Resource, numbers: OtlpNumbers): Resource {
  const known = writtenResources.get(resource);
  if (known !== undefined) return known;
  const attributes = wellFormedAttributes(resource.attributes, numbers);
  const written =
    attributes === resource.attributes
      ? resource
      : (Object.create(resource, { attributes: { value: attributes } }) as Resource);
  writtenResources.set(resource, written);
  return written;
}

function checked(time: HrTime): HrTime {
  if (isExportable(time)) return time;
  throw new UnwritableSpansError(new RangeError('a time is none that 64 bits of nanoseconds can hold'));
}
