import 'reflect-metadata';
import {
  Counted,
  InMemoryMetricsBackend,
  MetricsRegistry,
  PrometheusMetricsBackend,
  Timed,
  type HistogramValue,
  type MetricDefinition,
} from '../../src/index';
import { metricsBackendContract } from '../../src/testing/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

const jobs: MetricDefinition = { name: 'jobs_total', type: 'counter', help: 'Jobs.', labelNames: ['kind'] };

class FailingBackend extends InMemoryMetricsBackend {
  override increment(): void {
    throw new Error('full');
  }

  override declare(): never {
    throw new Error('full');
  }

  override gauge(): void {
    return Promise.reject(new Error('late')) as unknown as undefined;
  }

  override flush(): Promise<void> {
    return Promise.reject(new Error('not flushed'));
  }
}

function pair(): { registry: MetricsRegistry; first: InMemoryMetricsBackend; second: InMemoryMetricsBackend } {
  const registry = new MetricsRegistry();
  const [first, second] = [new InMemoryMetricsBackend(), new InMemoryMetricsBackend()];
  registry.registerBackend('first', first);
  registry.registerBackend('second', second);
  return { registry, first, second };
}

describe('a metrics registry', () => {
  metricsBackendContract({ create: () => pair().registry, test });

  test('records in all of its members, and reads from the primary one', () => {
    const { registry, first, second } = pair();
    registry.increment('jobs_total', { kind: 'mail' }, 2);
    registry.gauge('level', 7);
    registry.histogram('wait_seconds', 1);
    registry.summary('size_bytes', 1);
    expect(first.getMetrics()).toHaveLength(4);
    expect(second.getMetrics()).toHaveLength(4);
    second.increment('jobs_total', { kind: 'mail' });
    expect(registry.get('jobs_total', { kind: 'mail' })).toBe(2);
    registry.setPrimary('second');
    expect(registry.get('jobs_total', { kind: 'mail' })).toBe(3);
    expect(registry.primary).toBe(second);
    expect(registry.backendNames).toEqual(['first', 'second']);
  });

  test('writes a series that was found before a member came to that member too, and to none that has gone', () => {
    const { registry, first } = pair();
    const series = registry.declare(jobs).series(['mail']);
    series.record(1);
    const late = new InMemoryMetricsBackend();
    registry.registerBackend('late', late);
    series.record(1);
    expect(late.get('jobs_total', { kind: 'mail' })).toBe(1);
    expect(registry.unregisterBackend('first')).toBe(first);
    series.record(1);
    expect(first.get('jobs_total', { kind: 'mail' })).toBe(2);
    expect(registry.get('jobs_total', { kind: 'mail' })).toBe(3);
    expect(registry.unregisterBackend('first')).toBeUndefined();
  });

  test('lets later members read what is kept elsewhere, until that ends', async () => {
    const { registry } = pair();
    const end = registry.observe({ ...jobs, labelNames: [] }, () => [{ labelValues: [], value: 4 }]);
    const endSource = registry.addSource({
      collect: () => [{ name: 'elsewhere', type: 'gauge', help: 'Elsewhere.', values: [] }],
    });
    const late = new InMemoryMetricsBackend();
    registry.registerBackend('late', late);
    expect(late.get('jobs_total')).toBe(4);
    expect((await late.collect()).map(({ name }) => name)).toContain('elsewhere');
    end();
    endSource();
    expect(late.get('jobs_total')).toBeUndefined();
    expect(await late.collect()).toEqual([]);
    expect(await registry.collect()).toEqual([]);
  });

  test('reports a member that fails, and records in the others', async () => {
    const reported: string[] = [];
    const registry = new MetricsRegistry({ onError: (member, error) => reported.push(`${member}: ${String(error)}`) });
    const works = new InMemoryMetricsBackend();
    registry.registerBackend('fails', new FailingBackend());
    registry.registerBackend('works', works);
    registry.setPrimary('works');
    registry.increment('jobs_total', { kind: 'mail' });
    registry.declare(jobs).series(['mail']).record(1);
    registry.gauge('level', 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(works.get('jobs_total', { kind: 'mail' })).toBe(2);
    expect(reported).toEqual(['fails: Error: full', 'fails: Error: full', 'fails: Error: late']);
    await expect(registry.flush()).rejects.toThrow('not flushed');
    await registry.close();
  });

  test('throws what is wrong with the metric itself, once all have been asked', () => {
    const reported: string[] = [];
    const registry = new MetricsRegistry({ onError: (member) => reported.push(member) });
    for (const name of ['first', 'second']) registry.registerBackend(name, new InMemoryMetricsBackend());
    expect(() => registry.increment('jobs_total', {}, -1)).toThrow(
      expect.objectContaining({ code: 'TREFOIL_METRIC_INVALID' }),
    );
    expect(reported).toEqual([]);
  });

  test('exports the text of those that have one, and the JSON of the others', async () => {
    const registry = new MetricsRegistry({ onError: () => undefined });
    registry.registerBackend('prometheus', new PrometheusMetricsBackend());
    registry.registerBackend('memory', new InMemoryMetricsBackend());
    const broken = new InMemoryMetricsBackend();
    broken.getMetrics = () => {
      throw new Error('broken');
    };
    registry.registerBackend('broken', broken);
    registry.increment('jobs_total', { kind: 'mail' });
    const texts = await registry.exportAll();
    expect(Object.keys(texts)).toEqual(['prometheus', 'memory']);
    expect(texts['prometheus']).toContain('jobs_total{kind="mail"} 1');
    expect(JSON.parse(String(texts['memory']))).toMatchObject([{ name: 'jobs_total', value: 1 }]);
  });

  test('records nothing, and gives nothing, without members', async () => {
    const registry = new MetricsRegistry();
    registry.increment('jobs_total');
    registry.declare(jobs).series(['mail']).record(1);
    expect([registry.get('jobs_total'), registry.getMetrics(), await registry.collect()]).toEqual([undefined, [], []]);
    await registry.flush();
  });

  test('refuses a name that is taken, what is no backend, itself, and a primary that nobody knows', () => {
    const { registry, first } = pair();
    const outer = new MetricsRegistry();
    outer.registerBackend('inner', registry);
    for (const wrong of [
      () => registry.registerBackend('first', first),
      () => registry.registerBackend('third', {} as InMemoryMetricsBackend),
      () => registry.registerBackend('third', registry),
      () => registry.registerBackend('third', outer),
      () => registry.setPrimary('third'),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'TREFOIL_METRICS_REGISTRY' }));
    }
  });
});

class Orders {
  @Counted()
  @Timed()
  get(): void {}

  @Counted()
  connect(): void {}
}

describe('the registry of a runtime', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  const count = (backend: { get(name: string, labels: Record<string, string>): unknown }): unknown =>
    backend.get('store_operations_total', { store: 'Orders', operation: 'get', status: 'success' });

  test('has the backend in force, and is that of MetricsRegistry.getInstance() while it runs', async () => {
    const registry = MetricsRegistry.getInstance();
    expect(registry).toBe(runtime.trefoil.metricsRegistry);
    expect(registry.primary).toBe(runtime.trefoil.metrics);
    await runtime.trefoil.shutdown();
    expect(() => MetricsRegistry.getInstance()).toThrow(expect.objectContaining({ code: 'TREFOIL_NOT_INITIALIZED' }));
  });

  test('gives members that come later the calls from then on, and those that go no more', async () => {
    const orders = new Orders();
    orders.get();
    orders.connect();
    const [first, second] = [new InMemoryMetricsBackend(), new InMemoryMetricsBackend()];
    const registry = MetricsRegistry.getInstance();
    registry.registerBackend('first', first);
    orders.get();
    registry.registerBackend('second', second);
    orders.get();
    expect([count(runtime.trefoil.metrics), count(first), count(second)]).toEqual([3, 2, 1]);
    const labels = { store: 'Orders', operation: 'get' };
    expect((first.get('store_operation_duration_seconds', labels) as HistogramValue).count).toBe(2);
    expect(second.get('store_connections_active', { store: 'Orders' })).toBe(1);
    expect(second.get('audit_events_accepted_total', { backend: 'memory' })).toBe(0);
    registry.unregisterBackend('first');
    registry.unregisterBackend('second');
    orders.get();
    expect([count(runtime.trefoil.metrics), count(first), count(second)]).toEqual([4, 2, 1]);
    await runtime.trefoil.flush();
    expect(runtime.trefoil.status().reports).toEqual({});
  });

  test('follows the backend in force, and is flushed and closed with the runtime', async () => {
    const member = new InMemoryMetricsBackend();
    const done: string[] = [];
    member.flush = async () => void done.push('flushed');
    member.close = async () => void done.push('closed');
    const registry = MetricsRegistry.getInstance();
    registry.registerBackend('member', member);
    await runtime.trefoil.reconfigure({ metrics: { backend: 'prometheus', port: false }, signals: false });
    expect(registry.primary).toBe(runtime.trefoil.metrics);
    expect(registry.primary).toBeInstanceOf(PrometheusMetricsBackend);
    new Orders().get();
    expect([count(runtime.trefoil.metrics), count(member)]).toEqual([1, 1]);
    expect(done).not.toContain('closed');
    await runtime.trefoil.shutdown();
    expect(done.at(-1)).toBe('closed');
    expect(done).toContain('flushed');
  });

  test('records calls where the runtime’s own metrics are off', async () => {
    await runtime.trefoil.reconfigure({ metrics: { backend: 'none' }, signals: false });
    const member = new InMemoryMetricsBackend();
    MetricsRegistry.getInstance().registerBackend('member', member);
    new Orders().get();
    expect(count(member)).toBe(1);
  });
});
