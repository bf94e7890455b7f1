import { isHeader } from '../tracing/carrier-writer';
import { parsePairs, type ReadVariable } from './variables';

/** The variables that hold headers of exports by OTLP. */
export const headerVariables = [
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_METRICS_HEADERS',
] as const;

/** The headers for one signal, which are added to those for all. */
export function readHeaders(read: ReadVariable, signal: 'TRACES' | 'METRICS'): Readonly<Record<string, string>> {
  const expected = 'key=value pairs separated by commas';
  const readPairs = (name: string): Record<string, string> | undefined =>
    read(name, (text, note) => parsePairs(text, note, isHeader), expected, true);
  return { ...readPairs('OTEL_EXPORTER_OTLP_HEADERS'), ...readPairs(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`) };
}
