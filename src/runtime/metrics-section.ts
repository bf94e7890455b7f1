import * as v from 'valibot';
import type { DefaultMetricsOptions } from '../metrics/default-metrics';
import { defaultLabels, defaultMetrics, recordingEntries } from '../metrics/metric-option-schemas';
import { endpointPath } from '../metrics/metrics-server';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { gaugeAggregations, type GaugeAggregation } from '../metrics/merge-snapshots';
import { pushEntries } from '../metrics/push-gateway';
import { pushOptionEntries } from '../metrics/opentelemetry-metrics-options';
import type { Environment } from './environment';
import { flag, httpUrl, nameOrOwn, text, timeoutMs, whole } from '../option-values';

/** The Pushgateway that the metrics are pushed to, beside being scraped: at an interval, at a flush and at the shutdown. */
export interface PushGatewaySection {
  /** Such as `http://pushgateway:9091`; user and password in it are sent as basic authentication. */
  readonly url: string;
  /** The `job` label of the group. Default: the service's name. */
  readonly job?: string;
  /** Further labels of the group, such as the instance: each process has to have a group of its own. */
  readonly groupings?: Readonly<Record<string, string>>;
  /** `push` replaces the whole group, `pushAdd` only metrics of the same names. Default `pushAdd`. */
  readonly method?: 'push' | 'pushAdd';
  /** Headers of each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How far pushes are apart, in milliseconds. Default 15,000. */
  readonly intervalMs?: number;
  /** How long a push may take, in milliseconds, its retries included. Default 4,000. */
  readonly timeoutMs?: number;
  /** How often a push that failed is tried again. Default 3. */
  readonly retries?: number;
  /** How long to wait before the first retry, at most, in milliseconds; doubled for each further one. Default 200. */
  readonly backoffMs?: number;
  /** Deletes the group at the shutdown instead of pushing a last time. Default false. */
  readonly deleteOnShutdown?: boolean;
}

/** How the metrics of a `node:cluster` become one. */
export interface ClusterSection {
  /** How long a scrape waits for a worker, in milliseconds; of one that is late, what it told last is shown. Default 1,000. */
  readonly timeoutMs?: number;
  /**
   * How gauges of several processes become one, by name: `sum`, `min`, `max`, `average`, `first` (the primary's, where it
   * has it) or `omit`. Default: `sum`, but for ages and delays that trefoil and `defaultMetrics` know.
   */
  readonly gauges?: Readonly<Record<string, GaugeAggregation>>;
}

/** How the backend `otlp` pushes metrics; the others have no use for it. */
export interface MetricsPushSection {
  /**
   * The collector's base URL. `/v1/metrics` is added where it is missing; gRPC takes the host and port alone, with TLS for
   * `https`. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318`, with gRPC `http://localhost:4317`.
   */
  readonly endpoint?: string;
  /** The whole URL, used as it is. Default: `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` where no endpoint is given. */
  readonly url?: string;
  /** Default: `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL`, else `http/protobuf`. */
  readonly protocol?: 'http/protobuf' | 'http/json' | 'grpc';
  /** Sent with each push, beside those of `OTEL_EXPORTER_OTLP_METRICS_HEADERS` and `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION`, else `none`. */
  readonly compression?: 'gzip' | 'none';
  /**
   * How long the collector may take for a push, its retries included, in milliseconds. Default:
   * `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, `OTEL_EXPORTER_OTLP_TIMEOUT`, else 10,000.
   */
  readonly timeoutMs?: number;
  /** How long to wait between pushes, in milliseconds. Default: `OTEL_METRIC_EXPORT_INTERVAL`, else 60,000. */
  readonly intervalMs?: number;
  /** How long a flush or shutdown waits for the collector, in milliseconds. Default 2,000. */
  readonly flushTimeoutMs?: number;
  /**
   * Whether each push tells all that was counted since the start, or what was counted since the last push that was
   * accepted. Default: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, else `cumulative`.
   */
  readonly temporality?: 'cumulative' | 'delta';
}

/** Where metrics go. */
export interface MetricsSection extends MetricsPushSection {
  /**
   * A name, a backend of your own, or a function that makes one. Default `prometheus`. A backend that you hand over is
   * flushed, and closed with the runtime; one that your function makes is closed as soon as another takes its place. To
   * serve or push either is yours.
   */
  readonly backend?: 'prometheus' | 'otlp' | 'memory' | 'none' | MetricsBackend | (() => MetricsBackend);
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
  /** Whether, and how, the process is measured, by `prometheus` and `otlp`: `process_…` and `nodejs_…`. Default false. */
  readonly defaultMetrics?: boolean | DefaultMetricsOptions;
  /** How many values each label of a metric of your own may take. Default 200. */
  readonly labelBudget?: number;
  /** Pushes the metrics of the `prometheus` backend as well. Default: nowhere. */
  readonly pushGateway?: PushGatewaySection;
  /**
   * Workers of a `node:cluster` open no endpoint and push nothing: they tell their metrics to the primary process, which
   * shows all of them as one. To be given in all processes. Default false.
   */
  readonly cluster?: boolean | ClusterSection;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

const backendNames = ['prometheus', 'otlp', 'memory', 'none'] as const;
type MetricsBackendName = (typeof backendNames)[number];

/** The section in force. */
export type ResolvedMetrics = MetricsSection &
  Required<Pick<MetricsSection, 'backend' | 'port' | 'host' | 'path' | 'labelBudget' | 'required'>> & {
    readonly push: MetricsPushSection;
  };

export const metricsSchema = v.strictObject({
  backend: v.optional(nameOrOwn<MetricsBackendName, MetricsBackend | (() => MetricsBackend)>(backendNames)),
  port: v.optional(v.union([v.literal(false), whole(0, 65_535, 'a port from 0 to 65535, or false')])),
  host: v.optional(text),
  path: v.optional(endpointPath),
  ...recordingEntries,
  defaultLabels,
  defaultMetrics,
  cluster: v.optional(
    v.union([
      v.boolean(),
      v.strictObject({
        timeoutMs: v.optional(timeoutMs),
        gauges: v.optional(v.record(text, v.picklist(gaugeAggregations))),
      }),
    ]),
  ),
  pushGateway: v.optional(
    v.strictObject({ url: httpUrl, job: v.optional(text), ...pushEntries, deleteOnShutdown: flag }),
  ),
  ...pushOptionEntries,
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
    push: resolvePush(section, environment),
    required: section?.required ?? false,
  };
}

/** What the options say wins; a URL for metrics alone, of the environment, yields to an endpoint that they name. */
function resolvePush(section: MetricsSection | undefined, { metricsPush }: Environment): MetricsPushSection {
  const given = section ?? {};
  const { compression, flushTimeoutMs } = given;
  const headers = { ...metricsPush.headers, ...given.headers };
  const resolved: { readonly [Key in keyof MetricsPushSection]: MetricsPushSection[Key] | undefined } = {
    endpoint: given.endpoint ?? metricsPush.endpoint,
    url: given.url ?? (given.endpoint === undefined ? metricsPush.url : undefined),
    protocol: given.protocol ?? metricsPush.protocol,
    headers: Object.keys(headers).length === 0 ? undefined : headers,
    compression,
    timeoutMs: given.timeoutMs ?? metricsPush.timeoutMs,
    intervalMs: given.intervalMs ?? metricsPush.intervalMs,
    flushTimeoutMs,
    temporality: given.temporality ?? metricsPush.temporality,
  };
  return Object.fromEntries(Object.entries(resolved).filter(([, value]) => value !== undefined));
}
