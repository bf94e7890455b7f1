import * as v from 'valibot';
import { errorTypeOf } from '../call/error-type';
import { isOutcome, outcomeIndex, outcomes, type Outcome } from '../call/outcome';
import { enterTelemetry, leaveTelemetry } from '../call/suppression';
import { Diagnostics } from '../diagnostics';
import { callable, text } from '../option-values';
import { escapeText } from '../redaction/escape-text';
import { checkOptions } from '../validate-options';
import { BoundedLabels } from './bounded-labels';
import { labelBudget, metricsBackend } from './metric-option-schemas';
import { standardMetrics } from './metric-names';
import type { MetricDefinition, MetricsBackend, MetricSeries } from './metrics-backend';
import { OpenConnections } from './open-connections';

/** What metrics are recorded of. */
export interface StoreMetricsStore {
  /** What kind of storage it is, such as `s3`. */
  readonly storeType: string;
  /** Which one it is, such as a bucket; no label, as ids are many. */
  readonly storeId?: string;
  /** The `store` label. Default: the store type. Decorated calls have the name of their `@Store` there. */
  readonly store?: string;
}

/** Settings of a {@link StoreMetrics} that belongs to no runtime. */
export interface StoreMetricsOptions extends StoreMetricsStore {
  readonly backend: MetricsBackend;
  /** How many operations, and how many types of errors, get series of their own; more become `other`. Default 200. */
  readonly labelBudget?: number;
  /** Told of what could not be recorded, at most once in ten seconds. Default: the console. */
  readonly onError?: (error: unknown) => void;
}

/** How an operation went: how long it took, in milliseconds, and how it ended. */
export type OperationRecord = { readonly durationMs: number } & (
  | { readonly success: boolean; readonly outcome?: undefined }
  | { readonly outcome: Outcome; readonly success?: undefined }
);

/** What a {@link StoreMetrics} records into; a runtime that is reconfigured gives another one. */
export interface StoreMetricsSetting {
  readonly backend: MetricsBackend;
  readonly labelBudget: number;
  readonly diagnostics: Diagnostics;
  readonly connections: OpenConnections;
}

interface OperationSeries {
  readonly duration: MetricSeries;
  /** By the outcome's index, each found at its first record. */
  readonly byOutcome: (MetricSeries | undefined)[];
}

/** Of one setting: bounds of labels, and every series that was used. */
interface Bound {
  readonly setting: StoreMetricsSetting;
  readonly labels: BoundedLabels;
  readonly operations: Map<string, OperationSeries>;
  /** Of metrics that have no label but the store. */
  readonly series: Map<string, MetricSeries>;
  readonly errors: Map<string, MetricSeries>;
}

const storeEntries = { storeType: text, storeId: v.optional(text), store: v.optional(text) };

const storeSchema = v.strictObject(storeEntries);

const optionsSchema = v.strictObject({
  ...storeEntries,
  backend: metricsBackend,
  labelBudget,
  onError: v.optional(callable<(error: unknown) => void>()),
});

/**
 * Records the eight standard metrics of a store by hand, for what no decorated method does. Once it is made it never throws:
 * what cannot be recorded is left out and reported. Amounts have to be finite and not negative; operations and types of
 * errors past the label budget become `other`.
 *
 * A runtime makes one that follows its backend: `trefoil.storeMetrics({ storeType: 's3' })`.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, when it is made
 *
 * @example
 * ```ts
 * import { InMemoryMetricsBackend, StoreMetrics } from 'trefoil';
 *
 * const metrics = new StoreMetrics({ backend: new InMemoryMetricsBackend(), storeType: 's3', storeId: 'my-bucket' });
 * metrics.recordOperation('read', { durationMs: 45, success: true });
 * metrics.recordSize({ bytesRead: 1024 });
 * metrics.recordConnectionOpened();
 * metrics.recordCacheHit();
 * metrics.recordError('ConnectionTimeout');
 * ```
 */
export class StoreMetrics {
  readonly storeType: string;
  readonly storeId: string | undefined;
  /** The `store` label. */
  readonly store: string;
  readonly #setting: () => StoreMetricsSetting;
  #bound: Bound | undefined;

  constructor(options: StoreMetricsOptions);
  /** @internal */
  constructor(store: StoreMetricsStore, setting: () => StoreMetricsSetting);
  constructor(options: StoreMetricsOptions | StoreMetricsStore, setting?: () => StoreMetricsSetting) {
    const { storeType, storeId, store } = checkOptions(
      setting === undefined ? optionsSchema : storeSchema,
      options,
      'StoreMetrics',
    );
    this.storeType = storeType;
    this.storeId = storeId;
    this.store = store ?? storeType;
    if (setting !== undefined) this.#setting = setting;
    else {
      const own = settingOf(options as StoreMetricsOptions);
      this.#setting = () => own;
    }
  }

  /**
   * Counts an operation in `store_operations_total`, and observes how long it took in `store_operation_duration_seconds`.
   * A failure has its type counted by {@link StoreMetrics.recordError}.
   */
  recordOperation(operation: string, record: OperationRecord): void {
    this.#guarded(standardMetrics.operations.name, (bound) => {
      const { durationMs, success } = record;
      const outcome = record.outcome ?? (success ? 'success' : 'failure');
      const name = bound.labels.fold('operation', operation);
      if (isOutcome(outcome)) this.#write(bound, standardMetrics.operations, this.#countOf(bound, name, outcome), 1);
      else this.#refuse(bound, standardMetrics.operations, 'an outcome that is known');
      if (!this.#isAmount(bound, standardMetrics.duration, durationMs)) return;
      this.#write(bound, standardMetrics.duration, this.#operation(bound, name).duration, durationMs / 1000);
    });
  }

  /** Adds to `store_bytes_read_total` and `store_bytes_written_total`, in bytes. */
  recordSize(size: { readonly bytesRead?: number; readonly bytesWritten?: number }): void {
    // Also what is called from JavaScript without a size must not fail.
    const { bytesRead, bytesWritten } = (size as typeof size | undefined) ?? {};
    if (bytesRead !== undefined) this.#add(standardMetrics.bytesRead, bytesRead);
    if (bytesWritten !== undefined) this.#add(standardMetrics.bytesWritten, bytesWritten);
  }

  /** Adds one to `store_connections_active`. */
  recordConnectionOpened(): void {
    this.#guarded(standardMetrics.connectionsActive.name, ({ setting }) => setting.connections.opened(this.store));
  }

  /** Takes one from `store_connections_active`; where none was recorded as opened, it is reported and left out. */
  recordConnectionClosed(): void {
    this.#guarded(standardMetrics.connectionsActive.name, (bound) => {
      if (bound.setting.connections.closed(this.store)) return;
      this.#refuse(bound, standardMetrics.connectionsActive, 'a connection that was recorded as opened');
    });
  }

  /** Adds to `store_cache_hits_total`. */
  recordCacheHit(count = 1): void {
    this.#add(standardMetrics.cacheHits, count);
  }

  /** Adds to `store_cache_misses_total`. */
  recordCacheMiss(count = 1): void {
    this.#add(standardMetrics.cacheMisses, count);
  }

  /** Counts an error in `store_errors_total`: by the type given, or that of the error given. */
  recordError(errorType: unknown): void {
    this.#guarded(standardMetrics.errors.name, (bound) => {
      const type = typeof errorType === 'string' ? errorType : errorTypeOf(errorType);
      const folded = bound.labels.fold('error_type', type);
      const series = this.#seriesOf(bound, standardMetrics.errors, bound.errors, folded);
      this.#write(bound, standardMetrics.errors, series, 1);
    });
  }

  #add(definition: MetricDefinition, amount: number): void {
    this.#guarded(definition.name, (bound) => {
      if (!this.#isAmount(bound, definition, amount) || amount === 0) return;
      this.#write(bound, definition, this.#seriesOf(bound, definition, bound.series), amount);
    });
  }

  #operation({ setting, operations }: Bound, name: string): OperationSeries {
    let found = operations.get(name);
    if (found === undefined) {
      const duration = setting.backend.declare(standardMetrics.duration).series([this.store, name]);
      found = { duration, byOutcome: outcomes.map(() => undefined) };
      operations.set(name, found);
    }
    return found;
  }

  #countOf(bound: Bound, name: string, outcome: Outcome): MetricSeries {
    const { byOutcome } = this.#operation(bound, name);
    const { backend } = bound.setting;
    return (byOutcome[outcomeIndex(outcome)] ??= backend
      .declare(standardMetrics.operations)
      .series([this.store, name, outcome]));
  }

  #seriesOf(
    { setting }: Bound,
    definition: MetricDefinition,
    known: Map<string, MetricSeries>,
    errorType?: string,
  ): MetricSeries {
    const key = errorType ?? definition.name;
    let found = known.get(key);
    if (found === undefined) {
      const labelValues = errorType === undefined ? [this.store] : [this.store, errorType];
      found = setting.backend.declare(definition).series(labelValues);
      known.set(key, found);
    }
    return found;
  }

  /** A series of a user's backend may be asynchronous. */
  #write({ setting }: Bound, { name }: MetricDefinition, series: MetricSeries, value: number): void {
    const returned: unknown = series.record(value);
    if (returned !== undefined) setting.diagnostics.watch('TREFOIL_BACKEND_FAILED', name, returned);
  }

  #isAmount(bound: Bound, definition: MetricDefinition, value: unknown): boolean {
    if (typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY) return true;
    this.#refuse(bound, definition, 'a finite number that is not negative');
    return false;
  }

  #refuse({ setting }: Bound, { name }: MetricDefinition, expected: string): void {
    setting.diagnostics.report('TREFOIL_METRIC_IGNORED', name, new Error(`left out: it takes ${expected}`));
  }

  #guarded(name: string, record: (bound: Bound) => void): void {
    let setting: StoreMetricsSetting | undefined;
    enterTelemetry();
    try {
      setting = this.#setting();
      if (this.#bound?.setting !== setting) this.#bound = this.#bind(setting);
      record(this.#bound);
    } catch (error) {
      setting?.diagnostics.report('TREFOIL_BACKEND_FAILED', name, error);
    } finally {
      leaveTelemetry();
    }
  }

  #bind(setting: StoreMetricsSetting): Bound {
    const declared = { operation: { select: '' }, error_type: { select: '' } };
    const where = `StoreMetrics ${this.store}`;
    const labels = new BoundedLabels(where, declared, setting.labelBudget, setting.diagnostics);
    return { setting, labels, operations: new Map(), series: new Map(), errors: new Map() };
  }
}

/** Connections that one records as opened another may record as closed. */
const connectionsOf = new WeakMap<MetricsBackend, OpenConnections>();

function settingOf({ backend, labelBudget = 200, onError }: StoreMetricsOptions): StoreMetricsSetting {
  const diagnostics = new Diagnostics(({ cause, where, message }) =>
    onError === undefined ? console.error(escapeText(`[trefoil] ${where}: ${message}`)) : onError(cause),
  );
  let connections = connectionsOf.get(backend);
  if (connections === undefined) {
    connections = new OpenConnections(backend, diagnostics);
    connectionsOf.set(backend, connections);
  }
  return { backend, labelBudget, diagnostics, connections };
}
