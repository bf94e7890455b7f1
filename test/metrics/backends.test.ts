import 'reflect-metadata';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Registry } from 'prom-client';
import { InMemoryMetricsBackend, PrometheusMetricsBackend } from '../../src/index';
import { metricsBackendContract } from '../../src/testing/index';

/** The metrics of a text, whatever their order. */
const families = (text: string): string[] => text.trimEnd().split('\n\n').sort();

describe('the in-memory backend', () => {
  metricsBackendContract({ create: () => new InMemoryMetricsBackend(), test });

  test('lists every series with type, labels and time', () => {
    const backend = new InMemoryMetricsBackend();
    backend.increment('jobs_total', { kind: 'mail' }, 2);
    backend.gauge('queue_length', 4);
    expect(backend.getMetrics()).toEqual([
      { type: 'counter', name: 'jobs_total', value: 2, labels: { kind: 'mail' }, timestamp: expect.any(Date) as Date },
      { type: 'gauge', name: 'queue_length', value: 4, labels: {}, timestamp: expect.any(Date) as Date },
    ]);
  });

  test('refuses names that Prometheus would not take', () => {
    expect(() => new InMemoryMetricsBackend().increment('my metric')).toThrow(/TREFOIL_METRIC_INVALID.*"my metric"/);
  });
});

describe('the Prometheus backend', () => {
  metricsBackendContract({ create: () => new PrometheusMetricsBackend(), test });

  test('renders the text format: escapes, cumulative buckets, +Inf, sum and count', async () => {
    const backend = new PrometheusMetricsBackend({ defaultLabels: { service: 'orders' } });
    backend.increment('jobs_total', { kind: 'a"b\\c\nd' });
    backend.declare({
      name: 'wait_seconds',
      type: 'histogram',
      help: 'Waits.',
      labelNames: ['store'],
      buckets: [0.1, 1],
    });
    for (const value of [0.05, 0.5, 5]) backend.histogram('wait_seconds', value, { store: 's' });
    const text = await backend.export();
    expect(text).toContain('# TYPE jobs_total counter\njobs_total{kind="a\\"b\\\\c\\nd",service="orders"} 1\n');
    expect(text).toContain(
      [
        '# HELP wait_seconds Waits.',
        '# TYPE wait_seconds histogram',
        'wait_seconds_bucket{le="0.1",store="s",service="orders"} 1',
        'wait_seconds_bucket{le="1",store="s",service="orders"} 2',
        'wait_seconds_bucket{le="+Inf",store="s",service="orders"} 3',
        'wait_seconds_sum{store="s",service="orders"} 5.55',
        'wait_seconds_count{store="s",service="orders"} 3',
      ].join('\n'),
    );
    await backend.close();
  });

  test('shows its metrics in a registry of the user’s, beside the user’s own', async () => {
    const registry = new Registry();
    const own = new Counter({ name: 'own_total', help: 'Own.', registers: [registry] });
    own.inc(3);
    const backend = new PrometheusMetricsBackend({ registry });
    backend.increment('jobs_total');
    const text = await registry.metrics();
    expect(text).toContain('own_total 3');
    expect(text).toContain('jobs_total 1');
    backend.observe({ name: 'fill', type: 'gauge', help: '', labelNames: [] }, () => [{ labelValues: [], value: 7 }]);
    registry.resetMetrics();
    const after = await registry.metrics();
    expect(after).toContain('own_total 0');
    expect(after).toContain('jobs_total 0');
    expect(after).toContain('fill 7');
  });

  test('leaves a metric of the user’s in the registry when one of its own of that name ends', async () => {
    const registry = new Registry();
    const backend = new PrometheusMetricsBackend({ registry });
    const definition = { name: 'fill', type: 'gauge', help: '', labelNames: [] } as const;
    const end = backend.observe(definition, () => [{ labelValues: [], value: 7 }]);
    registry.clear();
    new Gauge({ name: 'fill', help: 'Fill.', registers: [registry] }).set(3);
    end();
    expect(await registry.metrics()).toContain('fill 3');
    expect(await backend.export()).toContain('fill 3');
  });

  test('has one endpoint, however many are asked for at once, and none after it is closed', async () => {
    const backend = new PrometheusMetricsBackend();
    const both = Promise.all([backend.startHttpServer({ port: 0 }), backend.startHttpServer({ port: 0 })]);
    await backend.close();
    for (const { url } of await both) await expect(fetch(url)).rejects.toThrow();
    const { url } = await backend.startHttpServer({ port: 0 });
    expect((await fetch(url)).status).toBe(200);
    await backend.close();
  });

  test('renders what prom-client would render, also beside metrics of its own and under its default labels', async () => {
    const registry = new Registry();
    registry.registerMetric(new Counter({ name: 'own_total', help: 'Own.', registers: [] }));
    const fill = (backend: PrometheusMetricsBackend): void => {
      backend.declare({ name: 'wait_seconds', type: 'histogram', help: 'Two\nlines.', labelNames: ['a', 'service'] });
      for (const value of [0.0001, 0.3, 7, 1e9]) {
        backend.histogram('wait_seconds', value, { a: 'x"\\', service: `own ${value > 1}` });
      }
      backend.declare({ name: 'unlabelled_seconds', type: 'histogram', help: 'h', labelNames: [], buckets: [1, 10] });
      backend.histogram('unlabelled_seconds', 3);
      backend.declare({ name: 'never_used_total', type: 'counter', help: 'h', labelNames: ['a'] });
      for (const value of [1e21, 0.1 + 0.2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]) {
        backend.gauge('level', value, { of: String(value) });
      }
    };
    const shared = new PrometheusMetricsBackend({ registry });
    const labelled = new PrometheusMetricsBackend({ defaultLabels: { service: 'orders', zone: 'a"b' } });
    for (const backend of [shared, labelled]) {
      fill(backend);
      const text = await backend.export();
      expect(families(text)).toEqual(families(await backend.registry.metrics()));
      expect(text).toContain('wait_seconds_bucket{le="0.0005",a="x');
    }
    registry.setDefaultLabels({ late: 'x' });
    expect(families(await shared.export())).toEqual(families(await registry.metrics()));
  });

  test('serves the scrape on loopback, and nothing else', async () => {
    const backend = new PrometheusMetricsBackend();
    backend.increment('jobs_total');
    const { url } = await backend.startHttpServer({ port: 0 });
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const scrape = await fetch(url);
    expect(scrape.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await scrape.text()).toContain('jobs_total 1');
    expect((await fetch(`${url}?name[]=x`)).status).toBe(200);
    expect((await fetch(new URL('/', url))).status).toBe(404);
    const refused = await fetch(url, { method: 'POST' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    await backend.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  test('names the port that is taken and what to do', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(new PrometheusMetricsBackend().startHttpServer({ port })).rejects.toThrow(
      new RegExp(`TREFOIL_METRICS_PORT.*metrics\\.port 127\\.0\\.0\\.1:${port}.*taken.*port: false`),
    );
    await new Promise((resolve) => taken.close(resolve));
  });
});
