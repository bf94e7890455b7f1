import type { Call } from '../call/call';
import type { CallHandler } from '../call/call-handler';
import { errorTypeOf } from '../call/error-type';
import type { HandlerTarget } from '../call/handler-target';
import type { LabelDeclaration, MetricDeclaration } from '../call/operation';
import { outcomeIndex, outcomes, type Outcome } from '../call/outcome';
import type { Diagnostics } from '../diagnostics';
import { keepExemplar } from './call-exemplar';
import type { DataRedactor } from '../redaction/data-redactor';
import type { BoundedLabels } from './bounded-labels';
import { standardMetrics } from './metric-names';
import type { MetricDefinition, MetricFamily, MetricsBackend, MetricSeries } from './metrics-backend';
import type { OpenConnections } from './open-connections';

/** Settings of the metrics pillar. */
export interface MetricsPillarOptions {
  readonly backend: MetricsBackend;
  /** Whether the backend, or one behind it, runs code that is not trefoil's. */
  readonly isForeign: boolean;
  readonly diagnostics: Diagnostics;
  /** How many values each label of a metric of the user's own may take. */
  readonly labelBudget: number;
  /** Outlives the pillar: connections stay open while backends are replaced. */
  readonly connections: OpenConnections;
}

/** A series that is found at its first record: those that are not shown at zero appear with what has happened. */
class LazySeries {
  readonly #find: () => MetricSeries;
  readonly #diagnostics: Diagnostics;
  readonly #name: string;
  #found: MetricSeries | undefined;

  constructor(
    { backend, diagnostics }: MetricsPillarOptions,
    definition: MetricDefinition,
    labelValues: readonly string[],
  ) {
    this.#find = () => backend.declare(definition).series(labelValues);
    this.#diagnostics = diagnostics;
    this.#name = definition.name;
  }

  record(value: number): void {
    recordIn((this.#found ??= this.#find()), value, this.#name, this.#diagnostics);
  }

  /** To be called after {@link record}. */
  exemplify(value: number, call: Call): void {
    keepExemplar(this.#found, value, call, this.#diagnostics);
  }
}

/** A series of a user's backend may be asynchronous. */
function recordIn(series: MetricSeries, value: number, name: string, diagnostics: Diagnostics): void {
  const returned: unknown = series.record(value);
  if (returned !== undefined) diagnostics.watch('TREFOIL_BACKEND_FAILED', name, returned);
}

/** Counts calls by their outcome, and what they read, wrote and found in caches. */
export class CountingHandler implements CallHandler {
  readonly name = 'metrics.counted';
  readonly #byOutcome: readonly LazySeries[];
  readonly #bytesRead: LazySeries;
  readonly #bytesWritten: LazySeries;
  readonly #cacheHits: LazySeries;
  readonly #cacheMisses: LazySeries;
  readonly #repeatedCalls: LazySeries;
  readonly #options: MetricsPillarOptions;
  readonly #errorTypes: BoundedLabels;
  readonly #store: string;

  constructor(options: MetricsPillarOptions, target: HandlerTarget, errorTypes: BoundedLabels) {
    this.#options = options;
    this.#errorTypes = errorTypes;
    this.#store = target.store.name;
    const { operations, bytesRead, bytesWritten, cacheHits, cacheMisses } = standardMetrics;
    const ofStore = (definition: MetricDefinition): LazySeries => new LazySeries(options, definition, [this.#store]);
    this.#byOutcome = outcomes.map(
      (outcome) => new LazySeries(options, operations, [this.#store, target.operationName, outcome]),
    );
    this.#bytesRead = ofStore(bytesRead);
    this.#bytesWritten = ofStore(bytesWritten);
    this.#cacheHits = ofStore(cacheHits);
    this.#cacheMisses = ofStore(cacheMisses);
    this.#repeatedCalls = new LazySeries(options, standardMetrics.repeatedCalls, [this.#store, target.operationName]);
  }

  onRepeated(): void {
    this.#repeatedCalls.record(1);
  }

  onSettle(call: Call): void {
    this.#byOutcome[outcomeIndex(call.outcome as Outcome)]?.record(1);
    if (call.outcome === 'failure') {
      const errorType = this.#errorTypes.fold('error_type', errorTypeOf(call.error));
      const { backend, diagnostics } = this.#options;
      const { errors } = standardMetrics;
      recordIn(backend.declare(errors).series([this.#store, errorType]), 1, errors.name, diagnostics);
    }
    if (call.bytesRead > 0) this.#bytesRead.record(call.bytesRead);
    if (call.bytesWritten > 0) this.#bytesWritten.record(call.bytesWritten);
    if (call.cacheHits > 0) this.#cacheHits.record(call.cacheHits);
    if (call.cacheMisses > 0) this.#cacheMisses.record(call.cacheMisses);
  }
}

/** Follows each instance from what opens it to what closes it; only methods that do either have one. */
export class ConnectionHandler implements CallHandler {
  readonly name = 'metrics.connections';
  readonly #connections: OpenConnections;
  readonly #store: string;
  readonly #opens: boolean;

  constructor(connections: OpenConnections, store: string, opens: boolean) {
    this.#connections = connections;
    this.#store = store;
    this.#opens = opens;
  }

  onSettle(call: Call): void {
    const instance = call.kept(this);
    const isInstance = (typeof instance === 'object' && instance !== null) || typeof instance === 'function';
    if (call.outcome !== 'success' || !isInstance) return;
    if (this.#opens) this.#connections.openedBy(instance, this.#store);
    else this.#connections.closedBy(instance);
  }
}

/** Observes how long calls take. */
export class TimingHandler implements CallHandler {
  readonly name = 'metrics.timed';
  readonly #duration: LazySeries;

  constructor(options: MetricsPillarOptions, target: HandlerTarget) {
    this.#duration = new LazySeries(options, standardMetrics.duration, [target.store.name, target.operationName]);
  }

  onSettle(call: Call): void {
    const seconds = call.durationMs / 1000;
    this.#duration.record(seconds);
    if (call.traceId !== undefined) this.#duration.exemplify(seconds, call);
  }
}

/** Counts or times into a metric of the user's own; its labels are read before the body can change the arguments. */
export class OwnMetricHandler implements CallHandler {
  readonly name: string;
  readonly #family: MetricFamily;
  readonly #declared: readonly (readonly [string, LabelDeclaration])[];
  readonly #labels: BoundedLabels;
  readonly #diagnostics: Diagnostics;

  constructor(family: MetricFamily, metric: MetricDeclaration, labels: BoundedLabels, diagnostics: Diagnostics) {
    this.name = `metrics.${metric.name}`;
    this.#family = family;
    this.#declared = Object.entries(metric.labels);
    this.#labels = labels;
    this.#diagnostics = diagnostics;
  }

  onStart(call: Call): void {
    call.keep(this, this.#seriesOf(call));
  }

  onSettle(call: Call): void {
    const { name, type } = this.#family.definition;
    const value = type === 'histogram' ? call.durationMs / 1000 : 1;
    const series = call.kept(this) as MetricSeries;
    recordIn(series, value, name, this.#diagnostics);
    if (call.traceId !== undefined) keepExemplar(series, value, call, this.#diagnostics);
  }

  #seriesOf({ args, target }: Call): MetricSeries {
    const values = this.#declared.map(([name, { select }]) =>
      typeof select === 'function'
        ? this.#labels.read(name, () => withoutSecrets(name, select(...args), target.redactor))
        : select,
    );
    return this.#family.series(values);
  }
}

/** A text as the value of a label: whoever reads metrics sees it. */
function withoutSecrets(name: string, value: unknown, redactor: DataRedactor): unknown {
  return typeof value === 'string' ? redactor.redactRecord({ [name]: value })[name] : value;
}
