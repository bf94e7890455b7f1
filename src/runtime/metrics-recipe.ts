import { InMemoryMetricsBackend } from '../metrics/in-memory-metrics-backend';
import type { ReportMetricProblem } from '../metrics/metric-problems';
import type { MetricsBackend } from '../metrics/metrics-backend';
import type { MetricsRegistry } from '../metrics/metrics-registry';
import { NoopMetricsBackend } from '../metrics/noop-metrics-backend';
import {
  OpenTelemetryMetricsBackend,
  type OpenTelemetryMetricsBackendOptions,
} from '../metrics/opentelemetry-metrics-backend';
import { PrometheusMetricsBackend } from '../metrics/prometheus-metrics-backend';
import type { PushGatewayOptions } from '../metrics/push-gateway';
import { ClusterOutlet, isTold } from './cluster-outlet';
import { givenBackend, type PartInputs, type Recipe } from './make-part';
import { withoutHeaderVariables } from './environment';
import { MetricsEndpoint } from './metrics-endpoint';
import type { PushGatewaySection } from './metrics-section';
import type { ResolvedOptions } from './options';
import type { Outlet, PartOrigin } from './part';
import { PushOutlet } from './push-outlet';
import { RegistryOutlet } from './registry-outlet';
import { resourceAttributes } from './resource-attributes';
import { METRICS_BACKEND } from './tokens';

/** How to come by the metrics backend. */
export function metricsRecipe({ options, redactor, registry, sent, diagnostics }: PartInputs): Recipe<MetricsBackend> {
  const { backend, defaultLabels, prefix, buckets, defaultMetrics, labelBudget, required } = options.metrics;
  const kept = { defaultLabels, prefix, buckets, labelBudget };
  // What only one of the backends looks at leaves the others as they are when it changes.
  const push = backend === 'otlp' ? pushOf(options) : undefined;
  const resource = backend === 'prometheus' ? resourceOf(options) : undefined;
  const settings = { backend, ...kept, resource, defaultMetrics, push };
  const onProblem: ReportMetricProblem = (code, where, why) => diagnostics.report(code, where, why);
  const onReport = (where: string, error: unknown): void => diagnostics.report('TREFOIL_BACKEND_FAILED', where, error);
  return {
    section: 'metrics',
    token: METRICS_BACKEND,
    option: 'metrics.backend',
    given: givenBackend(backend),
    methods: ['declare', 'increment', 'gauge', 'histogram', 'flush', 'close'],
    required,
    settings,
    build: () => {
      if (backend === 'none') return new NoopMetricsBackend();
      if (backend === 'memory') return new InMemoryMetricsBackend({ prefix, buckets, labelBudget, onProblem });
      if (push === undefined) return new PrometheusMetricsBackend({ ...kept, resource, defaultMetrics, onProblem });
      const pushing = { ...kept, ...push, defaultMetrics, redactor, onProblem, onReport };
      return withoutHeaderVariables(() => new OpenTelemetryMetricsBackend(pushing, sent));
    },
    noop: () => new NoopMetricsBackend(),
    outlets: (built, origin, before) => [
      ...outletsOf(built, origin, { options, diagnostics }, before),
      registryOutlet(registry, before),
    ],
  };
}

/** Only a backend that the options asked for is served and pushed: one of the user's own is the user's to serve. */
function outletsOf(
  backend: object,
  origin: PartOrigin,
  { options: { metrics, service }, diagnostics }: Pick<PartInputs, 'options' | 'diagnostics'>,
  before: readonly Outlet[],
): Outlet[] {
  if (origin.from !== 'options' || !(backend instanceof PrometheusMetricsBackend)) return [];
  const { port, host, path, pushGateway } = metrics;
  const outlets: Outlet[] = [];
  const together = metrics.cluster === true ? {} : metrics.cluster === false ? undefined : metrics.cluster;
  if (together !== undefined) {
    const open = before.find((outlet) => outlet instanceof ClusterOutlet && outlet.serves(backend, together));
    outlets.push(open ?? new ClusterOutlet(backend, together, diagnostics));
  }
  if (isTold(together)) return outlets;
  if (port !== false) {
    const where = { port, host, path };
    const open = before.find((outlet) => outlet instanceof MetricsEndpoint && outlet.serves(backend, where));
    outlets.push(open ?? new MetricsEndpoint(backend, where));
  }
  if (pushGateway !== undefined) {
    const push = pushOptions(pushGateway, service.name);
    const open = before.find((outlet) => outlet instanceof PushOutlet && outlet.serves(backend, push));
    outlets.push(open ?? new PushOutlet(backend, push));
  }
  return outlets;
}

/** The members of the registry are flushed and closed with whatever backend is in force. */
function registryOutlet(registry: MetricsRegistry, before: readonly Outlet[]): Outlet {
  return before.find((outlet) => outlet instanceof RegistryOutlet) ?? new RegistryOutlet(registry);
}

function pushOptions(
  { url, job, intervalMs = 15_000, deleteOnShutdown = false, ...rest }: PushGatewaySection,
  service: string,
): PushGatewayOptions {
  return { ...rest, gatewayUrl: url, jobName: job ?? service, intervalMs, deleteOnClose: deleteOnShutdown };
}

/** What a scrape says that it is of. */
function resourceOf(options: ResolvedOptions): Readonly<Record<string, string>> {
  return { 'service.name': options.service.name, ...resourceAttributes(options) };
}

/** Where metrics are pushed to, and in whose name. */
function pushOf(options: ResolvedOptions): OpenTelemetryMetricsBackendOptions {
  return { ...options.metrics.push, serviceName: options.service.name, resource: resourceAttributes(options) };
}
