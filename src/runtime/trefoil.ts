import type { Meter, Tracer } from '@opentelemetry/api';
import type { DependencyContainer } from 'tsyringe';
import type { AuditBackend } from '../audit/audit-backend';
import { journalDefaults } from '../audit/journal/journal-options';
import { AuditLogger, type AuditLoggerStore } from '../audit/audit-logger';
import { Instrumentation, type OpenEndedCall } from '../call/instrumentation';
import { rootSource, type InstrumentationSource } from '../call/instrumentation-source';
import { onOtherCopy } from '../call/loaded-copies';
import { enterThisCopy } from '../call/operation-catalog';
import { AuditLosses } from '../audit/audit-losses';
import { offLoss, onLoss, type OnLoss } from '../audit/handed-on';
import { Diagnostics } from '../diagnostics';
import { TrefoilError } from '../errors';
import type { Logger } from '../logging/logger';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { type MetricsRegistry, provideRootRegistry } from '../metrics/metrics-registry';
import { StoreMetrics, type StoreMetricsStore } from '../metrics/store-metrics';
import { healthOf } from './audit-metrics';
import { lastInFirstOut, partNames, type Parts } from './backends';
import { provide, sourceOfContainer } from './container';
import { ensureContextManager, findDuplicateApi } from './context-manager';
import { toConsole, toLogger, writesErrors } from './diagnostic-sinks';
import { describeRuntime, type Description } from './description';
import { readEnvironment, type Environment } from './environment';
import { isForeign } from './foreign-backends';
import { propagationStatus, usePropagator } from './global-propagator';
import { buildInForce, pillarsInForce, type Foundation, type InForce } from './in-force';
import { readOptions, type OptionsInForce, type TrefoilOptions } from './options';
import { MetricsRecording } from './metrics-recording';
import type { Outlet, Part } from './part';
import { problemOf, type Problem } from './problem';
import { findDuplicateCopies } from './duplicate-copies';
import { forgetAtProcessEnd, shutDownAtProcessEnd, type ShutsDown } from './process-end';
import { losingTrail, partStatus, type TrefoilStatus } from './status';
import { attempt, flushParts, stopParts, type ShutdownReport } from './stop-parts';
import { TrailState } from './trail-state';
import { AUDIT_BACKEND, LOGGER, METRICS_BACKEND, TRACER, TREFOIL } from './tokens';
import { weakenedBy } from './weakened-audit';

export type { PropagationStatus } from './global-propagator';
export type { PartStatus, TrefoilStatus } from './status';
export type { ShutdownReport } from './stop-parts';

/** What one container does with calls; made by `initializeObservability`. */
export class Trefoil implements AsyncDisposable {
  /** Resolves when every part has started; rejects with the coded error of a `required` part that could not. */
  readonly ready: Promise<void>;
  readonly #foundation: Foundation;
  readonly #environment: Environment;
  readonly #source: InstrumentationSource;
  readonly #diagnostics = new Diagnostics(toConsole);
  readonly #losses = new AuditLosses(this.#diagnostics);
  readonly #trails = new WeakMap<AuditBackend, TrailState>();
  /** What ends the watching of each logger's level. */
  readonly #levelWatches = new Map<Logger, () => void>();
  readonly #onLoss: OnLoss = (error) =>
    this.#diagnostics.report('TREFOIL_BACKEND_FAILED', 'the audit trail', error, 'error');
  readonly #startupProblems: Problem[] = [];
  /** Where options without effect have been reported. */
  readonly #toldUnused = new Set<string>();
  readonly #callsAfterEarlierShutdowns: number;
  #inForce: InForce;
  /** What is started and serves as the way back, should the next not start. */
  #started: InForce;
  /** Starting, one after the other; never rejects. */
  #starting: Promise<unknown>;
  /** What is no longer in force, but has calls in flight. */
  readonly #retiring = new Map<Promise<void>, Instrumentation>();
  /** What the end of the process asks of it; more than others may. */
  readonly #atProcessEnd: ShutsDown = {
    flush: () => this.flush(),
    shutdown: () => this.shutdown(),
    giveUp: () => this.#giveUp(),
  };
  readonly #forgetCopies: () => void;
  #shutdown: Promise<ShutdownReport> | undefined;
  readonly #recording = new MetricsRecording(this.#diagnostics, () => this.#onMembersChanged());

  /** @internal */
  constructor(given: TrefoilOptions, container: DependencyContainer) {
    this.#foundation = {
      container,
      diagnostics: this.#diagnostics,
      recording: this.#recording,
      losses: this.#losses,
    };
    this.#environment = readEnvironment();
    this.#inForce = this.#build(given, undefined);
    this.#started = this.#inForce;
    this.#source = sourceOfContainer(container);
    this.#callsAfterEarlierShutdowns = this.#source.callsAfterShutdown;
    if (this.#source === rootSource) {
      provideRootRegistry(() => (this.#shutdown === undefined ? this.#recording.registry : undefined));
    }
    const notCarried = ensureContextManager();
    this.#putInForce(this.#inForce);
    this.#reportStartupProblems(notCarried);
    this.#forgetCopies = onOtherCopy(() => this.#reportCopies());
    this.ready = this.#start(this.#inForce.parts);
    // Whoever does not wait for it must not be brought down by it; the status tells all the same.
    this.#starting = this.ready.catch(() => undefined);
  }

  /** The audit backend in force. */
  get audit(): AuditBackend {
    return this.#inForce.parts.audit.backend;
  }

  /** The metrics backend in force. */
  get metrics(): MetricsBackend {
    return this.#inForce.parts.metrics.backend;
  }

  /**
   * The registry of this runtime, in which the backend in force is the member `runtime`. Whatever is added to it gets the
   * metrics of decorated calls too, from the next call on, and is flushed and closed with the runtime.
   *
   * @example
   * ```ts
   * import 'reflect-metadata';
   * import { initializeObservability, InMemoryMetricsBackend } from 'trefoil';
   *
   * const trefoil = initializeObservability({ metrics: { port: false } });
   * trefoil.metricsRegistry.registerBackend('memory', new InMemoryMetricsBackend());
   * await trefoil.shutdown();
   * ```
   */
  get metricsRegistry(): MetricsRegistry {
    return this.#recording.registry;
  }

  /** The tracer in force. */
  get tracer(): Tracer {
    return this.#inForce.parts.tracing.backend;
  }

  /** The logger in force. */
  get logger(): Logger {
    return this.#inForce.parts.logging.backend;
  }

  /**
   * OpenTelemetry's meter for instruments of your own: counters, up-down counters, histograms, gauges and observables.
   * They are shown wherever the metrics of trefoil are, also after `reconfigure()`, with their counts; where metrics are
   * off, and after the shutdown, they record nothing. No global meter provider is set. An instrument never throws: a value
   * that is no finite number, or a callback that fails, is reported and left out.
   *
   * @example
   * ```ts
   * import 'reflect-metadata';
   * import { initializeObservability } from 'trefoil';
   *
   * const trefoil = initializeObservability({ metrics: { port: false } });
   * const placed = trefoil.meter.createCounter('orders_placed_total', { description: 'Orders placed.' });
   * placed.add(1, { channel: 'web' });
   * await trefoil.shutdown();
   * ```
   */
  get meter(): Meter {
    return this.#recording.meterFor(this.#inForce.parts);
  }

  /**
   * Writes audit events by hand, with the backend, rules and delivery in force at each of them.
   *
   * @example
   * ```ts
   * import 'reflect-metadata';
   * import { initializeObservability } from 'trefoil';
   *
   * const trefoil = initializeObservability({ metrics: { port: false } });
   * const audit = trefoil.auditLogger({ storeType: 's3', storeId: 'my-bucket' });
   * await audit.logAccessDenied('run-123', { userId: 'guest' });
   * await trefoil.shutdown();
   * ```
   */
  auditLogger(store: AuditLoggerStore): AuditLogger {
    return new AuditLogger(store, () => {
      const { parts, options, instrumentation } = this.#inForce;
      const { redactor, generateId } = instrumentation.parts;
      const { delivery, onFailure, maxWaitMs = journalDefaults.maxWaitMs } = options.audit;
      const { name: service, environment } = options.service;
      const backend = parts.audit.backend;
      return {
        backend,
        redactor,
        delivery,
        onFailure,
        maxWaitMs,
        generateId,
        service,
        environment,
        losses: this.#losses,
      };
    });
  }

  /**
   * Records the standard metrics of a store by hand, in the backend in force at each record.
   *
   * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
   *
   * @example
   * ```ts
   * import 'reflect-metadata';
   * import { initializeObservability } from 'trefoil';
   *
   * const trefoil = initializeObservability({ metrics: { port: false } });
   * const metrics = trefoil.storeMetrics({ storeType: 's3', storeId: 'my-bucket' });
   * metrics.recordOperation('read', { durationMs: 45, success: true });
   * metrics.recordConnectionOpened();
   * await trefoil.shutdown();
   * ```
   */
  storeMetrics(store: StoreMetricsStore): StoreMetrics {
    return new StoreMetrics(store, () => this.#inForce.storeMetrics);
  }

  /**
   * The options in force: what was given, over what the environment's variables say, with every default filled in. They
   * are frozen, and another object after each `reconfigure()`. Values of headers, the text of a key, and user and password
   * of an address are replaced by `[REDACTED]`; backends, exporters and loggers of your own are shown as they are.
   *
   * @example
   * ```ts
   * import 'reflect-metadata';
   * import { initializeObservability } from 'trefoil';
   *
   * const trefoil = initializeObservability({ audit: { path: 'var/audit' }, metrics: { port: false } });
   * console.log(trefoil.options.audit.backend); // file
   * await trefoil.shutdown();
   * ```
   */
  get options(): OptionsInForce {
    return this.#inForce.shown;
  }

  /** How everything is doing, right now. */
  status(): TrefoilStatus {
    const { parts, options, unused } = this.#inForce;
    const health = healthOf(parts.audit.backend);
    const losing = this.#trailOf(parts.audit.backend).problemOf(health);
    const isDegraded = losing !== undefined || partNames.some((name) => parts[name].error !== undefined);
    return {
      state: this.#shutdown !== undefined ? 'stopped' : isDegraded ? 'degraded' : 'running',
      service: options.service.name,
      environment: options.service.environment,
      audit: {
        ...partStatus(parts.audit),
        ...(losing === undefined || parts.audit.error !== undefined ? {} : losingTrail(losing)),
        volatile: parts.audit.backend.guarantees.volatile,
        ...(health === undefined ? {} : { health }),
      },
      metrics: partStatus(parts.metrics, this.#recording.registry),
      tracing: partStatus(parts.tracing),
      logging: partStatus(parts.logging),
      propagation: propagationStatus(),
      problems: [...this.#startupProblems, ...unused],
      reports: this.#diagnostics.counts(),
      callsAfterShutdown: this.#source.callsAfterShutdown - this.#callsAfterEarlierShutdowns,
    };
  }

  /** Every decorated method with its pillars, labels and backends, and what is wrong with any of it. */
  describe(): Description {
    const { parts, read, propagation, unused } = this.#inForce;
    const found = [...this.#startupProblems, ...unused, ...propagation.errors.map(problemOf)];
    return describeRuntime(parts, read, found);
  }

  /**
   * Throws the problems that `describe()` lists, as one report; for a check in CI or at start-up. What is off on purpose is
   * none of them, and an environment without a section of its own is accepted.
   *
   * @throws TrefoilError `TREFOIL_VERIFY_FAILED`
   */
  verify(): void {
    const problems = this.describe().problems.filter(({ isOnPurpose }) => isOnPurpose !== true);
    if (problems.length === 0) return;
    throw new TrefoilError('TREFOIL_VERIFY_FAILED', {
      attempted: 'Verifying the instrumentation',
      where: `the service ${this.#inForce.options.service.name}`,
      why: problems.map(({ code, message }) => `\n- ${code}: ${message}`).join(''),
      todo: `Solve the ${problems.length === 1 ? 'problem' : `${problems.length} problems`} above`,
    });
  }

  /**
   * Changes the options in force and reads the container again: what has changed is built anew and is in force from the
   * next call on, while calls in flight finish on the old backends; what has not changed stays, and metrics keep their
   * counts even when their port changes. Resolves when the new parts have started and the old ones are closed. Backends
   * that you have registered yourself are flushed when they are replaced, but not closed. The environment's variables are
   * read only at the start. A change by which audit events are kept less safely is made, and reported at the level `error`
   * (`TREFOIL_AUDIT_WEAKENED`).
   *
   * @param options laid over those in force, field by field: lists and instances are replaced, what is `undefined` is left
   * alone, and another backend or exporter replaces its whole section; without them, only the container is read again
   * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, `TREFOIL_BACKEND_INVALID`, `TREFOIL_AUDIT_DELIVERY`,
   * `TREFOIL_CLOSED`, or the error of a `required` part; what was in force before then stays or is put back
   */
  async reconfigure(options: TrefoilOptions = {}): Promise<void> {
    if (this.#shutdown !== undefined) {
      throw new TrefoilError('TREFOIL_CLOSED', {
        attempted: 'Reconfiguring',
        where: `the service ${this.#inForce.options.service.name}`,
        why: 'the runtime is shut down',
        todo: 'Call initializeObservability again.',
      });
    }
    const next = this.#build(options, this.#inForce);
    this.#putInForce(next);
    const changed = this.#starting.then(() => this.#changeOver(next));
    this.#starting = changed.catch(() => undefined);
    await (
      await changed
    ).retired;
  }

  /** Resolves when everything recorded so far has been handed on; rejects with what could not be. */
  async flush(): Promise<void> {
    const errors = await flushParts(this.#inForce.parts);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several parts failed to flush');
  }

  /**
   * Stops: new calls run bare, calls in flight are waited for, then everything is flushed and closed, last in first
   * out, within the deadline. Asked again, it gives the same promise. It never rejects.
   */
  shutdown(): Promise<ShutdownReport> {
    this.#shutdown ??= this.#stop();
    return this.#shutdown;
  }

  /** The same as `shutdown()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #build(given: TrefoilOptions, before: InForce | undefined): InForce {
    const read = readOptions(given, this.#environment, before?.read);
    const state = buildInForce(this.#foundation, read, before?.parts);
    const { backend } = state.parts.logging;
    if (backend !== before?.parts.logging.backend) this.#watchLevel(backend);
    return state;
  }

  /** Where nothing is logged any more, or something is again, plans are made anew: a silent logger costs calls nothing. */
  #watchLevel(logger: Logger): void {
    let wasHeard = writesErrors(logger);
    const onChange = (): void => {
      const isHeard = writesErrors(logger);
      const state = this.#inForce;
      if (isHeard === wasHeard || this.#shutdown !== undefined || state.parts.logging.backend !== logger) return;
      wasHeard = isHeard;
      this.#instrumentAnew(state);
      this.#source.current = state.instrumentation;
    };
    this.#watchLevelNoLonger(logger);
    this.#guardLevelWatch(() => {
      const end = logger.onLevelChange?.(onChange);
      if (typeof end === 'function') this.#levelWatches.set(logger, end);
      return end;
    });
  }

  /** A logger that serves on after this runtime would keep it in memory. */
  #watchLevelNoLonger(logger: Logger): void {
    const end = this.#levelWatches.get(logger);
    this.#levelWatches.delete(logger);
    if (end !== undefined) this.#guardLevelWatch(end);
  }

  #guardLevelWatch(work: () => unknown): void {
    const where = 'logging (onLevelChange)';
    try {
      this.#diagnostics.watch('TREFOIL_BACKEND_FAILED', where, work());
    } catch (error) {
      this.#diagnostics.report('TREFOIL_BACKEND_FAILED', where, error);
    }
  }

  /** From the next call on. */
  #putInForce(state: InForce): void {
    this.#inForce = state;
    if (this.#shutdown !== undefined) return;
    const { options, parts, propagation } = state;
    this.#recording.use(parts);
    this.#recordToMembers(state);
    this.#source.current = state.instrumentation;
    this.#source.wasShutDown = false;
    const sink = parts.logging.error === undefined ? toLogger(parts.logging.backend) : toConsole;
    this.#diagnostics.setSink(sink, state.instrumentation.parts.redactor);
    usePropagator(this, propagation.propagator);
    for (const error of propagation.errors) this.#diagnostics.report(error.code, error.path.where, error);
    this.#recording.show(parts);
    onLoss(parts.audit.backend, this.#onLoss);
    this.#trailOf(parts.audit.backend);
    provide(this.#foundation.container, AUDIT_BACKEND, parts.audit.backend);
    provide(this.#foundation.container, METRICS_BACKEND, parts.metrics.backend);
    provide(this.#foundation.container, TRACER, parts.tracing.backend);
    provide(this.#foundation.container, LOGGER, parts.logging.backend);
    provide(this.#foundation.container, TREFOIL, this);
    for (const { buildError, section } of lastInFirstOut(parts)) {
      if (buildError === undefined) continue;
      // Without its trail every event is lost.
      this.#diagnostics.report(buildError.code, section, buildError, section === 'audit' ? 'error' : 'warn');
    }
    this.#reportUnused(state);
    if (options.signals) shutDownAtProcessEnd(this.#atProcessEnd);
    else forgetAtProcessEnd(this.#atProcessEnd);
  }

  #trailOf(backend: AuditBackend): TrailState {
    const known = this.#trails.get(backend) ?? new TrailState(healthOf(backend), this.#losses.tallyOf(backend));
    this.#trails.set(backend, known);
    return known;
  }

  #onMembersChanged(): void {
    if (this.#shutdown !== undefined) return;
    this.#recording.showInstruments(this.#inForce.parts);
    this.#recordToMembers(this.#inForce);
    this.#source.current = this.#inForce.instrumentation;
  }

  /** Plans hold series, and know whether those are foreign; where either is no longer so, there have to be new ones. */
  #recordToMembers(state: InForce): void {
    const setting = this.#recording.settingOf(state.parts, state.options);
    const metrics = state.instrumentation.parts.pillars.find(({ name }) => name === 'metrics');
    const isForeignNow = isForeign(setting.backend);
    if (state.storeMetrics.backend !== setting.backend || (metrics?.runsForeignCode ?? isForeignNow) !== isForeignNow) {
      this.#instrumentAnew(state);
      state.storeMetrics = setting;
    }
    this.#recording.connections.moveTo(state.storeMetrics.backend);
  }

  /** With the pillars that there are now; calls in flight finish on those before. */
  #instrumentAnew(state: InForce): void {
    const { parts, options, instrumentation: before } = state;
    const pillars = pillarsInForce(this.#foundation, parts, options);
    state.instrumentation = new Instrumentation({ ...before.parts, pillars });
    void this.#retire({ ...state, instrumentation: before });
  }

  /** Together, once each: each stays in the status. */
  #reportUnused({ unused }: InForce): void {
    const news = unused.filter(({ where }) => !this.#toldUnused.has(where));
    for (const { where } of news) this.#toldUnused.add(where);
    if (news.length === 0) return;
    const message = news.map((problem) => problem.message).join(' ');
    this.#diagnostics.report('TREFOIL_OPTION_UNUSED', 'the options', new Error(message));
  }

  /** At the start, and whenever another copy of trefoil comes into use: nobody records what that one decorates. */
  #reportCopies(): void {
    const duplicate = findDuplicateCopies();
    if (duplicate !== undefined) this.#diagnostics.announce(duplicate.code, duplicate.path.where, duplicate);
  }

  #reportStartupProblems(notCarried: TrefoilError | undefined): void {
    for (const message of this.#environment.ignored) {
      const where = 'the environment';
      this.#startupProblems.push({ code: 'TREFOIL_ENVIRONMENT_IGNORED', where, message });
      this.#diagnostics.report('TREFOIL_ENVIRONMENT_IGNORED', where, new Error(message));
    }
    if (notCarried !== undefined) this.#startupProblems.push(problemOf(notCarried));
    // describe() looks for copies anew each time: one may be loaded later.
    enterThisCopy();
    this.#reportCopies();
    const blocked = notCarried ?? findDuplicateApi();
    if (blocked !== undefined) this.#diagnostics.report(blocked.code, blocked.path.where, blocked);
  }

  /** Starts what can be started; throws only for what is required. */
  async #start(parts: Parts): Promise<void> {
    for (const part of lastInFirstOut(parts).reverse()) {
      try {
        await part.start();
      } catch (error) {
        if (part.error !== undefined) this.#diagnostics.report(part.error.code, part.section, part.error);
        if (part.required) throw error;
      }
    }
  }

  /** Starts what is in force already, and retires what was before; or goes back, if a required part does not start. */
  async #changeOver(next: InForce): Promise<{ readonly retired: Promise<void> }> {
    // A later change has overtaken this one, and is about to be started itself.
    if (this.#inForce !== next) return { retired: this.#retire(next) };
    const last = this.#started;
    const [before, after] = [outletsOf(last.parts), outletsOf(next.parts)];
    const left = before.filter((outlet) => !after.includes(outlet)).reverse();
    // The old endpoint has to go before a new one can take its port.
    for (const outlet of left) await attempt(outlet.close());
    try {
      await this.#start(next.parts);
    } catch (error) {
      if (this.#inForce === next) this.#putInForce(last);
      for (const outlet of after) if (!before.includes(outlet)) await attempt(outlet.close());
      if (left.length > 0) await this.#start(last.parts).catch(() => undefined);
      void this.#retire(next);
      throw error;
    }
    this.#started = next;
    for (const weakness of weakenedBy(last, next)) {
      this.#diagnostics.announce('TREFOIL_AUDIT_WEAKENED', 'reconfigure()', new Error(weakness));
    }
    return { retired: this.#retire(last) };
  }

  /** Flushes and closes what is no longer in force, once the calls that began on it are done. */
  #retire({ instrumentation, parts }: InForce): Promise<void> {
    const retire = async (): Promise<void> => {
      await instrumentation.idle();
      for (const part of lastInFirstOut(parts)) {
        if (this.#isInUse(part)) continue;
        await attempt(part.flush());
        if (part.isHandedOver) continue;
        // Services hold the logger that they were given, and children of it, for as long as they live.
        if (part === parts.logging) parts.logging.backend.handOver?.(() => this.logger);
        await attempt(part.closeBackend());
      }
      if (!this.#isInUse(parts.logging)) this.#watchLevelNoLonger(parts.logging.backend);
      this.#hearLossesNoLonger(parts.audit);
    };
    const retired = retire().finally(() => this.#retiring.delete(retired));
    this.#retiring.set(retired, instrumentation);
    return retired;
  }

  #hearLossesNoLonger(part: Part<AuditBackend>): void {
    if (this.#isInUse(part)) return;
    offLoss(part.backend, this.#onLoss);
    // Both may hand their events on to the same.
    if (this.#shutdown === undefined) onLoss(this.#inForce.parts.audit.backend, this.#onLoss);
  }

  #isInUse({ backend }: Part): boolean {
    return [this.#inForce, this.#started].some(({ parts }) =>
      partNames.some((name) => parts[name].backend === backend),
    );
  }

  async #stop(): Promise<ShutdownReport> {
    this.#source.wasShutDown = true;
    this.#source.current = undefined;
    const whenIdle = async (): Promise<void> => {
      await this.#starting;
      await Promise.all([...this.#retiring.keys(), this.#inForce.instrumentation.idle()]);
      this.#diagnostics.passOnHeld();
    };
    const { shutdownTimeoutMs } = this.#inForce.options;
    const noLonger = setTimeout(() => this.#giveUp(({ isPassive }) => isPassive === true), shutdownTimeoutMs / 4);
    const report = await stopParts(
      () => this.#inForce.parts,
      whenIdle().finally(() => clearTimeout(noLonger)),
      shutdownTimeoutMs,
      () => this.#giveUp(),
    );
    usePropagator(this, undefined);
    offLoss(this.#inForce.parts.audit.backend, this.#onLoss);
    this.#recording.end(this.#inForce.parts);
    // The logger is closed; what a call that is still running cannot record is told on the console.
    this.#diagnostics.setSink(toConsole);
    this.#diagnostics.passOnHeld();
    if (report.timedOut) {
      const late = report.errors.map(({ part, message }) => `${part}: ${message}`).join('; ');
      this.#diagnostics.report('TREFOIL_SHUTDOWN_TIMEOUT', `${shutdownTimeoutMs} ms`, new Error(late));
    }
    for (const logger of [...this.#levelWatches.keys()]) this.#watchLevelNoLonger(logger);
    forgetAtProcessEnd(this.#atProcessEnd);
    this.#forgetCopies();
    return report;
  }

  /** Records as cancelled what is still open and may never end, while there is somewhere to record it. */
  #giveUp(isMeant: (call: OpenEndedCall) => boolean = () => true): void {
    for (const { openEnded, unasked } of [...this.#retiring.values(), this.#inForce.instrumentation]) {
      for (const call of [...openEnded, ...unasked]) if (isMeant(call)) call.giveUp();
    }
  }
}

function outletsOf(parts: Parts): Outlet[] {
  return partNames.flatMap((name) => parts[name].outlets);
}
