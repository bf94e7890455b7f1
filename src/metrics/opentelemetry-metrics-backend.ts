import type * as Resources from '@opentelemetry/resources';
import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { TextRedactor } from '../diagnostics';
import type { ExportHealth } from '../export-health';
import { DataRedactor } from '../redaction/data-redactor';
import { ProcessMetrics, type DefaultMetricsOptions } from './default-metrics';
import { DeltaCounts, SentCounts } from './delta-counts';
import { InMemoryMetricsBackend, type InMemoryMetricsBackendOptions } from './in-memory-metrics-backend';
import { hrTimeOf, metricDataOf } from './metric-data';
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
import { MetricsPusher } from './metrics-pusher';
import { checkOpenTelemetryMetricsOptions } from './opentelemetry-metrics-options';
import { OwnInstruments } from './own-instruments';
import { destinationOf, OtlpMetricsExporter, shownDestinationOf } from './otlp-metrics-exporter';

/** Settings of an {@link OpenTelemetryMetricsBackend}. */
export interface OpenTelemetryMetricsBackendOptions extends InMemoryMetricsBackendOptions {
  /** Default `unknown_service`. */
  readonly serviceName?: string | undefined;
  /** Labels that every series carries. */
  readonly defaultLabels?: Labels | undefined;
  /** Whether, and how, the process itself is measured: `process_…` and `nodejs_…`. Default: not. */
  readonly defaultMetrics?: boolean | DefaultMetricsOptions | undefined;
  /** Attributes of the resource beside the service's name. */
  readonly resource?: Readonly<Record<string, string>> | undefined;
  /**
   * The collector's base URL. `/v1/metrics` is added where it is missing; gRPC takes the host and port alone, with TLS for
   * `https`. Default `http://localhost:4318`, with gRPC `http://localhost:4317`.
   */
  readonly endpoint?: string | undefined;
  /** The whole URL that metrics are posted to, used as it is; it wins over `endpoint`. */
  readonly url?: string | undefined;
  /** Default `http/protobuf`. */
  readonly protocol?: 'http/protobuf' | 'http/json' | 'grpc' | undefined;
  /** Sent with each push; with gRPC, as metadata. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default: `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION`, else `none`. */
  readonly compression?: 'gzip' | 'none' | undefined;
  /** How long the collector may take for a push, its retries included, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** How long to wait between pushes, in milliseconds. Default 60,000. */
  readonly intervalMs?: number | undefined;
  /** How long `flush()` and `close()` wait for the collector, in milliseconds. Default 2,000. */
  readonly flushTimeoutMs?: number | undefined;
  /**
   * Whether each push tells all that was counted since the start, or what was counted since the last push that the
   * collector has accepted. Default `cumulative`.
   */
  readonly temporality?: 'cumulative' | 'delta' | undefined;
  /** Removes secrets from what `exportHealth()` says of errors. Default: a `DataRedactor` without rules of its own. */
  readonly redactor?: TextRedactor | undefined;
  /** Told when pushes begin to fail, and not again until one has succeeded. */
  readonly onReport?: ((where: string, error: unknown) => void) | undefined;
}

/**
 * Pushes metrics by OTLP. Recording is an addition in a typed array; at each interval everything is read and sent. A
 * collector that is slow or gone costs the calls nothing and takes no memory: nothing is queued, and what could not be
 * sent is part of the next push.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`; `TREFOIL_PEER_MISSING` where the exporter of the protocol is not
 * installed, `TREFOIL_METRICS_EXPORTER` where it refuses its settings
 *
 * @example
 * ```ts
 * import { OpenTelemetryMetricsBackend } from 'trefoil';
 *
 * const metrics = new OpenTelemetryMetricsBackend({
 *   serviceName: 'orders',
 *   endpoint: 'http://localhost:4318',
 *   temporality: 'delta',
 * });
 * metrics.increment('jobs_total', { kind: 'mail' });
 * metrics.exportHealth().forEach(({ failures, lastError }) => console.log(failures, lastError));
 * await metrics.close().catch(() => console.error('the collector cannot be reached'));
 * ```
 */
export class OpenTelemetryMetricsBackend implements MetricsBackend {
  readonly name: string = 'otlp';
  readonly #metrics: InMemoryMetricsBackend;
  readonly #resource: Resources.Resource;
  readonly #exporter: OtlpMetricsExporter;
  /** With the shorter limit of `flush()` and `close()`. */
  readonly #waitedForExporter: OtlpMetricsExporter;
  readonly #pusher: MetricsPusher;
  readonly #destination: string;
  /** Of what is kept elsewhere, such as how the trail is doing: it goes on when this backend is replaced. */
  readonly #sent: SentCounts;
  #deltas: DeltaCounts | undefined;
  readonly #defaultLabels: Labels;
  /** They are sent in OpenTelemetry's own terms, not as Prometheus has them. */
  readonly #instruments = new Set<OwnInstruments>();
  readonly #process: ProcessMetrics | undefined;
  #startedAt = hrTimeOf(Date.now());

  constructor(options?: OpenTelemetryMetricsBackendOptions);
  /** @internal */
  constructor(options: OpenTelemetryMetricsBackendOptions, sent: SentCounts);
  constructor(options: OpenTelemetryMetricsBackendOptions = {}, sent = new SentCounts()) {
    const { prefix, buckets, labelBudget, sourceTimeoutMs, onProblem } = checkOpenTelemetryMetricsOptions(options);
    const {
      serviceName = 'unknown_service',
      timeoutMs = 10_000,
      intervalMs = 60_000,
      flushTimeoutMs = 2_000,
    } = options;
    const { resourceFromAttributes } = require('@opentelemetry/resources') as typeof Resources;
    this.#metrics = new InMemoryMetricsBackend({ prefix, buckets, labelBudget, sourceTimeoutMs, onProblem });
    this.#defaultLabels = options.defaultLabels ?? {};
    this.#resource = resourceFromAttributes({ ...options.resource, 'service.name': serviceName });
    this.#exporter = new OtlpMetricsExporter(options, timeoutMs);
    this.#waitedForExporter = new OtlpMetricsExporter(options, Math.min(timeoutMs, flushTimeoutMs));
    this.#destination = `${options.protocol ?? 'http/protobuf'} ${destinationOf(options)}`;
    this.#sent = sent;
    const { defaultMetrics = false } = options;
    if (defaultMetrics !== false) this.#process = new ProcessMetrics(defaultMetrics === true ? {} : defaultMetrics);
    this.#deltas = options.temporality === 'delta' ? new DeltaCounts() : undefined;
    const { redactor = new DataRedactor(), onReport } = options;
    this.#pusher = new MetricsPusher({
      exporter: 'otlp',
      intervalMs,
      flushTimeoutMs,
      push: (isWaitedFor, onCollected) => this.#push(isWaitedFor, onCollected),
      redactor,
      onReport: (error) => onReport?.(`metrics to ${shownDestinationOf(options)}`, error),
    });
  }

  declare(definition: MetricDefinition): MetricFamily {
    return this.#metrics.declare(definition);
  }

  observe(definition: MetricDefinition, read: () => Iterable<Observation>): () => void {
    return this.#metrics.observe(definition, read);
  }

  addSource(source: MetricSource): () => void {
    if (!(source instanceof OwnInstruments)) return this.#metrics.addSource(source);
    this.#instruments.add(source);
    return () => void this.#instruments.delete(source);
  }

  increment(name: string, labels?: Labels, value?: number): void {
    this.#metrics.increment(name, labels, value);
  }

  gauge(name: string, value: number, labels?: Labels): void {
    this.#metrics.gauge(name, value, labels);
  }

  histogram(name: string, value: number, labels?: Labels): void {
    this.#metrics.histogram(name, value, labels);
  }

  summary(name: string, value: number, labels?: Labels): void {
    this.#metrics.summary(name, value, labels);
  }

  get(name: string, labels?: Labels): number | HistogramValue | SummaryValue | undefined {
    return this.#metrics.get(name, labels);
  }

  getMetrics(): readonly Metric[] {
    return this.#metrics.getMetrics();
  }

  collect(): Promise<readonly MetricSnapshot[]> {
    return this.#metrics.collect([...this.#instruments, ...this.#measured()]);
  }

  reset(): void {
    this.#metrics.reset();
    // What is counted anew may come to more than before, and is no less new for it.
    if (this.#deltas !== undefined) this.#deltas = new DeltaCounts();
    this.#startedAt = hrTimeOf(Date.now());
  }

  /** Resolves when everything recorded so far has been accepted; rejects where it is not within `flushTimeoutMs`. */
  flush(): Promise<void> {
    return this.#pusher.flush();
  }

  /** Pushes once more and stops; rejects where that last push is not accepted within `flushTimeoutMs`. */
  async close(): Promise<void> {
    try {
      await this.#pusher.close();
    } finally {
      // An export that hangs would keep them open; it ends by itself, and nobody waits for it.
      for (const exporter of [this.#exporter, this.#waitedForExporter]) void exporter.shutdown().catch(() => undefined);
      this.#process?.end();
      await this.#metrics.close();
    }
  }

  /** How pushing goes; its records are series. */
  exportHealth(): readonly ExportHealth[] {
    return [this.#pusher.health()];
  }

  async #push(isWaitedFor: boolean, onCollected: (series: number) => void): Promise<void> {
    const instruments = [...this.#instruments];
    // Another backend may be sending the same to the same destination: the one before this, or one beside it.
    const shared = this.#deltas === undefined ? [] : [this.#sent, ...instruments.map(({ sent }) => sent)];
    const releases = await Promise.all(shared.map((sent) => sent.to(this.#destination).claim()));
    try {
      await this.#send(instruments, isWaitedFor, onCollected);
    } finally {
      for (const release of releases) release();
    }
  }

  async #send(
    instruments: readonly OwnInstruments[],
    isWaitedFor: boolean,
    onCollected: (series: number) => void,
  ): Promise<void> {
    const commits: (() => void)[] = [];
    const groups = await this.#collectGroups(instruments);
    const scopeMetrics = groups.map(({ scope, parts }): ScopeMetrics => {
      const metrics = parts.flatMap(({ metrics: counted, deltas }) => {
        const delta = deltas?.since(counted);
        if (delta !== undefined) commits.push(delta.commit);
        return delta?.metrics ?? counted;
      });
      return { scope, metrics: metrics.map((data) => this.#withDefaults(data)) };
    });
    const all = scopeMetrics.flatMap(({ metrics }) => metrics);
    const series = all.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
    onCollected(series);
    if (series === 0) return;
    const metrics: ResourceMetrics = {
      resource: this.#resource,
      scopeMetrics: scopeMetrics.filter(({ metrics: some }) => some.length > 0),
    };
    await (isWaitedFor ? this.#waitedForExporter : this.#exporter).export(metrics);
    for (const commit of commits) commit();
  }

  async #collectGroups(instruments: readonly OwnInstruments[]): Promise<readonly MetricGroup[]> {
    const told = await this.#metrics.collectSources(this.#measured());
    const elsewhere = [...this.#metrics.observedSnapshots(), ...told];
    const dataOf = (snapshots: readonly MetricSnapshot[]): MetricData[] =>
      snapshots.flatMap((snapshot) => metricDataOf(snapshot, this.#startedAt));
    const sentOf = (sent: SentCounts): DeltaCounts | undefined => this.#deltas && sent.to(this.#destination);
    const groups: MetricGroup[] = [
      {
        scope: { name: 'trefoil' },
        parts: [
          { metrics: dataOf(this.#metrics.storedSnapshots()), deltas: this.#deltas },
          { metrics: dataOf(elsewhere), deltas: sentOf(this.#sent) },
        ],
      },
    ];
    for (const own of instruments) {
      const deltas = sentOf(own.sent);
      for (const { scope, metrics } of await own.collectScopes()) {
        groups.push({ scope, parts: [{ metrics, deltas }] });
      }
    }
    return groups;
  }

  #measured(): readonly MetricSource[] {
    return this.#process?.sources() ?? [];
  }

  #withDefaults(data: MetricData): MetricData {
    const defaultLabels = this.#defaultLabels;
    if (Object.keys(defaultLabels).length === 0) return data;
    const dataPoints = data.dataPoints.map((point) => ({
      ...point,
      attributes: { ...defaultLabels, ...point.attributes },
    }));
    return { ...data, dataPoints } as MetricData;
  }
}

/** The metrics of one scope, each part with what has been sent of it. */
interface MetricGroup {
  readonly scope: ScopeMetrics['scope'];
  readonly parts: readonly { readonly metrics: readonly MetricData[]; readonly deltas: DeltaCounts | undefined }[];
}
