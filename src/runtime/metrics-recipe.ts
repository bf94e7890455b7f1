import { InMemoryMetricsBackend } from '../metrics/in-memory-metrics-backend';
import type { ReportMetricProblem } from '../metrics/metric-problems';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { NoopMetricsBackend } from '../metrics/noop-metrics-backend';
import { PrometheusMetricsBackend } from '../metrics/prometheus-metrics-backend';
import type { PartInputs, Recipe } from './make-part';
import { MetricsEndpoint } from './metrics-endpoint';
import type { ResolvedOptions } from './options';
import type { PartOrigin } from './part';
import { METRICS_BACKEND } from './tokens';

/** How to come by the metrics backend. */
export function metricsRecipe({ options, diagnostics }: PartInputs): Recipe<MetricsBackend> {
  const { backend, defaultLabels, prefix, buckets, defaultMetrics, labelBudget, required } = options.metrics;
  const settings = { backend, defaultLabels, prefix, buckets, defaultMetrics, labelBudget };
  const onProblem: ReportMetricProblem = (code, where, why) => diagnostics.report(code, where, why);
  return {
    section: 'metrics',
    token: METRICS_BACKEND,
    methods: ['declare', 'increment', 'gauge', 'histogram', 'flush', 'close'],
    required,
    settings,
    build: () => build(settings, onProblem),
    noop: () => new NoopMetricsBackend(),
    endpoint: (built, origin, before) => endpointOf(built, origin, options.metrics, before),
  };
}

/** Only a backend that the options asked for is served: one of the user's own is the user's to serve. */
function endpointOf(
  backend: object,
  origin: PartOrigin,
  { port, host, path }: ResolvedOptions['metrics'],
  before: MetricsEndpoint | undefined,
): MetricsEndpoint | undefined {
  if (origin.from !== 'options' || !(backend instanceof PrometheusMetricsBackend) || port === false) return undefined;
  const where = { port, host, path };
  return before?.serves(backend, where) === true ? before : new MetricsEndpoint(backend, where);
}

type BuildSettings = Pick<
  ResolvedOptions['metrics'],
  'backend' | 'defaultLabels' | 'prefix' | 'buckets' | 'defaultMetrics' | 'labelBudget'
>;

function build({ backend, ...settings }: BuildSettings, onProblem: ReportMetricProblem): MetricsBackend {
  if (backend === 'none') return new NoopMetricsBackend();
  if (backend === 'memory') return new InMemoryMetricsBackend({ ...settings, onProblem });
  return new PrometheusMetricsBackend({ ...settings, onProblem });
}
