import { AsyncAuditBackend } from '../audit/async-audit-backend';
import { CompositeAuditBackend } from '../audit/composite-audit-backend';
import { FileAuditBackend } from '../audit/file-audit-backend';
import { receiversOf } from '../audit/handed-on';
import { InMemoryAuditBackend } from '../audit/in-memory-audit-backend';
import { JsonAuditBackend } from '../audit/json-audit-backend';
import { NoopAuditBackend } from '../audit/noop-audit-backend';
import { UnavailableAuditBackend } from '../audit/unavailable-audit-backend';
import { WinstonLogger } from '../logging/winston-logger';
import { InMemoryMetricsBackend } from '../metrics/in-memory-metrics-backend';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { NoopMetricsBackend } from '../metrics/noop-metrics-backend';
import { OpenTelemetryMetricsBackend } from '../metrics/opentelemetry-metrics-backend';
import { PrometheusMetricsBackend } from '../metrics/prometheus-metrics-backend';

const ownClasses = [
  AsyncAuditBackend,
  CompositeAuditBackend,
  FileAuditBackend,
  InMemoryAuditBackend,
  JsonAuditBackend,
  NoopAuditBackend,
  UnavailableAuditBackend,
  WinstonLogger,
  InMemoryMetricsBackend,
  MetricsRegistry,
  NoopMetricsBackend,
  OpenTelemetryMetricsBackend,
  PrometheusMetricsBackend,
];
const ownPrototypes = new Set<unknown>(ownClasses.map(({ prototype }: { readonly prototype: object }) => prototype));

/**
 * Whether recording in a backend runs code that is not trefoil's, and that may call decorated methods: a class of the
 * user's own, a subclass, an instance with a method of its own in the place of ours, or one of ours that hands on to such.
 */
export function isForeign(backend: object): boolean {
  if (!ownPrototypes.has(Object.getPrototypeOf(backend))) return true;
  if (['log', 'declare'].some((method) => Object.hasOwn(backend, method))) return true;
  return [...receiversOf(backend), ...membersOf(backend)].some(isForeign);
}

function membersOf(backend: object): object[] {
  if (!(backend instanceof MetricsRegistry)) return [];
  return backend.backendNames.flatMap((name) => backend.getBackend(name) ?? []);
}
