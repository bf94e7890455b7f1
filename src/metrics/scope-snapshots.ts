import type { DataPoint, Histogram, MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { lineNames } from './metric-shape';
import type { HistogramValue, Metric, MetricSnapshot, MetricType } from './metrics-backend';
import { metricsSdk } from './metrics-sdk';
import { labelsOfAttributes, prometheusName, prometheusUnit } from './opentelemetry-names';

/** Told of a metric that is shown by another name, or of a series that is left out, and why. */
export type OnTranslation = (name: string, error: Error) => void;

/** A metric while it is put together; several instruments may come to one name. */
interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string | undefined;
  /** By their labels, which two sets of attributes may come to share. */
  readonly series: Map<string, Metric>;
}

/**
 * The instruments of one scope as metrics of Prometheus. Where two of different kinds come to one name, the later one gets
 * its kind as a suffix, and that is told.
 */
export function snapshotsOf({ metrics }: ScopeMetrics, onTranslation: OnTranslation): MetricSnapshot[] {
  const families = new Map<string, Family>();
  const taken = new Map<string, string>();
  for (const data of metrics) {
    const type = typeOf(data);
    if (type === undefined) continue;
    const family = familyFor(data, type, families, taken, onTranslation);
    for (const point of data.dataPoints) addPoint(family, point, onTranslation);
  }
  return [...families.values()].map(({ name, type, help, unit, series }) => {
    return { name, type, help, unit, values: [...series.values()] };
  });
}

function typeOf(data: MetricData): MetricType | undefined {
  const { DataPointType } = metricsSdk();
  if (data.dataPointType === DataPointType.SUM) return data.isMonotonic ? 'counter' : 'gauge';
  if (data.dataPointType === DataPointType.GAUGE) return 'gauge';
  return data.dataPointType === DataPointType.HISTOGRAM ? 'histogram' : undefined;
}

function familyFor(
  { descriptor }: MetricData,
  type: MetricType,
  families: Map<string, Family>,
  taken: Map<string, string>,
  onTranslation: OnTranslation,
): Family {
  const unit = prometheusUnit(descriptor.unit, type);
  const wanted = prometheusName(descriptor.name, unit, type);
  const named = (name: string): Family | undefined => {
    const known = families.get(name);
    if (known !== undefined) return known.type === type ? known : undefined;
    const lines = lineNames({ name, type });
    if (lines.some((line) => taken.has(line))) return undefined;
    for (const line of lines) taken.set(line, name);
    const isUnitLast = name === wanted && unit !== '';
    const help = descriptor.description === '' ? descriptor.name : descriptor.description;
    const family = { name, type, help, unit: isUnitLast ? unit : undefined, series: new Map() };
    families.set(name, family);
    return family;
  };
  const family = named(wanted);
  if (family !== undefined) return family;
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? type : `${type}_${number}`;
    const name = prometheusName(`${descriptor.name}_${suffix}`, '', type);
    const other = named(name);
    if (other === undefined) continue;
    onTranslation(descriptor.name, new Error(`another instrument is called ${wanted}; this one is shown as ${name}`));
    return other;
  }
}

function addPoint(family: Family, point: DataPoint<number> | DataPoint<unknown>, onTranslation: OnTranslation): void {
  const { name, type, series } = family;
  const labels = labelsOfAttributes(point.attributes, type);
  const key = JSON.stringify(Object.entries(labels).sort());
  const [seconds, nanoseconds] = point.endTime;
  const timestamp = new Date(seconds * 1_000 + Math.round(nanoseconds / 1e6));
  const value: Metric =
    typeof point.value === 'number'
      ? { type: type === 'counter' ? 'counter' : 'gauge', name, value: point.value, labels, timestamp }
      : { type: 'histogram', name, ...countsOf(point.value as Histogram), labels, timestamp };
  const before = series.get(key);
  const both = before === undefined ? value : together(before, value);
  if (both === undefined) onTranslation(name, new Error('two of its series have the same labels and other buckets'));
  else series.set(key, both);
}

function countsOf({ buckets, count, sum = 0 }: Histogram): Pick<HistogramValue, 'count' | 'sum' | 'buckets'> {
  let below = 0;
  const upTo = buckets.boundaries.map((bound, index): [string, number] => {
    below += buckets.counts[index] ?? 0;
    return [String(bound), below];
  });
  return { count, sum, buckets: Object.fromEntries(upTo) };
}

/** Two series of the same labels: counts add up, and of gauges the last counts. */
function together(one: Metric, other: Metric): Metric | undefined {
  if (one.type === 'counter' && other.type === 'counter') return { ...other, value: one.value + other.value };
  if (one.type !== 'histogram' || other.type !== 'histogram') return other;
  const bounds = Object.keys(one.buckets);
  if (bounds.length !== Object.keys(other.buckets).length || !bounds.every((bound) => bound in other.buckets)) {
    return undefined;
  }
  const buckets = bounds.map((bound) => [bound, (one.buckets[bound] ?? 0) + (other.buckets[bound] ?? 0)] as const);
  return {
    ...other,
    count: one.count + other.count,
    sum: one.sum + other.sum,
    buckets: Object.fromEntries(buckets),
  };
}
