import { attributesOf, type HistogramPoint, type NumberPoint } from '../fixtures/otlp-messages';
import { metricsOf, OtlpReceiver, type OtlpRequest } from '../fixtures/otlp-receiver';
import { OpenTelemetryMetricsBackend, type OpenTelemetryMetricsBackendOptions } from '../../src';
import { TrefoilError } from '../../src/errors';
import { destinationOf } from '../../src/metrics/otlp-metrics-exporter';
import { metricsBackendContract } from '../../src/testing';

const delta = 1;
const cumulative = 2;
const unavailable = 14;
const serverError = 13;

/** gRPC, which a test runner's sandbox lets run in the test's own process. */
describe('the OpenTelemetry backend of metrics', () => {
  let receiver: OtlpReceiver;
  const opened: OpenTelemetryMetricsBackend[] = [];

  const open = (options: OpenTelemetryMetricsBackendOptions = {}): OpenTelemetryMetricsBackend => {
    const backend = new OpenTelemetryMetricsBackend({
      protocol: 'grpc',
      endpoint: receiver.grpcEndpoint,
      serviceName: 'orders',
      ...options,
    });
    opened.push(backend);
    return backend;
  };

  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
  });

  afterEach(async () => {
    receiver.answer = () => ({});
    await Promise.all(opened.splice(0).map((backend) => backend.close().catch(() => undefined)));
    await receiver.close();
  });

  metricsBackendContract({ create: () => open(), test });

  it('sends every kind of metric with its labels, its unit and its resource', async () => {
    const backend = open({ resource: { 'service.version': '1.2.3' }, headers: { 'x-team': 'red' } });
    const durations = backend.declare({
      name: 'job_duration_seconds',
      type: 'histogram',
      help: 'Of jobs.',
      labelNames: ['kind'],
      unit: 'seconds',
      buckets: [0.1, 1, 10],
    });
    for (const value of [0.05, 0.1, 0.5, 20]) durations.series(['mail']).record(value);
    backend.increment('jobs_total', { kind: 'mail' }, 3);
    backend.gauge('queue_depth', -4.5);
    backend.summary('job_bytes', 7, { kind: 'mail' });
    await backend.flush();

    expect(receiver.requests[0]).toMatchObject({ protocol: 'grpc', headers: { 'x-team': 'red' } });
    const metrics = new Map(receiver.metrics.map((metric) => [metric.name, metric]));
    for (const { resource, scope } of metrics.values()) {
      expect(resource).toEqual({ 'service.name': 'orders', 'service.version': '1.2.3' });
      expect(scope.name).toBe('trefoil');
    }
    const [counted] = metrics.get('jobs_total')?.sum?.dataPoints ?? [];
    expect(metrics.get('jobs_total')?.sum).toMatchObject({ aggregationTemporality: cumulative, isMonotonic: true });
    expect(counted).toMatchObject({ asDouble: 3 });
    expect(attributesOf(counted?.attributes ?? [])).toEqual({ kind: 'mail' });
    expect(BigInt(counted?.startTimeUnixNano ?? 0)).toBeGreaterThan(0n);
    expect(BigInt(counted?.timeUnixNano ?? 0)).toBeGreaterThanOrEqual(BigInt(counted?.startTimeUnixNano ?? 0));
    expect(metrics.get('queue_depth')?.gauge?.dataPoints).toMatchObject([{ asDouble: -4.5 }]);
    expect(metrics.get('job_duration_seconds')).toMatchObject({ unit: 's', description: 'Of jobs.' });
    expect(metrics.get('job_duration_seconds')?.histogram?.dataPoints).toMatchObject([
      { count: '4', sum: 20.65, explicitBounds: [0.1, 1, 10], bucketCounts: ['2', '1', '0', '1'] },
    ]);
    expect(metrics.get('job_bytes_count')?.sum?.dataPoints).toMatchObject([{ asDouble: 1 }]);
    expect(metrics.get('job_bytes_sum')?.sum?.dataPoints).toMatchObject([{ asDouble: 7 }]);
    const quantiles = metrics.get('job_bytes')?.gauge?.dataPoints ?? [];
    expect(quantiles.map(({ attributes }) => attributesOf(attributes)['quantile'])).toEqual([
      '0.5',
      '0.9',
      '0.95',
      '0.99',
    ]);
  });

  it('leaves out what JSON cannot write, and nothing else', async () => {
    const backend = open();
    backend.gauge('broken', Number.NaN);
    backend.gauge('endless', Number.POSITIVE_INFINITY);
    backend.gauge('sound', 5);
    await backend.flush();
    const values = receiver.metrics.map(({ name, gauge }) => [name, gauge?.dataPoints.map(({ asDouble }) => asDouble)]);
    expect(values).toEqual([
      ['broken', []],
      ['endless', []],
      ['sound', [5]],
    ]);
  });

  it('gives every series the default labels, and lets a label of its own win', async () => {
    const backend = open({ defaultLabels: { region: 'eu', kind: 'any' } });
    backend.increment('jobs_total', { kind: 'mail' });
    await backend.flush();
    const [point] = receiver.metrics[0]?.sum?.dataPoints ?? [];
    expect(attributesOf(point?.attributes ?? [])).toEqual({ region: 'eu', kind: 'mail' });
  });

  it('tells the same total, cumulative, whatever failed in between', async () => {
    const backend = open();
    backend.increment('jobs_total', {}, 2);
    await backend.flush();
    receiver.answer = () => ({ grpcStatus: unavailable });
    backend.increment('jobs_total', {}, 3);
    await expect(backend.flush()).rejects.toThrow(/UNAVAILABLE/);
    receiver.answer = () => ({});
    backend.increment('jobs_total', {}, 4);
    await backend.flush();
    const points = pointsOf(receiver, 'jobs_total');
    expect(points.map(({ asDouble }) => asDouble)).toEqual([2, 9]);
    expect(points[0]?.startTimeUnixNano).toBe(points[1]?.startTimeUnixNano);
  });

  it('begins anew, with a start time of its own, after a reset', async () => {
    const backend = open();
    backend.increment('jobs_total', {}, 2);
    await backend.flush();
    await laterMillisecond();
    backend.reset();
    backend.increment('jobs_total', {}, 1);
    await backend.flush();
    const [first, second] = pointsOf(receiver, 'jobs_total');
    expect(second?.asDouble).toBe(1);
    expect(BigInt(second?.startTimeUnixNano ?? 0)).toBeGreaterThan(BigInt(first?.startTimeUnixNano ?? 0));
  });

  it('adds up to every count, by deltas, whatever failed in between, over intervals that touch', async () => {
    const backend = open({ temporality: 'delta' });
    const buckets = [1, 10];
    const family = backend.declare({ name: 'job_size', type: 'histogram', help: '', labelNames: [], buckets });
    const expected = { count: 0, sum: 0, jobs: 0 };
    for (let round = 0; round < 12; round += 1) {
      // Two out of three pushes fail: for two reasons, and at the beginning and the end as well.
      receiver.answer = () => (round % 3 === 1 ? {} : { grpcStatus: round % 3 === 0 ? unavailable : serverError });
      for (let job = 0; job <= round; job += 1) {
        family.series([]).record(job);
        backend.increment('jobs_total', { kind: job % 2 === 0 ? 'even' : 'odd' });
        expected.count += 1;
        expected.sum += job;
        expected.jobs += 1;
      }
      await backend.flush().catch(() => undefined);
    }
    receiver.answer = () => ({});
    await backend.flush();
    await backend.flush();

    const counted = pointsOf(receiver, 'jobs_total');
    expect(total(counted.map(({ asDouble = 0 }) => asDouble))).toBe(expected.jobs);
    const sizes = receiver.metrics.filter(({ name }) => name === 'job_size');
    expect(sizes.every(({ histogram }) => histogram?.aggregationTemporality === delta)).toBe(true);
    const points = sizes.flatMap(({ histogram }) => histogram?.dataPoints ?? []);
    expect(total(points.map(({ count }) => Number(count)))).toBe(expected.count);
    expect(total(points.map(({ sum = 0 }) => sum))).toBe(expected.sum);
    expect(total(points.flatMap(({ bucketCounts }) => bucketCounts.map(Number)))).toBe(expected.count);
    for (const [index, point] of points.slice(1).entries()) {
      expect(point.startTimeUnixNano).toBe((points[index] as HistogramPoint).timeUnixNano);
    }
    // The last of the two flushes had nothing new to say, and only gauges and the like are said again.
    expect(receiver.requests.at(-1)?.accepted).toBe(true);
    expect(points).toHaveLength(5);
  });

  it('sends a delta from the start after a reset', async () => {
    const backend = open({ temporality: 'delta' });
    backend.increment('jobs_total', {}, 5);
    await backend.flush();
    backend.reset();
    backend.increment('jobs_total', {}, 2);
    await backend.flush();
    backend.reset();
    backend.increment('jobs_total', {}, 3);
    await backend.flush();
    expect(pointsOf(receiver, 'jobs_total').map(({ asDouble }) => asDouble)).toEqual([5, 2, 3]);
  });

  it('pushes at its interval, one push at a time, and leaves out those that a slow collector has no time for', async () => {
    let answer: () => void = () => undefined;
    let underWay = 0;
    let most = 0;
    receiver.answer = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise<void>((resolve) => (answer = resolve));
      underWay -= 1;
      return {};
    };
    const backend = open({ intervalMs: 5 });
    backend.increment('jobs_total');
    await receiver.arrived(1);
    const before = receiver.requests.length;
    // As long as it does not answer, intervals go by: a record made now has to wait for the push after this one.
    backend.increment('jobs_total');
    await intervalsGoneBy(5);
    expect(receiver.requests).toHaveLength(before);
    expect(backend.exportHealth()).toMatchObject([{ exporter: 'otlp', queueDepth: 1, exported: 0 }]);
    answer();
    await receiver.arrived(2);
    expect(most).toBe(1);
    expect(valueIn(receiver.requests[1])).toBe(2);
    receiver.answer = () => ({});
    answer();
  });

  it('includes in a flush what was recorded while another push was under way', async () => {
    let answer: () => void = () => undefined;
    receiver.answer = () => new Promise((resolve) => (answer = () => resolve({})));
    const backend = open();
    backend.increment('jobs_total');
    const first = backend.flush();
    await receiver.arrived(1);
    backend.increment('jobs_total');
    const second = backend.flush();
    const third = backend.flush();
    receiver.answer = () => ({});
    answer();
    await Promise.all([first, second, third]);
    expect(receiver.requests.map(valueIn)).toEqual([1, 2]);
  });

  it('tells how pushing goes: failures, retries and the last error, without its secrets', async () => {
    const reports: string[] = [];
    const backend = open({
      endpoint: receiver.grpcEndpoint.replace('//', '//team:the-password@'),
      onReport: (where, error) => reports.push(`${where}: ${(error as Error).message}`),
    });
    backend.increment('jobs_total');
    receiver.answer = () => ({ grpcStatus: unavailable });
    await expect(backend.flush()).rejects.toThrow();
    await expect(backend.flush()).rejects.toThrow();
    expect(backend.exportHealth()).toMatchObject([
      { failures: 2, retries: 1, exported: 0, dropped: {}, queueDepth: 0 },
    ]);
    expect(backend.exportHealth()[0]?.lastError).toContain('UNAVAILABLE');
    // Of one outage one report.
    expect(reports).toEqual([expect.stringContaining('UNAVAILABLE')]);
    expect(JSON.stringify([reports, backend.exportHealth()])).not.toContain('the-password');
    receiver.answer = () => ({});
    await backend.flush();
    expect(backend.exportHealth()).toMatchObject([{ failures: 2, retries: 2, exported: 1, lastError: undefined }]);
  });

  it('ends where the collector is gone, and counts what it could not hand over', async () => {
    const backend = open({ flushTimeoutMs: 200, endpoint: 'http://127.0.0.1:1' });
    backend.increment('jobs_total');
    backend.increment('mails_total');
    await expect(backend.close()).rejects.toThrow();
    expect(backend.exportHealth()).toMatchObject([{ dropped: { shutdown: 2 } }]);
    await expect(backend.close()).rejects.toThrow();
    expect(backend.exportHealth()).toMatchObject([{ dropped: { shutdown: 2 } }]);
  });

  it('ends where the collector hangs, and does not push again what a flush has just failed to', async () => {
    receiver.answer = () => new Promise(() => undefined);
    const backend = open({ flushTimeoutMs: 100 });
    backend.increment('jobs_total');
    await expect(backend.flush()).rejects.toThrow();
    await backend.close().catch(() => undefined);
    expect(receiver.requests).toHaveLength(1);
    expect(backend.exportHealth()).toMatchObject([{ dropped: { shutdown: 1 } }]);
  });

  it('sends nothing any more once it has given up its last push', async () => {
    let answer: () => void = () => undefined;
    receiver.answer = () => new Promise((resolve) => (answer = () => resolve({})));
    const backend = open({ intervalMs: 5, flushTimeoutMs: 50 });
    backend.increment('jobs_total');
    await receiver.arrived(1);
    backend.increment('jobs_total');
    await expect(backend.close()).rejects.toThrow('not accepted within 50 ms');
    receiver.answer = () => ({});
    answer();
    await intervalsGoneBy(5);
    expect(receiver.requests).toHaveLength(1);
  });

  it('pushes a last time when it is closed, and no more after that', async () => {
    const backend = open({ intervalMs: 5 });
    backend.increment('jobs_total');
    await backend.close();
    expect(receiver.metrics.map(({ name }) => name)).toContain('jobs_total');
    const { length } = receiver.requests;
    backend.increment('jobs_total');
    await backend.flush();
    await intervalsGoneBy(5);
    expect(receiver.requests).toHaveLength(length);
  });

  it('measures the process where it is asked to, and ends that with itself', async () => {
    const backend = open({ defaultMetrics: { prefix: 'my_' } });
    await backend.flush();
    const names = receiver.metrics.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['my_process_cpu_seconds_total', 'my_nodejs_heap_size_used_bytes']));
    const collected = (await backend.collect()).map(({ name }) => name);
    expect(collected).toContain('my_process_start_time_seconds');
    await backend.close();
    expect((await backend.collect()).map(({ name }) => name)).not.toContain('my_process_start_time_seconds');
  });

  it('tells no header that cannot be sent', () => {
    const make = (): unknown => open({ headers: { 'x-api-key': 'pässword' } });
    expect(make).toThrow(expect.objectContaining({ message: expect.stringContaining('x-api-key') as string }));
    expect(make).toThrow(expect.objectContaining({ message: expect.not.stringContaining('pässword') as string }));
  });

  it('asks its sources at each push, and does without one that fails', async () => {
    const backend = open();
    const value = { type: 'gauge', name: 'depth', value: 3, labels: { queue: 'mail' }, timestamp: new Date() } as const;
    backend.addSource({ collect: () => [{ name: 'depth', type: 'gauge', help: '', values: [value] }] });
    backend.addSource({ collect: () => Promise.reject(new Error('gone')) });
    await backend.flush();
    expect(receiver.metrics.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['depth', 'trefoil_metric_problems_total']),
    );
  });

  it.each([
    [{ protocol: 'http/xml' }, 'protocol'],
    [{ endpoint: 'localhost:4318' }, 'endpoint'],
    [{ temporality: 'lowmemory' }, 'temporality'],
    [{ intervalMs: 0 }, 'intervalMs'],
    [{ compression: 'br' }, 'compression'],
    [{ headers: { 'x-api-key': 'a\nb' } }, 'headers.x-api-key'],
    [{ interval: 5 }, 'interval'],
  ])('refuses %j by the path of the option', (options, where) => {
    const make = (): unknown => new OpenTelemetryMetricsBackend(options as OpenTelemetryMetricsBackendOptions);
    expect(make).toThrow(TrefoilError);
    expect(make).toThrow(
      expect.objectContaining({ code: 'TREFOIL_OPTIONS_INVALID', message: expect.stringContaining(where) as string }),
    );
  });
});

/** Until another backend, with the same interval, has pushed so often. */
async function intervalsGoneBy(count: number): Promise<void> {
  const other = await OtlpReceiver.start();
  const pulse = new OpenTelemetryMetricsBackend({ protocol: 'grpc', endpoint: other.grpcEndpoint, intervalMs: 5 });
  pulse.increment('beats_total');
  await other.arrived(count);
  await pulse.close();
  await other.close();
}

function pointsOf({ metrics }: OtlpReceiver, name: string): readonly NumberPoint[] {
  return metrics.filter((metric) => metric.name === name).flatMap(({ sum }) => sum?.dataPoints ?? []);
}

function valueIn(request: OtlpRequest | undefined): number | undefined {
  if (request === undefined) return undefined;
  const counter = metricsOf(request.body).find(({ name }) => name === 'jobs_total');
  return counter?.sum?.dataPoints[0]?.asDouble;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Until the clock shows another millisecond. */
async function laterMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await new Promise((resolve) => setImmediate(resolve));
}

it.each([
  [{}, 'http://localhost:4318/v1/metrics'],
  [{ endpoint: 'https://collector/base/' }, 'https://collector/base/v1/metrics'],
  [{ endpoint: 'https://collector/base/v1/metrics' }, 'https://collector/base/v1/metrics'],
  [{ endpoint: 'https://collector/base?tenant=a' }, 'https://collector/base/v1/metrics?tenant=a'],
  [{ endpoint: 'https://collector', url: 'https://collector/push' }, 'https://collector/push'],
  [{ protocol: 'grpc' }, 'http://localhost:4317'],
] as const)('posts by %j to %s', (options, expected) => {
  expect(destinationOf(options)).toBe(expected);
});
