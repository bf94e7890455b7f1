import type * as PromClient from 'prom-client';
import { writableValue } from './label-values';
import type { Exemplar, Labels, Metric, MetricSnapshot, MetricSource, MetricType } from './metrics-backend';

/** What prom-client's metrics give, of which its types do not tell everything (seen in 15.1.3). */
interface Given {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly values?: readonly GivenValue[];
}

interface Gettable {
  get(): Given | Promise<Given>;
}

interface GivenValue {
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string>>;
    readonly value: number;
    /** In seconds. */
    readonly timestamp?: number;
  } | null;
}

/** A series of a histogram or summary, put together from its lines. */
interface Series {
  readonly labels: Labels;
  count: number;
  sum: number;
  readonly parts: Record<string, number>;
  readonly exemplars: Record<string, Exemplar>;
}

/** The metrics of a prom-client registry that others have put there. They are read, and never changed by it. */
export class RegistryMetrics {
  readonly #registry: PromClient.Registry;
  readonly #isOurs: (metric: object) => boolean;
  readonly #sources = new WeakMap<object, MetricSource>();

  constructor(registry: PromClient.Registry, isOurs: (metric: object) => boolean) {
    this.#registry = registry;
    this.#isOurs = isOurs;
  }

  /** Each by itself, so that one which throws or hangs takes none of the others with it. */
  sources(): MetricSource[] {
    const metrics = this.#registry.getMetricsAsArray() as unknown as readonly Gettable[];
    return metrics.flatMap((metric) => {
      if (this.#isOurs(metric)) return [];
      let source = this.#sources.get(metric);
      if (source === undefined) {
        source = { collect: async () => [snapshotOf(await metric.get())] };
        this.#sources.set(metric, source);
      }
      return [source];
    });
  }

  /** Those that prom-client would show, whoever has set them. */
  defaultLabels(): Labels {
    const labels: unknown = Reflect.get(this.#registry, '_defaultLabels');
    return typeof labels === 'object' && labels !== null ? textsOf(labels as Record<string, unknown>) : {};
  }
}

function snapshotOf({ name, help, type, values = [] }: Given): MetricSnapshot {
  const timestamp = new Date();
  if (type === 'counter' || type === 'gauge') {
    const simple = values.map(({ labels = {}, value }): Metric => {
      return { type, name, value, labels: textsOf(labels), timestamp };
    });
    return { name, type, help, values: simple };
  }
  const series = seriesOf(name, type === 'histogram' ? 'le' : 'quantile', values);
  const together = series.map(({ labels, count, sum, parts, exemplars }): Metric => {
    return type === 'histogram'
      ? { type, name, count, sum, buckets: parts, exemplars, labels, timestamp }
      : { type: 'summary', name, count, sum, quantiles: parts, labels, timestamp };
  });
  return { name, type, help, values: together };
}

function seriesOf(name: string, partLabel: 'le' | 'quantile', values: readonly GivenValue[]): Series[] {
  const found = new Map<string, Series>();
  for (const { labels: given = {}, value, metricName, exemplar } of values) {
    const { [partLabel]: part, ...rest } = given;
    const labels = textsOf(rest);
    const key = JSON.stringify(Object.entries(labels).sort());
    const series = found.get(key) ?? { labels, count: 0, sum: 0, parts: {}, exemplars: {} };
    found.set(key, series);
    if (metricName === `${name}_sum`) series.sum = value;
    else if (metricName === `${name}_count`) series.count = value;
    else if (part !== undefined) {
      series.parts[String(part)] = value;
      const known = exemplarOf(exemplar);
      if (known !== undefined) series.exemplars[String(part)] = known;
    }
  }
  return [...found.values()];
}

/** One that names a trace; prom-client takes any labels. */
function exemplarOf(exemplar: GivenValue['exemplar']): Exemplar | undefined {
  if (exemplar === undefined || exemplar === null) return undefined;
  const { labelSet, value, timestamp } = exemplar;
  const traceId = labelSet['trace_id'] ?? labelSet['traceId'];
  const spanId = labelSet['span_id'] ?? labelSet['spanId'];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, value, timestamp: timestamp === undefined ? new Date() : new Date(timestamp * 1000) };
}

function textsOf(labels: Readonly<Record<string, unknown>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, writableValue(String(value))]));
}
