import type { Call } from '../call/call';
import type { BoundHandler, CallHandler, Pillar } from '../call/call-handler';
import { errorTypeOf } from '../call/error-type';
import type { HandlerTarget } from '../call/handler-target';
import type { LabelDeclaration, MetricDeclaration } from '../call/operation';
import { outcomeIndex, outcomes, type Outcome } from '../call/outcome';
import type { Diagnostics } from '../diagnostics';
import { BoundedLabels } from './bounded-labels';
import { standardMetrics } from './metric-names';
import type { MetricDefinition, MetricFamily, MetricsBackend, MetricSeries } from './metrics-backend';

/** Settings of the metrics pillar. */
export interface MetricsPillarOptions {
  readonly backend: MetricsBackend;
  readonly diagnostics: Diagnostics;
  /** How many values each label of a metric of the user's own may take. */
  readonly labelBudget: number;
}

/** Feeds the standard metrics and the user's own from calls. */
export class MetricsPillar implements Pillar {
  readonly name = 'metrics';
  readonly #options: MetricsPillarOptions;
  readonly #labels = new Map<string, BoundedLabels>();
  readonly #errorTypes: BoundedLabels;

  constructor(options: MetricsPillarOptions) {
    this.#options = options;
    const declared = { error_type: { select: '' } };
    this.#errorTypes = new BoundedLabels(
      standardMetrics.errors.name,
      declared,
      options.labelBudget,
      options.diagnostics,
    );
  }

  bind(target: HandlerTarget): readonly BoundHandler[] {
    const { timed, counted } = target.operation.facets;
    const { backend } = this.#options;
    const bound: BoundHandler[] = [];
    if (counted !== undefined) {
      bound.push({
        handler: new CountingHandler(backend, target, this.#errorTypes),
        when: counted.when,
        needsFields: false,
      });
      bound.push(...this.#bindOwn(counted.metric, 'counter', counted.when));
    }
    if (timed !== undefined) {
      bound.push({ handler: new TimingHandler(backend, target), when: timed.when, needsFields: false });
      bound.push(...this.#bindOwn(timed.metric, 'histogram', timed.when));
    }
    return bound;
  }

  /** A metric that cannot be declared is reported and left out; the standard ones are fed all the same. */
  #bindOwn(
    metric: MetricDeclaration | undefined,
    type: 'counter' | 'histogram',
    when: BoundHandler['when'],
  ): BoundHandler[] {
    if (metric === undefined) return [];
    const { backend, diagnostics, labelBudget } = this.#options;
    try {
      const family = backend.declare(ownDefinition(metric, type));
      let labels = this.#labels.get(metric.name);
      if (labels === undefined) {
        labels = new BoundedLabels(metric.name, metric.labels, labelBudget, diagnostics);
        this.#labels.set(metric.name, labels);
      }
      return [{ handler: new OwnMetricHandler(family, metric, labels), when, needsFields: false }];
    } catch (error) {
      diagnostics.report('TREFOIL_METRIC_CONFLICT', metric.name, error);
      return [];
    }
  }
}

/** What a metric of the user's own is to a backend. */
export function ownDefinition(metric: MetricDeclaration, type: 'counter' | 'histogram'): MetricDefinition {
  return {
    name: metric.name,
    type,
    help: metric.help,
    labelNames: Object.keys(metric.labels),
    buckets: metric.buckets,
  };
}

/** A series that is found at its first record, so that a scrape shows only what has happened. */
class LazySeries {
  readonly #find: () => MetricSeries;
  #found: MetricSeries | undefined;

  constructor(backend: MetricsBackend, definition: MetricDefinition, labelValues: readonly string[]) {
    this.#find = () => backend.declare(definition).series(labelValues);
  }

  record(value: number): void {
    (this.#found ??= this.#find()).record(value);
  }
}

class CountingHandler implements CallHandler {
  readonly name = 'metrics.counted';
  readonly #byOutcome: readonly LazySeries[];
  readonly #bytesRead: LazySeries;
  readonly #bytesWritten: LazySeries;
  readonly #cacheHits: LazySeries;
  readonly #cacheMisses: LazySeries;
  readonly #backend: MetricsBackend;
  readonly #errorTypes: BoundedLabels;
  readonly #store: string;

  constructor(backend: MetricsBackend, target: HandlerTarget, errorTypes: BoundedLabels) {
    this.#backend = backend;
    this.#errorTypes = errorTypes;
    this.#store = target.store.name;
    const { operations, bytesRead, bytesWritten, cacheHits, cacheMisses } = standardMetrics;
    const ofStore = (definition: MetricDefinition): LazySeries => new LazySeries(backend, definition, [this.#store]);
    this.#byOutcome = outcomes.map(
      (outcome) => new LazySeries(backend, operations, [this.#store, target.operationName, outcome]),
    );
    this.#bytesRead = ofStore(bytesRead);
    this.#bytesWritten = ofStore(bytesWritten);
    this.#cacheHits = ofStore(cacheHits);
    this.#cacheMisses = ofStore(cacheMisses);
  }

  onSettle(call: Call): void {
    this.#byOutcome[outcomeIndex(call.outcome as Outcome)]?.record(1);
    if (call.outcome === 'failure') {
      const errorType = this.#errorTypes.fold('error_type', errorTypeOf(call.error));
      this.#backend.declare(standardMetrics.errors).series([this.#store, errorType]).record(1);
    }
    if (call.bytesRead > 0) this.#bytesRead.record(call.bytesRead);
    if (call.bytesWritten > 0) this.#bytesWritten.record(call.bytesWritten);
    if (call.cacheHits > 0) this.#cacheHits.record(call.cacheHits);
    if (call.cacheMisses > 0) this.#cacheMisses.record(call.cacheMisses);
  }
}

class TimingHandler implements CallHandler {
  readonly name = 'metrics.timed';
  readonly #duration: LazySeries;

  constructor(backend: MetricsBackend, target: HandlerTarget) {
    this.#duration = new LazySeries(backend, standardMetrics.duration, [target.store.name, target.operationName]);
  }

  onSettle(call: Call): void {
    this.#duration.record(call.durationMs / 1000);
  }
}

/** Counts or times into a metric of the user's own; its labels are read before the body can change the arguments. */
class OwnMetricHandler implements CallHandler {
  readonly name: string;
  readonly #family: MetricFamily;
  readonly #declared: readonly (readonly [string, LabelDeclaration])[];
  readonly #labels: BoundedLabels;

  constructor(family: MetricFamily, metric: MetricDeclaration, labels: BoundedLabels) {
    this.name = `metrics.${metric.name}`;
    this.#family = family;
    this.#declared = Object.entries(metric.labels);
    this.#labels = labels;
  }

  onStart(call: Call): void {
    call.keep(this, this.#seriesOf(call.args));
  }

  onSettle(call: Call): void {
    const series = call.kept(this) as MetricSeries;
    series.record(this.#family.definition.type === 'histogram' ? call.durationMs / 1000 : 1);
  }

  #seriesOf(args: readonly unknown[]): MetricSeries {
    const values = this.#declared.map(([name, { select }]) =>
      typeof select === 'function' ? this.#labels.read(name, () => select(...args)) : select,
    );
    return this.#family.series(values);
  }
}
