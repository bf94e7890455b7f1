import type { Exemplar, HistogramValue, Metric, MetricSnapshot, MetricValue, SummaryValue } from './metrics-backend';

/**
 * How the values that several processes have of one gauge become one: `first` is that of the first process that has it,
 * `omit` leaves the gauge out.
 */
export type GaugeAggregation = 'sum' | 'min' | 'max' | 'average' | 'first' | 'omit';

/** All of them. */
export const gaugeAggregations = ['sum', 'min', 'max', 'average', 'first', 'omit'] as const;

/** How a gauge is aggregated, by its name. */
export type AggregationOf = (name: string) => GaugeAggregation;

/**
 * What several processes tell of the same metrics, as one. Counters, and counts and sums of histograms and summaries, are
 * added up; quantiles of several processes cannot be, and are left out. A metric whose type is another than where it comes
 * first is left out there.
 */
export function mergeSnapshots(
  members: readonly (readonly MetricSnapshot[])[],
  aggregationOf: AggregationOf,
): MetricSnapshot[] {
  const families = new Map<string, { readonly first: MetricSnapshot; readonly series: Map<string, Metric[]> }>();
  for (const snapshot of members.flat()) {
    const { name, type, values } = snapshot;
    if (type === 'gauge' && aggregationOf(name) === 'omit') continue;
    let family = families.get(name);
    if (family === undefined) {
      family = { first: snapshot, series: new Map() };
      families.set(name, family);
    }
    if (family.first.type !== type) continue;
    for (const value of values) {
      const key = keyOf(value);
      const same = family.series.get(key);
      if (same === undefined) family.series.set(key, [value]);
      else same.push(value);
    }
  }
  return [...families.values()].map(({ first, series }) => ({
    ...first,
    values: [...series.values()].map((same) => merged(same, aggregationOf)),
  }));
}

/** Without gauges and quantiles: what is left to tell of a process that is no more. */
export function withoutStates(snapshots: readonly MetricSnapshot[]): MetricSnapshot[] {
  return snapshots
    .filter(({ type }) => type !== 'gauge')
    .map((snapshot) => ({
      ...snapshot,
      values: snapshot.values.map((value) => (value.type === 'summary' ? { ...value, quantiles: {} } : value)),
    }));
}

/** The same for the same labels in any order, and for no others. */
function keyOf({ labels }: Metric): string {
  return JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function merged(same: readonly Metric[], aggregationOf: AggregationOf): Metric {
  const [first, ...rest] = same as [Metric, ...Metric[]];
  if (rest.length === 0) return first;
  if (first.type === 'histogram') return mergedHistogram(same as HistogramValue[]);
  if (first.type === 'summary') return mergedSummary(first, same as SummaryValue[]);
  const values = (same as MetricValue[]).map(({ value }) => value);
  return { ...first, value: aggregated(values, first.type === 'counter' ? 'sum' : aggregationOf(first.name)) };
}

function aggregated(values: readonly number[], aggregation: GaugeAggregation): number {
  if (aggregation === 'min') return Math.min(...values);
  if (aggregation === 'max') return Math.max(...values);
  if (aggregation === 'first') return values[0] as number;
  const total = sum(values);
  return aggregation === 'average' ? total / values.length : total;
}

/** Only bounds that all have: buckets are cumulative, so that leaving one out loses none of the others. */
function mergedHistogram(same: readonly HistogramValue[]): HistogramValue {
  const [first] = same as [HistogramValue];
  const bounds = Object.keys(first.buckets).filter((bound) =>
    same.every(({ buckets }) => Object.hasOwn(buckets, bound)),
  );
  const buckets = bounds.map((bound) => [bound, sum(same.map((each) => each.buckets[bound] as number))] as const);
  const exemplars = [...bounds, '+Inf'].flatMap((bound) => {
    const newest = newestOf(same.flatMap((each) => each.exemplars?.[bound] ?? []));
    return newest === undefined ? [] : [[bound, newest] as const];
  });
  const { type, name, labels, timestamp } = first;
  return {
    type,
    name,
    count: sum(same.map(({ count }) => count)),
    sum: sum(same.map((each) => each.sum)),
    buckets: Object.fromEntries(buckets),
    ...(exemplars.length === 0 ? {} : { exemplars: Object.fromEntries(exemplars) }),
    labels,
    timestamp,
  };
}

function mergedSummary(first: SummaryValue, same: readonly SummaryValue[]): SummaryValue {
  const count = sum(same.map((each) => each.count));
  return { ...first, count, sum: sum(same.map((each) => each.sum)), quantiles: {} };
}

function newestOf(exemplars: readonly Exemplar[]): Exemplar | undefined {
  return exemplars.reduce<Exemplar | undefined>(
    (newest, each) => (newest === undefined || each.timestamp > newest.timestamp ? each : newest),
    undefined,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
