import { Counted, Timed, type HistogramValue } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';
import { unhandledRejections } from '../fixtures/unhandled-rejections';

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

  @Counted({ name: 'late_total', labels: { region: (async () => 'eu') as unknown as () => string } })
  late(): void {}

  @Counted({ name: 'refused_total', labels: { region: (() => Promise.reject(new Error('no'))) as never } })
  refused(): void {}

  @Counted({ name: 'tier_total', labels: { tier: { values: ['gold', 'silver'], select: (tier: string) => tier } } })
  byTier(_tier: string): void {}

  @Counted({ name: 'tier_total', labels: { tier: { values: ['silver', 'gold'], select: (tier: string) => tier } } })
  alsoByTier(_tier: string): void {}

  @Counted({ name: 'tier_total', labels: { tier: { values: ['gold', 'bronze'], select: (tier: string) => tier } } })
  byOtherTier(_tier: string): void {}

  @Counted({ name: 'tier_total', labels: { tier: (tier: string) => tier } })
  byAnyTier(_tier: string): void {}

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

  test.each([[{ name: 'eu' }], [undefined], [null], [Symbol('eu')], [() => 'eu']])(
    'folds %p, which is no value of a label, into "other", and counts that',
    (region) => {
      new RegionStore().create({ region }, 'gold');
      expect(get({ region: 'other', tier: 'gold', source: 'api' })).toBe(1);
      expect(runtime.trefoil.status().reports).toEqual({ TREFOIL_LABEL_FOLDED: 1 });
    },
  );

  test('takes texts, numbers and truth values for labels', () => {
    for (const region of ['', 7, false]) new RegionStore().create({ region }, 'gold');
    for (const region of ['', '7', 'false']) expect(get({ region, tier: 'gold', source: 'api' })).toBe(1);
  });

  test('folds what an asynchronous selector promises, reports it, and leaves no rejection unhandled', async () => {
    const store = new RegionStore();
    const unhandled = await unhandledRejections(() => {
      store.late();
      store.refused();
    });
    expect(unhandled).toEqual([]);
    expect(runtime.trefoil.metrics.get('late_total', { region: 'other' })).toBe(1);
    expect(runtime.trefoil.metrics.get('refused_total', { region: 'other' })).toBe(1);
    expect(runtime.trefoil.status().reports).toEqual({ TREFOIL_SELECTOR_FAILED: 3 });
  });

  test('is shared where its labels may have the same values, and keeps those of its first method', () => {
    const store = new RegionStore();
    store.byTier('gold');
    store.alsoByTier('gold');
    expect(runtime.trefoil.status().reports).toEqual({});
    store.byOtherTier('bronze');
    store.byAnyTier('bronze');
    store.byTier('silver');
    const tier = (name: string): unknown => runtime.trefoil.metrics.get('tier_total', { tier: name });
    expect([tier('gold'), tier('silver'), tier('bronze'), tier('other')]).toEqual([2, 1, undefined, undefined]);
    expect(runtime.counted('RegionStore', 'byOtherTier')).toBe(1);
    expect(runtime.trefoil.status().reports).toEqual({ TREFOIL_METRIC_CONFLICT: 2 });
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
