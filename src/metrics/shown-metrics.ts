import type * as PromClient from 'prom-client';
import { TrefoilError } from '../errors';
import type { Metric, MetricDefinition } from './metrics-backend';
import { samplesOf } from './snapshot-text';

/** Our metrics in a prom-client registry, for who asks that rather than the backend. */
export class ShownMetrics {
  readonly #registry: PromClient.Registry;
  readonly #metrics = new Map<string, object>();

  constructor(registry: PromClient.Registry) {
    this.#registry = registry;
  }

  isOurs(metric: object): boolean {
    const { name } = metric as { readonly name?: unknown };
    return typeof name === 'string' && this.#metrics.get(name) === metric;
  }

  /** @throws TrefoilError `TREFOIL_METRIC_CONFLICT` where somebody else has registered a metric of the name */
  check(name: string): void {
    const known: object | undefined = this.#registry.getSingleMetric(name);
    if (known === undefined || this.isOurs(known)) return;
    throw new TrefoilError('TREFOIL_METRIC_CONFLICT', {
      attempted: 'Declaring a metric',
      where: name,
      why: 'the prom-client registry has a metric of that name already',
      todo: 'Give one of the two metrics another name.',
    });
  }

  /** Once; `reset` is what the registry's `resetMetrics()` does to it. */
  show({ name, help, type }: MetricDefinition, values: () => Iterable<Metric>, reset = (): void => undefined): void {
    if (this.#metrics.has(name)) return;
    // prom-client asks a registered metric for its values when it renders; it need not be one of its own classes.
    const metric = {
      name,
      help,
      type,
      aggregator: 'sum',
      get: () => ({ name, help, type, aggregator: 'sum', values: [...linesOf(values())] }),
      reset,
    };
    this.#metrics.set(name, metric);
    this.#registry.registerMetric(metric as unknown as PromClient.Metric);
  }

  /** What somebody else has registered by that name since stays. */
  hide(name: string): void {
    const known: object | undefined = this.#registry.getSingleMetric(name);
    if (known !== undefined && this.isOurs(known)) this.#registry.removeSingleMetric(name);
    this.#metrics.delete(name);
  }
}

/** The lines of a metric as prom-client has them. */
function* linesOf(values: Iterable<Metric>): Generator<object> {
  for (const value of values) {
    for (const { suffix, labels, value: number } of samplesOf(value)) {
      yield { metricName: value.name + suffix, labels, value: number };
    }
  }
}
