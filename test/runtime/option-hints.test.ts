import 'reflect-metadata';
import { initializeObservability, type TrefoilError } from '../../src/index';

function refusalOf(options: unknown): TrefoilError {
  try {
    void initializeObservability(options as never).shutdown();
  } catch (error) {
    return error as TrefoilError;
  }
  throw new Error('not refused');
}

describe('an option as other libraries call it', () => {
  test.each<[string, object, string, string]>([
    ['OpenTelemetry', { serviceName: 'orders' }, 'serviceName', 'service.name'],
    ['OpenTelemetry', { traceExporter: {} }, 'traceExporter', 'tracing.exporter'],
    ['OpenTelemetry', { metricReaders: [] }, 'metricReaders', 'metrics.backend'],
    ['OpenTelemetry', { instrumentations: [] }, 'instrumentations', 'observeObject(client)'],
    ['OpenTelemetry', { tracing: { spanProcessors: [] } }, 'tracing.spanProcessors', 'tracing.exporter'],
    [
      'OpenTelemetry',
      { environments: { test: { serviceName: 'x' } } },
      'environments.test.serviceName',
      'service.name',
    ],
    [
      'prom-client',
      { metrics: { collectDefaultMetrics: true } },
      'metrics.collectDefaultMetrics',
      'metrics.defaultMetrics',
    ],
    ['prom-client', { metrics: { register: {} } }, 'metrics.register', 'PrometheusMetricsBackend({ registry })'],
    ['nestjs-otel', { metrics: { hostMetrics: true } }, 'metrics.hostMetrics', 'metrics.defaultMetrics'],
    ['nestjs-otel', { metrics: { apiMetrics: { enable: true } } }, 'metrics.apiMetrics', '@Observed()'],
    ['winston', { logging: { transports: [] } }, 'logging.transports', 'logging.logger'],
    ['winston', { level: 'info' }, 'level', 'logging.level'],
    ['pino', { logging: { redact: ['x'] } }, 'logging.redact', 'redaction'],
    ['what stands in another section', { port: 9464 }, 'port', 'metrics.port'],
    ['what stands in several', { path: '/x' }, 'path', 'audit.path or metrics.path or logging.path'],
    ['what stands above', { metrics: { signals: true } }, 'metrics.signals', 'did you mean signals?'],
  ])('of %s is told what it is called here: %j', (_library, options, where, hint) => {
    const { path } = refusalOf(options);
    expect(path.where).toBe(where);
    expect(path.given).toContain(hint);
  });
});

describe('a value as other libraries have it', () => {
  test.each<[object, string, string]>([
    [{ logging: { level: 'warning' } }, '"critical" or "error" or "warn"', '"warning" (did you mean "warn"?)'],
    [{ logging: { level: 'TRACE' } }, '"debug"', '(did you mean "debug"?)'],
    [{ logging: { format: 'pretty' } }, '"json" or "readable"', '(did you mean "readable"?)'],
    [{ tracing: { exporter: 'otlp-http' } }, '"otlp"', '(did you mean "otlp"?)'],
    [{ tracing: { protocol: 'http' } }, '"http/protobuf"', '(did you mean "http/protobuf"?)'],
    [{ metrics: { backend: 'prom' } }, '"prometheus"', '(did you mean "prometheus"?)'],
  ])('is told what it is called here: %j', (options, expected, given) => {
    const { path } = refusalOf(options);
    expect(path.expected).toContain(expected);
    expect(path.given).toContain(given);
  });

  test.each<[object, string, string]>([
    [{ metrics: { port: '9464' } }, 'a number or false', 'the text "9464"'],
    [{ tracing: { sampleRate: '0.1' } }, 'a number', 'the text "0.1"'],
    [{ signals: 'true' }, 'true or false', 'the text "true"'],
    [{ shutdownTimeoutMs: '5s' }, 'a number', '"5s"'],
  ])('that stands in quotes is called a text: %j', (options, expected, given) => {
    expect(refusalOf(options).path).toMatchObject({ expected, given });
  });
});
