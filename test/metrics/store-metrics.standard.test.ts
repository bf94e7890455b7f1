import {
  Counted,
  InMemoryMetricsBackend,
  METRICS_BACKEND,
  Observed,
  Store,
  StoreMetrics,
  type HistogramValue,
  type Outcome,
} from '../../src/index';
import { container } from 'tsyringe';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

describe('StoreMetrics', () => {
  let backend: InMemoryMetricsBackend;
  let errors: string[];
  let metrics: StoreMetrics;
  const make = (store?: string): StoreMetrics =>
    new StoreMetrics({
      backend,
      storeType: 's3',
      storeId: 'my-bucket',
      ...(store === undefined ? {} : { store }),
      labelBudget: 3,
      onError: (error) => errors.push(String(error)),
    });

  beforeEach(() => {
    backend = new InMemoryMetricsBackend();
    errors = [];
    metrics = make();
  });

  test('records all eight standard metrics, with their exact labels', () => {
    metrics.recordOperation('read', { durationMs: 45, success: true });
    metrics.recordOperation('write', { durationMs: 120, success: false });
    metrics.recordOperation('write', { durationMs: 5, outcome: 'partial' });
    metrics.recordSize({ bytesRead: 1024 });
    metrics.recordSize({ bytesRead: 1, bytesWritten: 2048 });
    metrics.recordConnectionOpened();
    metrics.recordConnectionOpened();
    metrics.recordConnectionClosed();
    metrics.recordCacheHit();
    metrics.recordCacheHit(2);
    metrics.recordCacheMiss();
    metrics.recordError('ConnectionTimeout');
    metrics.recordError(new RangeError('a secret'));
    const of = (name: string, labels: Record<string, string> = {}): unknown =>
      backend.get(name, { store: 's3', ...labels });
    expect(of('store_operations_total', { operation: 'read', status: 'success' })).toBe(1);
    expect(of('store_operations_total', { operation: 'write', status: 'failure' })).toBe(1);
    expect(of('store_operations_total', { operation: 'write', status: 'partial' })).toBe(1);
    const duration = of('store_operation_duration_seconds', { operation: 'write' }) as HistogramValue;
    expect([duration.count, duration.sum]).toEqual([2, 0.125]);
    expect(of('store_bytes_read_total')).toBe(1025);
    expect(of('store_bytes_written_total')).toBe(2048);
    expect(of('store_connections_active')).toBe(1);
    expect(of('store_cache_hits_total')).toBe(3);
    expect(of('store_cache_misses_total')).toBe(1);
    expect(of('store_errors_total', { error_type: 'ConnectionTimeout' })).toBe(1);
    expect(of('store_errors_total', { error_type: 'RangeError' })).toBe(1);
    expect(new Set(backend.getMetrics().map(({ name }) => name)).size).toBe(8);
    expect(errors).toEqual([]);
  });

  test('finds its metrics as they are, whatever was recorded by name before', () => {
    const refused = expect.objectContaining({ code: 'TREFOIL_METRIC_CONFLICT' }) as Error;
    backend.increment('store_cache_hits_total', { kind: 'mail' });
    expect(() => backend.gauge('store_cache_hits_total', 1, { store: 's3' })).toThrow(refused);
    expect(() => backend.gauge('store_operation_duration_seconds_count', 1)).toThrow(refused);
    expect(() =>
      backend.observe({ name: 'store_errors_total', type: 'counter', help: '', labelNames: [] }, () => []),
    ).toThrow(refused);
    const duration = {
      name: 'store_operation_duration_seconds',
      type: 'histogram',
      help: '',
      unit: 'seconds',
    } as const;
    backend.observe({ ...duration, labelNames: ['store', 'operation'] }, () => [])();
    expect(() => backend.gauge('store_operation_duration_seconds_sum', 1)).toThrow(refused);
    const problems = { metric: 'a', problem: 'value_ignored' };
    expect(() => backend.increment('trefoil_metric_problems_total', problems)).toThrow(refused);
    backend.increment('store_errors_total', { error_type: 'Timeout', store: 's3' });
    backend.histogram('store_operation_duration_seconds', 1, { operation: 'read', store: 's3' });
    metrics.recordCacheHit();
    metrics.recordError('Timeout');
    metrics.recordOperation('read', { durationMs: 1000, success: true });
    expect(errors).toEqual([]);
    expect(backend.get('store_cache_hits_total', { store: 's3' })).toBe(1);
    expect(backend.get('store_errors_total', { store: 's3', error_type: 'Timeout' })).toBe(2);
    const read = backend.get('store_operation_duration_seconds', { store: 's3', operation: 'read' });
    expect((read as HistogramValue).sum).toBe(2);
  });

  test('keeps the connections of each store apart, however small the label budget is', () => {
    const small = new InMemoryMetricsBackend({ labelBudget: 1 });
    for (const storeType of ['s3', 'redis', 'redis', 'sql']) {
      new StoreMetrics({ backend: small, storeType }).recordConnectionOpened();
    }
    const open = ['s3', 'redis', 'sql'].map((store) => small.get('store_connections_active', { store }));
    expect(open).toEqual([1, 2, 1]);
  });

  test('labels by the store type, or by the name given', () => {
    make('orders').recordCacheHit();
    metrics.recordCacheHit();
    expect(backend.get('store_cache_hits_total', { store: 'orders' })).toBe(1);
    expect(backend.get('store_cache_hits_total', { store: 's3' })).toBe(1);
    expect([metrics.storeType, metrics.storeId, metrics.store]).toEqual(['s3', 'my-bucket', 's3']);
  });

  test.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY], ['7'], [null]])(
    'leaves the amount %p out, and says so',
    (bad) => {
      const amount = bad as number;
      metrics.recordSize({ bytesRead: amount });
      metrics.recordCacheHit(amount);
      metrics.recordOperation('read', { durationMs: amount, success: true });
      expect(backend.get('store_bytes_read_total', { store: 's3' })).toBeUndefined();
      expect(backend.get('store_cache_hits_total', { store: 's3' })).toBeUndefined();
      const labels = { store: 's3', operation: 'read' };
      expect((backend.get('store_operation_duration_seconds', labels) as HistogramValue).count).toBe(0);
      expect(backend.get('store_operations_total', { ...labels, status: 'success' })).toBe(1);
      expect(errors).toEqual(['Error: left out: it takes a finite number that is not negative']);
    },
  );

  test('never throws, whatever it is given and whatever the backend does', () => {
    metrics.recordOperation('read', { durationMs: 1, outcome: 'sideways' as Outcome });
    (metrics.recordOperation as (operation: unknown, record?: unknown) => void).call(metrics, 'read');
    (metrics.recordSize as (size?: unknown) => void).call(metrics);
    metrics.recordOperation(Symbol('read') as unknown as string, { durationMs: 1, success: true });
    backend.declare = () => {
      throw new Error('down');
    };
    metrics.recordError('x');
    metrics.recordConnectionOpened();
    expect(backend.get('store_operations_total', { store: 's3', operation: 'other', status: 'success' })).toBe(1);
    expect(errors.join()).toMatch(/outcome that is known.*undefined.*outside the bounds|down/);
  });

  test('folds operations and types of errors past the budget into "other"', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'a']) {
      metrics.recordOperation(name, { durationMs: 1, success: true });
      metrics.recordError(name);
    }
    const count = (operation: string): unknown =>
      backend.get('store_operations_total', { store: 's3', operation, status: 'success' });
    expect([count('a'), count('d'), count('other')]).toEqual([2, undefined, 2]);
    expect(backend.get('store_errors_total', { store: 's3', error_type: 'other' })).toBe(2);
  });

  test('never shows fewer connections than none, and is right again after a reset', () => {
    const active = (): unknown => backend.get('store_connections_active', { store: 's3' });
    metrics.recordConnectionClosed();
    expect(active()).toBeUndefined();
    expect(errors).toEqual(['Error: left out: it takes a connection that was recorded as opened']);
    metrics.recordConnectionOpened();
    make().recordConnectionOpened();
    backend.reset();
    metrics.recordConnectionClosed();
    expect(active()).toBe(1);
    make().recordConnectionClosed();
    make().recordConnectionClosed();
    expect(active()).toBe(0);
  });

  test('is refused without a store type', () => {
    expect(() => new StoreMetrics({ backend, storeType: '' })).toThrow(
      expect.objectContaining({ code: 'TREFOIL_OPTIONS_INVALID' }),
    );
  });
});

@Store({ name: 'orders', type: 'postgres' })
class OrderStore {
  fails = false;

  @Observed()
  async connect(): Promise<void> {
    if (this.fails) throw new Error('refused');
  }

  @Counted({ when: () => false })
  initialize(): void {}

  @Counted()
  dispose(): void {}

  @Observed({ event: 'close' })
  async hangUp(): Promise<void> {}

  @Counted()
  get(): void {}
}

describe('a decorated store', () => {
  let runtime: MemoryRuntime;
  const active = (backend = runtime.trefoil.metrics): unknown =>
    backend.get('store_connections_active', { store: 'orders' });

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  test('is one connection from what opens it to what closes it, however often either is called', async () => {
    const [one, other] = [new OrderStore(), new OrderStore()];
    one.get();
    expect(active()).toBeUndefined();
    await one.connect();
    one.initialize();
    other.initialize();
    expect(active()).toBe(2);
    one.dispose();
    await one.hangUp();
    expect(active()).toBe(1);
    await other.hangUp();
    other.dispose();
    expect(active()).toBe(0);
    await one.connect();
    expect(active()).toBe(1);
    expect(runtime.trefoil.status().reports).toEqual({});
  });

  test('has no connection where opening it failed', async () => {
    const store = new OrderStore();
    store.fails = true;
    await expect(store.connect()).rejects.toThrow('refused');
    expect(active()).toBeUndefined();
  });

  test('takes its connections along to another backend', async () => {
    const [decorated, byHand] = [new OrderStore(), runtime.trefoil.storeMetrics({ storeType: 'postgres' })];
    await decorated.connect();
    byHand.recordConnectionOpened();
    byHand.recordCacheHit();
    const before = runtime.trefoil.metrics;
    const backend = new InMemoryMetricsBackend();
    container.register(METRICS_BACKEND, { useValue: backend });
    await runtime.trefoil.reconfigure();
    expect([active(before), active(backend)]).toEqual([0, 1]);
    decorated.dispose();
    byHand.recordCacheHit();
    byHand.recordConnectionClosed();
    expect(active(backend)).toBe(0);
    expect(backend.get('store_cache_hits_total', { store: 'postgres' })).toBe(1);
    expect(backend.get('store_connections_active', { store: 'postgres' })).toBe(0);
  });
});
