import { isDeepStrictEqual } from 'node:util';
import type { Tracer } from '@opentelemetry/api';
import type { DependencyContainer } from 'tsyringe';
import { canDeliver, type AuditBackend } from '../audit/audit-backend';
import { AuditPillar } from '../audit/audit-pillar';
import { deliveryError } from '../audit/delivery-error';
import { FileAuditBackend } from '../audit/file-audit-backend';
import { JsonAuditBackend, type JsonAuditBackendOptions } from '../audit/json-audit-backend';
import type { OnJournalReport } from '../audit/journal/adopt-writers';
import { journalDefaults } from '../audit/journal/journal-options';
import { InMemoryAuditBackend } from '../audit/in-memory-audit-backend';
import { NoopAuditBackend } from '../audit/noop-audit-backend';
import { UnavailableAuditBackend } from '../audit/unavailable-audit-backend';
import type { Pillar } from '../call/call-handler';
import { messageOf, type Diagnostics } from '../diagnostics';
import { describeValue, TrefoilError } from '../errors';
import type { Logger } from '../logging/logger';
import { LoggingPillar } from '../logging/logging-pillar';
import { WinstonLogger } from '../logging/winston-logger';
import { InMemoryMetricsBackend } from '../metrics/in-memory-metrics-backend';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { MetricsPillar } from '../metrics/metrics-pillar';
import { NoopMetricsBackend } from '../metrics/noop-metrics-backend';
import { PrometheusMetricsBackend } from '../metrics/prometheus-metrics-backend';
import type { DataRedactor } from '../redaction/data-redactor';
import { InMemoryTracer } from '../tracing/in-memory-tracer';
import { NoopTracer } from '../tracing/noop-tracer';
import { OpenTelemetryTracer, type OpenTelemetryTracerOptions } from '../tracing/opentelemetry-tracer';
import { TracingPillar } from '../tracing/tracing-pillar';
import { userRegistration, type UserRegistration } from './container';
import { MetricsEndpoint } from './metrics-endpoint';
import type { ResolvedOptions } from './options';
import { Part, type PartOrigin, type Section } from './part';
import { AUDIT_BACKEND, LOGGER, METRICS_BACKEND, TRACER } from './tokens';

/** The backends in force. */
export interface Parts {
  readonly logging: Part<Logger>;
  readonly metrics: Part<MetricsBackend>;
  readonly tracing: Part<Tracer>;
  readonly audit: Part<AuditBackend>;
}

/** In the order of starting; they are flushed and closed in the reverse order, so that the logger is there to the end. */
export const partNames = ['logging', 'metrics', 'tracing', 'audit'] as const;

/** The parts, last in first out. */
export function lastInFirstOut(parts: Parts): Part[] {
  return partNames.map((name): Part => parts[name]).reverse();
}

/** How to come by one of the backends. */
interface Recipe<Backend extends object> {
  readonly section: Section;
  readonly token: symbol;
  /** The methods that a backend of the user's must have. */
  readonly methods: readonly (keyof Backend & string)[];
  readonly required: boolean;
  /** Everything that `build` reads: as long as it is the same, the backend stays. */
  readonly settings: unknown;
  readonly build: () => Backend;
  /** What takes the place of one that cannot be had, and why it cannot. */
  readonly noop: (why: TrefoilError) => Backend;
}

/** What the parts are built from. */
export interface PartsInit {
  readonly container: DependencyContainer;
  readonly options: ResolvedOptions;
  readonly redactor: DataRedactor;
  readonly diagnostics: Diagnostics;
  /** Backends that nothing has changed for are taken over from here. */
  readonly before: Parts | undefined;
  /** Told of each part that is new, in case what comes after it fails. */
  readonly onBuilt: (part: Part) => void;
}

/**
 * Builds the four backends, or takes them from the container or from before.
 *
 * @throws TrefoilError `TREFOIL_BACKEND_INVALID`, or the error of a `required` part
 */
export function buildParts(init: PartsInit): Parts {
  const { options, redactor, diagnostics } = init;
  const onWriteError = (error: unknown): void => diagnostics.report('TREFOIL_BACKEND_FAILED', 'logging.path', error);
  const { service, audit, metrics, logging } = options;
  const { level, format, path } = logging;
  const logSettings = { level, format, path, service: service.name, environment: service.environment };
  const tracerSettings = tracerSettingsOf(options);
  const auditSettings = auditSettingsOf(options);
  const metricsSettings = { backend: metrics.backend, defaultLabels: metrics.defaultLabels };
  return {
    logging: makePart<Logger>(init, {
      section: 'logging',
      token: LOGGER,
      methods: ['log', 'isLevelEnabled', 'flush', 'close'],
      required: logging.required,
      settings: { ...logSettings, redaction: options.redaction },
      build: () => new WinstonLogger({ ...logSettings, redactor, onWriteError }),
      noop: () => new WinstonLogger({ level: 'silent', service: service.name, environment: service.environment }),
    }),
    metrics: makePart<MetricsBackend>(init, {
      section: 'metrics',
      token: METRICS_BACKEND,
      methods: ['declare', 'increment', 'gauge', 'histogram', 'flush', 'close'],
      required: metrics.required,
      settings: metricsSettings,
      build: () => buildMetrics(metricsSettings),
      noop: () => new NoopMetricsBackend(),
    }),
    tracing: makePart<Tracer>(init, {
      section: 'tracing',
      token: TRACER,
      methods: ['startSpan'],
      required: options.tracing.required,
      settings: tracerSettings,
      build: () => buildTracer(tracerSettings),
      noop: () => new NoopTracer(),
    }),
    audit: makePart<AuditBackend>(init, {
      section: 'audit',
      token: AUDIT_BACKEND,
      methods: ['log', 'flush', 'close'],
      required: audit.required,
      settings: auditSettings,
      build: () =>
        buildAudit(auditSettings, (where, error) => diagnostics.report('TREFOIL_AUDIT_JOURNAL', where, error)),
      noop: (why) => new UnavailableAuditBackend(why),
    }),
  };
}

/** The pillars that are switched on. */
export function pillarsOf(parts: Parts, options: ResolvedOptions, diagnostics: Diagnostics): Pillar[] {
  const { service, audit, metrics } = options;
  const pillars: Pillar[] = [];
  if (!parts.tracing.isOff) pillars.push(new TracingPillar(parts.tracing.backend, diagnostics));
  // One that could not be had has not been switched off: what asks for a record must not go without.
  if (!parts.audit.isOff || parts.audit.buildError !== undefined) {
    const origin = { service: service.name, environment: service.environment };
    const { delivery, onFailure, maxWaitMs = journalDefaults.maxWaitMs } = audit;
    pillars.push(
      new AuditPillar({ backend: parts.audit.backend, delivery, onFailure, maxWaitMs, origin, diagnostics }),
    );
  }
  if (!parts.metrics.isOff) {
    pillars.push(new MetricsPillar({ backend: parts.metrics.backend, diagnostics, labelBudget: metrics.labelBudget }));
  }
  // Where all four are off, calls are not even looked at.
  const isSilent = options.logging.level === 'silent' && !parts.logging.isUsers;
  if (!isSilent) pillars.push(new LoggingPillar(parts.logging.backend, diagnostics));
  return pillars;
}

/** More is asked of the audit backend than it can give: a mistake in the options, refused at once. */
export function checkDelivery(parts: Parts, options: ResolvedOptions): void {
  const { backend } = parts.audit;
  if (!canDeliver(backend.guarantees, options.audit.delivery)) {
    throw deliveryError(backend, options.audit.delivery, 'audit.delivery');
  }
}

function makePart<Backend extends object>(init: PartsInit, recipe: Recipe<Backend>): Part<Backend> {
  const { section, required } = recipe;
  const registration = userRegistration(init.container, recipe.token);
  const origin: PartOrigin =
    registration === undefined
      ? { from: 'options', key: recipe.settings }
      : { from: registration.isAbove ? 'above' : 'container', key: registration.identity };
  const before = init.before?.[section] as Part<Backend> | undefined;
  const kept = before !== undefined && stays(before, origin) ? before.backend : undefined;
  const { backend, buildError } = kept === undefined ? obtain(recipe, registration) : { backend: kept };
  const endpoint = endpointOf(backend, origin, init.options.metrics, before?.endpoint);
  const part = new Part<Backend>({ section, backend, origin, required, buildError, endpoint });
  if (kept === undefined) init.onBuilt(part);
  return part;
}

function stays({ origin: before, buildError }: Part, { from, key }: PartOrigin): boolean {
  if (buildError !== undefined || before.from !== from) return false;
  return from === 'options' ? isDeepStrictEqual(before.key, key) : before.key === key;
}

/** The backend asked for or, where it cannot be had and is not required, its no-op and why. */
function obtain<Backend extends object>(
  recipe: Recipe<Backend>,
  registration: UserRegistration | undefined,
): { readonly backend: Backend; readonly buildError?: TrefoilError } {
  let registered: unknown;
  try {
    if (registration === undefined) return { backend: recipe.build() };
    registered = resolveRegistered(recipe, registration);
  } catch (error) {
    if (recipe.required || !(error instanceof TrefoilError)) throw error;
    return { backend: recipe.noop(error), buildError: error };
  }
  return { backend: checkRegistered(recipe, registered) };
}

function resolveRegistered<Backend extends object>(recipe: Recipe<Backend>, registration: UserRegistration): unknown {
  try {
    return registration.resolve();
  } catch (cause) {
    throw new TrefoilError(
      'TREFOIL_BACKEND_INVALID',
      {
        attempted: `Resolving what is registered under ${tokenName(recipe)}`,
        where: `the ${recipe.section} pillar`,
        why: messageOf(cause),
        todo: 'Correct the registration, or remove it.',
      },
      { cause },
    );
  }
}

function checkRegistered<Backend extends object>(recipe: Recipe<Backend>, registered: unknown): Backend {
  const candidate = registered as Readonly<Record<string, unknown>> | null | undefined;
  const missing: string[] = recipe.methods.filter((method) => typeof candidate?.[method] !== 'function');
  if (recipe.section === 'audit' && !isGuarantees(candidate?.['guarantees'])) missing.push('guarantees');
  if (missing.length === 0) return registered as Backend;
  throw new TrefoilError('TREFOIL_BACKEND_INVALID', {
    attempted: `Using what is registered under ${tokenName(recipe)}`,
    where: `the ${recipe.section} pillar`,
    expected: `an object with ${recipe.methods.join(', ')}${recipe.section === 'audit' ? ' and guarantees' : ''}`,
    given: `${describeValue(registered)} without ${missing.join(', ')}`,
    todo: 'Implement what is missing, or register another backend.',
  });
}

function isGuarantees(guarantees: unknown): boolean {
  if (typeof guarantees !== 'object' || guarantees === null) return false;
  return 'delivery' in guarantees && 'volatile' in guarantees;
}

function tokenName(recipe: { readonly token: symbol }): string {
  return recipe.token.description?.replace('trefoil ', '') ?? 'a token';
}

/** Only a backend that the options asked for is served: one of the user's own is the user's to serve. */
function endpointOf(
  backend: object,
  origin: PartOrigin,
  { port, host, path }: ResolvedOptions['metrics'],
  before: MetricsEndpoint | undefined,
): MetricsEndpoint | undefined {
  if (origin.from !== 'options' || !(backend instanceof PrometheusMetricsBackend) || port === false) return undefined;
  const where = { port, host, path };
  return before?.serves(backend, where) === true ? before : new MetricsEndpoint(backend, where);
}

interface AuditSettings extends Omit<JsonAuditBackendOptions, 'directory' | 'onReport'> {
  readonly backend: ResolvedOptions['audit']['backend'];
  readonly path: string;
  readonly maxEvents: number | undefined;
}

/** What the backend depends on, and nothing that it does not. */
function auditSettingsOf({ audit, service }: ResolvedOptions): AuditSettings {
  const {
    backend,
    path,
    maxEvents,
    delivery: _delivery,
    onFailure: _onFailure,
    required: _required,
    generateId: _generateId,
    ...journal
  } = audit;
  if (backend === 'none' || backend === 'memory') return { backend, path, maxEvents };
  return { backend, path, maxEvents: undefined, ...journal, service: service.name, environment: service.environment };
}

function buildAudit({ backend, path, maxEvents, ...journal }: AuditSettings, onReport: OnJournalReport): AuditBackend {
  if (backend === 'none') return new NoopAuditBackend();
  if (backend === 'json') return new JsonAuditBackend({ ...journal, directory: path, onReport });
  if (backend === 'file') return new FileAuditBackend({ ...journal, path, onReport });
  return new InMemoryAuditBackend({ maxEvents });
}

function buildMetrics({ backend, defaultLabels }: Pick<ResolvedOptions['metrics'], 'backend' | 'defaultLabels'>) {
  if (backend === 'none') return new NoopMetricsBackend();
  if (backend === 'memory') return new InMemoryMetricsBackend();
  return new PrometheusMetricsBackend({ defaultLabels });
}

interface TracerSettings extends Omit<OpenTelemetryTracerOptions, 'exporterType'> {
  readonly exporter: ResolvedOptions['tracing']['exporter'];
  readonly maxSpans: number | undefined;
}

function tracerSettingsOf({ tracing, service, resource }: ResolvedOptions): TracerSettings {
  const { exporter, maxSpans, required: _required, ...exporting } = tracing;
  // Spans in memory or nowhere do not depend on the rest.
  if (exporter === 'none' || exporter === 'memory') return { exporter, maxSpans, serviceName: '' };
  return {
    ...exporting,
    exporter,
    maxSpans: undefined,
    serviceName: service.name,
    resource: {
      ...resource,
      ...(service.version === undefined ? {} : { 'service.version': service.version }),
      'deployment.environment.name': service.environment,
    },
  };
}

function buildTracer({ exporter, maxSpans, ...exporting }: TracerSettings): Tracer {
  if (exporter === 'none') return new NoopTracer();
  if (exporter === 'memory') return new InMemoryTracer({ maxSpans });
  return new OpenTelemetryTracer({ ...exporting, exporterType: exporter });
}
