/**
 * Where one signal goes over HTTP, below a collector's base URL; its query stays behind the path.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
 */
export function otlpSignalUrl(endpoint: string | undefined, signal: 'traces' | 'metrics'): string {
  const url = new URL(endpoint ?? 'http://localhost:4318');
  const base = url.pathname.replace(/\/+$/, '');
  url.pathname = base.endsWith(`/v1/${signal}`) ? base : `${base}/v1/${signal}`;
  return url.href;
}
