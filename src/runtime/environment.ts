import { logLevels, type LogLevel } from '../logging/logger';
import { propagatorNames, type PropagatorName } from '../tracing/propagators';
import { readMetricsVariables, type MetricsVariables } from './metrics-variables';
import { shownText } from '../validate-options';
import { headerVariables } from './header-variables';
import { readTracingVariables, type TracingVariables } from './tracing-variables';
import { parsePairs, someOf, type ReadVariable } from './variables';

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

/**
 * Runs what reads variables by itself, as OpenTelemetry's exporters do, with the headers in them hidden from it: an entry
 * that cannot be sent would make it fail for all. What can be used of them has to be given to it otherwise.
 */
export function withoutHeaderVariables<Made>(make: () => Made): Made {
  const hidden = headerVariables.map((name) => [name, process.env[name]] as const);
  for (const [name] of hidden) delete process.env[name];
  try {
    return make();
  } finally {
    for (const [name, value] of hidden) if (value !== undefined) process.env[name] = value;
  }
}

/** Reads the standard variables; the one place that looks at `process.env`. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const ignored: string[] = [];

  /** An empty variable counts as unset; one that cannot be used is noted. */
  const read: ReadVariable = (name, parse, expected, isSecret = false) => {
    const text = variables[name]?.trim();
    if (text === undefined || text === '') return undefined;
    const complain = (complaint: string): void => {
      // What holds for several signals is read by each of them.
      if (!ignored.includes(complaint)) ignored.push(complaint);
    };
    const value = parse(text, (complaint) => complain(`${name}: ${complaint}`));
    const got = isSecret ? `a text of ${text.length} characters` : shownText(text);
    if (value === undefined) complain(`${name}: expected ${expected}, got ${got}`);
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
    propagators: read('OTEL_PROPAGATORS', parsePropagators, `none, or some of ${propagatorNames.join(', ')}`),
    metricsPort: read('PROMETHEUS_PORT', parsePort, 'a port from 0 to 65535'),
    logLevel: read('LOG_LEVEL', parseLevel, [...logLevels, ...Object.keys(otherLevelNames)].join(' or ')),
    ignored,
  };
}

function asText(text: string): string {
  return text;
}

/** Those that are known, in the order given: a format that is not known does not take the others with it. */
function parsePropagators(text: string, note: (complaint: string) => void): readonly PropagatorName[] | undefined {
  return text === 'none' ? [] : someOf(propagatorNames, 'propagator')(text, note);
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
