import type { Attributes, Meter } from '@opentelemetry/api';
import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  MetricData,
  MetricProducer,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { SentCounts } from './delta-counts';
import type { ReportMeterProblem } from './guarded-callbacks';
import { GuardedMeter } from './guarded-meter';
import type { MetricsBackend, MetricSnapshot, MetricSource } from './metrics-backend';
import { metricsSdk } from './metrics-sdk';
import { snapshotsOf } from './scope-snapshots';

/** How many sets of attributes an instrument tells apart: the default of OpenTelemetry's SDK. */
const cardinalityLimit = 2_000;

/** How long a callback may take, in milliseconds: less than a scrape waits for all of them. */
const callbackTimeoutMs = 500;

/** What stands for every set of attributes past the limit, as OpenTelemetry specifies. */
const overflow: Attributes = Object.freeze({ 'otel.metric.overflow': true });

/**
 * The user's own instruments, kept by a meter provider of their own; nothing global is set. They outlive the backend that
 * shows them: the one in force asks for them as a source.
 */
export class OwnInstruments implements MetricSource {
  readonly meter: Meter;
  /** Kept here, for they outlive whoever sends them. */
  readonly sent = new SentCounts();
  readonly #reader = new PullReader();
  readonly #report: ReportMeterProblem;
  /** The sets of attributes of instruments that take no more of them, by name. */
  readonly #full = new Map<string, ReadonlySet<string>>();
  #isOn = false;
  #detach: () => void = () => undefined;
  #collecting: Promise<readonly ScopeMetrics[]> | undefined;

  constructor(report: ReportMeterProblem) {
    this.#report = report;
    const { MeterProvider } = metricsSdk();
    const provider = new MeterProvider({ readers: [this.#reader] });
    this.meter = new GuardedMeter(provider.getMeter('trefoil.meter'), {
      isOn: () => this.#isOn,
      admitted: (name, attributes) => this.#admitted(name, attributes),
      report,
    });
  }

  /** Shows the instruments by this backend from now on; by none, nothing is recorded. */
  attach(backend: MetricsBackend | undefined): void {
    this.#detach();
    this.#detach = () => undefined;
    this.#isOn = backend !== undefined;
    if (backend === undefined) return;
    try {
      const end: unknown = backend.addSource?.(this);
      if (typeof end !== 'function') throw new Error('it has no addSource that returns what ends it');
      this.#detach = () => this.#end(end as () => unknown, backend.name);
    } catch (error) {
      this.#report('TREFOIL_BACKEND_FAILED', `the instruments of trefoil.meter in ${backend.name}`, error);
    }
  }

  /** As Prometheus has them. */
  async collect(): Promise<readonly MetricSnapshot[]> {
    const scopes = await this.collectScopes();
    return scopes.flatMap((scope) =>
      snapshotsOf(scope, (name, error) => this.#report('TREFOIL_METRIC_CONFLICT', name, error)),
    );
  }

  /** In OpenTelemetry's own terms, cumulative. Two that ask at once get the same: no callback runs twice at a time. */
  collectScopes(): Promise<readonly ScopeMetrics[]> {
    this.#collecting ??= this.#collectOnce().finally(() => (this.#collecting = undefined));
    return this.#collecting;
  }

  async #collectOnce(): Promise<readonly ScopeMetrics[]> {
    const { resourceMetrics, errors } = await this.#reader.collect({ timeoutMillis: callbackTimeoutMs });
    for (const error of errors) this.#report('TREFOIL_METRIC_CALLBACK', 'trefoil.meter', error);
    for (const { metrics } of resourceMetrics.scopeMetrics) for (const data of metrics) this.#noteFull(data);
    return resourceMetrics.scopeMetrics;
  }

  /** The SDK's own limit holds from one collection to the next; what it has handed over would grow without bound. */
  #noteFull({ descriptor: { name }, dataPoints }: MetricData): void {
    if (dataPoints.length < cardinalityLimit || this.#full.has(name)) return;
    this.#full.set(name, new Set(dataPoints.map(({ attributes }) => keyOf(attributes))));
    const why = `it has ${cardinalityLimit} sets of attributes; further ones become otel_metric_overflow="true"`;
    this.#report('TREFOIL_LABEL_FOLDED', name, new Error(why));
  }

  #admitted(name: string, attributes: Attributes | undefined): Attributes | undefined {
    if (this.#full.size === 0) return attributes;
    const known = this.#full.get(name);
    return known === undefined || known.has(keyOf(attributes ?? {})) ? attributes : overflow;
  }

  #end(end: () => unknown, name: string): void {
    try {
      end();
    } catch (error) {
      this.#report('TREFOIL_BACKEND_FAILED', `the instruments of trefoil.meter in ${name}`, error);
    }
  }
}

function keyOf(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Reads the instruments when it is asked, counts since they began; nothing of it runs by itself. */
class PullReader implements IMetricReader {
  #producer: MetricProducer | undefined;

  setMetricProducer(producer: MetricProducer): void {
    this.#producer = producer;
  }

  selectAggregation(): AggregationOption {
    return { type: metricsSdk().AggregationType.DEFAULT };
  }

  selectAggregationTemporality(): AggregationTemporality {
    return metricsSdk().AggregationTemporality.CUMULATIVE;
  }

  selectCardinalityLimit(): number {
    return cardinalityLimit;
  }

  collect(options: { readonly timeoutMillis: number }): Promise<CollectionResult> {
    return (this.#producer as MetricProducer).collect(options);
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }
}
