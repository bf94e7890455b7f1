import 'reflect-metadata';
import { metrics as globalMetrics, ValueType } from '@opentelemetry/api';
import { container } from 'tsyringe';
import {
  initializeObservability,
  LOGGER,
  OpenTelemetryMetricsBackend,
  PrometheusMetricsBackend,
  type Metric,
  type MetricsSection,
  type MetricSnapshot,
  type Trefoil,
  type TrefoilOptions,
} from '../../src';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { attributesOf } from '../fixtures/otlp-messages';
import { OtlpReceiver } from '../fixtures/otlp-receiver';

describe('trefoil.meter', () => {
  let trefoil: Trefoil;
  let logger: RecordingLogger;

  const given = (metrics: MetricsSection): TrefoilOptions => ({
    service: { name: 'orders' },
    audit: { backend: 'memory' },
    metrics,
    tracing: { exporter: 'none' },
    signals: false,
  });
  const start = (metrics: MetricsSection = { backend: 'prometheus', port: false }): Trefoil => {
    container.reset();
    logger = new RecordingLogger();
    container.register(LOGGER, { useValue: logger });
    trefoil = initializeObservability(given(metrics));
    return trefoil;
  };

  afterEach(() => trefoil.shutdown());

  const exposition = (format?: 'openmetrics'): Promise<string> => {
    return (trefoil.metrics as PrometheusMetricsBackend).export(format);
  };
  const linesOf = async (name: string): Promise<string[]> =>
    (await exposition()).split('\n').filter((line) => line.startsWith(name));
  const snapshots = async (): Promise<ReadonlyMap<string, MetricSnapshot>> => {
    const all = (await trefoil.metrics.collect?.()) ?? [];
    return new Map(all.map((snapshot) => [snapshot.name, snapshot]));
  };
  const valuesOf = async (name: string): Promise<unknown[]> =>
    ((await snapshots()).get(name)?.values ?? []).map((value: Metric) =>
      'value' in value ? value.value : value.count,
    );
  const reportsOf = (code: string): number => trefoil.status().reports[code as 'TREFOIL_METRIC_IGNORED'] ?? 0;

  it('shows every kind of instrument beside the metrics of trefoil, in both formats', async () => {
    const { meter } = start();
    meter.createCounter('orders.placed', { description: 'Orders placed.', unit: '{order}' }).add(2, { channel: 'web' });
    meter.createUpDownCounter('orders.open').add(-3);
    const size = { unit: 'By', advice: { explicitBucketBoundaries: [10, 100] } };
    meter.createHistogram('order.size', size).record(50);
    meter.createGauge('shelf.temperature', { unit: 'Cel' }).record(4.5);
    meter.createObservableGauge('queue.fill', { unit: '1' }).addCallback((result) => result.observe(0.5));
    meter.createObservableCounter('cpu.time', { unit: 's' }).addCallback((result) => result.observe(12));
    meter.createObservableUpDownCounter('workers').addCallback((result) => result.observe(7, { pool: 'a' }));

    const text = await exposition();
    expect(text).toContain('# HELP orders_placed_total Orders placed.\n# TYPE orders_placed_total counter\n');
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'orders_placed_total{channel="web"} 2',
        'orders_open -3',
        'order_size_bytes_bucket{le="10"} 0',
        'order_size_bytes_bucket{le="100"} 1',
        'order_size_bytes_bucket{le="+Inf"} 1',
        'order_size_bytes_sum 50',
        'order_size_bytes_count 1',
        'shelf_temperature_celsius 4.5',
        'queue_fill_ratio 0.5',
        'cpu_time_seconds_total 12',
        'workers{pool="a"} 7',
      ]),
    );
    const openMetrics = await exposition('openmetrics');
    expect(openMetrics).toContain('# TYPE cpu_time_seconds counter\n# UNIT cpu_time_seconds seconds\n');
    expect(openMetrics).toContain('\norders_placed_total{channel="web"} 2\n');
    expect(openMetrics.endsWith('# EOF\n')).toBe(true);
  });

  it('gives them to the backend in memory as well', async () => {
    const { meter } = start({ backend: 'memory' });
    meter.createCounter('orders_placed_total').add(3);
    expect(await valuesOf('orders_placed_total')).toEqual([3]);
  });

  it('loads and sets nothing until it is used, and nothing global even then', () => {
    start();
    const before = globalMetrics.getMeterProvider();
    expect(trefoil.meter).toBe(trefoil.meter);
    expect(globalMetrics.getMeterProvider()).toBe(before);
  });

  it('goes on through a change of the backend, with the same instruments and their counts', async () => {
    const { meter } = start({ backend: 'memory' });
    const placed = meter.createCounter('orders_placed_total');
    placed.add(1);
    const before = trefoil.metrics;
    await trefoil.reconfigure({ metrics: { backend: 'prometheus', port: false } });
    placed.add(2);
    expect(trefoil.meter).toBe(meter);
    expect(await linesOf('orders_placed_total')).toEqual(['orders_placed_total 3']);
    const left = (await before.collect?.()) ?? [];
    expect(left.map(({ name }) => name)).not.toContain('orders_placed_total');
  });

  it('records nothing where metrics are off, and again once they are on', async () => {
    const { meter } = start({ backend: 'none' });
    const placed = meter.createCounter('orders_placed_total');
    placed.add(5);
    await trefoil.reconfigure({ metrics: { backend: 'memory' } });
    placed.add(1);
    expect(await valuesOf('orders_placed_total')).toEqual([1]);
  });

  it('records nothing, and throws nothing, after the shutdown', async () => {
    const { meter } = start({ backend: 'memory' });
    const placed = meter.createCounter('orders_placed_total');
    const backend = trefoil.metrics;
    await trefoil.shutdown();
    placed.add(1);
    meter.createHistogram('late').record(1);
    expect((await backend.collect?.())?.map(({ name }) => name)).toEqual([]);
    await trefoil.reconfigure().catch(() => undefined);
    expect(() => trefoil.meter.createCounter('later').add(1)).not.toThrow();
  });

  it('leaves out values that are no numbers to count, and reports them', async () => {
    const { meter } = start();
    const placed = meter.createCounter('orders_placed_total');
    const sizes = meter.createHistogram('order_size', { valueType: ValueType.INT });
    const gauge = meter.createGauge('depth');
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, '7' as unknown as number, undefined as unknown as number];
    for (const value of [...odd, -1]) {
      placed.add(value);
      sizes.record(value);
    }
    for (const value of odd) gauge.record(value);
    placed.add(1);
    sizes.record(2);
    gauge.record(-1);
    expect(await valuesOf('orders_placed_total')).toEqual([1]);
    expect(await valuesOf('order_size')).toEqual([1]);
    expect(await valuesOf('depth')).toEqual([-1]);
    expect(reportsOf('TREFOIL_METRIC_IGNORED')).toBe(14);
  });

  it('does not let attributes that cannot be read reach the caller', async () => {
    const { meter } = start();
    const placed = meter.createCounter('orders_placed_total');
    const throwing = Object.defineProperty({}, 'channel', {
      enumerable: true,
      get: () => {
        throw new Error('not yours');
      },
    });
    expect(() => placed.add(1, throwing)).not.toThrow();
    expect(() => placed.add(1, { big: 1n as unknown as number })).not.toThrow();
    placed.add(1, { channel: 'web' });
    expect(await linesOf('orders_placed_total')).toContain('orders_placed_total{channel="web"} 1');
  });

  it('gives an instrument that does nothing, and reports it, for a name that is none', async () => {
    const { meter } = start();
    for (const name of ['', '1st', 'a b', 'ü', 'x'.repeat(256), undefined as unknown as string]) {
      expect(() => meter.createCounter(name).add(1)).not.toThrow();
      expect(() => meter.createObservableGauge(name).addCallback(() => undefined)).not.toThrow();
    }
    const wrong = { advice: { explicitBucketBoundaries: 'few' as unknown as number[] } };
    expect(() => meter.createHistogram('sizes', wrong).record(1)).not.toThrow();
    expect(reportsOf('TREFOIL_METRIC_INVALID')).toBeGreaterThanOrEqual(12);
    expect(await exposition()).not.toMatch(/1st|xxx/);
  });

  it('shows what other callbacks observe where one throws, rejects or never comes back', async () => {
    const { meter } = start();
    let asked = 0;
    const thrower = meter.createObservableGauge('throws');
    thrower.addCallback(() => {
      throw new Error('broken');
    });
    meter.createObservableGauge('rejects').addCallback(() => Promise.reject(new Error('gone')));
    meter.createObservableGauge('hangs').addCallback(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    meter.createObservableGauge('late').addCallback(async (result) => {
      await new Promise((resolve) => setImmediate(resolve));
      result.observe(2);
    });
    meter.createObservableGauge('sound').addCallback((result) => {
      result.observe(Number.NaN);
      result.observe(1);
    });
    const placed = meter.createCounter('orders_placed_total');
    for (let scrape = 1; scrape <= 3; scrape += 1) {
      placed.add(1);
      expect(await valuesOf('orders_placed_total')).toEqual([scrape]);
      expect(await valuesOf('sound')).toEqual([1]);
      expect(await valuesOf('late')).toEqual([2]);
    }
    // One that has not come back is not asked again.
    expect(asked).toBe(1);
    expect(reportsOf('TREFOIL_METRIC_CALLBACK')).toBeGreaterThanOrEqual(9);
  });

  it('takes back callbacks, and asks one for several instruments at once', async () => {
    const { meter } = start();
    const depth = meter.createObservableGauge('depth');
    const age = meter.createObservableGauge('age', { unit: 's' });
    let asked = 0;
    const both = (result: { observe(on: typeof depth, value: number): void }): void => {
      asked += 1;
      result.observe(depth, 3);
      result.observe(age, 9);
      result.observe({} as typeof depth, 1);
    };
    meter.addBatchObservableCallback(both, [depth, age]);
    expect(await valuesOf('depth')).toEqual([3]);
    expect(await valuesOf('age_seconds')).toEqual([9]);
    expect(asked).toBe(2);
    meter.removeBatchObservableCallback(both, [depth, age]);
    const one = jest.fn();
    depth.addCallback(one);
    depth.addCallback(one);
    await exposition();
    expect(one).toHaveBeenCalledTimes(1);
    depth.removeCallback(one);
    await exposition();
    expect(one).toHaveBeenCalledTimes(1);
    expect(asked).toBe(2);
  });

  it('asks no callback twice at a time, however many scrape at once', async () => {
    const { meter } = start();
    let underWay = 0;
    let most = 0;
    meter.createObservableGauge('depth').addCallback(async (result) => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      result.observe(1);
    });
    const texts = await Promise.all([exposition(), exposition(), exposition()]);
    expect(most).toBe(1);
    for (const text of texts) expect(text).toContain('\ndepth 1\n');
  });

  it('shows both where two instruments come to one name, and reports it', async () => {
    const { meter } = start();
    meter.createGauge('order.size').record(1);
    meter.createHistogram('order_size').record(2);
    meter.createGauge('order_size_count').record(3);
    const text = await exposition();
    expect(text).toContain('# TYPE order_size gauge\norder_size 1');
    expect(text).toContain('# TYPE order_size_histogram histogram');
    expect(text).toContain('order_size_histogram_count 1');
    expect(text).toContain('# TYPE order_size_count gauge\norder_size_count 3');
    expect(reportsOf('TREFOIL_METRIC_CONFLICT')).toBe(1);
  });

  it('leaves out of the exposition, with a report, what has the name of a metric of trefoil’s', async () => {
    const { meter } = start();
    trefoil.metrics.gauge('queue_depth', 4);
    meter.createCounter('queue.depth').add(1);
    meter.createGauge('queue.depth').record(9);
    const lines = await linesOf('queue_depth');
    expect(lines).toEqual(['queue_depth 4', 'queue_depth_total 1']);
    expect(reportsOf('TREFOIL_METRIC_CONFLICT')).toBeGreaterThanOrEqual(1);
  });

  it('adds up series that Prometheus cannot tell apart, and shows none twice', async () => {
    const { meter } = start();
    const placed = meter.createCounter('orders_placed_total');
    placed.add(1, { 'order.channel': 'web' });
    placed.add(2, { order_channel: 'web' });
    placed.add(4, { order_channel: 'web', empty: '' });
    placed.add(8, { order_channel: 'app', 'order.channel': 'b', list: ['x'], flag: true });
    expect(await linesOf('orders_placed_total')).toEqual([
      'orders_placed_total{order_channel="web"} 7',
      'orders_placed_total{flag="true",list="[\\"x\\"]",order_channel="b;app"} 8',
    ]);
    const sizes = meter.createHistogram('sizes', { advice: { explicitBucketBoundaries: [1] } });
    sizes.record(0, { le: 'a' });
    sizes.record(5, { le: 'a' });
    expect(await linesOf('sizes_bucket')).toEqual([
      'sizes_bucket{le="1",exported_le="a"} 1',
      'sizes_bucket{le="+Inf",exported_le="a"} 2',
    ]);
  });

  it('keeps the number of series within bounds, and counts what is past them in one', async () => {
    const { meter } = start();
    const placed = meter.createCounter('orders_placed_total');
    const add = (from: number, to: number): void => {
      for (let user = from; user < to; user += 1) placed.add(1, { user });
    };
    add(0, 5_000);
    await exposition();
    for (let scrape = 1; scrape <= 5; scrape += 1) {
      add(scrape * 5_000, (scrape + 1) * 5_000);
      await exposition();
    }
    placed.add(1, { user: 0 });
    const lines = await linesOf('orders_placed_total');
    expect(lines.length).toBeLessThanOrEqual(2_001);
    expect(lines).toContain('orders_placed_total{user="0"} 2');
    const total = lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    expect(total).toBe(30_001);
    expect(lines.find((line) => line.includes('otel_metric_overflow="true"'))).toBeDefined();
    expect(reportsOf('TREFOIL_LABEL_FOLDED')).toBe(1);
  });

  it('loses and doubles no delta where the backend that pushes is changed', async () => {
    const receiver = await OtlpReceiver.start();
    const push = { backend: 'otlp', protocol: 'grpc', endpoint: receiver.grpcEndpoint, temporality: 'delta' } as const;
    const { meter } = start(push);
    const placed = meter.createCounter('orders.placed');
    placed.add(1, { channel: 'web' });
    await trefoil.metrics.flush();
    placed.add(2, { channel: 'web' });
    await trefoil.reconfigure({ metrics: { ...push, intervalMs: 30_000 } });
    expect(trefoil.metrics).toBeInstanceOf(OpenTelemetryMetricsBackend);
    placed.add(4, { channel: 'web' });
    await trefoil.metrics.flush();
    const points = receiver.metrics
      .filter(({ name }) => name === 'orders.placed')
      .flatMap(({ sum }) => sum?.dataPoints ?? []);
    expect(points.map(({ asDouble }) => asDouble)).toEqual([1, 6]);
    expect(points.map(({ attributes }) => attributesOf(attributes))).toEqual([{ channel: 'web' }, { channel: 'web' }]);
    await trefoil.shutdown();
    await receiver.close();
  });

  it('doubles no delta where the backend is changed while a push is under way, nor one that is observed', async () => {
    const receiver = await OtlpReceiver.start();
    const push = { backend: 'otlp', protocol: 'grpc', endpoint: receiver.grpcEndpoint, temporality: 'delta' } as const;
    const placed = start(push).meter.createCounter('orders.placed');
    await trefoil.auditLogger({ storeType: 'memory', storeId: 'a' }).logAccessDenied('run', { userId: 'guest' });
    placed.add(1);
    let answer: () => void = () => undefined;
    receiver.answer = () => new Promise((resolve) => (answer = () => resolve({})));
    const first = trefoil.metrics.flush();
    await receiver.arrived(1);
    receiver.answer = () => ({});
    const changed = trefoil.reconfigure(given({ ...push, intervalMs: 30_000 }));
    placed.add(2);
    const second = trefoil.metrics.flush();
    answer();
    await Promise.all([first, second, changed]);
    const total = (wanted: string): number =>
      receiver.metrics
        .filter(({ name }) => name === wanted)
        .flatMap(({ sum }) => sum?.dataPoints ?? [])
        .reduce((sum, { asDouble = 0 }) => sum + asDouble, 0);
    expect(total('orders.placed')).toBe(3);
    expect(total('audit_events_accepted_total')).toBe(1);
    await trefoil.shutdown();
    await receiver.close();
  });
});
