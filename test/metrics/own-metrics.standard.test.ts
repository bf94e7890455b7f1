import { Counted, Timed, type HistogramValue } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class RegionStore {
  @Counted({
    name: 'orders_by_region_total',
    labels: {
      region: (order: { region: unknown }) => order.region as string,
      tier: { values: ['gold', 'silver'], select: (_order: unknown, tier?: string) => tier },
      source: 'api',
    },
  })
  create(order: { region: unknown }, _tier?: string): void {
    order.region = 'changed by the body';
  }

  @Timed({ name: 'region_seconds', labels: { region: (region: string) => region }, buckets: [1, 2] })
  list(region: string): string {
    return region;
  }

  @Counted({ name: 'clash_total', labels: { a: 'x' } })
  first(): void {}

  @Counted({ name: 'clash_total', labels: { b: 'x' } })
  second(): void {}

  @Counted({ name: 'clash_total', labels: { a: 'y' } })
  third(): void {}
}

describe('a metric of one’s own', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime({ metrics: { backend: 'memory', labelBudget: 3 } });
  });

  afterEach(() => runtime.trefoil.shutdown());

  const get = (labels: Record<string, string>): unknown =>
    runtime.trefoil.metrics.get('orders_by_region_total', labels);

  test('counts by its labels, read before the body runs, beside the standard metric', () => {
    new RegionStore().create({ region: 'eu' }, 'gold');
    expect(get({ region: 'eu', tier: 'gold', source: 'api' })).toBe(1);
    expect(runtime.counted('RegionStore', 'create')).toBe(1);
  });

  test('folds what is not allowed, or past the budget, into "other", and counts that', () => {
    const store = new RegionStore();
    for (const region of ['1', '2', '3', '4', '5', '1']) store.create({ region }, 'gold');
    store.create({ region: '1' }, 'platinum');
    expect(get({ region: '1', tier: 'gold', source: 'api' })).toBe(2);
    expect(get({ region: 'other', tier: 'gold', source: 'api' })).toBe(2);
    expect(get({ region: '1', tier: 'other', source: 'api' })).toBe(1);
    expect(runtime.trefoil.status().reports.TREFOIL_LABEL_FOLDED).toBe(3);
  });

  test('times into buckets of its own', () => {
    new RegionStore().list('eu');
    const value = runtime.trefoil.metrics.get('region_seconds', { region: 'eu' }) as HistogramValue;
    expect(value.count).toBe(1);
    expect(Object.keys(value.buckets)).toEqual(['1', '2']);
  });

  test('is left out where its name is taken with other labels; the call and the standard metrics go on', () => {
    const store = new RegionStore();
    store.first();
    store.second();
    store.third();
    expect(runtime.trefoil.metrics.get('clash_total', { a: 'x' })).toBe(1);
    expect(runtime.trefoil.metrics.get('clash_total', { a: 'y' })).toBe(1);
    expect(runtime.counted('RegionStore', 'second')).toBe(1);
    expect(runtime.trefoil.status().reports.TREFOIL_METRIC_CONFLICT).toBe(1);
  });
});
