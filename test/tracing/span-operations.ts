import { SpanStatusCode, type Attributes, type Exception, type Link, type Span } from '@opentelemetry/api';
import { AlwaysOnSampler, BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import type { SpanLimitOptions } from '../../src/index';

/** What is done to a span, whoever has made it. */
export type Operation = (span: Span) => unknown;

export const odd = (value: unknown): Attributes => value as Attributes;
const thrown = (value: unknown): Exception => value as Exception;
export const link = (attributes?: Attributes): Link => ({
  context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
  ...(attributes === undefined ? {} : { attributes }),
});
const many = (count: number): Attributes =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, at]));
const times = (count: number, work: (at: number) => unknown): void => {
  for (let at = 0; at < count; at += 1) work(at);
};

export const operations: readonly (readonly [string, Operation])[] = [
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

/** A span of the SDK’s with the limits. */
export function sdkSpan(operate: Operation, limits: SpanLimitOptions | undefined): ReadableSpan {
  const spanLimits = {
    ...(limits?.attributeValueLength === undefined ? {} : { attributeValueLengthLimit: limits.attributeValueLength }),
    ...(limits?.attributeCount === undefined ? {} : { attributeCountLimit: limits.attributeCount }),
    ...(limits?.eventCount === undefined ? {} : { eventCountLimit: limits.eventCount }),
    ...(limits?.linkCount === undefined ? {} : { linkCountLimit: limits.linkCount }),
    ...(limits?.eventAttributeCount === undefined ? {} : { attributePerEventCountLimit: limits.eventAttributeCount }),
    ...(limits?.linkAttributeCount === undefined ? {} : { attributePerLinkCountLimit: limits.linkAttributeCount }),
  };
  const provider = new BasicTracerProvider({ sampler: new AlwaysOnSampler(), spanLimits });
  return operated(provider.getTracer('t').startSpan('x') as Span & ReadableSpan, operate);
}

/** A span that has ended, whatever was done to it. */
export function operated<Made extends Span>(span: Made, operate: Operation): Made {
  operate(span);
  if (span.isRecording()) span.end();
  return span;
}
