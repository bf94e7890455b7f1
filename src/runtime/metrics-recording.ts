import type { Meter } from '@opentelemetry/api';
import type { Diagnostics } from '../diagnostics';
import { TrefoilError } from '../errors';
import { SentCounts } from '../metrics/delta-counts';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { OpenConnections } from '../metrics/open-connections';
import { OwnInstruments } from '../metrics/own-instruments';
import type { StoreMetricsSetting } from '../metrics/store-metrics';
import { observeAudit } from './audit-metrics';
import { partNames, type Parts } from './backends';
import { DeclaredSeries } from './declared-series';
import { observeExports } from './export-metrics';
import type { ResolvedOptions } from './options';
import type { Section } from './part';
import { ownMember } from './registry-outlet';

/** What a runtime records metrics in: its backend and, where there are any, the other members of its registry. */
export class MetricsRecording {
  readonly registry: MetricsRegistry;
  /** They outlive the backends that show them. */
  readonly connections: OpenConnections;
  /** What each destination has been sent of metrics that outlive the backends, too. */
  readonly sent = new SentCounts();
  readonly #diagnostics: Diagnostics;
  readonly #declared: DeclaredSeries;
  /** Made at the first use of `trefoil.meter`. */
  #instruments: OwnInstruments | undefined;
  /** Whether everything is closed, and nothing recorded would be kept. */
  #isClosed = false;
  /** Ends the metrics of the parts that are in force. */
  #unobserve: () => void = () => undefined;

  /** @param onMembers called when a member comes or goes */
  constructor(diagnostics: Diagnostics, onMembers: () => void) {
    this.#diagnostics = diagnostics;
    this.#declared = new DeclaredSeries((metric, error) => diagnostics.report('TREFOIL_BACKEND_FAILED', metric, error));
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

  /** For instruments of the user's, which whatever is in force shows. */
  meterFor(parts: Parts): Meter {
    if (this.#instruments === undefined) {
      this.#instruments = new OwnInstruments((code, where, error) => this.#diagnostics.report(code, where, error));
      this.showInstruments(parts);
    }
    return this.#instruments.meter;
  }

  /** Shows the instruments, and what these parts say of themselves, in the place of what those before said. */
  show(parts: Parts): void {
    this.#unobserve();
    this.#unobserve = this.#observe(parts);
    this.showInstruments(parts);
  }

  /** By the backend in force, from the next record on; what is declared is shown in it at zero. */
  showInstruments(parts: Parts): void {
    const backend = this.#isClosed ? undefined : this.backendOf(parts);
    this.#instruments?.attach(backend === undefined ? undefined : this.registry);
    this.#declared.showIn(backend);
  }

  /** Everything is closed: nothing is observed, and instruments record nothing, from now on. */
  end(parts: Parts): void {
    this.#unobserve();
    this.#isClosed = true;
    this.showInstruments(parts);
  }

  /** What parts say of themselves becomes metrics; gives what ends it. */
  #observe(parts: Parts): () => void {
    const metrics = this.registry;
    const onRefused = (name: string, error: unknown): void =>
      this.#diagnostics.report('TREFOIL_METRIC_CONFLICT', name, error);
    // Metrics may leave the process by other members of the registry, too.
    const backendOf = (name: Section): object => (name === 'metrics' ? metrics : parts[name].backend);
    const sources = partNames.map((signal) => ({ signal, backend: backendOf(signal) }));
    const ends = [
      observeAudit(metrics, parts.audit.backend, onRefused),
      observeExports(metrics, sources, () => this.#diagnostics.counts(), onRefused),
    ];
    return () => {
      for (const end of ends) end();
    };
  }
}
