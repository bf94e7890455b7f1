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

  test('keeps no more than twice the spans it is told to, and always the newest', () => {
    const tracer = new InMemoryTracer({ maxSpans: 3 });
    for (let index = 0; index < 100; index += 1) tracer.startSpan(`s${index}`).end();
    const names = tracer.getSpans().map(({ name }) => name);
    expect(names.length).toBeLessThanOrEqual(6);
    expect(names.slice(-3)).toEqual(['s97', 's98', 's99']);
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
