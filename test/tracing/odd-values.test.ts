import type { OtlpProtocol, TrefoilOptions } from '../../src/index';
import { attributesOf, checkJson, type KeyValue } from '../fixtures/otlp-messages';
import { OtlpReceiver } from '../fixtures/otlp-receiver';
import { ExportingService } from './exporting-service';

let receiver: OtlpReceiver;
const services: ExportingService[] = [];

function start(options: TrefoilOptions): ExportingService {
  const service = new ExportingService(options);
  services.push(service);
  return service;
}

async function receive(options?: Parameters<typeof OtlpReceiver.start>[0]): Promise<OtlpReceiver> {
  receiver = await OtlpReceiver.start(options);
  return receiver;
}

const endpointFor = (protocol: OtlpProtocol): string =>
  protocol === 'grpc' ? receiver.grpcEndpoint : receiver.endpoint;

afterEach(async () => {
  for (const service of services.splice(0)) service.kill();
  await receiver.close();
});
afterAll(() => ExportingService.forget());

const replaced = '\ufffd';

/** What each number is, in the terms of OTLP. */
function numbersOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes
      .filter(({ value }) => (value.intValue ?? value.doubleValue) !== undefined)
      .map(({ key, value }) => [key, value]),
  );
}

const oddNumbers = {
  large: { doubleValue: 2 ** 63 },
  larger: { doubleValue: -1e21 },
  exact: { intValue: String(2 ** 53) },
  lowest: { intValue: '-9223372036854775808' },
  highest: { intValue: '9223372036854774784' },
  nan: { doubleValue: NaN },
  infinite: { doubleValue: -Infinity },
};

describe.each<OtlpProtocol>(['http/json', 'http/protobuf', 'grpc'])('odd values sent by %s', (protocol) => {
  test('in spans reach the collector beside the sound ones, as what they are', async () => {
    await receive();
    const tracing = { exporter: 'otlp', endpoint: endpointFor(protocol), protocol } as const;
    const service = start({ service: { name: `orders ${'\udc00'}` }, tracing });
    await service.tell('odd');
    await service.call(3);
    expect(await service.tell('flush')).toBe('flushed');
    if (protocol === 'http/json') for (const { signal, bytes } of receiver.requests) checkJson(signal, String(bytes));
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual([
      `by hand ${replaced}`,
      `name ${replaced}`,
      ...Array<string>(3).fill('orders.load'),
    ]);
    const [called, byHand] = ['name', 'by hand'].map((name) =>
      receiver.spans.find((span) => span.name === `${name} ${replaced}`),
    );
    expect(numbersOf(called?.attributes ?? [])).toEqual(oddNumbers);
    expect(numbersOf(byHand?.attributes ?? [])).toEqual(oddNumbers);
    expect(attributesOf(called?.attributes ?? [])).toMatchObject({
      half: replaced,
      [replaced]: 'name',
      'item.id': replaced,
      list: [1, 1e21, NaN],
      texts: ['whole', replaced],
    });
    expect(called?.events.map(({ name }) => name)).toEqual([`event ${replaced}`, 'exception']);
    expect(numbersOf(called?.events[0]?.attributes ?? [])).toEqual(oddNumbers);
    expect(called?.links).toMatchObject([{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }]);
    expect(numbersOf(called?.links[0]?.attributes ?? [])).toEqual(oddNumbers);
    expect([called?.status?.message, byHand?.status?.message]).toEqual([`message ${replaced}`, replaced]);
    expect(called?.resource['service.name']).toBe(`orders ${replaced}`);
  });

  test('in metrics reach the collector beside the sound ones, push after push', async () => {
    await receive();
    const metrics = { backend: 'otlp', endpoint: endpointFor(protocol), protocol } as const;
    const service = start({ tracing: { exporter: 'none' }, metrics });
    await service.tell('odd');
    expect(await service.tell('flush')).toBe('flushed');
    await service.call(1);
    expect(await service.tell('flush')).toBe('flushed');
    expect(receiver.requests.every(({ accepted }) => accepted)).toBe(true);
    if (protocol === 'http/json') for (const { signal, bytes } of receiver.requests) checkJson(signal, String(bytes));
    const named = (name: string) => receiver.metrics.filter((metric) => metric.name === name).at(-1);
    expect(attributesOf(named('odd_total')?.sum?.dataPoints[0]?.attributes ?? [])).toEqual({ label: replaced });
    expect(named('odd')?.gauge?.dataPoints).toMatchObject([{ asDouble: 1e21 }]);
    expect(named('odder')?.gauge?.dataPoints).toEqual([]);
    const [large] = named('large')?.sum?.dataPoints ?? [];
    expect(large).toMatchObject({ asDouble: 2 ** 63 });
    expect(numbersOf(large?.attributes ?? [])).toEqual(oddNumbers);
    const [overflowing] = named('odd_histogram')?.histogram?.dataPoints ?? [];
    expect(overflowing).toMatchObject({ count: '2', attributes: [{ key: 'half', value: { stringValue: replaced } }] });
    expect(Number.isFinite(overflowing?.sum ?? 0)).toBe(true);
    expect(named('store_operations_total')?.sum?.dataPoints.length).toBeGreaterThan(0);
  });
});

describe.each<OtlpProtocol>(['http/json', 'http/protobuf', 'grpc'])('values of no type sent by %s', (protocol) => {
  test('cost neither spans nor pushes, and are written out where they can be', async () => {
    await receive();
    const endpoint = endpointFor(protocol);
    const service = start({
      tracing: { exporter: 'otlp', endpoint, protocol },
      metrics: { backend: 'otlp', endpoint, protocol },
    });
    await service.tell('untyped');
    expect(await service.tell('flush')).toBe('flushed');
    expect(receiver.requests.every(({ accepted }) => accepted)).toBe(true);
    if (protocol === 'http/json') for (const { signal, bytes } of receiver.requests) checkJson(signal, String(bytes));
    const [called, byHand] = ['orders.load', 'untyped'].map((name) =>
      receiver.spans.find((span) => span.name === name),
    );
    expect(byHand).toMatchObject({ kind: 1, traceState: '', parentSpanId: 'd'.repeat(16) });
    expect(attributesOf(called?.attributes ?? [])['correlation.id']).toBe('a value that cannot be written');
    const [point] = receiver.metrics.find(({ name }) => name === 'untyped')?.sum?.dataPoints ?? [];
    expect(attributesOf(point?.attributes ?? [])).toEqual({
      nested: '{"a":[9223372036854776000,null]}',
      date: '"1970-01-01T00:00:00.000Z"',
      list: ['{"a":1}'],
    });
    const [lowest] = receiver.metrics.find(({ name }) => name === 'lowest')?.sum?.dataPoints ?? [];
    expect(lowest).toMatchObject({ asDouble: -(2 ** 63) });
  });
});

describe.each<OtlpProtocol>(['http/json', 'http/protobuf', 'grpc'])('batches sent by %s', (protocol) => {
  const limit = 100_000;

  test('have no more bytes than maxExportBatchBytes, a single span apart', async () => {
    await receive();
    const batch = { maxExportBatchBytes: limit };
    const service = start({ tracing: { exporter: 'otlp', endpoint: endpointFor(protocol), protocol, batch } });
    for (const bytes of [30_000, 30_000, 30_000, 30_000, 30_000, 150_000, 10]) await service.tell(`carry ${bytes}`);
    expect(await service.tell('flush')).toBe('flushed');
    const sizes = receiver.requests.map(({ body }) =>
      body.resourceSpans[0]?.scopeSpans[0]?.spans.map((span) => String(attributesOf(span.attributes)['load']).length),
    );
    expect(sizes.flat().sort()).toEqual([10, 150_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
    for (const [first = 0, ...others] of sizes as number[][]) {
      if (others.length > 0) expect(others.reduce((sum, size) => sum + size, first)).toBeLessThan(limit);
    }
    expect(await service.health()).toMatchObject({ exported: 7, dropped: { too_large: 0, export_failed: 0 } });
  });

  test('are split where the collector takes less, down to the span that is too large for it', async () => {
    await receive({ grpcMaxBytes: limit });
    receiver.answer = ({ bytes }) => ({ statusCode: bytes.length > limit ? 413 : 200 });
    const service = start({ tracing: { exporter: 'otlp', endpoint: endpointFor(protocol), protocol } });
    for (const bytes of [30_000, 30_000, 30_000, 150_000, 30_000, 30_000, 10]) await service.tell(`carry ${bytes}`);
    expect(await service.tell('flush')).toMatch(/1 spans are lost/);
    const loads = receiver.spans.map(({ attributes }) => String(attributesOf(attributes)['load']).length);
    expect(loads).toEqual([30_000, 30_000, 30_000, 30_000, 30_000, 10]);
    expect(await service.health()).toMatchObject({ exported: 6, dropped: { too_large: 1, export_failed: 0 } });
    await service.tell('carry 20');
    expect(await service.tell('flush')).toBe('flushed');
  });
});
