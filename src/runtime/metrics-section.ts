import * as v from 'valibot';
import type { DefaultMetricsOptions } from '../metrics/default-metrics';
import { expectedLabelName, isLabelName } from '../metrics/label-names';
import { expectedBuckets, isMetricName, wrongBuckets } from '../metrics/metric-shape';
import type { Environment } from './environment';
import { flag, text, whole, wholeFrom } from './option-values';

/** Where metrics go. */
export interface MetricsSection {
  /** Default `prometheus`. */
  readonly backend?: 'prometheus' | 'memory' | 'none';
  /** The port of the endpoint; 0 takes any free one, false starts none. Default: `PROMETHEUS_PORT`, else 9464. */
  readonly port?: number | false;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default `/metrics`. */
  readonly path?: string;
  /** Labels that every series carries. */
  readonly defaultLabels?: Readonly<Record<string, string>>;
  /** Stands, with a `_`, before the names of metrics of your own; the standard ones keep theirs. Default: none. */
  readonly prefix?: string;
  /** Upper bounds of the buckets of histograms, by name, such as `store_operation_duration_seconds`. */
  readonly buckets?: Readonly<Record<string, readonly number[]>>;
  /** Whether, and how, the `prometheus` backend measures the process: `process_…` and `nodejs_…`. Default false. */
  readonly defaultMetrics?: boolean | DefaultMetricsOptions;
  /** How many values each label of a metric of your own may take. Default 200. */
  readonly labelBudget?: number;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

/** The section in force. */
export type ResolvedMetrics = MetricsSection &
  Required<Pick<MetricsSection, 'backend' | 'port' | 'host' | 'path' | 'labelBudget' | 'required'>>;

const labelName = v.pipe(
  v.string(),
  v.check((name) => isLabelName(name), expectedLabelName),
);
const metricName = v.pipe(
  v.string(),
  v.check((name) => isMetricName(name), 'a Prometheus metric name'),
);
const buckets = v.pipe(
  v.array(v.number()),
  v.check((bounds) => wrongBuckets(bounds) === undefined, expectedBuckets),
);
const defaultMetrics = v.strictObject({
  prefix: v.optional(metricName),
  eventLoopMonitoringPrecision: v.optional(wholeFrom(1)),
  gcDurationBuckets: v.optional(buckets),
});
const port = v.union([v.literal(false), whole(0, 65_535, 'a port from 0 to 65535, or false')]);
const path = v.pipe(
  v.string(),
  v.check((value) => value.startsWith('/'), 'a path that begins with /'),
);

export const metricsSchema = v.strictObject({
  backend: v.optional(v.picklist(['prometheus', 'memory', 'none'])),
  port: v.optional(port),
  host: v.optional(text),
  path: v.optional(path),
  defaultLabels: v.optional(v.record(labelName, v.string())),
  prefix: v.optional(metricName),
  buckets: v.optional(v.record(metricName, buckets)),
  defaultMetrics: v.optional(v.union([v.boolean(), defaultMetrics])),
  labelBudget: v.optional(wholeFrom(1)),
  required: flag,
});

export function resolveMetrics(section: MetricsSection | undefined, environment: Environment): ResolvedMetrics {
  return {
    ...section,
    backend: section?.backend ?? 'prometheus',
    port: section?.port ?? environment.metricsPort ?? 9464,
    host: section?.host ?? '127.0.0.1',
    path: section?.path ?? '/metrics',
    labelBudget: section?.labelBudget ?? 200,
    required: section?.required ?? false,
  };
}
