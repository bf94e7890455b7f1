import type { Tracer } from '@opentelemetry/api';
import type { DependencyContainer } from 'tsyringe';
import { canDeliver, type AuditBackend } from '../audit/audit-backend';
import { AuditPillar, deliveryError } from '../audit/audit-pillar';
import { FileAuditBackend } from '../audit/file-audit-backend';
import { InMemoryAuditBackend } from '../audit/in-memory-audit-backend';
import { NoopAuditBackend } from '../audit/noop-audit-backend';
import type { Pillar } from '../call/call-handler';
import type { Diagnostics } from '../diagnostics';
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
import { OpenTelemetryTracer } from '../tracing/opentelemetry-tracer';
import { TracingPillar } from '../tracing/tracing-pillar';
import { userValue } from './container';
import type { ResolvedOptions } from './options';
import { AUDIT_BACKEND, LOGGER, METRICS_BACKEND, TRACER } from './tokens';

/** One of the four backends in force, and what the runtime has to know to start, flush and stop it. */
export interface Part<Backend> {
  readonly section: 'audit' | 'metrics' | 'tracing' | 'logging';
  readonly backend: Backend;
  readonly backendName: string;
  /** Registered by the user, and so not the runtime's to replace or to close while it runs on. */
  readonly isUsers: boolean;
  readonly required: boolean;
  /** Why it was replaced by its no-op, or why its endpoint is missing. */
  error: TrefoilError | undefined;
  /** Where it can be reached, once started. */
  url: string | undefined;
  /** Opens what can fail later than at once, such as a port. */
  start(): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The backends in force. */
export interface Parts {
  readonly logging: Part<Logger>;
  readonly metrics: Part<MetricsBackend>;
  readonly tracing: Part<Tracer>;
  readonly audit: Part<AuditBackend>;
}

/** In the order of starting; they are flushed and closed in the reverse order, so that the logger is there to the end. */
export const partNames = ['logging', 'metrics', 'tracing', 'audit'] as const;

/** How to come by one of the backends. */
interface Recipe<Backend> {
  readonly section: Part<Backend>['section'];
  readonly token: symbol;
  /** The methods that a backend of the user's must have. */
  readonly methods: readonly (keyof Backend & string)[];
  readonly required: boolean;
  readonly build: () => Backend;
  readonly noop: () => Backend;
}

/** Builds the backends anew, or keeps those of `before` whose section and registration are unchanged. */
export function buildParts(
  container: DependencyContainer,
  options: ResolvedOptions,
  redactor: DataRedactor,
  keep: (section: Part<unknown>['section'], registered: unknown) => Part<unknown> | undefined,
): Parts {
  const make = <Backend extends object>(recipe: Recipe<Backend>): Part<Backend> => {
    const registered = userValue(container, recipe.token);
    const kept = keep(recipe.section, registered) as Part<Backend> | undefined;
    return kept ?? (registered === undefined ? builtPart(recipe, options) : userPart(recipe, registered));
  };
  const { service, audit, metrics, tracing, logging } = options;
  return {
    logging: make<Logger>({
      section: 'logging',
      token: LOGGER,
      methods: ['log', 'isLevelEnabled', 'flush', 'close'],
      required: logging.required,
      build: () => new WinstonLogger({ ...logging, service: service.name, environment: service.environment, redactor }),
      noop: () => new WinstonLogger({ level: 'silent', service: service.name, environment: service.environment }),
    }),
    metrics: make<MetricsBackend>({
      section: 'metrics',
      token: METRICS_BACKEND,
      methods: ['declare', 'increment', 'histogram', 'flush', 'close'],
      required: metrics.required,
      build: () => buildMetrics(options),
      noop: () => new NoopMetricsBackend(),
    }),
    tracing: make<Tracer>({
      section: 'tracing',
      token: TRACER,
      methods: ['startSpan'],
      required: tracing.required,
      build: () => buildTracer(options),
      noop: () => new NoopTracer(),
    }),
    audit: make<AuditBackend>({
      section: 'audit',
      token: AUDIT_BACKEND,
      methods: ['log', 'flush', 'close'],
      required: audit.required,
      build: () => buildAudit(options),
      noop: () => new NoopAuditBackend(),
    }),
  };
}

/** The pillars that are switched on. */
export function pillarsOf(parts: Parts, options: ResolvedOptions, diagnostics: Diagnostics): Pillar[] {
  const { service, audit, metrics } = options;
  const pillars: Pillar[] = [];
  if (!isOff(parts.tracing)) pillars.push(new TracingPillar(parts.tracing.backend, diagnostics));
  if (!isOff(parts.audit)) {
    const origin = { service: service.name, environment: service.environment };
    const { delivery, onFailure } = audit;
    pillars.push(new AuditPillar({ backend: parts.audit.backend, delivery, onFailure, origin, diagnostics }));
  }
  if (!isOff(parts.metrics)) {
    pillars.push(new MetricsPillar({ backend: parts.metrics.backend, diagnostics, labelBudget: metrics.labelBudget }));
  }
  pillars.push(new LoggingPillar(parts.logging.backend));
  return pillars;
}

/** Whether a pillar has nothing behind it, by choice or because it could not start. */
export function isOff(part: Part<unknown>): boolean {
  return part.backendName === 'none' && !part.isUsers;
}

/** More is asked of the audit backend than it can give: a mistake in the options, refused at once. */
export function checkDelivery(parts: Parts, options: ResolvedOptions): void {
  const { backend } = parts.audit;
  if (!canDeliver(backend.guarantees, options.audit.delivery)) {
    throw deliveryError(backend, options.audit.delivery, 'audit.delivery');
  }
}

function buildAudit({ audit }: ResolvedOptions): AuditBackend {
  if (audit.backend === 'none') return new NoopAuditBackend();
  if (audit.backend === 'file') return new FileAuditBackend({ path: audit.path });
  return new InMemoryAuditBackend(audit.maxEvents === undefined ? {} : { maxEvents: audit.maxEvents });
}

function buildMetrics({ metrics }: ResolvedOptions): MetricsBackend {
  if (metrics.backend === 'none') return new NoopMetricsBackend();
  if (metrics.backend === 'memory') return new InMemoryMetricsBackend();
  return new PrometheusMetricsBackend(
    metrics.defaultLabels === undefined ? {} : { defaultLabels: metrics.defaultLabels },
  );
}

function buildTracer({ tracing, service, resource }: ResolvedOptions): Tracer {
  const { exporter } = tracing;
  if (exporter === 'none') return new NoopTracer();
  if (exporter === 'memory')
    return new InMemoryTracer(tracing.maxSpans === undefined ? {} : { maxSpans: tracing.maxSpans });
  return new OpenTelemetryTracer({
    ...tracing,
    exporterType: exporter,
    serviceName: service.name,
    resource: {
      ...resource,
      ...(service.version === undefined ? {} : { 'service.version': service.version }),
      'deployment.environment.name': service.environment,
    },
  });
}

function builtPart<Backend extends object>(recipe: Recipe<Backend>, options: ResolvedOptions): Part<Backend> {
  let backend: Backend;
  let error: TrefoilError | undefined;
  try {
    backend = recipe.build();
  } catch (cause) {
    if (recipe.required || !(cause instanceof TrefoilError)) throw cause;
    error = cause;
    backend = recipe.noop();
  }
  const part = partAround(recipe, backend, false);
  part.error = error;
  if (backend instanceof PrometheusMetricsBackend) part.start = () => startEndpoint(part, backend, options.metrics);
  return error === undefined ? part : { ...part, backendName: 'none' };
}

/** Without its port the backend still counts; only nobody can scrape it. */
async function startEndpoint(
  part: Part<unknown>,
  backend: PrometheusMetricsBackend,
  { port, host, path }: ResolvedOptions['metrics'],
): Promise<void> {
  if (port === false) return;
  try {
    part.url = (await backend.startHttpServer({ port, host, path })).url;
  } catch (error) {
    part.error = error as TrefoilError;
    throw error;
  }
}

function userPart<Backend extends object>(recipe: Recipe<Backend>, registered: unknown): Part<Backend> {
  const candidate = registered as Readonly<Record<string, unknown>> | null;
  const missing = recipe.methods.filter((method) => typeof candidate?.[method] !== 'function');
  if (recipe.section === 'audit' && typeof candidate?.['guarantees'] !== 'object') missing.push('guarantees' as never);
  if (missing.length > 0) {
    throw new TrefoilError('TREFOIL_BACKEND_INVALID', {
      attempted: `Using what is registered under ${recipe.token.description?.replace('trefoil ', '') ?? 'a token'}`,
      where: `the ${recipe.section} pillar`,
      expected: `an object with ${[...recipe.methods].join(', ')}`,
      given: `${describeValue(registered)} without ${missing.join(', ')}`,
      todo: 'Implement what is missing, or register another backend.',
    });
  }
  return partAround(recipe, registered as Backend, true);
}

/** What OpenTelemetry's SDKs and trefoil's backends call the same two things. */
interface Stoppable {
  readonly name?: unknown;
  flush?(): Promise<void>;
  forceFlush?(): Promise<void>;
  close?(): Promise<void>;
  shutdown?(): Promise<void>;
}

function partAround<Backend extends object>(
  recipe: Recipe<Backend>,
  backend: Backend,
  isUsers: boolean,
): Part<Backend> {
  const stoppable: Stoppable = backend;
  return {
    section: recipe.section,
    backend,
    backendName: typeof stoppable.name === 'string' ? stoppable.name : backend.constructor.name,
    isUsers,
    required: recipe.required,
    error: undefined,
    url: undefined,
    start: () => Promise.resolve(),
    flush: async () => {
      if (stoppable.flush !== undefined) await stoppable.flush();
      else await stoppable.forceFlush?.();
    },
    close: async () => {
      if (stoppable.close !== undefined) await stoppable.close();
      else await stoppable.shutdown?.();
    },
  };
}
