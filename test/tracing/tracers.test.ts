import 'reflect-metadata';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemoryTracer, NoopTracer, OpenTelemetryTracer } from '../../src/index';

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

afterAll(() => context.disable());

describe('the in-memory tracer', () => {
  test('records name, kind, parent, attributes, events, status and duration', () => {
    const tracer = new InMemoryTracer();
    tracer.startActiveSpan('parent', (parent) => {
      tracer.startActiveSpan('child', { kind: SpanKind.CLIENT, attributes: { a: 1 } }, (child) => {
        child.setAttribute('b', 2).setAttributes({ c: 3 }).addEvent('retry', { attempt: 1 });
        child.recordException(new RangeError('too far'));
        child.setStatus({ code: SpanStatusCode.ERROR, message: 'failed' }).updateName('renamed');
        child.end();
        child.setAttribute('late', true).end();
      });
      parent.end();
    });
    const [child, parent] = tracer.getSpans();
    expect(tracer.getSpans()).toHaveLength(2);
    expect(child).toMatchObject({
      name: 'renamed',
      kind: SpanKind.CLIENT,
      parentSpanId: parent?.spanContext().spanId,
      attributes: { a: 1, b: 2, c: 3 },
      status: { code: SpanStatusCode.ERROR, message: 'failed' },
      events: [
        { name: 'retry', attributes: { attempt: 1 } },
        { name: 'exception', attributes: { 'exception.type': 'RangeError', 'exception.message': 'too far' } },
      ],
    });
    expect(child?.attributes).not.toHaveProperty('late');
    expect(child?.durationMs).toBeGreaterThanOrEqual(0);
    expect(child?.spanContext().traceId).toBe(parent?.spanContext().traceId);
    expect(child?.isRecording()).toBe(false);
    expect(tracer.getSpansByName('renamed')).toEqual([child]);
    tracer.clear();
    expect(tracer.getSpans()).toEqual([]);
  });

  test('continues a remote parent, and starts anew where it is told to', () => {
    const tracer = new InMemoryTracer();
    const remote = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };
    const within = trace.setSpanContext(context.active(), remote);
    const child = tracer.startSpan('child', {}, within);
    expect(child.spanContext().traceId).toBe(remote.traceId);
    expect(child.parentSpanId).toBe(remote.spanId);
    const root = tracer.startSpan('root', { root: true }, within);
    expect(root.spanContext().traceId).not.toBe(remote.traceId);
    expect(root.parentSpanId).toBeUndefined();
  });

  test('keeps no more spans than it is told to, and always the newest', () => {
    const tracer = new InMemoryTracer({ maxSpans: 3 });
    for (let index = 0; index < 100; index += 1) tracer.startSpan(`s${index}`).end();
    const names = tracer.getSpans().map(({ name }) => name);
    expect(names).toEqual(['s97', 's98', 's99']);
    expect(tracer.getSpansByName('s98')).toHaveLength(1);
    tracer.clear();
    for (const name of ['a', 'b', 'c', 'd']) tracer.startSpan(name).end();
    expect(tracer.getSpans().map(({ name }) => name)).toEqual(['b', 'c', 'd']);
  });

  test.each([0, -1, 1.5, Number.NaN, '10'])('refuses %p as the number of spans to keep', (maxSpans) => {
    expect(() => new InMemoryTracer({ maxSpans: maxSpans as number })).toThrow(/TREFOIL_OPTIONS_INVALID.*maxSpans/);
  });

  test('records below a caller that is not sampled, as always_on does', () => {
    const tracer = new InMemoryTracer();
    const caller = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0, isRemote: true };
    const span = tracer.startSpan('child', {}, trace.setSpanContext(context.active(), caller));
    span.end();
    expect(tracer.getSpans()).toEqual([span]);
    expect(span.spanContext()).toMatchObject({ traceId: caller.traceId, traceFlags: 1 });
  });

  test('dates events as it is told to, and takes nothing more once a span has ended', () => {
    const span = new InMemoryTracer().startSpan('x');
    span
      .addEvent('now')
      .addEvent('then', 1_700_000_000_005)
      .addEvent('later', { a: 1 }, new Date(7))
      .addEvent('pair', [1, 500_000_123]);
    span.recordException(new TypeError('no'), 1_700_000_000_009);
    span.end();
    span.addEvent('too late').addLink({ context: span.spanContext() });
    expect(span.events.slice(1).map(({ name, timestamp }) => [name, timestamp.getTime()])).toEqual([
      ['then', 1_700_000_000_005],
      ['later', 7],
      ['pair', 1500],
      ['exception', 1_700_000_000_009],
    ]);
    expect(span.events[3]?.hrTime).toEqual([1, 500_000_123]);
    expect(span.events[4]?.attributes['exception.stacktrace']).toMatch(/^TypeError: no\n/);
    expect(span.links).toEqual([]);
  });
});

describe('the no-op tracer', () => {
  test('runs the function, records nothing, and carries the parent on', () => {
    const tracer = new NoopTracer();
    const span = tracer.startActiveSpan('work', (active) => active);
    expect(span.isRecording()).toBe(false);
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
    expect(tracer.startSpan('x', {}, trace.setSpanContext(context.active(), parent)).spanContext()).toEqual(parent);
  });
});

describe('the OpenTelemetry tracer', () => {
  test('records what the sampler lets through', async () => {
    const sampled = async (sampler: 'always_off' | 'traceidratio' | 'parentbased_always_on'): Promise<boolean> => {
      const tracer = new OpenTelemetryTracer({ serviceName: 's', exporterType: 'otlp', sampler, sampleRate: 0 });
      const span = tracer.startSpan('x');
      await tracer.shutdown().catch(() => undefined);
      return span.spanContext().traceFlags === 1;
    };
    expect(await sampled('always_off')).toBe(false);
    expect(await sampled('traceidratio')).toBe(false);
    expect(await sampled('parentbased_always_on')).toBe(true);
  });
});
