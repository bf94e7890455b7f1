import * as v from 'valibot';
import type { AuditAnchor } from '../audit/journal/anchors';
import { dailyOptionEntries } from '../audit/journal-option-schema';
import type { Delivery, OnAuditFailure } from '../call/delivery';
import { logLevels, type LogLevel } from '../logging/logger';
import { expectedLabelName, isLabelName } from '../metrics/label-names';
import type { SamplerName } from '../tracing/opentelemetry-tracer';
import { validateOptions } from '../validate-options';
import { isHttpUrl, type Environment } from './environment';

/** Which service this is. */
export interface ServiceOptions {
  /** Default: `OTEL_SERVICE_NAME`, else `unknown_service`. */
  readonly name?: string;
  readonly version?: string;
  /** Default: `TREFOIL_ENV`, else `NODE_ENV`, else `development`. */
  readonly environment?: string;
}

/** Where audit events go. */
export interface AuditSection {
  /** Default `memory`, which is gone with the process. */
  readonly backend?: 'memory' | 'file' | 'json' | 'none';
  /** The directory of the `file` and `json` backends. Default `var/audit`. */
  readonly path?: string;
  /** How large a file may grow, in MB of 1,000,000 bytes. Default 100. */
  readonly maxFileSizeMb?: number;
  /** How many files are kept, over all processes. Default: 10 of the `file` backend, all of the `json` backend. */
  readonly maxFiles?: number;
  /** How many days a finished file is kept. Default: for ever. */
  readonly maxAgeDays?: number;
  /** Whether the `json` backend begins a file each day, in UTC. Default true. */
  readonly rotateDaily?: boolean;
  /** What the names of the `json` backend's files begin with. Default `audit`. */
  readonly filePrefix?: string;
  /** An Ed25519 private key, as PKCS#8 PEM or the path of its file: signs checkpoints and seals. */
  readonly key?: string;
  /** Places for checkpoints that this process cannot rewrite: `{ file }`, `{ backend }` or a function. */
  readonly anchors?: readonly AuditAnchor[];
  /** How long a call waits for the disk, or another backend, under `durable` and `strict`, in milliseconds. Default 5,000. */
  readonly maxWaitMs?: number;
  /** How many events the `memory` backend keeps. Default 10,000. */
  readonly maxEvents?: number;
  /** How safely events are kept, where the method does not say. Default `buffered`. */
  readonly delivery?: Delivery;
  /** What happens to a call whose event cannot be kept. Default: `fail-operation` for strict and durable. */
  readonly onFailure?: OnAuditFailure;
  /** Makes the ids of events, each called for once, when the id is first needed. Default: random UUIDs. */
  readonly generateId?: () => string;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

/** Where metrics go. */
export interface MetricsSection {
  /** Default `prometheus`. */
  readonly backend?: 'prometheus' | 'memory' | 'none';
  /** The port of the endpoint; 0 takes any free one, false starts none. Default: `PROMETHEUS_PORT`, else 9464. */
  readonly port?: number | false;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default `/metrics`. */
  readonly path?: string;
  /** Labels that every series carries. */
  readonly defaultLabels?: Readonly<Record<string, string>>;
  /** How many values each label of a metric of your own may take. Default 200. */
  readonly labelBudget?: number;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

/** Where spans go. */
export interface TracingSection {
  /** Default: `otlp` where an endpoint is given here or in `OTEL_EXPORTER_OTLP_ENDPOINT`, else `none`. */
  readonly exporter?: 'otlp' | 'console' | 'memory' | 'none';
  /** The collector's base URL. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318`. */
  readonly endpoint?: string;
  /** Default `http/protobuf`. */
  readonly protocol?: 'http/protobuf' | 'http/json';
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `OTEL_TRACES_SAMPLER`, else by ratio where a rate is given, else everything; parent-based. */
  readonly sampler?: SamplerName;
  /** The share of traces recorded, 0 to 1. Default: `OTEL_TRACES_SAMPLER_ARG` beside `OTEL_TRACES_SAMPLER`, else 1. */
  readonly sampleRate?: number;
  /** How many spans the `memory` exporter keeps. Default 10,000. */
  readonly maxSpans?: number;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

/** Where log lines go. */
export interface LoggingSection {
  /** Default: `LOG_LEVEL`, else `info`. */
  readonly level?: LogLevel;
  /** Default `json`. */
  readonly format?: 'json' | 'readable';
  /** A file instead of standard output. */
  readonly path?: string;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
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
  readonly audit: AuditSection & Required<Pick<AuditSection, 'backend' | 'path' | 'delivery' | 'required'>>;
  readonly metrics: MetricsSection &
    Required<Pick<MetricsSection, 'backend' | 'port' | 'host' | 'path' | 'labelBudget' | 'required'>>;
  readonly tracing: TracingSection & Required<Pick<TracingSection, 'exporter' | 'sampler' | 'sampleRate' | 'required'>>;
  readonly logging: LoggingSection & Required<Pick<LoggingSection, 'level' | 'format' | 'required'>>;
  readonly redaction: RedactionSection;
  readonly signals: boolean;
  readonly repeatedCallsLimit: number;
  readonly streamTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
}

// Checks rather than valibot's own actions: their issues carry the message as what was expected.
const text = v.pipe(
  v.string(),
  v.check((value) => value !== '', 'a text that is not empty'),
);
const texts = v.record(v.string(), v.string());
const labelName = v.pipe(
  v.string(),
  v.check((name) => isLabelName(name), expectedLabelName),
);
const flag = v.optional(v.boolean());
const whole = (minimum: number, maximum: number, expected: string) =>
  v.pipe(
    v.number(),
    v.check((value) => Number.isInteger(value) && value >= minimum && value <= maximum, expected),
  );
const wholeFrom = (minimum: number) => whole(minimum, Number.MAX_SAFE_INTEGER, `a whole number from ${minimum} on`);
/** The longest that Node's timers can wait. */
const longestTimeoutMs = 2 ** 31 - 1;
const port = v.union([v.literal(false), whole(0, 65_535, 'a port from 0 to 65535, or false')]);

const sectionEntries = {
  service: v.optional(
    v.strictObject({ name: v.optional(text), version: v.optional(text), environment: v.optional(text) }),
  ),
  audit: v.optional(
    v.strictObject({
      backend: v.optional(v.picklist(['memory', 'file', 'json', 'none'])),
      path: v.optional(text),
      ...dailyOptionEntries,
      maxEvents: v.optional(wholeFrom(1)),
      delivery: v.optional(v.picklist(['strict', 'durable', 'buffered', 'bestEffort'])),
      onFailure: v.optional(v.picklist(['fail-operation', 'continue'])),
      generateId: v.optional(v.custom<() => string>((value) => typeof value === 'function', 'a function')),
      required: flag,
    }),
  ),
  metrics: v.optional(
    v.strictObject({
      backend: v.optional(v.picklist(['prometheus', 'memory', 'none'])),
      port: v.optional(port),
      host: v.optional(text),
      path: v.optional(
        v.pipe(
          v.string(),
          v.check((value) => value.startsWith('/'), 'a path that begins with /'),
        ),
      ),
      defaultLabels: v.optional(v.record(labelName, v.string())),
      labelBudget: v.optional(wholeFrom(1)),
      required: flag,
    }),
  ),
  tracing: v.optional(
    v.strictObject({
      exporter: v.optional(v.picklist(['otlp', 'console', 'memory', 'none'])),
      endpoint: v.optional(v.pipe(v.string(), v.check(isHttpUrl, 'an http or https URL'))),
      protocol: v.optional(v.picklist(['http/protobuf', 'http/json'])),
      headers: v.optional(texts),
      sampler: v.optional(
        v.picklist([
          'always_on',
          'always_off',
          'traceidratio',
          'parentbased_always_on',
          'parentbased_always_off',
          'parentbased_traceidratio',
        ]),
      ),
      sampleRate: v.optional(
        v.pipe(
          v.number(),
          v.check((value) => value >= 0 && value <= 1, 'a number from 0 to 1'),
        ),
      ),
      maxSpans: v.optional(wholeFrom(1)),
      required: flag,
    }),
  ),
  logging: v.optional(
    v.strictObject({
      level: v.optional(v.picklist(logLevels)),
      format: v.optional(v.picklist(['json', 'readable'])),
      path: v.optional(text),
      required: flag,
    }),
  ),
  redaction: v.optional(
    v.strictObject({
      replacement: v.optional(v.string()),
      fieldsToRedact: v.optional(v.array(text)),
      patterns: v.optional(v.array(v.union([text, v.instance(RegExp)]))),
    }),
  ),
  signals: flag,
  repeatedCallsLimit: v.optional(wholeFrom(1)),
  streamTimeoutMs: v.optional(whole(1, longestTimeoutMs, `a whole number from 1 to ${longestTimeoutMs}`)),
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

/** A collector that is named is meant to be used; `OTEL_SDK_DISABLED` yields to an exporter that is named. */
function exporterOf(
  tracing: TracingSection | undefined,
  environment: Environment,
): NonNullable<TracingSection['exporter']> {
  if (tracing?.exporter !== undefined) return tracing.exporter;
  if (environment.tracingDisabled) return 'none';
  return (tracing?.endpoint ?? environment.otlpEndpoint) === undefined ? 'none' : 'otlp';
}

function fillIn(sections: TrefoilSections, name: string, environment: Environment): ResolvedOptions {
  const { service, audit, metrics, tracing, logging } = sections;
  const samplerByDefault: SamplerName =
    tracing?.sampleRate === undefined ? (environment.sampler ?? 'parentbased_always_on') : 'parentbased_traceidratio';
  const endpoint = tracing?.endpoint ?? environment.otlpEndpoint;
  return {
    service: {
      name: service?.name ?? environment.serviceName ?? 'unknown_service',
      version: service?.version ?? environment.resource['service.version'],
      environment: name,
    },
    resource: environment.resource,
    audit: {
      ...audit,
      backend: audit?.backend ?? 'memory',
      path: audit?.path ?? 'var/audit',
      delivery: audit?.delivery ?? 'buffered',
      required: audit?.required ?? false,
    },
    metrics: {
      ...metrics,
      backend: metrics?.backend ?? 'prometheus',
      port: metrics?.port ?? environment.metricsPort ?? 9464,
      host: metrics?.host ?? '127.0.0.1',
      path: metrics?.path ?? '/metrics',
      labelBudget: metrics?.labelBudget ?? 200,
      required: metrics?.required ?? false,
    },
    tracing: {
      ...tracing,
      ...(endpoint === undefined ? {} : { endpoint }),
      exporter: exporterOf(tracing, environment),
      sampler: tracing?.sampler ?? samplerByDefault,
      sampleRate: tracing?.sampleRate ?? environment.sampleRate ?? 1,
      required: tracing?.required ?? false,
    },
    logging: {
      ...logging,
      level: logging?.level ?? environment.logLevel ?? 'info',
      format: logging?.format ?? 'json',
      required: logging?.required ?? false,
    },
    redaction: sections.redaction ?? {},
    signals: sections.signals ?? true,
    repeatedCallsLimit: sections.repeatedCallsLimit ?? 20,
    streamTimeoutMs: sections.streamTimeoutMs ?? 600_000,
    shutdownTimeoutMs: sections.shutdownTimeoutMs ?? 5_000,
  };
}
