import { mergeSnapshots, withoutStates, type GaugeAggregation } from '../../src/metrics/merge-snapshots';
import type { Exemplar, HistogramValue, Metric, MetricSnapshot } from '../../src/index';

const timestamp = new Date(0);

function family(name: string, type: MetricSnapshot['type'], ...values: Partial<Metric>[]): MetricSnapshot {
  const complete = values.map((value) => ({ type, name, labels: {}, timestamp, ...value }) as Metric);
  return { name, type, help: 'Help.', values: complete };
}

const merge = (aggregation: GaugeAggregation, ...families: MetricSnapshot[]): MetricSnapshot[] =>
  mergeSnapshots(
    families.map((each) => [each]),
    () => aggregation,
  );
const gauges = [3, 1, 8].map((value) => family('level', 'gauge', { value }));
const counter = (value: number, labels: Record<string, string> = {}): MetricSnapshot =>
  family('jobs_total', 'counter', { value, labels });
const exemplar = (traceId: string, at: number): Exemplar => ({
  traceId,
  spanId: 's',
  value: 1,
  timestamp: new Date(at),
});

describe('snapshots of several processes', () => {
  test.each([
    ['sum', [12]],
    ['min', [1]],
    ['max', [8]],
    ['average', [4]],
    ['first', [3]],
  ] as const)('give a gauge by %s', (aggregation, expected) => {
    const [merged] = merge(aggregation, ...gauges);
    expect(merged?.values.map((value) => 'value' in value && value.value)).toEqual(expected);
  });

  test('leave a gauge out by omit', () => expect(merge('omit', ...gauges)).toEqual([]));

  test('add counters up whatever gauges do, by their labels in any order, which are never joined', () => {
    const [merged] = merge(
      'max',
      counter(1, { a: 'x', b: 'y' }),
      counter(2, { b: 'y', a: 'x' }),
      counter(4, { a: '1,b:2', b: '3' }),
      counter(8, { a: '1', b: '2,b:3' }),
    );
    expect(merged?.values.map((value) => 'value' in value && value.value)).toEqual([3, 4, 8]);
  });

  test('keep of histograms the bounds that all have, and the newest exemplar of each', () => {
    const one: Partial<HistogramValue> = {
      count: 5,
      sum: 9,
      buckets: { '0.5': 1, '1': 3, '2': 4 },
      exemplars: { '1': exemplar('old', 1), '2': exemplar('gone', 1), '+Inf': exemplar('kept', 1) },
    };
    const other: Partial<HistogramValue> = {
      count: 2,
      sum: 1,
      buckets: { '0.5': 0, '1': 2 },
      exemplars: { '1': exemplar('new', 2) },
    };
    const [merged] = merge('sum', family('wait', 'histogram', one), family('wait', 'histogram', other));
    expect(merged?.values).toMatchObject([
      {
        count: 7,
        sum: 10,
        buckets: { '0.5': 1, '1': 5 },
        exemplars: { '1': { traceId: 'new' }, '+Inf': { traceId: 'kept' } },
      },
    ]);
    expect(Object.keys((merged?.values[0] as HistogramValue).buckets)).toEqual(['1', '0.5']);
    expect(Object.keys((merged?.values[0] as HistogramValue).exemplars ?? {})).toEqual(['1', '+Inf']);
  });

  test('add counts and sums of summaries up, and leave their quantiles out', () => {
    const summary = family('size', 'summary', { count: 2, sum: 3, quantiles: { '0.5': 1 } });
    expect(merge('sum', summary)[0]?.values).toMatchObject([{ quantiles: { '0.5': 1 } }]);
    expect(merge('sum', summary, summary)[0]?.values).toMatchObject([{ count: 4, sum: 6, quantiles: {} }]);
  });

  test('leave out what is of another type than where it comes first', () => {
    const [merged, ...rest] = merge('sum', counter(1), family('jobs_total', 'gauge', { value: 7 }));
    expect(merged?.values).toMatchObject([{ type: 'counter', value: 1 }]);
    expect(rest).toEqual([]);
  });

  test('have no states of a process that is no more', () => {
    const summary = family('size', 'summary', { count: 2, sum: 3, quantiles: { '0.5': 1 } });
    const left = withoutStates([counter(1), ...gauges, summary]);
    expect(left.map(({ name }) => name)).toEqual(['jobs_total', 'size']);
    expect(left[1]?.values).toMatchObject([{ count: 2, quantiles: {} }]);
  });
});
