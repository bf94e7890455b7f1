import * as v from 'valibot';
import { messageOf } from '../diagnostics';
import { TrefoilError } from '../errors';
import { checkOptions } from '../validate-options';
import { AdHocLabels } from './ad-hoc-labels';
import { checkSnapshot } from './check-snapshot';
import { MetricProblems, type ReportMetricProblem } from './metric-problems';
import { standardMetricOf, standardMetrics } from './metric-names';
import {
  adHocDefinition,
  checkDefinition,
  checkStandard,
  copyOf,
  lineConflict,
  lineNames,
  sameShape,
  shapeConflict,
} from './metric-shape';
import { backendEntries } from './metric-option-schemas';
import { MetricSources } from './metric-sources';
import { StoredMetric } from './metric-store';
import { inOneReading } from './one-reading';
import { ObservedMetric } from './observed-metric';
import { TakenLines } from './taken-lines';
import type {
  HistogramValue,
  Labels,
  Metric,
  MetricDefinition,
  MetricsBackend,
  MetricSnapshot,
  MetricSource,
  MetricType,
  Observation,
  SummaryValue,
} from './metrics-backend';

/** Settings of an {@link InMemoryMetricsBackend}. */
export interface InMemoryMetricsBackendOptions {
  /**
   * Stands, with a `_`, before each name that is declared or recorded, unless it is there already or the metric is one of
   * the standard ones. Default: none.
   */
  readonly prefix?: string | undefined;
  /** Upper bounds of the buckets of histograms, by name; they win over those of a declaration. */
  readonly buckets?: Readonly<Record<string, readonly number[]>> | undefined;
  /** How many values each label may take of what is recorded by name. Default 200; more become `other`. */
  readonly labelBudget?: number | undefined;
  /** How long a scrape waits for a source, in milliseconds. Default 1,000. */
  readonly sourceTimeoutMs?: number | undefined;
  /** Told of what is folded or left out, which `trefoil_metric_problems_total` counts. */
  readonly onProblem?: ReportMetricProblem | undefined;
}

const optionsSchema = v.strictObject(backendEntries);

/**
 * Keeps metrics in memory, for tests and as the core of other backends.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { InMemoryMetricsBackend } from 'trefoil';
 *
 * const metrics = new InMemoryMetricsBackend();
 * metrics.increment('jobs_total', { kind: 'mail' });
 * metrics.get('jobs_total', { kind: 'mail' }); // 1
 * ```
 */
export class InMemoryMetricsBackend implements MetricsBackend {
  readonly name: string = 'memory';
  readonly #metrics = new Map<string, StoredMetric>();
  readonly #observed = new Map<string, ObservedMetric>();
  readonly #lines = new TakenLines();
  readonly #adHocLabels: AdHocLabels;
  readonly #problems: MetricProblems;
  readonly #sources: MetricSources;
  readonly #prefix: string;
  readonly #buckets: ReadonlyMap<string, readonly number[]>;

  constructor(options: InMemoryMetricsBackendOptions = {}) {
    const {
      prefix = '',
      buckets = {},
      labelBudget = 200,
      sourceTimeoutMs,
      onProblem,
    } = checkOptions(optionsSchema, options, 'InMemoryMetricsBackend');
    this.#prefix = prefix === '' || prefix.endsWith('_') ? prefix : `${prefix}_`;
    this.#buckets = new Map(Object.entries(buckets).map(([name, bounds]) => [this.fullName(name), [...bounds]]));
    this.#problems = new MetricProblems(onProblem);
    this.#adHocLabels = new AdHocLabels(labelBudget, this.#problems);
    this.#sources = new MetricSources(
      (reason, why) => this.#problems.count(reason, '', 'a metric source', why),
      sourceTimeoutMs,
    );
  }

  /** @throws TrefoilError `TREFOIL_METRIC_CONFLICT` or `TREFOIL_METRIC_INVALID` */
  declare(definition: MetricDefinition): StoredMetric {
    const full = this.#complete(definition);
    const { name } = full;
    const known = this.#metrics.get(name);
    if (known !== undefined && sameShape(known.definition, full)) return known;
    checkDefinition(full);
    checkStandard(full);
    const taken = known ?? this.#observed.get(name);
    if (taken !== undefined) throw shapeConflict(taken.definition, full);
    this.#lines.take(full);
    const metric = new StoredMetric(copyOf(full), this.#onIgnored);
    this.#metrics.set(name, metric);
    return metric;
  }

  /**
   * @throws TrefoilError `TREFOIL_METRIC_INVALID`, or `TREFOIL_METRIC_CONFLICT` where the name is recorded already, or
   * observed in another shape
   */
  observe(definition: MetricDefinition, read: () => Iterable<Observation>): () => void {
    const { name } = definition;
    checkDefinition(definition);
    checkStandard(definition);
    const metric = this.#observed.get(name) ?? new ObservedMetric(copyOf(definition), this.#onReaderFailed);
    const known = this.#metrics.get(name)?.definition ?? metric.definition;
    if (this.#metrics.has(name) || !sameShape(known, definition)) throw shapeConflict(known, definition);
    if (!this.#observed.has(name)) this.#lines.take(definition);
    this.#observed.set(name, metric);
    metric.add(read);
    return () => {
      metric.delete(read);
      if (!metric.isUnread || this.#observed.get(name) !== metric) return;
      this.#observed.delete(name);
      this.#lines.release(metric.definition);
    };
  }

  addSource(source: MetricSource): () => void {
    return this.#sources.add(source);
  }

  /** @throws TrefoilError `TREFOIL_METRIC_INVALID` where the value is negative */
  increment(name: string, labels: Labels = {}, value = 1): void {
    if (typeof value === 'number' && value < 0) {
      throw new TrefoilError('TREFOIL_METRIC_INVALID', {
        attempted: 'Incrementing a counter',
        where: name,
        expected: 'a number that is not negative',
        given: String(value),
        todo: 'Use a gauge for values that go down.',
      });
    }
    const metric = this.#adHoc(name, 'counter', labels);
    if (Number.isFinite(value)) metric.series(this.#adHocLabels.of(metric, labels)).record(value);
    else this.#onIgnored(metric.definition.name);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    const metric = this.#adHoc(name, 'gauge', labels);
    if (typeof value === 'number') metric.set(this.#adHocLabels.of(metric, labels), value);
    else this.#onIgnored(metric.definition.name);
  }

  histogram(name: string, value: number, labels: Labels = {}): void {
    const metric = this.#adHoc(name, 'histogram', labels);
    if (Number.isFinite(value)) metric.series(this.#adHocLabels.of(metric, labels)).record(value);
    else this.#onIgnored(metric.definition.name);
  }

  summary(name: string, value: number, labels: Labels = {}): void {
    const metric = this.#adHoc(name, 'summary', labels);
    if (Number.isFinite(value)) metric.series(this.#adHocLabels.of(metric, labels)).record(value);
    else this.#onIgnored(metric.definition.name);
  }

  get(name: string, labels: Labels = {}): number | HistogramValue | SummaryValue | undefined {
    const full = this.fullName(name);
    const value = this.#stored(full)?.get(labels) ?? this.#observedValue(name, labels);
    return value !== undefined && 'value' in value ? value.value : value;
  }

  /** Whether a metric is kept here or read from elsewhere. */
  has(name: string): boolean {
    return this.#metrics.has(name) || this.#observed.has(name);
  }

  /** Every series of one metric. */
  valuesOf(name: string): readonly Metric[] {
    return [...(this.#stored(name)?.values() ?? this.#observed.get(name)?.values() ?? [])];
  }

  getMetrics(): readonly Metric[] {
    const metrics = [...this.#allStored(), ...this.#observed.values()];
    return inOneReading(() => metrics.flatMap((metric) => [...metric.values()]));
  }

  /** @param more sources that are asked this time, too */
  async collect(more: readonly MetricSource[] = []): Promise<readonly MetricSnapshot[]> {
    const elsewhere = await this.collectSources(more);
    return [...this.storedSnapshots(), ...this.observedSnapshots(), ...elsewhere];
  }

  /** @internal What there is to tell at once, where nobody can wait: sources that answer later are left out. */
  collectNow(): readonly MetricSnapshot[] {
    const elsewhere = this.#checkedSources(this.#sources.collectNow([]));
    return [...this.storedSnapshots(), ...this.observedSnapshots(), ...elsewhere];
  }

  /** The metrics that are kept here. */
  storedSnapshots(): readonly MetricSnapshot[] {
    return this.#allStored().map((metric) => metric.snapshot());
  }

  /**
   * What the sources tell of; what cannot be shown, or has a name that is taken, is left out.
   *
   * @param more sources that are asked this time, too
   */
  async collectSources(more: readonly MetricSource[] = []): Promise<readonly MetricSnapshot[]> {
    return this.#checkedSources(await this.#sources.collect(more));
  }

  #checkedSources(collected: readonly MetricSnapshot[]): readonly MetricSnapshot[] {
    const lines = this.#lines.of((name) => this.has(name) || name === standardMetrics.problems.name);
    return collected.flatMap((told) => {
      try {
        const snapshot = checkSnapshot(told);
        const names = lineNames(snapshot);
        const taken = names.find((line) => lines.has(line));
        if (taken !== undefined) throw lineConflict(taken, lines.get(taken) as string, snapshot);
        for (const line of names) lines.set(line, snapshot.name);
        const missing = told.values.length - snapshot.values.length;
        if (missing > 0) this.#onLeftOut(told, new TypeError(`${missing} of its series cannot be shown`));
        return [snapshot];
      } catch (error) {
        this.#onLeftOut(told, error);
        return [];
      }
    });
  }

  /** The metrics that are read from elsewhere at once. */
  observedSnapshots(): readonly MetricSnapshot[] {
    return inOneReading(() => [...this.#observed.values()].map((metric) => metric.snapshot()));
  }

  /** Problems that were counted, where there were any. */
  get problems(): StoredMetric | undefined {
    return this.#problems.counter;
  }

  /** The name that a metric is shown by. */
  fullName(name: string): string {
    // What is no text is refused where it is declared.
    if (typeof name !== 'string' || standardMetricOf(name) !== undefined) return name;
    return name.startsWith(this.#prefix) ? name : this.#prefix + name;
  }

  /** What is kept elsewhere stays. */
  reset(): void {
    for (const metric of this.#metrics.values()) metric.reset();
    this.#problems.counter?.reset();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #allStored(): readonly StoredMetric[] {
    const { counter } = this.#problems;
    return [...this.#metrics.values(), ...(counter === undefined ? [] : [counter])];
  }

  #stored(name: string): StoredMetric | undefined {
    const { counter } = this.#problems;
    return this.#metrics.get(name) ?? (name === counter?.definition.name ? counter : undefined);
  }

  #observedValue(name: string, labels: Labels): Metric | undefined {
    const asked = Object.entries(labels);
    return this.#observed
      .get(name)
      ?.values()
      .find((value) => {
        const has = (label: string, text: string): boolean => value.labels[label] === text;
        return asked.length === Object.keys(value.labels).length && asked.every(([label, text]) => has(label, text));
      });
  }

  #adHoc(name: string, type: MetricType, labels: Labels): StoredMetric {
    const known = this.#metrics.get(this.fullName(name));
    // Labels in another order are the same labels; the metric itself says which names it takes.
    if (known?.definition.type === type) return known;
    return this.declare(adHocDefinition(name, type, labels));
  }

  #complete(definition: MetricDefinition): MetricDefinition {
    const name = this.fullName(definition.name);
    const buckets = definition.type === 'histogram' ? this.#buckets.get(name) : undefined;
    if (name === definition.name && buckets === undefined) return definition;
    return { ...definition, name, ...(buckets && { buckets }) };
  }

  readonly #onIgnored = (name: string): void =>
    this.#problems.count('value_ignored', name, name, 'the value is no finite number');

  readonly #onReaderFailed = (name: string, error: unknown): void =>
    this.#problems.count('source_failed', name, name, messageOf(error));

  #onLeftOut(told: MetricSnapshot, error: unknown): void {
    const name = String((told as MetricSnapshot | null | undefined)?.name).slice(0, 200);
    const isTaken = error instanceof TrefoilError && error.code === 'TREFOIL_METRIC_CONFLICT';
    this.#problems.count(isTaken ? 'name_taken' : 'source_failed', name, name, messageOf(error));
  }
}
