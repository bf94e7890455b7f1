import type { Diagnostics } from '../diagnostics';
import { TrefoilError } from '../errors';
import { SentCounts } from '../metrics/delta-counts';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { OpenConnections } from '../metrics/open-connections';
import type { StoreMetricsSetting } from '../metrics/store-metrics';
import type { Parts } from './backends';
import type { ResolvedOptions } from './options';
import { ownMember } from './registry-outlet';

/** What a runtime records metrics in: its backend and, where there are any, the other members of its registry. */
export class MetricsRecording {
  readonly registry: MetricsRegistry;
  /** They outlive the backends that show them. */
  readonly connections: OpenConnections;
  /** What each destination has been sent of metrics that outlive the backends, too. */
  readonly sent = new SentCounts();
  readonly #diagnostics: Diagnostics;

  /** @param onMembers called when a member comes or goes */
  constructor(diagnostics: Diagnostics, onMembers: () => void) {
    this.#diagnostics = diagnostics;
    const onError = (member: string, error: unknown): void => {
      const isConflict = error instanceof TrefoilError && error.code === 'TREFOIL_METRIC_CONFLICT';
      const code = isConflict ? 'TREFOIL_METRIC_CONFLICT' : 'TREFOIL_BACKEND_FAILED';
      diagnostics.report(code, `metrics member ${member}`, error);
    };
    this.registry = new MetricsRegistry({ onError }, onMembers);
    this.connections = new OpenConnections(this.registry, diagnostics);
  }

  get hasOtherMembers(): boolean {
    return this.registry.backendNames.some((name) => name !== ownMember);
  }

  /** Alone, the backend is written to without the registry in between; `undefined` where metrics are off. */
  backendOf({ metrics }: Parts): MetricsBackend | undefined {
    if (this.hasOtherMembers) return this.registry;
    return metrics.isOff ? undefined : metrics.backend;
  }

  /** For what is recorded apart from calls. */
  settingOf(parts: Parts, { metrics: { labelBudget } }: ResolvedOptions): StoreMetricsSetting {
    const backend = this.backendOf(parts) ?? parts.metrics.backend;
    return { backend, labelBudget, diagnostics: this.#diagnostics, connections: this.connections };
  }

  /** Makes the backend of these parts a member in the place of the one before. */
  use({ metrics }: Parts): void {
    this.registry.replaceBackend(ownMember, metrics.backend);
  }
}
