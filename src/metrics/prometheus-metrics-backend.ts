import type * as PromClient from 'prom-client';
import { TrefoilError } from '../errors';
import { InMemoryMetricsBackend } from './in-memory-metrics-backend';
import { expectedLabelName, isLabelName } from './label-names';
import { labelsText, MetricText } from './metric-text';
import { startMetricsServer, type MetricsServer, type MetricsServerOptions } from './metrics-server';
import type {
  HistogramValue,
  Labels,
  Metric,
  MetricDefinition,
  MetricFamily,
  MetricsBackend,
  MetricSnapshot,
  MetricSource,
  Observation,
  SummaryValue,
} from './metrics-backend';

/** Of prom-client's `PROMETHEUS_CONTENT_TYPE`, the format that is rendered here. */
const textContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Settings of a {@link PrometheusMetricsBackend}. */
export interface PrometheusMetricsBackendOptions {
  /** Labels that every series carries, such as the service. */
  readonly defaultLabels?: Labels;
  /** A prom-client registry to show the metrics in. Default: one of its own. */
  readonly registry?: PromClient.Registry;
}

/**
 * Shows metrics to Prometheus through a prom-client registry. Recording is an addition in a typed array; prom-client
 * reads it when it is scraped.
 *
 * @throws TrefoilError `TREFOIL_METRIC_INVALID` where a default label has a name that Prometheus would not take
 *
 * @example
 * ```ts
 * import { PrometheusMetricsBackend } from 'trefoil';
 *
 * const metrics = new PrometheusMetricsBackend({ defaultLabels: { service: 'orders' } });
 * metrics.increment('jobs_total', { kind: 'mail' });
 * const server = await metrics.startHttpServer({ port: 0 });
 * console.log(await metrics.export(), server.url);
 * await metrics.close();
 * ```
 */
export class PrometheusMetricsBackend implements MetricsBackend {
  readonly name: string = 'prometheus';
  /** The prom-client registry: metrics of your own registered here appear in the same scrape. */
  readonly registry: PromClient.Registry;
  readonly #defaultLabels: Labels;
  readonly #metrics = new InMemoryMetricsBackend();
  /** The metrics that trefoil has registered, by what the registry has of them. */
  readonly #shown = new Map<unknown, MetricText>();
  readonly #names = new Set<string>();
  #server: MetricsServer | undefined;

  constructor(options: PrometheusMetricsBackendOptions = {}) {
    checkNames(options.defaultLabels);
    const { Registry } = require('prom-client') as typeof PromClient;
    this.registry = options.registry ?? new Registry();
    this.#defaultLabels = options.defaultLabels ?? {};
    if (options.defaultLabels !== undefined) this.registry.setDefaultLabels(options.defaultLabels);
  }

  declare(definition: MetricDefinition): MetricFamily {
    const metric = this.#metrics.declare(definition);
    const registered = this.#register(metric.definition, () => metric.values());
    if (registered !== undefined) this.#shown.set(registered, new MetricText(metric));
    return metric;
  }

  observe(definition: MetricDefinition, read: () => Iterable<Observation>): () => void {
    const { name } = definition;
    const end = this.#metrics.observe(definition, read);
    this.#register(definition, () => this.#metrics.valuesOf(name));
    return () => {
      end();
      if (!this.#metrics.has(name) && this.#names.delete(name)) this.registry.removeSingleMetric(name);
    };
  }

  addSource(source: MetricSource): () => void {
    return this.#metrics.addSource(source);
  }

  increment(name: string, labels: Labels = {}, value = 1): void {
    this.#metrics.increment(name, labels, value);
    this.#showAdHoc(name, 'counter', labels);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    this.#metrics.gauge(name, value, labels);
    this.#showAdHoc(name, 'gauge', labels);
  }

  histogram(name: string, value: number, labels: Labels = {}): void {
    this.#metrics.histogram(name, value, labels);
    this.#showAdHoc(name, 'histogram', labels);
  }

  summary(name: string, value: number, labels: Labels = {}): void {
    this.#metrics.summary(name, value, labels);
    this.#showAdHoc(name, 'summary', labels);
  }

  get(name: string, labels: Labels = {}): number | HistogramValue | SummaryValue | undefined {
    return this.#metrics.get(name, labels);
  }

  getMetrics(): readonly Metric[] {
    return this.#metrics.getMetrics();
  }

  collect(): Promise<readonly MetricSnapshot[]> {
    return this.#metrics.collect();
  }

  reset(): void {
    this.#metrics.reset();
  }

  /**
   * All metrics of the registry in the Prometheus text format, version 0.0.4; in OpenMetrics where the registry was set
   * to that.
   */
  async export(): Promise<string> {
    const { registry } = this;
    const defaultLabels = this.#defaultLabels;
    if (!(await rendersAlike(registry, defaultLabels))) return registry.metrics();
    const texts = registry.getMetricsAsArray().map(async (metric) => {
      const shown = this.#shown.get(metric);
      return shown === undefined ? await registry.getSingleMetricAsString(metric.name) : shown.render(defaultLabels);
    });
    return `${(await Promise.all(texts)).join('\n\n')}\n`;
  }

  /**
   * Serves the metrics over HTTP, on this machine alone unless told otherwise.
   *
   * @throws TrefoilError `TREFOIL_METRICS_PORT` where it cannot listen
   */
  async startHttpServer(options: MetricsServerOptions = {}): Promise<MetricsServer> {
    await this.#server?.close();
    const { registry } = this;
    this.#server = await startMetricsServer({ contentType: registry.contentType, text: () => this.export() }, options);
    return this.#server;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  #showAdHoc(name: string, type: MetricDefinition['type'], labels: Labels): void {
    if (!this.#names.has(name)) this.declare({ name, type, help: name, labelNames: Object.keys(labels) });
  }

  /** What the registry has of a metric from now on, if it has not had it before. */
  #register(definition: MetricDefinition, values: () => Iterable<Metric>): object | undefined {
    const { name, help, type } = definition;
    if (this.#names.has(name)) return undefined;
    // prom-client asks a registered metric for its values when it renders; it need not be one of its own classes.
    const metric = {
      name,
      help,
      type,
      aggregator: 'sum',
      get: () => ({ name, help, type, aggregator: 'sum', values: [...samples(values())] }),
    };
    this.registry.registerMetric(metric as unknown as PromClient.Metric);
    this.#names.add(name);
    return metric;
  }
}

/** A registry has this method (seen in prom-client 15.1.3), though its types do not say so. */
interface RenderingRegistry {
  getMetricsAsString(metric: object): Promise<string>;
}

/** Whether the registry would render a metric just like we do: in our format, with the default labels that we know of. */
async function rendersAlike(registry: PromClient.Registry, defaultLabels: Labels): Promise<boolean> {
  if (registry.contentType !== textContentType || !('getMetricsAsString' in registry)) return false;
  const probe = { name: 'probe', help: '', type: 'gauge', aggregator: 'sum', values: [{ labels: {}, value: 0 }] };
  const renderer = registry as unknown as RenderingRegistry;
  const labels = labelsText(Object.entries(defaultLabels));
  const line = `probe${labels === '' ? '' : `{${labels}}`} 0`;
  return (await renderer.getMetricsAsString({ ...probe, get: () => probe })).endsWith(`\n${line}`);
}

function checkNames(defaultLabels: Labels = {}): void {
  const wrong = Object.keys(defaultLabels).find((name) => !isLabelName(name));
  if (wrong === undefined) return;
  throw new TrefoilError('TREFOIL_METRIC_INVALID', {
    attempted: 'Making the Prometheus backend',
    where: 'defaultLabels',
    expected: expectedLabelName,
    given: JSON.stringify(wrong),
    todo: 'Rename the label.',
  });
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A histogram as the text format has it: cumulative buckets, sum and count. */
function* samples(values: Iterable<Metric>): Generator<Sample> {
  for (const value of values) {
    if ('value' in value) {
      yield { labels: value.labels, value: value.value };
      continue;
    }
    const { name, labels } = value;
    if (value.type === 'summary') {
      for (const [quantile, at] of Object.entries(value.quantiles))
        yield { labels: { ...labels, quantile }, value: at };
      yield { metricName: `${name}_sum`, labels, value: value.sum };
      yield { metricName: `${name}_count`, labels, value: value.count };
      continue;
    }
    // An object lists its whole numbers first; the text format wants the bounds ascending.
    for (const bound of Object.keys(value.buckets)
      .map(Number)
      .sort((a, b) => a - b)) {
      yield { metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: value.buckets[bound] ?? 0 };
    }
    yield { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: value.count };
    yield { metricName: `${name}_sum`, labels, value: value.sum };
    yield { metricName: `${name}_count`, labels, value: value.count };
  }
}
