import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { attributesOf } from '../fixtures/otlp-messages';
import { OtlpReceiver } from '../fixtures/otlp-receiver';

/** Run by a plain Node.js: the exporters import their transport while they run, which a test runner's sandbox forbids. */
const program = `
  require('reflect-metadata');
  const { initializeObservability, Store, Counted, Timed } = require('trefoil');
  const settings = JSON.parse(process.argv[1]);
  const trefoil = initializeObservability({
    service: { name: 'orders', version: '1.2.3', environment: 'test' },
    metrics: { backend: 'otlp', ...settings },
    tracing: { exporter: 'none' },
    logging: { level: 'silent' },
  });
  class OrderStore { get(id) { return id; } }
  let descriptor = Object.getOwnPropertyDescriptor(OrderStore.prototype, 'get');
  for (const decorate of [Timed(), Counted()]) descriptor = decorate(OrderStore.prototype, 'get', descriptor) ?? descriptor;
  Object.defineProperty(OrderStore.prototype, 'get', descriptor);
  Store({ type: 'memory' })(OrderStore);
  const store = new OrderStore();
  for (let i = 0; i < 3; i++) store.get('a');
  trefoil.meter.createCounter('orders.placed', { unit: '{order}' }).add(2, { 'order.channel': 'web' });
  trefoil.metrics.gauge('queue_depth', 4);
  trefoil.shutdown().then((report) => console.log(JSON.stringify({ report, health: trefoil.metrics.exportHealth() })));
`;

interface Told {
  readonly report: { readonly timedOut: boolean; readonly errors: readonly object[] };
  readonly health: readonly { readonly failures: number; readonly dropped: object }[];
}

async function run(settings: object, env: NodeJS.ProcessEnv = {}): Promise<Told> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, JSON.stringify(settings)], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout) as Told;
}

describe('a runtime that pushes its metrics', () => {
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
  });
  afterEach(() => receiver.close());

  it.each(['http/protobuf', 'http/json', 'grpc'] as const)('is understood by a receiver of %s', async (protocol) => {
    const endpoint = protocol === 'grpc' ? receiver.grpcEndpoint : receiver.endpoint;
    const { report } = await run({ protocol, endpoint, headers: { 'x-team': 'red' } });
    expect(report).toEqual({ timedOut: false, errors: [] });
    expect(receiver.requests[0]).toMatchObject({ protocol, headers: { 'x-team': 'red' }, accepted: true });
    const metrics = new Map(receiver.metrics.map((metric) => [metric.name, metric]));
    const [operations] = metrics.get('store_operations_total')?.sum?.dataPoints ?? [];
    expect(operations?.asDouble).toBe(3);
    const labels = { store: 'OrderStore', operation: 'get', status: 'success' };
    expect(attributesOf(operations?.attributes ?? [])).toEqual(labels);
    expect(metrics.get('store_operation_duration_seconds')?.histogram?.dataPoints[0]?.count).toBe('3');
    expect(metrics.get('queue_depth')?.gauge?.dataPoints[0]?.asDouble).toBe(4);
    // Instruments of the user's own keep their names, units and attributes: they are not sent as Prometheus has them.
    const placed = metrics.get('orders.placed');
    expect(placed).toMatchObject({ unit: '{order}', scope: { name: 'trefoil.meter' } });
    expect(placed?.sum).toMatchObject({ isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ asDouble: 2 }] });
    expect(attributesOf(placed?.sum?.dataPoints[0]?.attributes ?? [])).toEqual({ 'order.channel': 'web' });
    expect(placed?.resource).toMatchObject({
      'service.name': 'orders',
      'service.version': '1.2.3',
      'deployment.environment.name': 'test',
    });
  });

  it('compresses what it sends where it is told to', async () => {
    await run({ endpoint: receiver.endpoint, compression: 'gzip' });
    expect(receiver.requests[0]?.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(receiver.metrics.length).toBeGreaterThan(0);
  });

  it('is told by the environment where to push and how', async () => {
    await run(
      {},
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.endpoint}/v1/metrics`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-team=blue',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
        OTEL_RESOURCE_ATTRIBUTES: 'cloud.region=eu',
      },
    );
    expect(receiver.requests[0]).toMatchObject({ protocol: 'http/json', headers: { 'x-team': 'blue' } });
    const operations = receiver.metrics.find(({ name }) => name === 'store_operations_total');
    expect(operations?.sum?.aggregationTemporality).toBe(1);
    expect(operations?.resource).toMatchObject({ 'cloud.region': 'eu' });
  });

  it('takes what the options say before what the environment says', async () => {
    await run(
      { endpoint: receiver.endpoint, protocol: 'http/protobuf' },
      {
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:1/v1/metrics',
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
      },
    );
    expect(receiver.requests[0]).toMatchObject({ protocol: 'http/protobuf', accepted: true });
  });

  it.each(['http/protobuf', 'grpc'] as const)(
    'shuts down in time without its collector, by %s, and says what was lost',
    async (protocol) => {
      const { report, health } = await run({ protocol, endpoint: 'http://127.0.0.1:1', flushTimeoutMs: 200 });
      expect(report.timedOut).toBe(false);
      expect(report.errors).toMatchObject([{ part: 'metrics' }]);
      expect(health[0]?.dropped).toHaveProperty('shutdown');
    },
  );

  it('shuts down in time while its collector hangs', async () => {
    receiver.answer = () => new Promise(() => undefined);
    const { report } = await run({ endpoint: receiver.endpoint, flushTimeoutMs: 200 });
    expect(report.timedOut).toBe(false);
    expect(report.errors).toMatchObject([{ part: 'metrics' }]);
  });
});
