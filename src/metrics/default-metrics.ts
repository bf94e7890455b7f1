import perfHooks, { type IntervalHistogram } from 'node:perf_hooks';
import type * as PromClient from 'prom-client';
import { TrefoilError } from '../errors';
import { checkDefinition } from './metric-shape';
import type { MetricSource } from './metrics-backend';
import { RegistryMetrics } from './registry-metrics';

/** What is to be measured of the process itself: `process_…` and `nodejs_…`. */
export interface DefaultMetricsOptions {
  /** Stands before each name as it is. Default: none. */
  readonly prefix?: string | undefined;
  /** How exactly the delay of the event loop is measured, in milliseconds. Default 10. */
  readonly eventLoopMonitoringPrecision?: number | undefined;
  /** Upper bounds of `nodejs_gc_duration_seconds`. Default: 1 ms to 5 s. */
  readonly gcDurationBuckets?: readonly number[] | undefined;
}

/**
 * Lets prom-client measure the process in a registry.
 *
 * prom-client starts a monitor of the event loop and an observer of garbage collections and keeps hold of both, so that
 * nothing could end them: they are caught as they are made, within this one synchronous call.
 *
 * @throws TrefoilError `TREFOIL_METRIC_CONFLICT` where the registry has a metric of one of the names,
 * `TREFOIL_METRIC_INVALID` where the prefix or the buckets are none
 * @returns ends them, and takes the metrics out of the registry
 */
export function collectDefaultMetrics(registry: PromClient.Registry, options: DefaultMetricsOptions): () => void {
  const { collectDefaultMetrics: collect, Registry } = require('prom-client') as typeof PromClient;
  const { prefix = '', eventLoopMonitoringPrecision = 10, gcDurationBuckets } = options;
  const name = `${prefix}nodejs_gc_duration_seconds`;
  checkDefinition({ name, type: 'histogram', help: '', labelNames: [], buckets: gcDurationBuckets });
  const ends: (() => void)[] = [];
  const { monitorEventLoopDelay, PerformanceObserver } = perfHooks;
  const catching = {
    monitorEventLoopDelay: (...args: Parameters<typeof monitorEventLoopDelay>): IntervalHistogram => {
      const monitor = monitorEventLoopDelay(...args);
      ends.push(() => void monitor.disable());
      return monitor;
    },
    PerformanceObserver: class extends PerformanceObserver {
      constructor(...args: ConstructorParameters<typeof PerformanceObserver>) {
        super(...args);
        ends.push(() => this.disconnect());
      }
    },
  };
  const made = new Registry();
  const buckets = gcDurationBuckets === undefined ? {} : { gcDurationBuckets: [...gcDurationBuckets] };
  try {
    Object.assign(perfHooks, catching);
    collect({ register: made, prefix, eventLoopMonitoringPrecision, ...buckets });
  } finally {
    Object.assign(perfHooks, { monitorEventLoopDelay, PerformanceObserver });
  }
  const metrics = made.getMetricsAsArray() as unknown as readonly (PromClient.Metric & { readonly name: string })[];
  const taken = metrics.find(({ name }) => registry.getSingleMetric(name) !== undefined);
  if (taken !== undefined) {
    for (const end of ends) end();
    throw takenError(taken.name);
  }
  for (const metric of metrics) registry.registerMetric(metric);
  return () => {
    for (const end of ends) end();
    for (const metric of metrics) {
      if (registry.getSingleMetric(metric.name) === metric) registry.removeSingleMetric(metric.name);
    }
  };
}

/** The same by themselves, for who has no registry to show them in. */
export class ProcessMetrics {
  readonly end: () => void;
  readonly #metrics: RegistryMetrics;

  constructor(options: DefaultMetricsOptions) {
    const { Registry } = require('prom-client') as typeof PromClient;
    const registry = new Registry();
    this.end = collectDefaultMetrics(registry, options);
    this.#metrics = new RegistryMetrics(registry, () => false);
  }

  sources(): readonly MetricSource[] {
    return this.#metrics.sources();
  }
}

function takenError(name: string): TrefoilError {
  return new TrefoilError('TREFOIL_METRIC_CONFLICT', {
    attempted: 'Measuring the process',
    where: name,
    why: 'the prom-client registry has a metric of that name already',
    todo: 'Give defaultMetrics a prefix, or leave it to whoever measures the process already.',
  });
}
