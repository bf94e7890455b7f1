import cluster from 'node:cluster';
import { isDeepStrictEqual } from 'node:util';
import type { Diagnostics } from '../diagnostics';
import { ClusterMetrics, type ClusterMetricsOptions } from '../metrics/cluster-metrics';
import { ClusterWorker } from '../metrics/cluster-worker';
import type { PrometheusMetricsBackend } from '../metrics/prometheus-metrics-backend';
import type { Outlet } from './part';

/** Whether this process tells its metrics to another one, instead of showing them itself. */
export function isTold(options: ClusterMetricsOptions | undefined): boolean {
  return options !== undefined && cluster.isWorker;
}

/** Brings the metrics of a `node:cluster` together: a worker tells its own to the primary process, which shows all. */
export class ClusterOutlet implements Outlet {
  readonly #backend: PrometheusMetricsBackend;
  readonly #options: ClusterMetricsOptions;
  readonly #member: ClusterMetrics | ClusterWorker;

  constructor(backend: PrometheusMetricsBackend, options: ClusterMetricsOptions, diagnostics: Diagnostics) {
    this.#backend = backend;
    this.#options = options;
    const onError = (error: unknown): void => diagnostics.report('TREFOIL_BACKEND_FAILED', 'metrics.cluster', error);
    this.#member = cluster.isWorker
      ? new ClusterWorker(backend, onError)
      : new ClusterMetrics(backend, options, onError);
  }

  /** Whether it can go on as it is. */
  serves(backend: object, options: ClusterMetricsOptions): boolean {
    return this.#backend === backend && isDeepStrictEqual(this.#options, options);
  }

  async open(): Promise<void> {
    await this.#member.open();
    if (this.#member instanceof ClusterMetrics) this.#backend.exportFrom(this.#member);
  }

  async flush(): Promise<void> {
    if (this.#member instanceof ClusterWorker) await this.#member.flush();
  }

  async close(): Promise<void> {
    await this.#member.close();
    if (this.#member instanceof ClusterMetrics) this.#backend.exportFrom(undefined);
  }
}
