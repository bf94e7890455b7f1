import { isDeepStrictEqual } from 'node:util';
import type { Tracer } from '@opentelemetry/api';
import type { DependencyContainer } from 'tsyringe';
import type { AuditBackend } from '../audit/audit-backend';
import { Instrumentation } from '../call/instrumentation';
import type { InstrumentationSource } from '../call/instrumentation-source';
import { Diagnostics, messageOf, type DiagnosticReport, type DiagnosticSink } from '../diagnostics';
import { TrefoilError, type TrefoilErrorCode } from '../errors';
import type { Logger } from '../logging/logger';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { DataRedactor } from '../redaction/data-redactor';
import { escapeText } from '../redaction/escape-text';
import { buildParts, checkDelivery, isOff, partNames, pillarsOf, type Part, type Parts } from './backends';
import { callHandlersOf, provide, sourceOfContainer } from './container';
import { ensureContextManager, findDuplicateApi } from './context-manager';
import { describeRuntime, problemOf, type Description, type Problem } from './description';
import { readEnvironment } from './environment';
import { resolveOptions, type ResolvedOptions, type TrefoilOptions } from './options';
import { forgetAtProcessEnd, shutDownAtProcessEnd } from './process-end';
import { AUDIT_BACKEND, LOGGER, METRICS_BACKEND, TRACER, TREFOIL } from './tokens';

const tokenOfPart = [
  ['audit', AUDIT_BACKEND],
  ['metrics', METRICS_BACKEND],
  ['tracing', TRACER],
  ['logging', LOGGER],
] as const;

/** How one of the four pillars is doing. */
export interface PartStatus {
  /** The backend in force; `none` where the pillar is off or could not start. */
  readonly backend: string;
  readonly state: 'running' | 'off' | 'degraded';
  /** Why it is degraded. */
  readonly error?: { readonly code: TrefoilErrorCode; readonly message: string };
  /** Where it can be reached. */
  readonly url?: string;
}

/** How a runtime is doing. */
export interface TrefoilStatus {
  readonly state: 'running' | 'degraded' | 'stopped';
  readonly service: string;
  readonly environment: string;
  readonly audit: PartStatus & { readonly volatile: boolean };
  readonly metrics: PartStatus;
  readonly tracing: PartStatus;
  readonly logging: PartStatus;
  /** How often each of trefoil's own failures was reported. */
  readonly reports: Readonly<Partial<Record<TrefoilErrorCode, number>>>;
  /** Calls that ran bare because they came after the shutdown. */
  readonly callsAfterShutdown: number;
}

/** How a shutdown went; it never rejects. */
export interface ShutdownReport {
  /** Whether the deadline passed before everything was flushed and closed. */
  readonly timedOut: boolean;
  /** What failed to flush or close. */
  readonly errors: readonly { readonly part: string; readonly message: string }[];
}

interface InForce {
  readonly options: ResolvedOptions;
  readonly parts: Parts;
  readonly instrumentation: Instrumentation;
}

/** What one container does with calls; made by `initializeObservability`. */
export class Trefoil implements AsyncDisposable {
  /** Resolves when every part has started; rejects with the coded error of a `required` part that could not. */
  readonly ready: Promise<void>;
  readonly #container: DependencyContainer;
  readonly #source: InstrumentationSource;
  readonly #diagnostics: Diagnostics;
  readonly #startupProblems: Problem[] = [];
  #given: TrefoilOptions;
  #inForce: InForce;
  #shutdown: Promise<ShutdownReport> | undefined;

  /** @internal */
  constructor(options: TrefoilOptions, container: DependencyContainer) {
    this.#container = container;
    this.#given = options;
    this.#diagnostics = new Diagnostics(toConsole);
    this.#inForce = this.#build(options, undefined);
    this.#source = sourceOfContainer(container);
    const notCarried = ensureContextManager();
    if (notCarried !== undefined) this.#startupProblems.push(problemOf(notCarried));
    this.#enforce();
    // describe() looks for copies anew each time: one may be loaded later.
    const blocked = notCarried ?? findDuplicateApi();
    if (blocked !== undefined) this.#diagnostics.report(blocked.code, blocked.path.where, blocked);
    this.ready = this.#start(this.#inForce.parts);
    // Whoever does not wait for it must not be brought down by it; the status tells all the same.
    this.ready.catch(() => undefined);
    if (this.#inForce.options.signals) shutDownAtProcessEnd(this);
  }

  /** The audit backend in force. */
  get audit(): AuditBackend {
    return this.#inForce.parts.audit.backend;
  }

  /** The metrics backend in force. */
  get metrics(): MetricsBackend {
    return this.#inForce.parts.metrics.backend;
  }

  /** The tracer in force. */
  get tracer(): Tracer {
    return this.#inForce.parts.tracing.backend;
  }

  /** The logger in force. */
  get logger(): Logger {
    return this.#inForce.parts.logging.backend;
  }

  /** How everything is doing, right now. */
  status(): TrefoilStatus {
    const { parts, options } = this.#inForce;
    const degraded = partNames.some((name) => parts[name].error !== undefined);
    return {
      state: this.#shutdown !== undefined ? 'stopped' : degraded ? 'degraded' : 'running',
      service: options.service.name,
      environment: options.service.environment,
      audit: { ...partStatus(parts.audit), volatile: parts.audit.backend.guarantees.volatile },
      metrics: partStatus(parts.metrics),
      tracing: partStatus(parts.tracing),
      logging: partStatus(parts.logging),
      reports: this.#diagnostics.counts(),
      callsAfterShutdown: this.#source.callsAfterShutdown,
    };
  }

  /** Every decorated method with its pillars, labels and backends, and what is wrong with any of it. */
  describe(): Description {
    const { parts, options } = this.#inForce;
    return describeRuntime(parts, options, this.#startupProblems);
  }

  /**
   * Throws the problems that `describe()` lists, as one report; for a check in CI or at start-up.
   *
   * @throws TrefoilError `TREFOIL_VERIFY_FAILED`
   */
  verify(): void {
    const { problems } = this.describe();
    if (problems.length === 0) return;
    throw new TrefoilError('TREFOIL_VERIFY_FAILED', {
      attempted: 'Verifying the instrumentation',
      where: `the service ${this.#inForce.options.service.name}`,
      why: problems.map(({ code, message }) => `\n- ${code}: ${message}`).join(''),
      todo: `Solve the ${problems.length === 1 ? 'problem' : `${problems.length} problems`} above`,
    });
  }

  /**
   * Reads the container and the options again: what has changed is built anew and is in force from the next call on,
   * while calls in flight finish on the old backends. Resolves when the new parts have started and the old are closed.
   *
   * @param options replace those given before; without them, those are read again
   * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, `TREFOIL_CLOSED`, or the error of a `required` part; the old
   * backends then stay in force
   */
  async reconfigure(options: TrefoilOptions = this.#given): Promise<void> {
    if (this.#shutdown !== undefined) {
      throw new TrefoilError('TREFOIL_CLOSED', {
        attempted: 'Reconfiguring',
        where: `the service ${this.#inForce.options.service.name}`,
        why: 'the runtime is shut down',
        todo: 'Call initializeObservability again.',
      });
    }
    const before = this.#inForce;
    this.#inForce = this.#build(options, before);
    this.#given = options;
    this.#enforce();
    const replaced = partNames.map((name) => before.parts[name]).filter((part) => !this.#isInForce(part));
    // The old endpoint has to go before a new one can take its port.
    const metrics = replaced.find((part) => part.section === 'metrics' && !part.isUsers);
    await metrics?.close();
    await this.#start(this.#inForce.parts);
    await before.instrumentation.idle();
    for (const part of replaced.reverse()) {
      await attempt(() => part.flush());
      if (!part.isUsers && part !== metrics) await attempt(() => part.close());
    }
  }

  /** Resolves when everything recorded so far has been handed on; rejects with what could not be. */
  async flush(): Promise<void> {
    const errors: unknown[] = [];
    for (const name of [...partNames].reverse()) {
      await this.#inForce.parts[name].flush().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0)
      throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'several parts failed to flush');
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
    const environment = readEnvironment();
    const options = resolveOptions(given, environment);
    for (const ignored of environment.ignored) {
      if (before !== undefined) break;
      this.#startupProblems.push({ code: 'TREFOIL_ENVIRONMENT_IGNORED', where: 'the environment', message: ignored });
      this.#diagnostics.report('TREFOIL_ENVIRONMENT_IGNORED', 'the environment', new Error(ignored));
    }
    const redactor = new DataRedactor(options.redaction);
    const parts = buildParts(this.#container, options, redactor, (section, registered) =>
      before === undefined ? undefined : unchangedPart(before, options, section, registered),
    );
    checkDelivery(parts, options);
    const instrumentation = new Instrumentation({
      pillars: pillarsOf(parts, options, this.#diagnostics),
      handlers: callHandlersOf(this.#container),
      redactor,
      diagnostics: this.#diagnostics,
    });
    return { options, parts, instrumentation };
  }

  /** From the next call on. */
  #enforce(): void {
    const { parts, instrumentation } = this.#inForce;
    this.#source.current = instrumentation;
    this.#source.wasShutDown = false;
    this.#diagnostics.setSink(parts.logging.error === undefined ? toLogger(parts.logging.backend) : toConsole);
    for (const [name, token] of tokenOfPart) {
      if (!parts[name].isUsers) provide(this.#container, token, parts[name].backend);
    }
    provide(this.#container, TREFOIL, this);
    for (const name of partNames) this.#reportDegraded(parts[name]);
  }

  async #start(parts: Parts): Promise<void> {
    for (const name of partNames) {
      const part = parts[name];
      if (part.url !== undefined) continue;
      try {
        await part.start();
      } catch (error) {
        this.#reportDegraded(part);
        if (part.required) throw error;
      }
    }
  }

  #reportDegraded(part: Part<unknown>): void {
    if (part.error !== undefined) this.#diagnostics.report(part.error.code, part.section, part.error);
  }

  #isInForce(part: Part<unknown>): boolean {
    return partNames.some((name) => this.#inForce.parts[name].backend === part.backend);
  }

  async #stop(): Promise<ShutdownReport> {
    const { options, parts, instrumentation } = this.#inForce;
    this.#source.wasShutDown = true;
    this.#source.current = undefined;
    const errors: { part: string; message: string }[] = [];
    const note = (part: string, error: unknown): void => void errors.push({ part, message: messageOf(error) });
    const close = async (): Promise<void> => {
      await this.ready.catch(() => undefined);
      await instrumentation.idle();
      for (const name of [...partNames].reverse()) {
        await attempt(
          () => parts[name].flush(),
          (error) => note(name, error),
        );
        await attempt(
          () => parts[name].close(),
          (error) => note(name, error),
        );
      }
    };
    const timedOut = await withinDeadline(close(), options.shutdownTimeoutMs);
    if (timedOut)
      this.#diagnostics.report(
        'TREFOIL_SHUTDOWN_TIMEOUT',
        `${options.shutdownTimeoutMs} ms`,
        new Error('not everything was flushed'),
      );
    forgetAtProcessEnd(this);
    return { timedOut, errors };
  }
}

/** Until there is a logger, and where there is none. */
function toConsole({ code, where, message }: DiagnosticReport): void {
  console.error(escapeText(`[trefoil] ${code} ${where}: ${message}`));
}

function toLogger(logger: Logger): DiagnosticSink {
  return ({ code, where, message, suppressed }) =>
    logger.log('warn', `trefoil: ${message}`, { code, where, ...(suppressed === 0 ? {} : { suppressed }) });
}

/** A part stays as it is where neither its section nor what the user registered for it has changed. */
function unchangedPart(
  before: InForce,
  options: ResolvedOptions,
  section: Part<unknown>['section'],
  registered: unknown,
): Part<unknown> | undefined {
  const part: Part<unknown> = before.parts[section];
  if (part.isUsers !== (registered !== undefined) || part.error !== undefined) return undefined;
  if (part.isUsers) return part.backend === registered ? part : undefined;
  const sameService = isDeepStrictEqual(
    [before.options.service, before.options.resource, before.options.redaction],
    [options.service, options.resource, options.redaction],
  );
  return sameService && isDeepStrictEqual(before.options[section], options[section]) ? part : undefined;
}

function partStatus(part: Part<unknown>): PartStatus {
  const { backendName: backend, error, url } = part;
  return {
    backend,
    state: error !== undefined ? 'degraded' : isOff(part) ? 'off' : 'running',
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    ...(url === undefined ? {} : { url }),
  };
}

async function attempt(
  action: () => Promise<void>,
  onError: (error: unknown) => void = () => undefined,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    onError(error);
  }
}

/** Whether the deadline came first. */
function withinDeadline(work: Promise<void>, deadlineMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), deadlineMs);
    void work.then(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
