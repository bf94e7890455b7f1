import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OtlpReceiver, type OtlpAnswer } from '../fixtures/otlp-receiver';
import { attributesOf } from '../fixtures/otlp-messages';
import type { OtlpProtocol, TracingSection } from '../../src/index';
import { ExportingService } from './exporting-service';

let receiver: OtlpReceiver;
const services: ExportingService[] = [];

function start(tracing: TracingSection, env: Readonly<Record<string, string>> = {}): ExportingService {
  const service = new ExportingService({ tracing }, env);
  services.push(service);
  return service;
}

const endpointFor = (protocol: OtlpProtocol): string =>
  protocol === 'grpc' ? receiver.grpcEndpoint : receiver.endpoint;

beforeEach(async () => {
  receiver = await OtlpReceiver.start();
});

afterEach(async () => {
  for (const service of services.splice(0)) service.kill();
  await receiver.close();
});

afterAll(() => ExportingService.forget());

describe('spans sent by OTLP', () => {
  test.each<[OtlpProtocol, 'otlp' | 'jaeger', 'gzip' | 'none']>([
    ['http/protobuf', 'otlp', 'none'],
    ['http/protobuf', 'otlp', 'gzip'],
    ['http/json', 'otlp', 'gzip'],
    ['grpc', 'otlp', 'none'],
    ['grpc', 'otlp', 'gzip'],
    ['http/protobuf', 'jaeger', 'none'],
  ])('arrive whole: %s, as %s, compression %s', async (protocol, exporter, compression) => {
    const endpoint = endpointFor(protocol);
    const service = start({ exporter, endpoint, protocol, compression, headers: { 'x-team': 'red' } });
    await service.tell('mixed');
    expect(await service.tell('flush')).toBe('flushed');
    expect(receiver.requests).toMatchObject([{ signal: 'traces', protocol, headers: { 'x-team': 'red' } }]);
    expect(receiver.requests[0]?.headers['content-encoding']).toBe(
      protocol !== 'grpc' && compression === 'gzip' ? 'gzip' : undefined,
    );
    const spans = new Map(receiver.spans.map((span) => [span.name, span]));
    expect([...spans.keys()].sort()).toEqual(['orders.get', 'orders.load', 'orders.remove']);
    const [get, load, remove] = [spans.get('orders.get'), spans.get('orders.load'), spans.get('orders.remove')];
    expect(load).toMatchObject({ parentSpanId: get?.spanId, traceId: get?.traceId });
    expect(remove?.traceId).not.toBe(get?.traceId);
    expect(attributesOf(get?.attributes ?? [])).toMatchObject({
      'code.function.name': 'OrderStore.get',
      'db.operation.name': 'get',
      'db.system.name': 'postgresql',
      'store.name': 'orders',
      'store.type': 'postgresql',
      'store.id': 'orders-1',
      'item.id': 'o-1',
      'store.outcome': 'success',
    });
    expect(attributesOf(load?.attributes ?? [])).toMatchObject({ rows: 3 });
    // By OTLP's definitions: a client's span; a success, whose status is unset, and an error.
    expect([get?.kind, load?.kind]).toEqual([3, 1]);
    expect([get?.status?.code, remove?.status?.code]).toEqual([0, 2]);
    expect(get?.events.map(({ name, attributes }) => [name, attributesOf(attributes)])).toEqual([
      ['cache.miss', { key: 'o-1' }],
    ]);
    const [exception] = remove?.events ?? [];
    const told = attributesOf(exception?.attributes ?? []);
    expect(told).toMatchObject({
      'exception.type': 'RangeError',
      'exception.message': expect.stringContaining('no such'),
    });
    expect(told['exception.stacktrace']).toMatch(/^RangeError: no such order.*\n +at .*remove/);
    expect(JSON.stringify(receiver.requests)).not.toContain('hunter2');
    expect(get?.resource).toMatchObject({ 'service.name': 'orders', 'service.version': '1.2.3' });
    expect(get?.scope.name).toBe('trefoil');
    expect(await service.health()).toEqual({
      exporter,
      queueDepth: 0,
      queueLimit: 2048,
      exported: 3,
      dropped: { queue_full: 0, export_failed: 0, too_large: 0, shutdown: 0 },
      failures: 0,
      retries: 0,
    });
  });

  test('go where OpenTelemetry’s variables say, and the options win over them', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=blue,x-all=yes',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-team=red%20hot',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    };
    const service = start({}, env);
    await service.call(1);
    expect(await service.tell('flush')).toBe('flushed');
    expect(receiver.requests).toMatchObject([
      { protocol: 'http/json', headers: { 'x-team': 'red hot', 'x-all': 'yes', 'content-encoding': 'gzip' } },
    ]);
    const other = start({ endpoint: receiver.grpcEndpoint, protocol: 'grpc', headers: { 'x-team': 'mine' } }, env);
    await other.call(1);
    expect(await other.tell('flush')).toBe('flushed');
    expect(receiver.requests[1]).toMatchObject({ protocol: 'grpc', headers: { 'x-team': 'mine', 'x-all': 'yes' } });
  });
});

describe.each<OtlpProtocol>(['http/protobuf', 'grpc'])('a collector that fails, by %s', (protocol) => {
  const isGrpc = protocol === 'grpc';
  const unavailable = { statusCode: 429, grpcStatus: 14, headers: { 'retry-after': '0' } };

  test('is tried again where it says that it may be, and the retries are counted', async () => {
    receiver.answer = () => (receiver.requests.length < 2 ? unavailable : {});
    const service = start({ exporter: 'otlp', protocol, endpoint: endpointFor(protocol) });
    await service.call(3);
    const flushed = service.tell('flush');
    await receiver.arrived(2);
    expect(await flushed).toBe('flushed');
    expect(await service.health()).toMatchObject({ exported: 3, failures: 0, retries: 1 });
    expect(receiver.spans).toHaveLength(3);
  });

  test('harms no call, costs a bounded queue, has every span counted, and is used again when it is back', async () => {
    receiver.answer = () => ({ statusCode: 500, grpcStatus: 13 });
    const batch = { maxQueueSize: 40, maxExportBatchSize: 20 };
    const service = start({ exporter: 'otlp', protocol, endpoint: endpointFor(protocol), batch });
    const { reports } = await service.call(10);
    expect(reports).toEqual({});
    expect(await service.tell('flush')).toMatch(/10 spans are lost/);
    expect(await service.health()).toMatchObject({ exported: 0, dropped: { export_failed: 10 }, failures: 1 });
    // It hangs; what is being sent waits beside the queue.
    let answer: (answered: OtlpAnswer) => void = () => undefined;
    receiver.answer = () => new Promise((resolve) => (answer = resolve));
    await service.call(20);
    await receiver.arrived(2);
    await service.call(100);
    const hanging = await service.health();
    expect(hanging).toMatchObject({ queueDepth: 60, queueLimit: 40, dropped: { queue_full: 60 }, failures: 1 });
    expect(hanging.lastError).toMatch(isGrpc ? '13 INTERNAL' : 'Internal Server Error');
    expect((await service.status()).reports).toEqual({ TREFOIL_EXPORT_FAILED: 2 });
    // It is back.
    receiver.answer = () => ({});
    answer({});
    expect(await service.tell('flush')).toBe('flushed');
    const { exported, dropped, queueDepth, lastError } = await service.health();
    expect([queueDepth, lastError]).toEqual([0, undefined]);
    expect(exported).toBe(receiver.spans.length);
    expect(exported + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(130);
    expect(await service.tell('metrics')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'store_operations_total', value: 130 }),
        expect.objectContaining({
          name: 'trefoil_export_records_total',
          value: 60,
          labels: { signal: 'tracing', exporter: 'otlp' },
        }),
        expect.objectContaining({
          name: 'trefoil_export_dropped_total',
          value: 60,
          labels: { signal: 'tracing', exporter: 'otlp', reason: 'queue_full' },
        }),
        expect.objectContaining({
          name: 'trefoil_reports_total',
          value: 2,
          labels: { code: 'TREFOIL_EXPORT_FAILED' },
        }),
      ]),
    );
  });

  test('may be slower than an export is allowed to be: the next is sent all the same', async () => {
    receiver.answer = () => (receiver.requests.length === 1 ? new Promise(() => undefined) : {});
    const batch = { exportTimeoutMs: 50 };
    const service = start({ exporter: 'otlp', protocol, endpoint: endpointFor(protocol), batch });
    await service.call(1);
    expect(await service.tell('flush')).toBe('1 spans are lost: not exported within 50 ms');
    await service.call(2);
    expect(await service.tell('flush')).toBe('flushed');
    expect(await service.health()).toMatchObject({ exported: 2, dropped: { export_failed: 1 }, queueDepth: 0 });
  });
});

test('a collector that is away leaves the shutdown in time, and what it did not take counted', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const tracing: TracingSection = { exporter: 'otlp', endpoint: `http://127.0.0.1:${port}` };
  const service = new ExportingService({ tracing, shutdownTimeoutMs: 1_000 });
  services.push(service);
  await service.call(7);
  const report = await service.tell('shutdown');
  expect(report).toMatchObject({ timedOut: false, errors: [{ part: 'tracing' }, { part: 'tracing' }] });
  expect(await service.health()).toMatchObject({ queueDepth: 0, dropped: { shutdown: 7 } });
});

describe('a process whose tracing is shut down', () => {
  const endOf = async (protocol: OtlpProtocol, tracing: TracingSection): Promise<number | null> => {
    const whole: TracingSection = { exporter: 'otlp', protocol, endpoint: endpointFor(protocol), ...tracing };
    const service = new ExportingService({ tracing: whole, shutdownTimeoutMs: 500 });
    services.push(service);
    await service.call(3);
    expect(await service.tell('shutdown')).toMatchObject({ timedOut: false });
    expect(await service.health()).toMatchObject({ dropped: { shutdown: 3 } });
    return service.end();
  };

  test.each<OtlpProtocol>(['http/protobuf', 'http/json'])(
    'is not held up by a collector that never answers, by %s',
    async (protocol) => {
      receiver.answer = () => new Promise(() => undefined);
      expect(await endOf(protocol, { timeoutMs: 1_000_000 })).toBe(0);
    },
  );

  test.each<OtlpProtocol>(['http/protobuf', 'grpc'])('makes no further attempt, by %s', async (protocol) => {
    receiver.answer = () => ({ statusCode: 503, grpcStatus: 14, headers: { 'retry-after': '1' } });
    expect(await endOf(protocol, {})).toBe(0);
    expect(receiver.requests).toHaveLength(1);
  });
});
