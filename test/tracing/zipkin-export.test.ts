import 'reflect-metadata';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import Ajv from 'ajv';
import { OpenTelemetryTracer, type OpenTelemetryTracerOptions } from '../../src/index';
import { ZipkinReceiver } from '../fixtures/zipkin-receiver';
import { zipkinSpansSchema } from '../fixtures/zipkin-span-schema';

let receiver: ZipkinReceiver;
const tracers: OpenTelemetryTracer[] = [];

function tracerOf(options: OpenTelemetryTracerOptions = {}): OpenTelemetryTracer {
  const tracer = new OpenTelemetryTracer({
    serviceName: 'orders',
    exporterType: 'zipkin',
    endpoint: receiver.endpoint,
    flushTimeoutMs: 2_000,
    ...options,
  });
  tracers.push(tracer);
  return tracer;
}

beforeEach(async () => {
  receiver = await ZipkinReceiver.start();
});

afterEach(async () => {
  await Promise.all([receiver.close(), ...tracers.splice(0).map((tracer) => tracer.shutdown().catch(() => undefined))]);
});

describe('spans sent to Zipkin', () => {
  test('have the shape of its published API, with whole microseconds', async () => {
    const tracer = tracerOf({ resource: { 'service.version': '7' }, headers: { 'x-team': 'red' } });
    const parent = tracer.startSpan('parent', { kind: SpanKind.CLIENT, startTime: [1_800_000_000, 123_456_789] });
    tracer.startActiveSpan('child', (child) => {
      child.setAttribute('rows', 3).addEvent('cache.miss').setStatus({ code: SpanStatusCode.ERROR, message: 'gone' });
      child.end();
    });
    parent.end([1_800_000_001, 987_654_321]);
    await tracer.flush();
    expect(receiver.requests).toMatchObject([{ url: '/api/v2/spans', headers: { 'x-team': 'red' } }]);
    const isValid = new Ajv().compile(zipkinSpansSchema);
    expect([isValid(receiver.spans), isValid.errors]).toEqual([true, null]);
    expect(receiver.spans).toEqual([
      expect.objectContaining({
        name: 'child',
        annotations: [expect.objectContaining({ value: 'cache.miss' })],
        tags: expect.objectContaining({ rows: '3', error: 'gone', 'service.version': '7' }) as unknown,
      }),
      expect.objectContaining({
        name: 'parent',
        kind: 'CLIENT',
        id: parent.spanContext().spanId,
        traceId: parent.spanContext().traceId,
        timestamp: 1_800_000_000_123_457,
        duration: 1_864_197,
        localEndpoint: { serviceName: 'orders' },
      }),
    ]);
    expect(tracer.exportHealth()).toMatchObject([{ exporter: 'zipkin', exported: 2, failures: 0, queueDepth: 0 }]);
  });

  test('say the same as those of OpenTelemetry’s own exporter', async () => {
    const processor = new SimpleSpanProcessor(new ZipkinExporter({ url: `${receiver.endpoint}/theirs` }));
    const ours = tracerOf();
    const theirs = tracerOf({ spanProcessors: [processor] });
    for (const tracer of [ours, theirs]) {
      for (const kind of [SpanKind.INTERNAL, SpanKind.CLIENT, SpanKind.SERVER, SpanKind.PRODUCER, SpanKind.CONSUMER]) {
        const span = tracer.startSpan('x', {
          kind,
          startTime: [1_800_000_000, 5_000],
          attributes: { list: ['a', 'b'] },
        });
        span.addEvent('e', { a: 1 }, [1_800_000_000, 8_000]);
        span.setStatus({ code: kind === SpanKind.CLIENT ? SpanStatusCode.ERROR : SpanStatusCode.OK, message: 'm' });
        span.end([1_800_000_001, 0]);
      }
      await tracer.flush();
    }
    const comparable = (url: string) =>
      receiver.requests
        .filter((request) => request.url === url)
        .flatMap(({ spans }) => spans)
        .map(({ id: _id, traceId: _traceId, tags, ...rest }): Record<string, unknown> => {
          const { 'otel.scope.name': _scope, ...others } = tags as Record<string, string>;
          return { ...rest, tags: others };
        })
        .sort((left, right) => String(left['kind']).localeCompare(String(right['kind'])));
    expect(comparable('/api/v2/spans')).toHaveLength(5);
    expect(comparable('/api/v2/spans')).toEqual(comparable('/theirs'));
  });

  test('go to the URL given, as it is', async () => {
    const tracer = tracerOf({ url: `${receiver.endpoint}/zipkin/spans?tenant=1` });
    tracer.startSpan('x').end();
    await tracer.flush();
    expect(receiver.requests.map(({ url }) => url)).toEqual(['/zipkin/spans?tenant=1']);
  });

  test('are sent again where the answer says so, and given up where it does not', async () => {
    receiver.answer = (response) => response.writeHead(receiver.requests.length === 1 ? 503 : 202).end();
    const tracer = tracerOf();
    tracer.startSpan('x').end();
    await tracer.flush();
    expect(tracer.exportHealth()).toMatchObject([{ exported: 1, retries: 1, failures: 0 }]);
    receiver.answer = (response) => response.writeHead(400).end();
    tracer.startSpan('y').end();
    await expect(tracer.flush()).rejects.toThrow('1 spans are lost: Zipkin answered with the status 400');
    expect(tracer.exportHealth()).toMatchObject([{ exported: 1, retries: 1, failures: 1 }]);
  });

  test('leave no connection behind where nobody answers', async () => {
    receiver.answer = () => undefined;
    const tracer = tracerOf({ timeoutMs: 20 });
    for (const name of ['a', 'b']) {
      tracer.startSpan(name).end();
      await expect(tracer.flush()).rejects.toThrow('Zipkin has not answered within 20 ms');
    }
    receiver.answer = (response) => response.writeHead(202).end();
    tracer.startSpan('c').end();
    await tracer.flush();
    await receiver.disconnected();
    expect(tracer.exportHealth()).toMatchObject([{ exported: 1, failures: 2, dropped: { export_failed: 2 } }]);
  });
});
