import type { BoundHandler, Pillar } from '../call/call-handler';
import type { HandlerTarget } from '../call/handler-target';
import type { MetricDeclaration } from '../call/operation';
import { TrefoilError } from '../errors';
import { BoundedLabels, boundAlike } from './bounded-labels';
import { standardMetrics } from './metric-names';
import {
  ConnectionHandler,
  CountingHandler,
  OwnMetricHandler,
  TimingHandler,
  type MetricsPillarOptions,
} from './metric-handlers';
import type { MetricDefinition } from './metrics-backend';

/** Feeds the standard metrics and the user's own from calls. */
export class MetricsPillar implements Pillar {
  readonly name = 'metrics';
  readonly runsForeignCode: boolean;
  readonly #options: MetricsPillarOptions;
  readonly #labels = new Map<string, BoundedLabels>();
  readonly #errorTypes: BoundedLabels;

  constructor(options: MetricsPillarOptions) {
    this.runsForeignCode = options.isForeign;
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
    const bound: BoundHandler[] = [];
    if (counted !== undefined) {
      bound.push({
        handler: new CountingHandler(this.#options, target, this.#errorTypes),
        when: counted.when,
        needsFields: false,
      });
      bound.push(...this.#bindOwn(counted.metric, 'counter', counted.when));
      bound.push(...this.#bindConnections(target));
    }
    if (timed !== undefined) {
      bound.push({ handler: new TimingHandler(this.#options, target), when: timed.when, needsFields: false });
      bound.push(...this.#bindOwn(timed.metric, 'histogram', timed.when));
    }
    return bound;
  }

  /** A `when` says what is counted; a connection is open all the same. */
  #bindConnections({ operation: { facets }, store }: HandlerTarget): BoundHandler[] {
    const event = facets.audited?.event ?? facets.counted?.event;
    if (event !== 'initialize' && event !== 'close') return [];
    const handler = new ConnectionHandler(this.#options.connections, store.name, event === 'initialize');
    return [{ handler, needsFields: false, needsReceiver: true }];
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
      if (labels !== undefined && !boundAlike(labels.declared, metric.labels)) throw boundsConflict(metric);
      if (labels === undefined) {
        labels = new BoundedLabels(metric.name, metric.labels, labelBudget, diagnostics);
        this.#labels.set(metric.name, labels);
      }
      return [{ handler: new OwnMetricHandler(family, metric, labels, diagnostics), when, needsFields: false }];
    } catch (error) {
      diagnostics.report('TREFOIL_METRIC_CONFLICT', metric.name, error);
      return [];
    }
  }
}

function boundsConflict({ name }: MetricDeclaration): TrefoilError {
  return new TrefoilError('TREFOIL_METRIC_CONFLICT', {
    attempted: 'Declaring a metric',
    where: name,
    expected: 'the same values of its labels as where it is declared first',
    given: 'other values',
    todo: 'Give the labels the same values, or one of the two metrics another name.',
  });
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
