import 'reflect-metadata';
import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Span } from '@opentelemetry/api';
import { suppressTracing, TraceState } from '@opentelemetry/core';
import { AlwaysOnSampler, BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { InMemoryTracer, Observed, OpenTelemetryTracer, Store, type SpanLimitOptions } from '../../src/index';
import type { InMemorySpan } from '../../src/tracing/in-memory-span';
import { shutDownAll, start } from '../runtime/runtimes';
import { link, odd, operated, operations, sdkSpan, type Operation } from './span-operations';

/** What an exporter would write of it, times and ids apart. */
function factsOf(span: ReadableSpan | InMemorySpan) {
  return {
    name: span.name,
    attributes: span.attributes,
    status: span.status,
    events: span.events.map(({ name, attributes, droppedAttributesCount = 0 }) => ({
      name,
      attributes,
      droppedAttributesCount,
    })),
    links: span.links,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

const small: SpanLimitOptions = {
  attributeValueLength: 10,
  attributeCount: 12,
  eventCount: 3,
  linkCount: 2,
  eventAttributeCount: 2,
  linkAttributeCount: 1,
};
const nothing: SpanLimitOptions = {
  attributeValueLength: 0,
  attributeCount: 0,
  eventCount: 0,
  linkCount: 0,
  eventAttributeCount: 0,
  linkAttributeCount: 0,
};

@Store({ name: 'items' })
class Items {
  @Observed({ event: 'read' })
  read(operate: Operation): Span | undefined {
    const span = trace.getActiveSpan();
    if (span !== undefined) operate(span);
    return span;
  }
}

afterEach(shutDownAll);

describe.each([
  ['the usual limits', undefined],
  ['small limits', small],
  ['limits of nothing', nothing],
])('within %s', (_what, limits) => {
  test.each(operations)('a span in memory keeps what the SDK’s keeps: %s', (_operation, operate) => {
    const tracer = new InMemoryTracer(limits === undefined ? {} : { limits });
    const expected = factsOf(sdkSpan(operate, limits));
    const span = operated(tracer.startSpan('x'), operate);
    const facts = factsOf(span);
    const withoutStack = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === 'exception.stacktrace' ? typeof one : one)));
    expect(withoutStack(facts)).toEqual(withoutStack(expected));
    expect(span.isRecording()).toBe(false);
    expect(tracer.getSpans()).toEqual([span]);
  });
});

test.each(operations.filter(([what]) => !what.startsWith('200 attributes') && !what.startsWith('all of')))(
  'the span of a call in memory keeps what the exported one keeps: %s',
  async (_operation, operate) => {
    const ended: ReadableSpan[] = [];
    const exported = new OpenTelemetryTracer({
      spanProcessors: [
        {
          onStart: () => undefined,
          onEnd: (span) => ended.push(span),
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
      ],
    });
    const memory = new InMemoryTracer();
    for (const exporter of [exported, memory]) {
      start({ tracing: { exporter } });
      new Items().read(operate);
      await shutDownAll();
    }
    const [own, kept] = [ended[0], memory.getSpans()[0]];
    if (own === undefined || kept === undefined) throw new Error('a call is not recorded');
    const comparable = (span: ReadableSpan | InMemorySpan): unknown => {
      const { attributes, ...facts } = factsOf(span);
      const { 'audit.id': _audit, 'correlation.id': _correlation, ...rest } = attributes;
      const text = JSON.stringify({ ...facts, attributes: rest }, (key, one: unknown) =>
        key === 'exception.stacktrace' ? typeof one : one,
      );
      return JSON.parse(text);
    };
    expect(comparable(kept)).toEqual(comparable(own));
  },
);

describe('a span in memory is started as the SDK’s is', () => {
  const parent = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    traceFlags: TraceFlags.SAMPLED,
    traceState: new TraceState('foo=1'),
  };
  const provider = new BasicTracerProvider({ sampler: new AlwaysOnSampler() });
  const below = trace.setSpanContext(ROOT_CONTEXT, parent);

  test.each([
    ['below a parent', {}, below],
    ['as a root', { root: true }, below],
    ['without a parent', {}, ROOT_CONTEXT],
    [
      'below a parent that is not valid',
      {},
      trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceId: '0'.repeat(32) }),
    ],
    ['below a parent that is not sampled', {}, trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: 0 })],
    ['with links and a kind', { links: [link({ a: 1 }), link(odd({ b: {} }))], kind: SpanKind.CLIENT }, below],
    ['with odd attributes', { attributes: odd({ a: 1, b: {}, '': 2, c: null }) }, below],
    ['with tracing suppressed', { attributes: { a: 1 } }, suppressTracing(below)],
    ['as a root with tracing suppressed', { root: true }, suppressTracing(below)],
  ])('%s', (_what, options, within) => {
    const tracer = new InMemoryTracer();
    const theirs = provider.getTracer('t').startSpan('x', options, within) as Span & Partial<ReadableSpan>;
    const ours = tracer.startSpan('x', options, within);
    const isRecording = theirs.isRecording();
    expect(ours.isRecording()).toBe(isRecording);
    const [own, other] = [ours.spanContext(), theirs.spanContext()];
    expect(own.traceFlags).toBe(other.traceFlags);
    expect(own.traceState).toBe(other.traceState);
    expect(own.traceId === parent.traceId).toBe(other.traceId === parent.traceId);
    expect(ours.parentSpanId).toBe(isRecording ? theirs.parentSpanContext?.spanId : ours.parentSpanId);
    if (isRecording) expect(factsOf(ours)).toEqual(factsOf(theirs as ReadableSpan));
    else expect(own).toEqual(other);
    ours.end();
    expect(tracer.getSpans()).toHaveLength(isRecording ? 1 : 0);
  });
});
