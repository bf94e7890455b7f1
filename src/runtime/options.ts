import * as v from 'valibot';
import { validateOptions } from '../validate-options';
import { auditSchema, resolveAudit, type AuditSection, type ResolvedAudit } from './audit-section';
import type { Environment } from './environment';
import { loggingSchema, resolveLogging, type LoggingSection, type ResolvedLogging } from './logging-section';
import { metricsSchema, resolveMetrics, type MetricsSection, type ResolvedMetrics } from './metrics-section';
import { flag, text, timeoutMs, wholeFrom } from './option-values';
import {
  exporterOf,
  resolveTracing,
  tracingSchema,
  type ResolvedTracing,
  type TracingSection,
} from './tracing-section';

/** Which service this is. */
export interface ServiceOptions {
  /** Default: `OTEL_SERVICE_NAME`, else `unknown_service`. */
  readonly name?: string;
  readonly version?: string;
  /** Default: `TREFOIL_ENV`, else `NODE_ENV`, else `development`. */
  readonly environment?: string;
}

/** What is removed before anything is written. */
export interface RedactionSection {
  /** Default `[REDACTED]`. */
  readonly replacement?: string;
  /** Names of fields beside the default ones. */
  readonly fieldsToRedact?: readonly string[];
  /** What is removed from any text: regular expressions without lookarounds and back-references. */
  readonly patterns?: readonly (string | RegExp)[];
}

/** The sections that an environment may change. */
export interface TrefoilSections {
  readonly service?: ServiceOptions;
  readonly audit?: AuditSection;
  readonly metrics?: MetricsSection;
  readonly tracing?: TracingSection;
  readonly logging?: LoggingSection;
  readonly redaction?: RedactionSection;
  /**
   * Shut down when the event loop runs empty, and on SIGTERM and SIGINT, after which the signal has its default effect.
   * Where the application listens to the signal too, everything is flushed, and leaving is the application's: calls
   * that it makes until then are recorded. Default true.
   */
  readonly signals?: boolean;
  /** How often an operation may be called under one parent call before that is marked as N+1. Default 20. */
  readonly repeatedCallsLimit?: number;
  /**
   * How long a stream that a method returns may wait for its reader, in milliseconds, and a writable one may last. The
   * call of one that takes longer is recorded as cancelled, and the stream left as it is. Default 600,000, ten minutes.
   */
  readonly streamTimeoutMs?: number;
  /** How long a shutdown may take, in milliseconds. Default 5,000. */
  readonly shutdownTimeoutMs?: number;
}

/** The options of `initializeObservability`. */
export interface TrefoilOptions extends TrefoilSections {
  /**
   * Sections laid over the base where the environment has that name. A change of `backend` or `exporter` replaces its
   * section instead of merging into it.
   */
  readonly environments?: Readonly<Record<string, TrefoilSections>>;
}

/** The options in force: validated, merged, with every default filled in. */
export interface ResolvedOptions {
  readonly service: { readonly name: string; readonly version: string | undefined; readonly environment: string };
  readonly resource: Readonly<Record<string, string>>;
  readonly audit: ResolvedAudit;
  readonly metrics: ResolvedMetrics;
  readonly tracing: ResolvedTracing;
  readonly logging: ResolvedLogging;
  readonly redaction: RedactionSection;
  readonly signals: boolean;
  readonly repeatedCallsLimit: number;
  readonly streamTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
}

const sectionEntries = {
  service: v.optional(
    v.strictObject({ name: v.optional(text), version: v.optional(text), environment: v.optional(text) }),
  ),
  audit: v.optional(auditSchema),
  metrics: v.optional(metricsSchema),
  tracing: v.optional(tracingSchema),
  logging: v.optional(loggingSchema),
  redaction: v.optional(
    v.strictObject({
      replacement: v.optional(v.string()),
      fieldsToRedact: v.optional(v.array(text)),
      patterns: v.optional(v.array(v.union([text, v.instance(RegExp)]))),
    }),
  ),
  signals: flag,
  repeatedCallsLimit: v.optional(wholeFrom(1)),
  streamTimeoutMs: v.optional(timeoutMs),
  shutdownTimeoutMs: v.optional(wholeFrom(0)),
};

const schema = v.strictObject({
  ...sectionEntries,
  environments: v.optional(v.record(v.string(), v.strictObject(sectionEntries))),
});

/**
 * Validates the options, lays the environment's sections over the base and fills in what is missing.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 */
export function resolveOptions(options: TrefoilOptions, environment: Environment): ResolvedOptions {
  const valid: TrefoilOptions = validateOptions(schema, options, {
    code: 'TREFOIL_OPTIONS_INVALID',
    attempted: 'Reading the options of initializeObservability',
    todo: 'Correct the option; the documentation lists them all.',
  });
  const name = valid.service?.environment ?? environment.name ?? 'development';
  const environments = valid.environments ?? {};
  const over = Object.hasOwn(environments, name) ? environments[name] : undefined;
  return fillIn(over === undefined ? valid : mergeSections(valid, over, environment), name, environment);
}

function mergeSections(base: TrefoilSections, over: TrefoilSections, environment: Environment): TrefoilSections {
  return {
    service: merge(base.service, over.service),
    audit: mergeUnlessChanged(base.audit, over.audit, (section) => section?.backend ?? 'memory'),
    metrics: mergeUnlessChanged(base.metrics, over.metrics, (section) => section?.backend ?? 'prometheus'),
    tracing: mergeUnlessChanged(base.tracing, over.tracing, (section) => exporterOf(section, environment)),
    logging: merge(base.logging, over.logging),
    redaction: merge(base.redaction, over.redaction),
    signals: over.signals ?? base.signals,
    repeatedCallsLimit: over.repeatedCallsLimit ?? base.repeatedCallsLimit,
    streamTimeoutMs: over.streamTimeoutMs ?? base.streamTimeoutMs,
    shutdownTimeoutMs: over.shutdownTimeoutMs ?? base.shutdownTimeoutMs,
  };
}

/** What is given as `undefined` is not given. */
function merge<Section extends object>(base: Section | undefined, over: Section | undefined): Section {
  const given = Object.entries(over ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) } as Section;
}

/** Another backend has no use for the settings of the one that it replaces. */
function mergeUnlessChanged<Section extends { readonly backend?: unknown; readonly exporter?: unknown }>(
  base: Section | undefined,
  over: Section | undefined,
  kindOf: (section: Section | undefined) => unknown,
): Section | undefined {
  const namesOne = over?.backend !== undefined || over?.exporter !== undefined;
  return namesOne && kindOf(over) !== kindOf(base) ? over : merge(base, over);
}

function fillIn(sections: TrefoilSections, name: string, environment: Environment): ResolvedOptions {
  const { service, audit, metrics, tracing, logging } = sections;
  return {
    service: {
      name: service?.name ?? environment.serviceName ?? 'unknown_service',
      version: service?.version ?? environment.resource['service.version'],
      environment: name,
    },
    resource: environment.resource,
    audit: resolveAudit(audit),
    metrics: resolveMetrics(metrics, environment),
    tracing: resolveTracing(tracing, environment),
    logging: resolveLogging(logging, environment),
    redaction: sections.redaction ?? {},
    signals: sections.signals ?? true,
    repeatedCallsLimit: sections.repeatedCallsLimit ?? 20,
    streamTimeoutMs: sections.streamTimeoutMs ?? 600_000,
    shutdownTimeoutMs: sections.shutdownTimeoutMs ?? 5_000,
  };
}
