import type * as PromClient from 'prom-client';
import * as v from 'valibot';
import type { ExportHealth } from '../export-health';
import { objectWith } from '../option-values';
import { checkOptions } from '../validate-options';
import type { Collectable } from './cluster-worker';
import { collectDefaultMetrics, type DefaultMetricsOptions } from './default-metrics';
import { contentTypes, negotiateFormat, type ExpositionFormat } from './exposition-format';
import { InMemoryMetricsBackend, type InMemoryMetricsBackendOptions } from './in-memory-metrics-backend';
import { expositionOf } from './exposition';
import { takenNames } from './metric-header';
import { adHocDefinition } from './metric-shape';
import { backendEntries, defaultLabels, defaultMetrics } from './metric-option-schemas';
import { MetricText } from './metric-text';
import { startMetricsServer, type MetricsServer, type MetricsServerOptions } from './metrics-server';
import { PushGateway, type GatewayPush, type PushGatewayOptions } from './push-gateway';
import { RegistryMetrics } from './registry-metrics';
import { ShownMetrics } from './shown-metrics';
import { snapshotText } from './snapshot-text';
import { targetInfoName, targetInfoText, type TargetInfo } from './target-info';
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

/** Settings of a {@link PrometheusMetricsBackend}. */
export interface PrometheusMetricsBackendOptions extends InMemoryMetricsBackendOptions {
  /** Labels that every series carries, such as the service. */
  readonly defaultLabels?: Labels | undefined;
  /** Whether, and how, the process itself is measured: `process_…` and `nodejs_…`. Default: not. */
  readonly defaultMetrics?: boolean | DefaultMetricsOptions | undefined;
  /**
   * Attributes of what is measured, such as `service.name`: shown as the labels of `target_info`. Default: none, and no such
   * line.
   */
  readonly resource?: Readonly<Record<string, string>> | undefined;
  /** A prom-client registry to show the metrics in. Default: one of its own. */
  readonly registry?: PromClient.Registry | undefined;
}

const optionsSchema = v.strictObject({
  ...backendEntries,
  defaultLabels,
  defaultMetrics,
  resource: v.optional(v.record(v.string(), v.string())),
  registry: v.optional(
    objectWith<PromClient.Registry>(
      ['registerMetric', 'getSingleMetric', 'getMetricsAsArray', 'setDefaultLabels'],
      'a registry of prom-client',
    ),
  ),
});

/**
 * Shows metrics to Prometheus, as text or as OpenMetrics, beside those of a prom-client registry. Recording is an addition
 * in a typed array; it is read when it is scraped.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`; `TREFOIL_METRIC_CONFLICT` where the registry has a metric of one of the
 * names of `defaultMetrics`
 *
 * @example
 * ```ts
 * import { PrometheusMetricsBackend } from 'trefoil';
 *
 * const metrics = new PrometheusMetricsBackend({ defaultLabels: { service: 'orders' } });
 * metrics.increment('jobs_total', { kind: 'mail' });
 * const server = await metrics.startHttpServer({ port: 0 });
 * console.log(await metrics.export(), await metrics.export('openmetrics'), server.url);
 * await metrics.close();
 * ```
 */
export class PrometheusMetricsBackend implements MetricsBackend {
  readonly name: string = 'prometheus';
  /** The prom-client registry: metrics of your own registered here appear in the same scrape. */
  readonly registry: PromClient.Registry;
  readonly #metrics: InMemoryMetricsBackend;
  readonly #elsewhere: RegistryMetrics;
  readonly #texts = new Map<string, MetricText>();
  readonly #shown: ShownMetrics;
  readonly #target: TargetInfo | undefined;
  readonly #endDefaultMetrics: () => void;
  readonly #pushes = new Set<PushGateway>();
  #server: MetricsServer | undefined;
  /** Settles when the endpoint that was asked for last is open, or cannot be. */
  #opening: Promise<unknown> = Promise.resolve();
  #collective: Collectable | undefined;

  constructor(options: PrometheusMetricsBackendOptions = {}) {
    const valid = checkOptions(optionsSchema, options, 'PrometheusMetricsBackend');
    const { defaultLabels: labels, defaultMetrics: measured = false, resource, registry, ...recording } = valid;
    this.#metrics = new InMemoryMetricsBackend(recording);
    const { Registry } = require('prom-client') as typeof PromClient;
    this.#target = resource;
    this.registry = registry ?? new Registry();
    this.#shown = new ShownMetrics(this.registry);
    this.#elsewhere = new RegistryMetrics(this.registry, (metric) => this.#shown.isOurs(metric));
    if (labels !== undefined) this.registry.setDefaultLabels(labels);
    this.#endDefaultMetrics =
      measured === false ? () => undefined : collectDefaultMetrics(this.registry, measured === true ? {} : measured);
  }

  declare(definition: MetricDefinition): MetricFamily {
    const name = this.#metrics.fullName(definition.name);
    this.#shown.check(name);
    const metric = this.#metrics.declare(definition);
    if (!this.#texts.has(name)) {
      this.#texts.set(name, new MetricText(metric));
      const reset = (): void => metric.reset();
      this.#shown.show(metric.definition, () => metric.values(), reset);
    }
    return metric;
  }

  observe(definition: MetricDefinition, read: () => Iterable<Observation>): () => void {
    const { name } = definition;
    this.#shown.check(name);
    const end = this.#metrics.observe(definition, read);
    this.#shown.show(definition, () => this.#metrics.valuesOf(name));
    return () => {
      end();
      if (!this.#metrics.has(name)) this.#shown.hide(name);
    };
  }

  addSource(source: MetricSource): () => void {
    return this.#metrics.addSource(source);
  }

  increment(name: string, labels: Labels = {}, value = 1): void {
    this.#showAdHoc(name, 'counter', labels);
    this.#metrics.increment(name, labels, value);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    this.#showAdHoc(name, 'gauge', labels);
    this.#metrics.gauge(name, value, labels);
  }

  histogram(name: string, value: number, labels: Labels = {}): void {
    this.#showAdHoc(name, 'histogram', labels);
    this.#metrics.histogram(name, value, labels);
  }

  summary(name: string, value: number, labels: Labels = {}): void {
    this.#showAdHoc(name, 'summary', labels);
    this.#metrics.summary(name, value, labels);
  }

  get(name: string, labels: Labels = {}): number | HistogramValue | SummaryValue | undefined {
    return this.#metrics.get(name, labels);
  }

  /** Those that were recorded here; not those that others have put into the registry. */
  getMetrics(): readonly Metric[] {
    return this.#metrics.getMetrics();
  }

  /** Those of the registry, and of the sources, included; without the default labels. */
  collect(): Promise<readonly MetricSnapshot[]> {
    return this.#metrics.collect(this.#elsewhere.sources());
  }

  /** @internal What there is to tell at once, where nobody can wait. */
  collectNow(): readonly MetricSnapshot[] {
    return this.#metrics.collectNow();
  }

  reset(): void {
    this.#metrics.reset();
  }

  /** All metrics: in the Prometheus text format, version 0.0.4, or as OpenMetrics 1.0.0. Never rejects. */
  async export(format: ExpositionFormat = 'prometheus'): Promise<string> {
    if (this.#collective !== undefined) {
      const defaults = this.#elsewhere.defaultLabels();
      const snapshots = await this.#collective.collect();
      const taken = takenNames(snapshots);
      const texts = snapshots.map((snapshot) => [snapshotText(snapshot, format, defaults, taken)]);
      return expositionOf([this.#targetTexts(format, defaults, taken), ...texts].filter(isSome), format);
    }
    const elsewhere = await this.#metrics.collectSources(this.#elsewhere.sources());
    const observed = this.#metrics.observedSnapshots();
    const defaults = this.#elsewhere.defaultLabels();
    const { problems } = this.#metrics;
    const stored = [...this.#texts.values(), ...(problems === undefined ? [] : [new MetricText(problems)])];
    const taken = takenNames([...stored.map(({ metric }) => metric.definition), ...observed, ...elsewhere]);
    const texts = [
      this.#targetTexts(format, defaults, taken),
      // Each as it is now, all at once; they are written out later.
      ...stored.map((text) => text.render(text.metric.still(), format, defaults, taken)),
      ...[...observed, ...elsewhere].map((snapshot) => [snapshotText(snapshot, format, defaults, taken)]),
    ];
    return expositionOf(texts.filter(isSome), format);
  }

  /**
   * Serves the metrics over HTTP, on this machine alone unless told otherwise; as text or as OpenMetrics, whichever the
   * scraper asks for, compressed where it takes that.
   *
   * @throws TrefoilError `TREFOIL_METRICS_PORT` where it cannot listen
   */
  startHttpServer(options: MetricsServerOptions = {}): Promise<MetricsServer> {
    // One after the other: of two at once, one would be left open with nobody to close it.
    const started = this.#opening.then(() => this.#open(options));
    this.#opening = started.catch(() => undefined);
    return started;
  }

  /**
   * Pushes the metrics to a Pushgateway, for jobs that end before anybody scrapes them. Without `intervalMs` once; with it
   * again and again, at `flush()` and at `close()`, until what is returned is closed. What fails at an interval is not
   * thrown but counted, in `exportHealth()`.
   *
   * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, and without an interval `TREFOIL_METRICS_PUSH`
   *
   * @example
   * ```ts
   * import { PrometheusMetricsBackend } from 'trefoil';
   *
   * const metrics = new PrometheusMetricsBackend();
   * metrics.increment('rows_imported_total', {}, 1200);
   * await metrics.pushToGateway({ gatewayUrl: 'http://pushgateway:9091', jobName: 'import', groupings: { shop: 'eu' } });
   * ```
   */
  async pushToGateway(options: PushGatewayOptions): Promise<GatewayPush> {
    if ((options as PushGatewayOptions | undefined)?.intervalMs !== undefined) return this.beginPush(options);
    const push = new PushGateway(options, () => this.export());
    await push.push();
    return push;
  }

  /** @internal Pushes `text`, by default what is exported, at an interval from now on; never rejects. */
  beginPush(options: PushGatewayOptions, text = (): Promise<string> => this.export()): GatewayPush {
    const push = new PushGateway(options, text, () => this.#pushes.delete(push));
    this.#pushes.add(push);
    push.start();
    push.push().catch(() => undefined);
    return push;
  }

  /** How the pushes are doing, those that were closed not among them. */
  exportHealth(): readonly ExportHealth[] {
    return [...this.#pushes].map((push) => push.health());
  }

  /** Pushes to where it pushes at an interval; rejects with `TREFOIL_METRICS_PUSH`. */
  async flush(): Promise<void> {
    const pushed = await Promise.allSettled([...this.#pushes].map((push) => push.push()));
    for (const each of pushed) if (each.status === 'rejected') throw each.reason;
  }

  /** Ends the endpoint and the measurement of the process; what was recorded can still be exported. */
  async close(): Promise<void> {
    await Promise.all([...this.#pushes].map((push) => push.close()));
    this.#endDefaultMetrics();
    await this.#opening;
    await this.#server?.close();
    this.#server = undefined;
  }

  /** @internal From now on `export` gives what this collects, under the default labels, instead of what is kept here. */
  exportFrom(collective: Collectable | undefined): void {
    this.#collective = collective;
  }

  /** Nothing where somebody else shows a metric of that name. */
  #targetTexts(format: ExpositionFormat, defaults: Labels, taken: ReadonlySet<string>): string[] {
    if (this.#target === undefined || taken.has(targetInfoName)) return [];
    return [targetInfoText(this.#target, format, defaults)];
  }

  async #open(options: MetricsServerOptions): Promise<MetricsServer> {
    await this.#server?.close();
    const render = async (accept: string | undefined): Promise<{ contentType: string; text: string }> => {
      const format = negotiateFormat(accept);
      return { contentType: contentTypes[format], text: await this.export(format) };
    };
    this.#server = await startMetricsServer({ render }, options);
    return this.#server;
  }

  /** One that cannot be declared is refused before anything is recorded. */
  #showAdHoc(name: string, type: MetricDefinition['type'], labels: Labels): void {
    const known = this.#texts.get(this.#metrics.fullName(name));
    if (known?.metric.definition.type === type) return;
    this.declare(adHocDefinition(name, type, labels));
  }
}

/** Whether there is any text of a metric. */
function isSome(pieces: Iterable<string>): boolean {
  return !Array.isArray(pieces) || pieces.length > 0;
}
