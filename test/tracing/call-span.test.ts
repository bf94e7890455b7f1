import 'reflect-metadata';
import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { container } from 'tsyringe';
import {
  currentCall,
  initializeObservability,
  InMemoryTracer,
  Observed,
  OpenTelemetryTracer,
  Store,
  TRACER,
  Traced,
  type SpanLimitOptions,
  type Trefoil,
} from '../../src/index';
import { CallSpan } from '../../src/tracing/call-span';
import type { SamplerName } from '../../src/tracing/tracer-options';

/** Keeps what it is given, as an exporter would read it. */
class KeepingProcessor implements SpanProcessor {
  readonly started: string[] = [];
  readonly ended: ReadableSpan[] = [];

  onStart(span: Span & ReadableSpan, parent: Context): void {
    this.started.push(`${span.name} below ${trace.getSpanContext(parent)?.spanId ?? 'nothing'}`);
  }

  onEnd(span: ReadableSpan): void {
    this.ended.push(span);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** Has put something in the place of `startSpan`, so that the SDK makes all of its spans. */
class SdkTracer extends OpenTelemetryTracer {
  override startSpan(name: string, options?: SpanOptions, parent?: Context): Span {
    return super.startSpan(name, options, parent);
  }
}

@Store({ name: 'orders', type: 'memory', id: 'orders-1' })
class OrderStore {
  @Observed({ event: 'read', item: (id: string) => id, attributes: (id: string) => ({ asked: id, deep: { a: 1 } }) })
  async get(id: string): Promise<string> {
    await Promise.resolve();
    return id;
  }

  @Observed({ event: 'update' })
  talk(): void {
    const span = trace.getActiveSpan();
    span?.setAttribute('rows', 12).setAttributes({ 'store.type': 'of the body', tags: ['a', 'b'] });
    span?.addEvent('retry', { attempt: 1 }).addEvent('again', 5);
    span?.addLink({ context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 } }).addLinks([]);
    span?.recordException(new TypeError('looked at'));
    span?.updateName('renamed');
    currentCall().addEvent('said', { token: 'x' });
    currentCall().setAttribute('later', true);
  }

  @Observed({ event: 'update' })
  talkTooMuch(): void {
    const span = trace.getActiveSpan();
    for (let index = 0; index < 200; index += 1) span?.setAttribute(`key-${index}`, index).addEvent(`event-${index}`);
  }

  @Observed({ event: 'update' })
  say(): void {
    currentCall().addEvent('said');
    throw new RangeError('all the same');
  }

  @Observed({ event: 'delete' })
  fail(): void {
    throw new RangeError('no such order, password=hunter2');
  }

  @Observed({ event: 'update' })
  talkAtLength(): void {
    trace.getActiveSpan()?.setAttributes({ rows: 12, tags: ['long enough', 'b'] });
  }

  @Observed({ event: 'delete' })
  failAtLength(): void {
    throw new Error(`\u001b[31m password=hunter2 ${'all work and no play '.repeat(2_000)}`);
  }

  @Observed({ event: 'delete' })
  failOddly(): void {
    throw Object.defineProperty(new Error('odd'), 'stack', {
      get: () => {
        throw new Error('not now');
      },
    });
  }

  @Observed({ event: 'delete' })
  abort(): void {
    throw new DOMException('gone', 'AbortError');
  }

  @Observed({ event: 'update' })
  judge(): void {
    trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.OK }).setStatus({ code: SpanStatusCode.ERROR });
    throw new Error('after all');
  }

  @Observed({ event: 'update' })
  blame(): void {
    trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.UNSET });
    trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: 'half' });
  }

  @Observed({ event: 'update' })
  endEarly(): void {
    const span = trace.getActiveSpan();
    span?.end();
    span?.end();
    span?.setAttribute('too', 'late').addEvent('too late').updateName('too late');
    span?.setStatus({ code: SpanStatusCode.ERROR });
  }

  @Traced({ kind: SpanKind.PRODUCER, name: (id: string) => `outer ${id}` })
  async outer(id: string): Promise<void> {
    await this.get(id);
    trefoil.tracer.startActiveSpan('by hand', (span) => {
      this.talk();
      span.end();
    });
  }
}

/** What a span says of a call that succeeded, without what its body and its selectors say. */
const ownAttributes = 9;

let trefoil: Trefoil;

async function recorded(
  Tracer: typeof OpenTelemetryTracer,
  use: (store: OrderStore) => unknown,
  sampler?: SamplerName,
  limits?: SpanLimitOptions,
): Promise<KeepingProcessor> {
  container.reset();
  const processor = new KeepingProcessor();
  const tracer = new Tracer({
    serviceName: 'test',
    resource: { 'service.version': '7' },
    spanProcessors: [processor],
    ...(sampler === undefined ? {} : { sampler }),
    ...(limits === undefined ? {} : { limits }),
  });
  container.register(TRACER, { useValue: tracer });
  trefoil = initializeObservability({ service: { name: 'test' }, logging: { level: 'silent' }, signals: false });
  try {
    await use(new OrderStore());
  } catch {
    // What a method throws is no matter here.
  }
  await trefoil.shutdown();
  return processor;
}

/** All that an exporter reads of a span but ids and times, which differ from run to run; spans are named by their order. */
function readable(spans: readonly ReadableSpan[]): unknown[] {
  const order = new Map(spans.map((span, index) => [span.spanContext().spanId, index]));
  const traces = [...new Set(spans.map((span) => span.spanContext().traceId))];
  return spans.map((span) => ({
    name: span.name,
    kind: span.kind,
    trace: traces.indexOf(span.spanContext().traceId),
    flags: span.spanContext().traceFlags,
    parent: order.get(span.parentSpanContext?.spanId ?? ''),
    status: span.status,
    attributes: Object.fromEntries(
      Object.entries(span.attributes).map(([key, value]) => [key, /^(audit|correlation)\.id$/.test(key) || value]),
    ),
    links: span.links,
    events: span.events.map(({ name, time, attributes, droppedAttributesCount }) => [
      name,
      time.length,
      { ...attributes, 'exception.stacktrace': typeof attributes?.['exception.stacktrace'] },
      droppedAttributesCount,
    ]),
    ended: span.ended,
    dropped: [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
    resource: span.resource.attributes,
    scope: span.instrumentationScope,
    lasts: span.duration[0] >= 0 && span.duration[1] >= 0,
    endsAfterItsStart: span.endTime[0] * 1e9 + span.endTime[1] >= span.startTime[0] * 1e9 + span.startTime[1],
  }));
}

describe('the span of a call', () => {
  test.each<[string, (store: OrderStore) => unknown]>([
    ['a call', (store) => store.get('o-1')],
    ['a body that uses its span', (store) => store.talk()],
    ['a failure', (store) => store.fail()],
    ['an abort', (store) => store.abort()],
    ['a body that sets the status', (store) => store.judge()],
    ['a body that sets an error', (store) => store.blame()],
    ['a body that ends its span', (store) => store.endEarly()],
    ['nested calls', (store) => store.outer('o-2')],
  ])('reads as the one that the SDK makes: %s', async (_name, use) => {
    const ours = await recorded(OpenTelemetryTracer, use);
    const theirs = await recorded(SdkTracer, use);
    expect(ours.ended.some((span) => span instanceof CallSpan)).toBe(true);
    expect(theirs.ended.some((span) => span instanceof CallSpan)).toBe(false);
    expect(readable(ours.ended)).toEqual(readable(theirs.ended));
    expect(ours.started.map((line) => line.split(' below ')[0])).toEqual(
      theirs.started.map((line) => line.split(' below ')[0]),
    );
    expect(ours.ended.length).toBeGreaterThan(0);
  });

  test('keeps what it says of its call, also where the body goes over the limits of the SDK', async () => {
    const [span] = (await recorded(OpenTelemetryTracer, (store) => store.talkTooMuch())).ended;
    expect(Object.keys(span?.attributes ?? {})).toHaveLength(128);
    expect(span?.attributes).toMatchObject({ 'store.name': 'orders', 'store.outcome': 'success' });
    expect(span?.events).toHaveLength(128);
    expect([span?.droppedAttributesCount, span?.droppedEventsCount]).toEqual([200 + ownAttributes - 128, 72]);
  });

  test.each([
    [{ attributeCount: 11 }, 11],
    [{ attributeCount: 5 }, 5],
    [{ attributeCount: 0 }, 0],
  ])('keeps to the limits %j, and what it says of its call goes last', async (limits, count) => {
    const [span] = (await recorded(OpenTelemetryTracer, (store) => store.talkTooMuch(), undefined, limits)).ended;
    expect(Object.keys(span?.attributes ?? {})).toHaveLength(count);
    expect(span?.droppedAttributesCount).toBe(200 + ownAttributes - count);
    if (count > ownAttributes) expect(span?.attributes).toMatchObject({ 'store.outcome': 'success', 'key-0': 0 });
    else expect(Object.keys(span?.attributes ?? {}).filter((key) => key.startsWith('key-'))).toEqual([]);
  });

  test('has its texts cut at the limit, in lists too', async () => {
    const limits = { attributeValueLength: 3 };
    const [read] = (await recorded(OpenTelemetryTracer, (store) => store.get('order-1'), undefined, limits)).ended;
    expect(read?.attributes).toMatchObject({ 'store.name': 'ord', 'item.id': 'ord', asked: 'ord' });
    const [talk] = (await recorded(OpenTelemetryTracer, (store) => store.talkAtLength(), undefined, limits)).ended;
    expect(talk?.attributes).toMatchObject({ tags: ['lon', 'b'], rows: 12 });
    for (const value of Object.values(talk?.attributes ?? {})) expect(String(value).length).toBeLessThan(8);
  });

  test.each([
    { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '12', OTEL_ATTRIBUTE_COUNT_LIMIT: '90' },
    { OTEL_ATTRIBUTE_COUNT_LIMIT: '12' },
    { OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3', OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '9' },
    { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3' },
    { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '0' },
    { OTEL_SPAN_EVENT_COUNT_LIMIT: '2', OTEL_SPAN_LINK_COUNT_LIMIT: '0' },
  ])('keeps to the limits that the environment sets, as the span of the SDK does: %j', async (variables) => {
    const before = { ...process.env };
    Object.assign(process.env, variables);
    try {
      for (const use of [(store: OrderStore) => store.talkTooMuch(), (store: OrderStore) => store.talk()]) {
        const [ours] = (await recorded(OpenTelemetryTracer, use)).ended;
        const [theirs] = (await recorded(SdkTracer, use)).ended;
        const facts = (span: ReadableSpan | undefined) => ({
          count: Object.keys(span?.attributes ?? {}).length,
          dropped: [span?.droppedAttributesCount, span?.droppedEventsCount, span?.droppedLinksCount],
          name: span?.attributes['store.name'],
          events: span?.events.map(({ name }) => name),
          links: span?.links,
        });
        expect(ours).toBeInstanceOf(CallSpan);
        expect(theirs).not.toBeInstanceOf(CallSpan);
        expect(facts(ours)).toEqual(facts(theirs));
      }
    } finally {
      process.env = before;
    }
  });

  test('has the stack of what was thrown, without its secrets and not longer than 8,192 characters', async () => {
    const [span] = (await recorded(OpenTelemetryTracer, (store) => store.fail())).ended;
    const [event] = span?.events ?? [];
    const stack = String(event?.attributes?.['exception.stacktrace']);
    expect(stack).toMatch(/^RangeError: no such order, password=\[REDACTED\]\n +at .*fail/);
    const [long] = (await recorded(OpenTelemetryTracer, (store) => store.failAtLength())).ended;
    const lines = String(long?.events[0]?.attributes?.['exception.stacktrace']);
    expect(lines.length).toBeLessThanOrEqual(8_192);
    expect(lines).not.toContain('\u001b');
    expect(lines).not.toContain('hunter2');
    const [odd] = (await recorded(OpenTelemetryTracer, (store) => store.failOddly())).ended;
    expect(odd?.events[0]?.attributes).not.toHaveProperty('exception.stacktrace');
  });

  test('has valid ids, and the readings of its call', async () => {
    const before = Date.now();
    const { ended } = await recorded(OpenTelemetryTracer, (store) => store.outer('o-3'));
    for (const span of ended) {
      expect(span.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(span.spanContext().spanId).toMatch(/^[0-9a-f]{16}$/);
      expect(span.startTime[0]).toBeGreaterThanOrEqual(Math.trunc(before / 1000));
    }
    expect(new Set(ended.map((span) => span.spanContext().spanId)).size).toBe(ended.length);
  });

  test.each([
    ['ours', OpenTelemetryTracer],
    ["the SDK's", SdkTracer],
  ])('has its events between its start and its end, where the span is %s', async (_whose, Tracer) => {
    const { ended } = await recorded(Tracer, (store) => {
      for (let call = 0; call < 200; call += 1) expect(() => store.say()).toThrow(RangeError);
    });
    const nanoseconds = ([seconds, rest]: [number, number]): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);
    for (const { startTime, events, endTime } of ended) {
      const times = [startTime, ...events.map(({ time }) => time), endTime].map(nanoseconds);
      expect(times).toHaveLength(4);
      expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
    }
    expect(ended).toHaveLength(200);
  });

  test.each<SamplerName>(['always_off', 'parentbased_always_off'])('is not recorded where %s says no', async (name) => {
    const { ended, started } = await recorded(OpenTelemetryTracer, (store) => store.outer('o'), name);
    expect([...ended, ...started]).toEqual([]);
  });

  test('follows the decision and the state of a remote caller', async () => {
    const remote = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), isRemote: true };
    const under = (traceFlags: number) => (store: OrderStore) =>
      context.with(trace.setSpanContext(context.active(), { ...remote, traceFlags }), () => store.talk());
    for (const Tracer of [OpenTelemetryTracer, SdkTracer]) {
      expect((await recorded(Tracer, under(0))).ended).toEqual([]);
      const [span] = (await recorded(Tracer, under(1))).ended;
      expect(span?.spanContext().traceId).toBe(remote.traceId);
      expect(span?.parentSpanContext).toMatchObject({ spanId: remote.spanId, isRemote: true });
    }
  });

  test.each([
    [0x03, 0x03],
    [0x02, undefined],
    [0xff, 0x03],
    [0x01, 0x01],
  ])('says that the trace id is random where a caller with the flags %d does', async (traceFlags, expected) => {
    const remote = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), isRemote: true, traceFlags };
    let within: number | undefined;
    const { ended } = await recorded(OpenTelemetryTracer, (store) =>
      context.with(trace.setSpanContext(context.active(), remote), () => {
        store.talk();
        within = new InMemoryTracer().startSpan('beside').spanContext().traceFlags;
      }),
    );
    expect(ended[0]?.spanContext().traceFlags).toBe(expected);
    expect(within).toBe(0x01 | (traceFlags & 0x02));
  });

  test('is none where tracing is suppressed, as inside an exporter', async () => {
    const suppressed = (store: OrderStore): unknown =>
      context.with(suppressTracing(context.active()), () => store.talk());
    for (const Tracer of [OpenTelemetryTracer, SdkTracer]) {
      expect((await recorded(Tracer, suppressed)).ended).toEqual([]);
    }
  });
});
