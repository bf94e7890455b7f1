import { otlpProtocols, type OtlpProtocol } from '../tracing/tracer-options';
import { readHeaders } from './header-variables';
import { anHttpUrl, oneOf, parseTimeoutMs, parseUrl, type ReadVariable } from './variables';

/** What OpenTelemetry's variables say of pushing metrics by OTLP; the exporters themselves read certificates. */
export interface MetricsVariables {
  /** The base URL of OTLP. */
  readonly endpoint: string | undefined;
  /** The URL for metrics alone, which is used as it is. */
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: OtlpProtocol | undefined;
  readonly timeoutMs: number | undefined;
  readonly intervalMs: number | undefined;
  readonly temporality: 'cumulative' | 'delta' | undefined;
}

const temporalities = ['cumulative', 'delta'] as const;

/** Reads them, by OpenTelemetry's specifications of its SDK's and of the OTLP exporter's variables. */
export function readMetricsVariables(read: ReadVariable): MetricsVariables {
  /** What is said of metrics wins over what is said of all signals. */
  const readOtlp = <Value>(name: string, parse: (text: string) => Value | undefined, expected: string) =>
    read(`OTEL_EXPORTER_OTLP_METRICS_${name}`, parse, expected) ?? read(`OTEL_EXPORTER_OTLP_${name}`, parse, expected);
  return {
    endpoint: read('OTEL_EXPORTER_OTLP_ENDPOINT', parseUrl, anHttpUrl),
    url: read('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', parseUrl, anHttpUrl),
    headers: readHeaders(read, 'METRICS'),
    protocol: readOtlp('PROTOCOL', oneOf(otlpProtocols), otlpProtocols.join(' or ')),
    timeoutMs: readOtlp('TIMEOUT', parseTimeoutMs, 'milliseconds'),
    intervalMs: read('OTEL_METRIC_EXPORT_INTERVAL', parseTimeoutMs, 'milliseconds'),
    temporality: read(
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
      oneOf(temporalities),
      temporalities.join(' or '),
    ),
  };
}
