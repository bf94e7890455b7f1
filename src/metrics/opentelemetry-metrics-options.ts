import * as v from 'valibot';
import type { TextRedactor } from '../diagnostics';
import { callable, httpUrl, objectWith, timeoutMs } from '../option-values';
import { checkOptions } from '../validate-options';
import { headersOption } from './header-options';
import { backendEntries, defaultLabels, defaultMetrics } from './metric-option-schemas';

/** What the settings of a push by OTLP have to be, for the backend and for the runtime's section `metrics`. */
export const pushOptionEntries = {
  endpoint: v.optional(httpUrl),
  url: v.optional(httpUrl),
  protocol: v.optional(v.picklist(['http/protobuf', 'http/json', 'grpc'])),
  headers: headersOption,
  compression: v.optional(v.picklist(['gzip', 'none'])),
  timeoutMs: v.optional(timeoutMs),
  intervalMs: v.optional(timeoutMs),
  flushTimeoutMs: v.optional(timeoutMs),
  temporality: v.optional(v.picklist(['cumulative', 'delta'])),
};

const schema = v.strictObject({
  ...backendEntries,
  ...pushOptionEntries,
  serviceName: v.optional(v.string()),
  defaultLabels,
  defaultMetrics,
  resource: v.optional(v.record(v.string(), v.string())),
  redactor: v.optional(objectWith<TextRedactor>(['redactText'], 'a redactor')),
  onReport: v.optional(callable<(where: string, error: unknown) => void>()),
});

/** @throws TrefoilError `TREFOIL_OPTIONS_INVALID` */
export function checkOpenTelemetryMetricsOptions(options: unknown): v.InferOutput<typeof schema> {
  return checkOptions(schema, options, 'OpenTelemetryMetricsBackend');
}
