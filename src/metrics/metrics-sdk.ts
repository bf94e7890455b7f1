import type * as Sdk from '@opentelemetry/sdk-metrics';

/** OpenTelemetry's SDK for metrics: loaded by its first user, for those who push no metrics and have no instruments. */
export function metricsSdk(): typeof Sdk {
  return require('@opentelemetry/sdk-metrics') as typeof Sdk;
}
