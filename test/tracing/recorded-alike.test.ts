import 'reflect-metadata';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Exception,
  type Link,
  type Span,
} from '@opentelemetry/api';
import { suppressTracing, TraceState } from '@opentelemetry/core';
import { AlwaysOnSampler, BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { InMemoryTracer, Observed, OpenTelemetryTracer, Store, type SpanLimitOptions } from '../../src/index';
import type { InMemorySpan } from '../../src/tracing/in-memory-tracer';
import { shutDownAll, start } from '../runtime/runtimes';

/** What is done to a span, whoever has made it. */
type Operation = (span: Span) => unknown;

const odd = (value: unknown): Attributes => value as Attributes;
const thrown = (value: unknown): Exception => value as Exception;
const link = (attributes?: Attributes): Link => ({
  context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
  ...(attributes === undefined ? {} : { attributes }),
});
const many = (count: number): Attributes =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, at]));
const times = (count: number, work: (at: number) => unknown): void => {
  for (let at = 0; at < count; at += 1) work(at);
};

const operations: readonly (readonly [string, Operation])[] = [
  ['attributes of every kind', (span) => span.setAttributes({ a: 'x', b: 1, c: true, d: ['x'], e: [1, 2], f: [] })],
  ['an attribute twice', (span) => span.setAttribute('a', 1).setAttribute('a', 2)],
  ['lists with gaps', (span) => span.setAttributes({ a: ['x', null], b: [undefined, 1] })],
  ['no name', (span) => span.setAttribute('', 'x')],
  ['null and undefined', (span) => span.setAttributes(odd({ a: null, b: undefined, c: 1 }))],
  ['null over a value', (span) => span.setAttribute('a', 1).setAttributes(odd({ a: null }))],
  ['objects, functions and symbols', (span) => span.setAttributes(odd({ a: {}, b: () => 1, c: Symbol('x'), d: 1n }))],
  ['a date', (span) => span.setAttributes(odd({ a: new Date(0), b: new Map() }))],
  ['mixed lists', (span) => span.setAttributes(odd({ a: ['x', 1], b: [{}], c: [[1]], d: [true, 'x'] }))],
  ['not a number', (span) => span.setAttributes({ a: Number.NaN, b: Infinity, c: -0 })],
  ['inherited attributes', (span) => span.setAttributes(odd(Object.create({ a: 1 })))],
  ['long texts', (span) => span.setAttributes({ a: 'x'.repeat(300), b: ['y'.repeat(300), 'z'] })],
  ['an event', (span) => span.addEvent('e', { a: 1 })],
  ['an event without attributes', (span) => span.addEvent('e')],
  ['an event with a time', (span) => span.addEvent('e', Date.now())],
  ['odd attributes of an event', (span) => span.addEvent('e', odd({ '': 1, a: {}, b: ['x', 1], c: 'fine' }))],
  ['200 attributes of an event', (span) => span.addEvent('e', many(200))],
  ['a long text in an event', (span) => span.addEvent('e', { a: 'x'.repeat(300) })],
  ['200 events', (span) => times(200, (at) => span.addEvent(`e${at}`))],
  ['a link', (span) => span.addLink(link({ a: 1 }))],
  ['a link without attributes', (span) => span.addLink(link())],
  ['odd attributes of a link', (span) => span.addLinks([link(odd({ '': 1, a: {}, b: 'fine' })), link({})])],
  ['200 attributes of a link', (span) => span.addLink(link(many(200)))],
  ['200 links', (span) => times(200, (at) => span.addLink(link({ at })))],
  ['200 attributes', (span) => times(200, (at) => span.setAttribute(`k${at}`, at))],
  ['OK, then ERROR', (span) => span.setStatus({ code: 1 }).setStatus({ code: 2, message: 'late' })],
  ['ERROR, then OK', (span) => span.setStatus({ code: 2, message: 'no' }).setStatus({ code: 1 })],
  ['ERROR, then UNSET', (span) => span.setStatus({ code: 2, message: 'no' }).setStatus({ code: 0 })],
  ['OK with a message', (span) => span.setStatus({ code: SpanStatusCode.OK, message: 'fine' })],
  ['a message that is no text', (span) => span.setStatus({ code: 2, message: 5 as unknown as string })],
  ['another name', (span) => span.updateName('renamed')],
  ['an exception', (span) => span.recordException(new RangeError('far', { cause: new Error('inner') }))],
  ['an exception with a code', (span) => span.recordException(Object.assign(new Error('no'), { code: 'ENOENT' }))],
  ['an exception with a number', (span) => span.recordException(thrown({ code: 7 }))],
  ['an exception without a message', (span) => span.recordException(new TypeError())],
  ['a thrown text', (span) => span.recordException('text')],
  ['a thrown empty text', (span) => span.recordException('')],
  ['a thrown null', (span) => span.recordException(thrown(null))],
  ['a thrown undefined', (span) => span.recordException(thrown(undefined))],
  ['a thrown number', (span) => span.recordException(thrown(1))],
  ['a thrown object', (span) => span.recordException(thrown({ foo: 1 }))],
  ['a thrown object with a message', (span) => span.recordException(thrown({ message: 'm' }))],
  ['a thrown object with an odd message', (span) => span.recordException(thrown({ message: { a: 1 }, name: 'N' }))],
  ['a thrown list', (span) => span.recordException(thrown(['a']))],
  [
    'all of these after the end',
    (span) => {
      span.end();
      span.setAttribute('a', 1).setAttributes({ b: 2 }).addEvent('e').addLink(link()).addLinks([link()]);
      span.setStatus({ code: 2 }).updateName('late').recordException(new Error('late'));
    },
  ],
];

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

const small: SpanLimitOptions = { attributeValueLength: 10, attributeCount: 12, eventCount: 3, linkCount: 2 };

function sdkSpan(operate: Operation, limits: SpanLimitOptions | undefined): ReadableSpan {
  const spanLimits = {
    ...(limits?.attributeValueLength === undefined ? {} : { attributeValueLengthLimit: limits.attributeValueLength }),
    ...(limits?.attributeCount === undefined ? {} : { attributeCountLimit: limits.attributeCount }),
    ...(limits?.eventCount === undefined ? {} : { eventCountLimit: limits.eventCount }),
    ...(limits?.linkCount === undefined ? {} : { linkCountLimit: limits.linkCount }),
  };
  const provider = new BasicTracerProvider({ sampler: new AlwaysOnSampler(), spanLimits });
  return operated(provider.getTracer('t').startSpan('x') as Span & ReadableSpan, operate);
}

function operated<Made extends Span>(span: Made, operate: Operation): Made {
  operate(span);
  if (span.isRecording()) span.end();
  return span;
}

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
  ['limits of nothing', { attributeCount: 0, eventCount: 0, linkCount: 0 }],
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
