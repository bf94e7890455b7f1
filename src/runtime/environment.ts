import { logLevels, type LogLevel } from '../logging/logger';
import { propagatorNames, type PropagatorName } from '../tracing/propagators';
import { readMetricsVariables, type MetricsVariables } from './metrics-variables';
import { readTracingVariables, type TracingVariables } from './tracing-variables';
import { parsePairs, type ReadVariable } from './variables';

/** What the environment says; explicit options win over it. */
export interface Environment {
  readonly name: string | undefined;
  readonly serviceName: string | undefined;
  readonly resource: Readonly<Record<string, string>>;
  readonly tracingDisabled: boolean;
  readonly tracing: TracingVariables;
  /** How metrics are pushed, where they are. */
  readonly metricsPush: MetricsVariables;
  readonly propagators: readonly PropagatorName[] | undefined;
  readonly metricsPort: number | undefined;
  readonly logLevel: LogLevel | undefined;
  /** Variables that are set to something that cannot be used; they are ignored, as OpenTelemetry specifies. */
  readonly ignored: readonly string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads the standard variables; the one place that looks at `process.env`. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const ignored: string[] = [];

  /** An empty variable counts as unset; one that cannot be used is noted. */
  const read: ReadVariable = (name, parse, expected, isSecret = false) => {
    const text = variables[name]?.trim();
    if (text === undefined || text === '') return undefined;
    const value = parse(text);
    const got = isSecret ? `a text of ${text.length} characters` : JSON.stringify(text);
    const complaint = `${name}: expected ${expected}, got ${got}`;
    // What holds for several signals is read by each of them.
    if (value === undefined && !ignored.includes(complaint)) ignored.push(complaint);
    return value;
  };

  const resource = read('OTEL_RESOURCE_ATTRIBUTES', parsePairs, 'key=value pairs separated by commas') ?? {};
  return {
    name: read('TREFOIL_ENV', asText, 'a name') ?? read('NODE_ENV', asText, 'a name'),
    serviceName: read('OTEL_SERVICE_NAME', asText, 'a name') ?? resource['service.name'],
    resource,
    tracingDisabled: read('OTEL_SDK_DISABLED', parseBoolean, 'true or false') ?? false,
    tracing: readTracingVariables(read),
    metricsPush: readMetricsVariables(read),
    propagators: read('OTEL_PROPAGATORS', parsePropagators(ignored), `none, or some of ${propagatorNames.join(', ')}`),
    metricsPort: read('PROMETHEUS_PORT', parsePort, 'a port from 0 to 65535'),
    logLevel: read('LOG_LEVEL', parseLevel, [...logLevels, ...Object.keys(otherLevelNames)].join(' or ')),
    ignored,
  };
}

function asText(text: string): string {
  return text;
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
