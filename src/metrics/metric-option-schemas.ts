import * as v from 'valibot';
import { callable, objectWith, timeoutMs, wholeFrom } from '../option-values';
import { expectedLabelName, isLabelName } from './label-names';
import type { ReportMetricProblem } from './metric-problems';
import { expectedBuckets, isMetricName, wrongBuckets } from './metric-shape';
import type { MetricsBackend } from './metrics-backend';

/** The name of a metric, or what such a name begins with. */
const metricName = v.pipe(
  v.string(),
  v.check((name) => isMetricName(name), 'a Prometheus metric name'),
);

/** Upper bounds of the buckets of a histogram. */
const buckets = v.pipe(
  v.array(v.number()),
  v.check((bounds) => wrongBuckets(bounds) === undefined, expectedBuckets),
);

/** Labels that every series carries. */
export const defaultLabels = v.optional(
  v.record(
    v.pipe(
      v.string(),
      v.check((name) => isLabelName(name), expectedLabelName),
    ),
    v.string(),
  ),
);

/** What is to be measured of the process. */
export const defaultMetrics = v.optional(
  v.union([
    v.boolean(),
    v.strictObject({
      prefix: v.optional(metricName),
      eventLoopMonitoringPrecision: v.optional(wholeFrom(1)),
      gcDurationBuckets: v.optional(buckets),
    }),
  ]),
);

/** How many values a label may take. */
export const labelBudget = v.optional(wholeFrom(1));

/** What every backend of trefoil's takes, and the runtime's section `metrics` too. */
export const recordingEntries = {
  prefix: v.optional(
    v.pipe(
      v.string(),
      v.check((name) => name === '' || isMetricName(name), 'a Prometheus metric name'),
    ),
  ),
  buckets: v.optional(v.record(metricName, buckets)),
  labelBudget,
};

/** What every backend of trefoil's takes. */
export const backendEntries = {
  ...recordingEntries,
  sourceTimeoutMs: v.optional(timeoutMs),
  onProblem: v.optional(callable<ReportMetricProblem>()),
};

/** A metrics backend of anybody's. */
export const metricsBackend = objectWith<MetricsBackend>(
  ['declare', 'increment', 'gauge', 'histogram', 'flush', 'close'],
  'a metrics backend',
);
