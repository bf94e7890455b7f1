import { logLevels, type LogLevel } from '../logging/logger';
import type { SamplerName } from '../tracing/opentelemetry-tracer';
import { propagatorNames, type PropagatorName } from '../tracing/propagators';

/** What the environment says; explicit options win over it. */
export interface Environment {
  readonly name: string | undefined;
  readonly serviceName: string | undefined;
  readonly resource: Readonly<Record<string, string>>;
  readonly otlpEndpoint: string | undefined;
  readonly tracingDisabled: boolean;
  readonly sampler: SamplerName | undefined;
  readonly sampleRate: number | undefined;
  readonly propagators: readonly PropagatorName[] | undefined;
  readonly metricsPort: number | undefined;
  readonly logLevel: LogLevel | undefined;
  /** Variables that are set to something that cannot be used; they are ignored, as OpenTelemetry specifies. */
  readonly ignored: readonly string[];
}

const samplers: readonly string[] = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] satisfies SamplerName[];

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads the standard variables; the one place that looks at `process.env`. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const ignored: string[] = [];

  /** An empty variable counts as unset; one that cannot be used is noted. */
  const read = <Value>(
    name: string,
    parse: (text: string) => Value | undefined,
    expected: string,
  ): Value | undefined => {
    const text = variables[name]?.trim();
    if (text === undefined || text === '') return undefined;
    const value = parse(text);
    if (value === undefined) ignored.push(`${name}: expected ${expected}, got ${JSON.stringify(text)}`);
    return value;
  };

  const sampler = read('OTEL_TRACES_SAMPLER', parseSampler, samplers.join(' or '));
  const resource = read('OTEL_RESOURCE_ATTRIBUTES', parseResource, 'key=value pairs separated by commas') ?? {};
  return {
    name: read('TREFOIL_ENV', asText, 'a name') ?? read('NODE_ENV', asText, 'a name'),
    serviceName: read('OTEL_SERVICE_NAME', asText, 'a name') ?? resource['service.name'],
    resource,
    otlpEndpoint: read('OTEL_EXPORTER_OTLP_ENDPOINT', parseUrl, 'an http or https URL'),
    tracingDisabled: read('OTEL_SDK_DISABLED', parseBoolean, 'true or false') ?? false,
    sampler,
    // OpenTelemetry specifies that it counts only together with the sampler.
    sampleRate: sampler === undefined ? undefined : read('OTEL_TRACES_SAMPLER_ARG', parseRate, 'a number from 0 to 1'),
    propagators: read('OTEL_PROPAGATORS', parsePropagators(ignored), `none, or some of ${propagatorNames.join(', ')}`),
    metricsPort: read('PROMETHEUS_PORT', parsePort, 'a port from 0 to 65535'),
    logLevel: read('LOG_LEVEL', parseLevel, [...logLevels, ...Object.keys(otherLevelNames)].join(' or ')),
    ignored,
  };
}

function asText(text: string): string {
  return text;
}

/** `localhost:4318` is a URL, too, but one of the scheme `localhost:`. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

function parseUrl(text: string): string | undefined {
  return isHttpUrl(text) ? text : undefined;
}

function parseSampler(text: string): SamplerName | undefined {
  return samplers.includes(text) ? (text as SamplerName) : undefined;
}

/** Those that are known, in the order given: a format that is not known does not take the others with it. */
function parsePropagators(ignored: string[]): (text: string) => PropagatorName[] | undefined {
  return (text) => {
    if (text === 'none') return [];
    const names = new Set(text.split(',').map((name) => name.trim()));
    const known = [...names].map((name) => propagatorNames.find((other) => other === name));
    const usable = known.filter((name) => name !== undefined);
    if (usable.length === 0) return undefined;
    const unknown = [...names].filter((name) => name !== '' && !known.some((other) => other === name));
    for (const name of unknown) ignored.push(`OTEL_PROPAGATORS: no propagator of that name: ${JSON.stringify(name)}`);
    return usable;
  };
}

function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

function parseRate(text: string): number | undefined {
  const rate = Number(text);
  return rate >= 0 && rate <= 1 ? rate : undefined;
}

function parsePort(text: string): number | undefined {
  const port = Number(text);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

/** What other loggers call the levels. */
const otherLevelNames: Readonly<Record<string, LogLevel>> = {
  fatal: 'critical',
  warning: 'warn',
  trace: 'debug',
  off: 'silent',
};

function parseLevel(text: string): LogLevel | undefined {
  const lower = text.toLowerCase();
  return (
    logLevels.find((level) => level === lower) ??
    (Object.hasOwn(otherLevelNames, lower) ? otherLevelNames[lower] : undefined)
  );
}

/** `key=value,key=value`, percent-encoded: OpenTelemetry's resource SDK specification. */
function parseResource(text: string): Record<string, string> | undefined {
  const resource: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at <= 0) return undefined;
    try {
      resource[decodeURIComponent(pair.slice(0, at).trim())] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      return undefined;
    }
  }
  return resource;
}
