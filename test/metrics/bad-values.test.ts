import 'reflect-metadata';
import { InMemoryMetricsBackend, PrometheusMetricsBackend, type Labels, type MetricDefinition } from '../../src/index';

const backends = [
  ['in-memory', InMemoryMetricsBackend],
  ['Prometheus', PrometheusMetricsBackend],
] as const;

describe.each(backends)('the %s backend', (_name, Backend) => {
  test.each<[string, Partial<MetricDefinition>, RegExp]>([
    ['a name with a dash', { name: 'my-metric' }, /"my-metric".*letters, digits/],
    ['an empty name', { name: '' }, /letters, digits/],
    ['a label twice', { labelNames: ['a', 'a'] }, /each label once, got a twice/],
    ['a quantile of a summary', { type: 'summary', labelNames: ['quantile'] }, /"quantile"/],
    ['no buckets', { type: 'histogram', buckets: [] }, /ascending.*an empty list/],
    ['descending buckets', { type: 'histogram', buckets: [2, 1] }, /ascending.*1 at position 2/],
    ['a bucket twice', { type: 'histogram', buckets: [1, 1] }, /1 at position 2/],
    ['a bucket that is no number', { type: 'histogram', buckets: [NaN] }, /NaN at position 1/],
    ['an infinite bucket', { type: 'histogram', buckets: [1, Infinity] }, /without \+Inf, got Infinity at position 2/],
    ['a name that is none', { name: undefined }, /undefined.*letters, digits/],
    ['a type that is none', { type: 'counters' as 'counter' }, /the type of jobs_total.*gauge.*got "counters"/],
    ['no help', { help: undefined }, /the help of jobs_total.*a text, got undefined/],
    ['no list of labels', { labelNames: 'kind' as unknown as string[] }, /a list of names, got "kind"/],
    ['a label that is no name', { labelNames: [null] as unknown as string[] }, /a list of names, got an array of 1/],
    ['a bucket without a list', { type: 'histogram', buckets: 1 as unknown as number[] }, /ascending.*got 1/],
    ['a unit that is not in the name', { unit: 'seconds' }, /the unit of jobs_total.*"seconds"/],
  ])('refuses %s', (_what, wrong, message) => {
    const definition = { name: 'jobs_total', type: 'counter', help: 'Jobs.', labelNames: [], ...wrong } as const;
    const backend = new Backend();
    expect(() => backend.declare(definition)).toThrow(
      expect.objectContaining({ code: 'TREFOIL_METRIC_INVALID', message: expect.stringMatching(message) as string }),
    );
    expect(() => backend.observe(definition, () => [{ labelValues: [], value: 1 }])).toThrow(/TREFOIL_METRIC_INVALID/);
    expect(backend.getMetrics()).toEqual([]);
  });

  test.each([null, 'kind', 5])('refuses %p in the place of labels, first and later', (labels) => {
    const backend = new Backend();
    const record = (): void => backend.increment('jobs_total', labels as unknown as Labels);
    expect(record).toThrow(/TREFOIL_METRIC_INVALID.*an object of names and values/);
    backend.increment('jobs_total');
    expect(record).toThrow(/TREFOIL_METRIC_INVALID.*an object of names and values/);
    expect(backend.get('jobs_total')).toBe(1);
  });

  test('refuses a series with fewer or more values than labels, and writes out values that are no texts', () => {
    const backend = new Backend();
    const definition = { name: 'jobs_total', type: 'counter', help: '', labelNames: ['a', 'b'] } as const;
    const family = backend.declare(definition);
    family.series(['x', '']).record(1);
    expect(() => family.series(['x'])).toThrow(/TREFOIL_METRIC_CONFLICT.*\{a, b\}, got values for 1/);
    expect(() => family.series(['x', '', 'y'])).toThrow(/TREFOIL_METRIC_CONFLICT.*got values for 3/);
    family.series([5, undefined] as unknown as string[]).record(2);
    const shown = backend.getMetrics().map(({ labels }) => labels);
    expect(shown).toEqual([
      { a: 'x', b: '' },
      { a: '5', b: 'other' },
    ]);
  });

  test.each([
    ['histogram', 'wait', 'wait_bucket'],
    ['histogram', 'wait', 'wait_sum'],
    ['histogram', 'wait', 'wait_count'],
    ['histogram', 'wait', 'wait_created'],
    ['summary', 'size', 'size_sum'],
    ['summary', 'size', 'size_count'],
  ] as const)('refuses a %s %s beside a gauge %s, whichever comes first', (kind, name, gauge) => {
    const refused = expect.objectContaining({ code: 'TREFOIL_METRIC_CONFLICT' }) as Error;
    const [one, other] = [new Backend(), new Backend()];
    one[kind](name, 1);
    expect(() => one.gauge(gauge, 1)).toThrow(refused);
    other.gauge(gauge, 1);
    expect(() => other[kind](name, 1)).toThrow(refused);
    expect(one.getMetrics()).toHaveLength(1);
  });

  test('refuses another type, other labels, other buckets or another unit for a name', () => {
    const backend = new Backend();
    const known = { name: 'wait_seconds', type: 'histogram', help: '', labelNames: ['a'], buckets: [1, 2] } as const;
    backend.declare(known);
    const changes: Partial<MetricDefinition>[] = [
      { type: 'summary', buckets: undefined },
      { labelNames: ['b'] },
      { buckets: [1, 3] },
      { unit: 'seconds' },
    ];
    for (const change of changes) {
      const refused = expect.objectContaining({ code: 'TREFOIL_METRIC_CONFLICT' }) as Error;
      expect(() => backend.declare({ ...known, ...change })).toThrow(refused);
    }
    expect(() => backend.declare({ ...known, help: 'Other words.' })).not.toThrow();
  });

  test('counts what it leaves out, and tells of it', () => {
    const told: unknown[] = [];
    const backend = new Backend({ onProblem: (...problem) => told.push(problem), labelBudget: 2 });
    const ignored = (metric: string): unknown =>
      backend.get('trefoil_metric_problems_total', { metric, problem: 'value_ignored' });
    backend.increment('jobs_total', {}, NaN);
    backend.increment('jobs_total', {}, Infinity);
    backend.histogram('wait_seconds', -Infinity);
    backend.declare({ name: 'wait_seconds', type: 'histogram', help: '', labelNames: [] }).series([]).record(NaN);
    backend.gauge('level', 'high' as unknown as number);
    backend.gauge('level', NaN);
    expect([ignored('jobs_total'), ignored('wait_seconds'), ignored('level')]).toEqual([2, 2, 1]);
    expect(backend.get('level')).toBeNaN();
    for (const kind of ['x'.repeat(1_025), 'a', 'b', 'c']) backend.increment('kinds_total', { kind });
    expect(backend.get('kinds_total', { kind: 'other' })).toBe(2);
    expect(backend.get('kinds_total', { kind: 'b' })).toBe(1);
    expect(backend.get('trefoil_metric_problems_total', { metric: 'kinds_total', problem: 'label_folded' })).toBe(2);
    expect(told.at(0)).toEqual(['TREFOIL_METRIC_IGNORED', 'jobs_total', 'the value is no finite number']);
    expect(told.at(-1)).toEqual(['TREFOIL_LABEL_FOLDED', 'kinds_total{kind}', expect.stringContaining('bounds')]);
  });

  test('keeps a definition as it was, whatever becomes of the object', () => {
    const backend = new Backend();
    const definition = { name: 'wait', type: 'histogram', help: '', labelNames: ['of'], buckets: [1, 2] } as const;
    const given = { ...definition, labelNames: ['of'], buckets: [1, 2] } as {
      -readonly [Key in keyof MetricDefinition]: MetricDefinition[Key];
    };
    const wait = backend.declare(given).series(['mail']);
    backend.observe(Object.assign(given, { name: 'fill', type: 'gauge', buckets: undefined }), () => []);
    (given.labelNames as string[]).push('more');
    Object.assign(given, { name: 'size', help: null });
    wait.record(1.5);
    expect(backend.getMetrics()).toEqual([
      expect.objectContaining({ name: 'wait', labels: { of: 'mail' }, buckets: { 1: 0, 2: 1 } }),
    ]);
    expect(backend.declare(definition).series(['mail'])).toBe(wait);
  });

  test('adds up what several readers tell of one series, but for a gauge, of which the last one counts', () => {
    const backend = new Backend();
    const observe = (name: string, type: 'counter' | 'gauge', ...values: number[]): void => {
      const definition = { name, type, help: '', labelNames: ['of'] } as const;
      for (const value of values) backend.observe(definition, () => [{ labelValues: ['mail'], value }]);
    };
    observe('sent_total', 'counter', 1, 2);
    observe('fill', 'gauge', 1, 2);
    expect(backend.get('sent_total', { of: 'mail' })).toBe(3);
    expect(backend.get('fill', { of: 'mail' })).toBe(2);
  });

  test('goes on counting the problems of a metric that it knows, when more have some', () => {
    const backend = new Backend();
    for (let metric = 0; metric <= 1_000; metric += 1) backend.gauge(`level_${metric}`, 'high' as unknown as number);
    backend.gauge('level_0', 'high' as unknown as number);
    const ignored = (metric: string): unknown =>
      backend.get('trefoil_metric_problems_total', { metric, problem: 'value_ignored' });
    expect([ignored('level_0'), ignored('other')]).toEqual([2, 1]);
  });

  test('takes anything for an increment, and refuses only what is negative', () => {
    const backend = new Backend();
    for (const value of [Symbol('one'), '-1', null, 5n, {}]) backend.increment('jobs_total', {}, value as number);
    expect(backend.get('trefoil_metric_problems_total', { metric: 'jobs_total', problem: 'value_ignored' })).toBe(5);
    expect(() => backend.increment('jobs_total', {}, -Infinity)).toThrow(/TREFOIL_METRIC_INVALID/);
  });

  test('bounds the series of a metric whose labels are all within their bounds', () => {
    const backend = new Backend({ labelBudget: 10 });
    for (let call = 0; call < 1_000; call += 1) {
      backend.increment('a_total', {
        a: `${call % 10}`,
        b: `${Math.floor(call / 10) % 10}`,
        c: `${Math.floor(call / 100)}`,
      });
    }
    const values = backend.getMetrics().filter(({ name }) => name === 'a_total');
    expect(values).toHaveLength(101);
    expect(backend.get('a_total', { a: 'other', b: 'other', c: 'other' })).toBe(900);
    backend.increment('a_total', { a: '0', b: '0', c: '0' });
    expect(backend.get('a_total', { a: '0', b: '0', c: '0' })).toBe(2);
  });

  test('puts the prefix before the names of one’s own, and not before the standard ones', () => {
    const backend = new Backend({ prefix: 'orders', buckets: { wait_seconds: [1, 2], orders_late_seconds: [3] } });
    backend.increment('jobs_total');
    backend.increment('orders_sent_total');
    backend.increment('store_cache_hits_total', { store: 's3' });
    for (const name of ['wait_seconds', 'late_seconds']) backend.histogram(name, 1);
    expect(backend.getMetrics().map(({ name }) => name)).toEqual([
      'orders_jobs_total',
      'orders_sent_total',
      'store_cache_hits_total',
      'orders_wait_seconds',
      'orders_late_seconds',
    ]);
    expect([backend.get('jobs_total'), backend.get('orders_jobs_total')]).toEqual([1, 1]);
    expect(backend.get('wait_seconds')).toMatchObject({ buckets: { '1': 1, '2': 1 } });
    expect(backend.get('late_seconds')).toMatchObject({ buckets: { '3': 1 } });
  });

  test('refuses a prefix and buckets that are none', () => {
    expect(() => new Backend({ prefix: 'my app' })).toThrow(/TREFOIL_OPTIONS_INVALID.*prefix.*"my app"/);
    expect(() => new Backend({ buckets: { wait_seconds: [2, 1] } })).toThrow(
      /TREFOIL_OPTIONS_INVALID.*buckets\.wait_seconds/,
    );
  });
});

test('a summary tells of its last 1,024 observations', () => {
  const backend = new InMemoryMetricsBackend();
  for (let value = 0; value < 1_024; value += 1) backend.summary('size', 1e6);
  for (let value = 1; value <= 1_024; value += 1) backend.summary('size', value);
  expect(backend.get('size')).toMatchObject({ count: 2_048, quantiles: { '0.5': 512, '0.99': 1_014 } });
  backend.reset();
  const none = expect.objectContaining({ count: 0, sum: 0, quantiles: {} }) as unknown;
  expect(backend.get('size')).toEqual(none);
});
