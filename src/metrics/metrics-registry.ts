import * as v from 'valibot';
import { whenRejected } from '../diagnostics';
import { TrefoilError } from '../errors';
import type { ExportHealth } from '../export-health';
import { callable } from '../option-values';
import { checkOptions } from '../validate-options';
import type {
  HistogramValue,
  Labels,
  Metric,
  MetricDefinition,
  MetricFamily,
  MetricsBackend,
  MetricSeries,
  MetricSnapshot,
  MetricSource,
  Observation,
  SummaryValue,
} from './metrics-backend';
import { snapshotsOf } from './metric-snapshots';
import {
  checkMember,
  guardedOnError,
  memberError,
  memberErrorsToConsole,
  RegistryMember,
  type OnMemberError,
  type Reading,
} from './registry-member';
import { RegistryFamily } from './registry-series';

/** Settings of a {@link MetricsRegistry}. */
export interface MetricsRegistryOptions {
  /** Told of what a member could not record. Default: the console, at most once in ten seconds. */
  readonly onError?: (member: string, error: unknown) => void;
}

const optionsSchema = v.strictObject({
  onError: v.optional(callable<(member: string, error: unknown) => void>()),
});

let rootRegistry: (() => MetricsRegistry | undefined) | undefined;

/**
 * Several metrics backends by name, as one: what is recorded goes to all of them, and what is read comes from the primary
 * one, the first unless told otherwise. A member that throws is reported and keeps nothing from the others; what is wrong
 * with a metric itself is thrown as the primary throws it. A member that is added later gets what is recorded from then
 * on.
 *
 * Each runtime has one, `trefoil.metricsRegistry`, in which its own backend is the member `runtime`: members added to it
 * get the metrics of decorated calls too. They are flushed and closed with the runtime.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { InMemoryMetricsBackend, MetricsRegistry, PrometheusMetricsBackend } from 'trefoil';
 *
 * const registry = new MetricsRegistry();
 * registry.registerBackend('prometheus', new PrometheusMetricsBackend());
 * registry.registerBackend('memory', new InMemoryMetricsBackend());
 * registry.increment('operations_total', { op: 'read' });
 * registry.get('operations_total', { op: 'read' }); // 1, as prometheus has it
 * console.log((await registry.exportAll())['prometheus']);
 * ```
 */
export class MetricsRegistry implements MetricsBackend {
  readonly name: string = 'registry';
  readonly #members = new Map<string, RegistryMember>();
  readonly #readings = new Set<Reading>();
  readonly #onError: OnMemberError;
  readonly #onChange: () => void;
  #primaryName: string | undefined;
  #version = 0;

  constructor(options?: MetricsRegistryOptions);
  /** @internal */
  constructor(options: MetricsRegistryOptions, onChange: () => void);
  constructor(options: MetricsRegistryOptions = {}, onChange: () => void = () => undefined) {
    const { onError } = checkOptions(optionsSchema, options, 'MetricsRegistry');
    this.#onError = onError === undefined ? memberErrorsToConsole() : guardedOnError(onError);
    this.#onChange = onChange;
  }

  /**
   * The registry of the runtime of tsyringe's root container.
   *
   * @throws TrefoilError `TREFOIL_NOT_INITIALIZED` where none is running
   */
  static getInstance(): MetricsRegistry {
    const registry = rootRegistry?.();
    if (registry !== undefined) return registry;
    throw new TrefoilError('TREFOIL_NOT_INITIALIZED', {
      attempted: 'Getting the metrics registry',
      where: 'MetricsRegistry.getInstance()',
      why: 'no runtime of the root container is running',
      todo: 'Call initializeObservability first, or make a registry of your own by new MetricsRegistry().',
    });
  }

  /** The backend that is read from; the first, unless told otherwise. */
  get primary(): MetricsBackend | undefined {
    return this.#primary?.backend;
  }

  /** The names of the members, the primary one included, in the order in which they were added. */
  get backendNames(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** @internal How often the members have changed. */
  get version(): number {
    return this.#version;
  }

  /** @throws TrefoilError `TREFOIL_METRICS_REGISTRY` where the name is taken, or the backend is none or the registry itself */
  registerBackend(name: string, backend: MetricsBackend): void {
    checkMember(name, backend);
    if (this.#members.has(name)) {
      throw memberError(name, 'a name that is not taken', 'one that is', 'Choose another, or unregister it first.');
    }
    if (leadsTo(backend, this)) {
      throw memberError(name, 'another backend', 'one that leads back here', 'Register what it records into.');
    }
    this.#put(new RegistryMember(name, backend, this.#onError));
    this.#changed();
  }

  /** @internal Another backend in the place of the one of that name, or the first of it; nobody is told. */
  replaceBackend(name: string, backend: MetricsBackend): void {
    const before = this.#members.get(name);
    if (before?.backend === backend) return;
    before?.endAll();
    this.#put(new RegistryMember(name, backend, this.#onError));
    this.#version += 1;
  }

  /**
   * Takes a member out and gives it back, neither flushed nor closed; `undefined` where there was none. The next one
   * becomes primary where it was that.
   */
  unregisterBackend(name: string): MetricsBackend | undefined {
    const member = this.#members.get(name);
    if (member === undefined) return undefined;
    this.#members.delete(name);
    member.endAll();
    if (this.#primaryName === name) this.#primaryName = this.backendNames[0];
    this.#changed();
    return member.backend;
  }

  getBackend(name: string): MetricsBackend | undefined {
    return this.#members.get(name)?.backend;
  }

  /** @throws TrefoilError `TREFOIL_METRICS_REGISTRY` where there is no member of that name */
  setPrimary(name: string): void {
    if (!this.#members.has(name)) {
      const names = this.backendNames.map((known) => JSON.stringify(known)).join(', ');
      throw memberError(name, names === '' ? 'a member' : names, 'another name', 'Register the backend first.');
    }
    this.#primaryName = name;
    this.#changed();
  }

  /** @throws TrefoilError what the primary one throws */
  declare(definition: MetricDefinition): MetricFamily {
    this.#primary?.backend.declare(definition);
    return new RegistryFamily(this, definition);
  }

  observe(definition: MetricDefinition, read: () => Iterable<Observation>): () => void {
    return this.#read({ begin: (backend) => backend.observe?.(definition, read) });
  }

  addSource(source: MetricSource): () => void {
    return this.#read({ begin: (backend) => backend.addSource?.(source) });
  }

  increment(name: string, labels?: Labels, value?: number): void {
    this.#toAll((backend) => backend.increment(name, labels, value));
  }

  gauge(name: string, value: number, labels?: Labels): void {
    this.#toAll((backend) => backend.gauge(name, value, labels));
  }

  histogram(name: string, value: number, labels?: Labels): void {
    this.#toAll((backend) => backend.histogram(name, value, labels));
  }

  summary(name: string, value: number, labels?: Labels): void {
    this.#toAll((backend) => backend.summary(name, value, labels));
  }

  get(name: string, labels?: Labels): number | HistogramValue | SummaryValue | undefined {
    return this.#primary?.backend.get(name, labels);
  }

  getMetrics(): readonly Metric[] {
    return this.#primary?.backend.getMetrics() ?? [];
  }

  async collect(): Promise<readonly MetricSnapshot[]> {
    const backend = this.#primary?.backend;
    return backend?.collect?.() ?? snapshotsOf(backend?.getMetrics() ?? []);
  }

  /**
   * What each member has, by its name: the text of those that have an `export`, else the JSON of their metrics. One that
   * fails is reported and left out.
   */
  async exportAll(): Promise<Record<string, string>> {
    const texts = [...this.#members.values()].map(async (member) => [member.name, await member.export()] as const);
    const exported = (await Promise.all(texts)).filter((each): each is [string, string] => each[1] !== undefined);
    return Object.fromEntries(exported);
  }

  /** How the exporters of all members are doing. */
  exportHealth(): readonly ExportHealth[] {
    return [...this.#members.values()].flatMap((member) => member.exportHealth());
  }

  reset(): void {
    this.#toAll((backend) => backend.reset());
  }

  /** Flushes every member; rejects with what could not be, once all are done. */
  async flush(): Promise<void> {
    await this.#settleAll((backend) => backend.flush());
  }

  /** Closes every member; rejects likewise. */
  async close(): Promise<void> {
    await this.#settleAll((backend) => backend.close());
  }

  /** @internal The series of each member; one that refuses the metric is reported and left out. */
  seriesOf(definition: MetricDefinition, labelValues: readonly string[]): (readonly [string, MetricSeries])[] {
    return [...this.#members.values()].flatMap(({ name, backend }) => {
      try {
        return [[name, backend.declare(definition).series(labelValues)] as const];
      } catch (error) {
        this.#onError(name, error);
        return [];
      }
    });
  }

  /** @internal */
  report(member: string, error: unknown): void {
    this.#onError(member, error);
  }

  get #primary(): RegistryMember | undefined {
    return this.#primaryName === undefined ? undefined : this.#members.get(this.#primaryName);
  }

  #put(member: RegistryMember): void {
    this.#members.set(member.name, member);
    this.#primaryName ??= member.name;
    for (const reading of this.#readings) member.begin(reading);
  }

  #changed(): void {
    this.#version += 1;
    this.#onChange();
  }

  #read(reading: Reading): () => void {
    this.#readings.add(reading);
    for (const member of this.#members.values()) member.begin(reading);
    return () => {
      this.#readings.delete(reading);
      for (const member of this.#members.values()) member.end(reading);
    };
  }

  #toAll(record: (backend: MetricsBackend) => unknown): void {
    let refused: TrefoilError | undefined;
    const failed: (readonly [string, unknown])[] = [];
    for (const { name, backend } of this.#members.values()) {
      try {
        whenRejected(record(backend), (error) => this.#onError(name, error));
      } catch (error) {
        if (name === this.#primaryName && error instanceof TrefoilError) refused = error;
        else failed.push([name, error]);
      }
    }
    for (const [name, error] of failed) {
      // What is wrong with the metric is the caller's mistake, and told once.
      if (refused === undefined || (error as Partial<TrefoilError> | null)?.code !== refused.code)
        this.#onError(name, error);
    }
    if (refused !== undefined) throw refused;
  }

  async #settleAll(settle: (backend: MetricsBackend) => Promise<void>): Promise<void> {
    const backends = [...this.#members.values()].map(async ({ backend }) => settle(backend));
    const errors = (await Promise.allSettled(backends)).flatMap((settled) =>
      settled.status === 'rejected' ? [settled.reason as unknown] : [],
    );
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several members of the metrics registry failed');
  }
}

/** Says whose registry `MetricsRegistry.getInstance()` gives: that of the root container's runtime. */
export function provideRootRegistry(provide: () => MetricsRegistry | undefined): void {
  rootRegistry = provide;
}

function leadsTo(backend: MetricsBackend, registry: MetricsRegistry): boolean {
  if (!(backend instanceof MetricsRegistry)) return false;
  const behind = backend.backendNames.map((name) => backend.getBackend(name) as MetricsBackend);
  return backend === registry || behind.some((each) => leadsTo(each, registry));
}
