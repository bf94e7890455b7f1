import { ValueType, type HrTime } from '@opentelemetry/api';
import type { DataPoint, Histogram, MetricData, MetricDescriptor } from '@opentelemetry/sdk-metrics';
import type { HistogramValue, Metric, MetricSnapshot, MetricValue, SummaryValue } from './metrics-backend';
import { metricsSdk } from './metrics-sdk';

/** Units of Prometheus in UCUM's terms, which OpenTelemetry uses. */
const ucum: ReadonlyMap<string, string> = new Map([
  ['seconds', 's'],
  ['bytes', 'By'],
  ['ratio', '1'],
]);

/** Milliseconds since the Unix epoch as OpenTelemetry writes a time. */
export function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}

/**
 * A metric in OpenTelemetry's terms, cumulative. OpenTelemetry's SDK has no summaries: of one its count and sum become sums
 * called `…_count` and `…_sum`, and its quantiles a gauge with the attribute `quantile`. A value that is no finite number
 * is left out, for JSON has no way to write one.
 */
export function metricDataOf(snapshot: MetricSnapshot, startTime: HrTime): MetricData[] {
  const { DataPointType, AggregationTemporality } = metricsSdk();
  const descriptor = descriptorOf(snapshot);
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const point = <Value>({ labels, timestamp }: Metric, value: Value, more = {}): DataPoint<Value> => ({
    startTime,
    endTime: hrTimeOf(timestamp.getTime()),
    attributes: { ...labels, ...more },
    value,
  });
  const sum = (of: MetricDescriptor, dataPoints: DataPoint<number>[]): MetricData => ({
    descriptor: of,
    aggregationTemporality,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: dataPoints.filter(isFinitePoint),
  });
  const gauge = (dataPoints: DataPoint<number>[]): MetricData => ({
    descriptor,
    aggregationTemporality,
    dataPointType: DataPointType.GAUGE,
    dataPoints: dataPoints.filter(isFinitePoint),
  });
  switch (snapshot.type) {
    case 'counter':
      return [
        sum(
          descriptor,
          ofType<MetricValue>(snapshot, 'counter').map((metric) => point(metric, metric.value)),
        ),
      ];
    case 'gauge':
      return [gauge(ofType<MetricValue>(snapshot, 'gauge').map((metric) => point(metric, metric.value)))];
    case 'histogram': {
      const dataPoints = ofType<HistogramValue>(snapshot, 'histogram').map((value) => point(value, countsOf(value)));
      return [{ descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints }];
    }
    case 'summary': {
      const summaries = ofType<SummaryValue>(snapshot, 'summary');
      const part = (name: 'count' | 'sum'): MetricData =>
        sum(
          { ...descriptor, name: `${descriptor.name}_${name}` },
          summaries.map((summary) => point(summary, summary[name])),
        );
      const quantiles = summaries.flatMap((summary) =>
        Object.entries(summary.quantiles).map(([quantile, value]) => point(summary, value, { quantile })),
      );
      return [part('count'), part('sum'), gauge(quantiles)];
    }
  }
}

function descriptorOf({ name, help, unit }: MetricSnapshot): MetricDescriptor {
  const ofUnit = unit === undefined ? '' : (ucum.get(unit) ?? unit);
  return { name, description: help, unit: ofUnit, valueType: ValueType.DOUBLE };
}

function isFinitePoint({ value }: DataPoint<number>): boolean {
  return Number.isFinite(value);
}

/** Of a source of the user's, a series may be of another type than its metric. */
function ofType<Value extends Metric>({ values }: MetricSnapshot, type: Value['type']): Value[] {
  return values.filter((value): value is Value => value.type === type);
}

/** Buckets as OpenTelemetry counts them: each by itself, and the last without an upper bound. */
function countsOf({ buckets, count, sum }: HistogramValue): Histogram {
  // An object lists its whole numbers first.
  const boundaries = Object.keys(buckets)
    .map(Number)
    .sort((one, other) => one - other);
  let below = 0;
  const counts = boundaries.map((bound) => {
    const upTo = buckets[bound] ?? below;
    const within = upTo - below;
    below = upTo;
    return within;
  });
  return { count, sum, buckets: { boundaries, counts: [...counts, count - below] } };
}
