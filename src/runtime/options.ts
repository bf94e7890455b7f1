import * as v from 'valibot';
import { redactionSchema } from '../redaction/data-redactor';
import { validateOptions } from '../validate-options';
import { auditSchema, resolveAudit, type ResolvedAudit } from './audit-section';
import type { Environment } from './environment';
import { loggingSchema, resolveLogging, type ResolvedLogging } from './logging-section';
import { metricsSchema, resolveMetrics, type ResolvedMetrics } from './metrics-section';
import { flag, text, timeoutMs, wholeFrom } from '../option-values';
import { mergeSections } from './merge-sections';
import { hintOn } from './option-hints';
import type { RedactionSection, TrefoilSections } from './sections';
import { resolveTracing, tracingSchema, type ResolvedTracing } from './tracing-section';

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

/** The options in force, with every default filled in and without secrets. */
export type OptionsInForce = Omit<ResolvedOptions, 'metrics'> & {
  readonly metrics: Omit<ResolvedMetrics, 'push'>;
};

const sectionEntries = {
  service: v.optional(
    v.strictObject({ name: v.optional(text), version: v.optional(text), environment: v.optional(text) }),
  ),
  audit: v.optional(auditSchema),
  metrics: v.optional(metricsSchema),
  tracing: v.optional(tracingSchema),
  logging: v.optional(loggingSchema),
  redaction: v.optional(redactionSchema),
  signals: flag,
  repeatedCallsLimit: v.optional(wholeFrom(1)),
  streamTimeoutMs: v.optional(timeoutMs),
  shutdownTimeoutMs: v.optional(wholeFrom(0)),
};

const schema = v.strictObject({
  ...sectionEntries,
  environments: v.optional(v.record(v.string(), v.strictObject(sectionEntries))),
});

/** Options that have been read: validated, and laid over those before. */
export interface ReadOptions {
  /** What was given, over what was given before; an environment's sections are laid over already. */
  readonly sections: TrefoilSections;
  readonly resolved: ResolvedOptions;
  /** Whether tracing is off because nothing says where spans go. */
  readonly isTracingUnasked: boolean;
  /** Set where there are sections for environments, but none for the one that was named. */
  readonly unknownEnvironment: { readonly name: string; readonly known: readonly string[] } | undefined;
}

/**
 * Validates the options, lays the environment's sections over the base, and all of it over what was in force before, and
 * fills in what is missing.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 */
export function readOptions(options: TrefoilOptions, environment: Environment, before?: ReadOptions): ReadOptions {
  const { environments, ...base }: TrefoilOptions = validateOptions(schema, options, {
    code: 'TREFOIL_OPTIONS_INVALID',
    attempted: 'Reading the options of initializeObservability',
    todo: 'Correct the option; the documentation lists them all.',
    hint: (path, given) => hintOn(path.replace(/^environments\.[^.]+\.?/, ''), given),
  });
  const named = base.service?.environment ?? before?.resolved.service.environment ?? environment.name;
  const name = named ?? 'development';
  const isKnown = environments !== undefined && Object.hasOwn(environments, name);
  const given = isKnown ? mergeSections(base, environments[name] ?? {}, environment) : base;
  const sections = before === undefined ? given : mergeSections(before.sections, given, environment);
  const known = Object.keys(environments ?? {});
  // Nobody who names no environment has mistyped its name.
  const isUnknown = known.length > 0 && !isKnown && named !== undefined;
  const { tracingDisabled, tracing } = environment;
  const exporter = sections.tracing?.exporter ?? (tracingDisabled ? 'none' : tracing.exporter);
  return {
    sections,
    resolved: fillIn(sections, name, environment),
    isTracingUnasked: exporter === undefined,
    unknownEnvironment: isUnknown
      ? { name, known }
      : environments === undefined
        ? before?.unknownEnvironment
        : undefined,
  };
}

/** The options that {@link readOptions} gives, alone. */
export function resolveOptions(options: TrefoilOptions, environment: Environment): ResolvedOptions {
  return readOptions(options, environment).resolved;
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
    logging: resolveLogging(logging, environment, name),
    redaction: sections.redaction ?? {},
    signals: sections.signals ?? true,
    repeatedCallsLimit: sections.repeatedCallsLimit ?? 20,
    streamTimeoutMs: sections.streamTimeoutMs ?? 600_000,
    shutdownTimeoutMs: sections.shutdownTimeoutMs ?? 5_000,
  };
}
