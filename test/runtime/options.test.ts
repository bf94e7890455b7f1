import { inspect } from 'node:util';
import type { TrefoilOptions } from '../../src/index';
import { readEnvironment } from '../../src/runtime/environment';
import { resolveOptions, type ResolvedOptions } from '../../src/runtime/options';
import { shutDownAll, start } from './runtimes';

function resolve(options: TrefoilOptions, variables: Readonly<Record<string, string>> = {}): ResolvedOptions {
  return resolveOptions(options, readEnvironment(variables));
}

/** Options as JavaScript callers may give them. */
function refused(options: unknown): unknown {
  try {
    resolve(options as TrefoilOptions);
  } catch (error) {
    return error;
  }
  return undefined;
}

const timeout = `a whole number from 1 to ${2 ** 31 - 1}`;
const bounds = 'finite upper bounds in ascending order, without +Inf';

describe('options that are refused', () => {
  test.each([
    [{ audti: {} }, 'audti', 'no option of that name', 'the unknown option "audti" (did you mean "audit"?)'],
    [{ audit: { pth: 'x' } }, 'audit.pth', 'no option of that name', 'the unknown option "pth" (did you mean "path"?)'],
    [{ metrics: { port: '9464' } }, 'metrics.port', 'a number or false', 'the text "9464"'],
    [{ metrics: { port: 70_000 } }, 'metrics.port', 'a port from 0 to 65535, or false', '70000'],
    [{ metrics: { path: 'metrics' } }, 'metrics.path', 'a path that begins with /', '"metrics"'],
    [{ metrics: { prefix: 'my app' } }, 'metrics.prefix', 'a Prometheus metric name', '"my app"'],
    [{ metrics: { buckets: { a: [2, 1] } } }, 'metrics.buckets.a', bounds, 'an array of 2'],
    [{ metrics: { buckets: { a: [1, Infinity] } } }, 'metrics.buckets.a', bounds, 'an array of 2'],
    [{ metrics: { buckets: { a: [] } } }, 'metrics.buckets.a', bounds, 'an array of 0'],
    [
      { metrics: { defaultMetrics: { every: 1 } } },
      'metrics.defaultMetrics.every',
      'no option of that name',
      'the unknown option "every"',
    ],
    [{ metrics: { labelBudget: 0 } }, 'metrics.labelBudget', 'a whole number from 1 on', '0'],
    [{ metrics: { pushGateway: {} } }, 'metrics.pushGateway.url', 'a value', 'none'],
    [
      { metrics: { pushGateway: { url: 'gateway:9091' } } },
      'metrics.pushGateway.url',
      'an http or https URL',
      '"gateway:9091"',
    ],
    [
      { metrics: { pushGateway: { url: 'http://gateway', groupings: { job: 'x' } } } },
      'metrics.pushGateway.groupings.job',
      'the name of a label other than job',
      '"job"',
    ],
    [{ metrics: { cluster: 'yes' } }, 'metrics.cluster', undefined, '"yes"'],
    [{ metrics: { cluster: { timeoutMs: 0 } } }, 'metrics.cluster.timeoutMs', timeout, '0'],
    [
      { metrics: { cluster: { gauges: { level: 'median' } } } },
      'metrics.cluster.gauges.level',
      '"sum" or "min" or "max" or "average" or "first" or "omit"',
      '"median"',
    ],
    [{ tracing: { sampleRate: 1.5 } }, 'tracing.sampleRate', 'a number from 0 to 1', '1.5'],
    [
      { tracing: { propagators: ['w3c'] } },
      'tracing.propagators.0',
      '"tracecontext" or "baggage" or "b3" or "b3multi" or "jaeger"',
      '"w3c"',
    ],
    [{ tracing: { endpoint: 'localhost:4318' } }, 'tracing.endpoint', 'an http or https URL', '"localhost:4318"'],
    [{ tracing: { url: 'collector' } }, 'tracing.url', 'an http or https URL', '"collector"'],
    [{ tracing: { batch: { size: 1 } } }, 'tracing.batch.size', 'no option of that name', 'the unknown option "size"'],
    [
      { tracing: { batch: { maxExportBatchSize: 4_000 } } },
      'tracing.batch',
      'a maxExportBatchSize that is no more than maxQueueSize',
      'an object',
    ],
    [
      { tracing: { sampler: 'sometimes' } },
      'tracing.sampler',
      'always_on or always_off or traceidratio or parentbased_always_on or parentbased_always_off or parentbased_traceidratio, or an object with shouldSample',
      '"sometimes"',
    ],
    [{ audit: { backend: 'disk' } }, 'audit.backend', '"memory" or "file" or "json" or "none"', '"disk"'],
    [{ service: { name: '' } }, 'service.name', 'a text that is not empty', '""'],
    [{ shutdownTimeoutMs: -1 }, 'shutdownTimeoutMs', 'a whole number from 0 on', '-1'],
    [{ signals: 'no' }, 'signals', 'true or false', '"no"'],
    [
      { environments: { test: { audit: { backend: 'disk' } } } },
      'environments.test.audit.backend',
      undefined,
      '"disk"',
    ],
    [{ environments: { test: { environments: {} } } }, 'environments.test.environments', undefined, undefined],
    [{ audit: { anchors: { file: 'anchors.ndjson' } } }, 'audit.anchors', 'a list', 'an object'],
    ['everything', 'the options', 'an object', '"everything"'],
    [null, 'the options', 'an object', 'null'],
  ])('%j names the option, what was expected and what was given', (options, where, expected, given) => {
    const error = refused(options);
    expect(error).toMatchObject({
      name: 'TrefoilError',
      code: 'TREFOIL_OPTIONS_INVALID',
      path: {
        attempted: 'Reading the options of initializeObservability',
        where,
        ...(expected === undefined ? {} : { expected }),
        ...(given === undefined ? {} : { given }),
        todo: 'Correct the option; the documentation lists them all.',
      },
    });
    const { path, message } = error as { path: Record<string, string>; message: string };
    for (const part of Object.values(path)) expect(message).toContain(part);
  });

  test('are refused before anything is started', () => {
    expect(() => start({ metrics: { port: -1 } })).toThrow('metrics.port');
    expect(() => start()).not.toThrow();
    return shutDownAll();
  });

  test('do not show what is too long to be shown', () => {
    const secret = 's'.repeat(100);
    expect(refused({ tracing: { endpoint: secret } })).not.toHaveProperty('message', expect.stringContaining(secret));
  });

  test('show nothing of the options beside them, however the error is printed', () => {
    const error = refused({ audit: { key: 'the-private-key', maxFiles: 0 }, tracing: { headers: { a: 'the-token' } } });
    expect(error).toMatchObject({ path: { where: 'audit.maxFiles' } });
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/the-private-key|the-token/);
  });
});

describe('defaults', () => {
  test('are filled in', () => {
    expect(resolve({})).toEqual({
      service: { name: 'unknown_service', version: undefined, environment: 'development' },
      resource: {},
      audit: { backend: 'memory', path: 'var/audit', delivery: 'buffered', required: false },
      metrics: {
        backend: 'prometheus',
        port: 9464,
        host: '127.0.0.1',
        path: '/metrics',
        labelBudget: 200,
        push: {},
        required: false,
      },
      tracing: {
        exporter: 'none',
        sampler: 'parentbased_always_on',
        sampleRate: 1,
        propagators: ['tracecontext', 'baggage'],
        required: false,
      },
      logging: { level: 'debug', format: 'readable', slowOperationMs: 1_000, successSampleRate: 1, required: false },
      redaction: {},
      signals: true,
      repeatedCallsLimit: 20,
      streamTimeoutMs: 600_000,
      shutdownTimeoutMs: 5_000,
    });
  });

  test.each([
    ['of development are for people', {}, {}, ['debug', 'readable']],
    ['of development, by its name', {}, { NODE_ENV: 'development' }, ['debug', 'readable']],
    [
      'of development, named by the options',
      { service: { environment: 'development' } },
      { NODE_ENV: 'test' },
      ['debug', 'readable'],
    ],
    ['of other environments are for programs', {}, { NODE_ENV: 'production' }, ['info', 'json']],
    ['of environments of your own as well', {}, { TREFOIL_ENV: 'staging' }, ['info', 'json']],
    ['yield to LOG_LEVEL', {}, { LOG_LEVEL: 'warn' }, ['warn', 'readable']],
    ['yield to the options', { logging: { level: 'error', format: 'json' } }, { LOG_LEVEL: 'warn' }, ['error', 'json']],
    [
      'yield to a section for development',
      { environments: { development: { logging: { format: 'json' } } } },
      {},
      ['debug', 'json'],
    ],
  ] as [string, TrefoilOptions, Record<string, string>, string[]][])(
    'for lines %s',
    (_, options, variables, expected) => {
      const { level, format } = resolve(options, variables).logging;
      expect([level, format]).toEqual(expected);
    },
  );

  test('take an endpoint for the wish to export to it', () => {
    expect(resolve({ tracing: { endpoint: 'http://collector:4318' } }).tracing.exporter).toBe('otlp');
    expect(resolve({ tracing: { endpoint: 'http://collector:4318', exporter: 'none' } }).tracing.exporter).toBe('none');
  });
});

describe('the environment', () => {
  test('is named by the option, then TREFOIL_ENV, then NODE_ENV', () => {
    const named = (options: TrefoilOptions, variables: Record<string, string>): string =>
      resolve(options, variables).service.environment;
    const both = { TREFOIL_ENV: 'staging', NODE_ENV: 'production' };
    expect(named({ service: { environment: 'canary' } }, both)).toBe('canary');
    expect(named({}, both)).toBe('staging');
    expect(named({}, { TREFOIL_ENV: ' ', NODE_ENV: 'production' })).toBe('production');
    expect(named({}, {})).toBe('development');
  });

  test('lays its sections over the base, field by field', () => {
    const options: TrefoilOptions = {
      service: { name: 'orders', version: '1.0.0' },
      audit: { backend: 'file', path: 'base', delivery: 'durable' },
      metrics: { port: 9000, labelBudget: 10 },
      logging: { level: 'warn', format: 'readable' },
      redaction: { fieldsToRedact: ['iban'] },
      shutdownTimeoutMs: 1_000,
      environments: {
        test: {
          service: { name: 'orders-test' },
          audit: { path: 'test', maxEvents: undefined },
          metrics: { backend: 'prometheus', port: 0, host: undefined },
          logging: { level: 'debug', path: undefined },
          redaction: { replacement: '…' },
          signals: false,
        },
        other: { service: { name: 'other' } },
      },
    };
    const test = resolve(options, { TREFOIL_ENV: 'test' });
    expect(test.service).toEqual({ name: 'orders-test', version: '1.0.0', environment: 'test' });
    expect(test.audit).toMatchObject({ backend: 'file', path: 'test', delivery: 'durable' });
    expect(test.metrics).toMatchObject({ backend: 'prometheus', port: 0, host: '127.0.0.1', labelBudget: 10 });
    expect(test.logging).toMatchObject({ level: 'debug', format: 'readable' });
    expect(test.redaction).toEqual({ fieldsToRedact: ['iban'], replacement: '…' });
    expect(test).toMatchObject({ signals: false, shutdownTimeoutMs: 1_000 });
    expect(resolve(options, { TREFOIL_ENV: 'unheard-of' }).service.name).toBe('orders');
    expect(resolve(options, { TREFOIL_ENV: 'toString' }).service.name).toBe('orders');
  });

  test('replaces a section whose backend or exporter it changes', () => {
    const options: TrefoilOptions = {
      audit: { backend: 'file', path: 'base', delivery: 'durable', required: true },
      metrics: { port: 9000, labelBudget: 10 },
      tracing: { exporter: 'otlp', endpoint: 'http://collector:4318', sampleRate: 0.1, required: true },
      environments: {
        test: { audit: { backend: 'memory' }, metrics: { backend: 'memory' }, tracing: { exporter: 'memory' } },
      },
    };
    const { audit, metrics, tracing } = resolve(options, { TREFOIL_ENV: 'test' });
    expect(audit).toEqual({ backend: 'memory', path: 'var/audit', delivery: 'buffered', required: false });
    expect(metrics).toMatchObject({ backend: 'memory', labelBudget: 200 });
    expect(tracing).toEqual({
      exporter: 'memory',
      sampler: 'parentbased_always_on',
      sampleRate: 1,
      propagators: ['tracecontext', 'baggage'],
      required: false,
    });
  });
});

describe('standard environment variables', () => {
  const variables = {
    OTEL_SERVICE_NAME: 'from-env',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://env:4318',
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    OTEL_RESOURCE_ATTRIBUTES: 'service.version=2.0.0,team=a%2Cb',
    PROMETHEUS_PORT: '9999',
    LOG_LEVEL: 'WARN',
  };

  test('are honoured', () => {
    const resolved = resolve({}, variables);
    expect(resolved.service).toMatchObject({ name: 'from-env', version: '2.0.0' });
    expect(resolved.resource).toEqual({ 'service.version': '2.0.0', team: 'a,b' });
    expect(resolved.tracing).toMatchObject({
      exporter: 'otlp',
      endpoint: 'http://env:4318',
      sampler: 'traceidratio',
      sampleRate: 0.25,
    });
    expect(resolved.metrics.port).toBe(9999);
    expect(resolved.logging.level).toBe('warn');
  });

  test('yield to explicit options', () => {
    const resolved = resolve(
      {
        service: { name: 'explicit', version: '3.0.0' },
        tracing: { exporter: 'console', endpoint: 'http://explicit:4318', sampler: 'always_on', sampleRate: 0.5 },
        metrics: { port: false },
        logging: { level: 'error' },
      },
      { ...variables, OTEL_SDK_DISABLED: 'true' },
    );
    expect(resolved.service).toMatchObject({ name: 'explicit', version: '3.0.0' });
    expect(resolved.tracing).toMatchObject({
      exporter: 'console',
      endpoint: 'http://explicit:4318',
      sampler: 'always_on',
      sampleRate: 0.5,
    });
    expect(resolved.metrics.port).toBe(false);
    expect(resolved.logging.level).toBe('error');
  });

  test('name the service by its resource, unless OTEL_SERVICE_NAME does', () => {
    const OTEL_RESOURCE_ATTRIBUTES = 'service.name=by-resource';
    expect(resolve({}, { OTEL_RESOURCE_ATTRIBUTES }).service.name).toBe('by-resource');
    expect(resolve({}, { OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME: 'by-name' }).service.name).toBe('by-name');
  });

  test('switch tracing off by OTEL_SDK_DISABLED', () => {
    expect(resolve({}, { ...variables, OTEL_SDK_DISABLED: 'TRUE' }).tracing.exporter).toBe('none');
    expect(resolve({}, { ...variables, OTEL_SDK_DISABLED: 'false' }).tracing.exporter).toBe('otlp');
  });

  test('take an explicit rate for a sampler by ratio, and a rate in the environment only beside its sampler', () => {
    expect(resolve({ tracing: { sampleRate: 0.1 } }, { OTEL_TRACES_SAMPLER: 'always_off' }).tracing).toMatchObject({
      sampler: 'parentbased_traceidratio',
      sampleRate: 0.1,
    });
    expect(resolve({}, { OTEL_TRACES_SAMPLER_ARG: '0.1' }).tracing).toMatchObject({
      sampler: 'parentbased_always_on',
      sampleRate: 1,
    });
  });

  test('choose the formats of headers, in their order, each once', () => {
    const propagatorsOf = (OTEL_PROPAGATORS: string) => resolve({}, { OTEL_PROPAGATORS }).tracing.propagators;
    expect(propagatorsOf('b3multi, tracecontext,b3multi')).toEqual(['b3multi', 'tracecontext']);
    expect(propagatorsOf('none')).toEqual([]);
    expect(propagatorsOf('')).toEqual(['tracecontext', 'baggage']);
    const explicit = resolve({ tracing: { propagators: ['jaeger'] } }, { OTEL_PROPAGATORS: 'b3' });
    expect(explicit.tracing.propagators).toEqual(['jaeger']);
  });

  test('lose of the formats of headers only those that are not known', () => {
    const environment = readEnvironment({ OTEL_PROPAGATORS: 'xray,tracecontext,none' });
    expect(environment.propagators).toEqual(['tracecontext']);
    expect(environment.ignored).toEqual([
      'OTEL_PROPAGATORS: no propagator of that name: "xray"',
      'OTEL_PROPAGATORS: no propagator of that name: "none"',
    ]);
  });

  test('say where metrics are pushed and how, for metrics alone or for all signals', () => {
    const all = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    };
    const forAll = { endpoint: 'http://all:4318', protocol: 'http/json', timeoutMs: 1_000 };
    expect(resolve({}, all).metrics.push).toEqual(forAll);
    const alone = {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://metrics/push',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'GRPC',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
    };
    const forMetrics = { url: 'https://metrics/push', protocol: 'grpc', timeoutMs: 2_000 };
    const more = { intervalMs: 5_000, temporality: 'delta' };
    expect(resolve({}, { ...all, ...alone }).metrics.push).toEqual({ ...forAll, ...forMetrics, ...more });
    const metrics = { endpoint: 'http://mine:4318', temporality: 'cumulative', intervalMs: 9 } as const;
    const { url: _overruled, ...rest } = forMetrics;
    expect(resolve({ metrics }, { ...all, ...alone }).metrics.push).toEqual({ ...rest, ...metrics });
    // A collector for all signals is meant for spans; metrics are scraped unless the options say otherwise.
    expect(resolve({}, { ...all, ...alone }).metrics.backend).toBe('prometheus');
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'http/xml'],
    ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', '1s'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'lowmemory'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
    ['OTEL_PROPAGATORS', 'xray,ottrace'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'no pairs'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'bad=%'],
    ['OTEL_SDK_DISABLED', 'maybe'],
    ['PROMETHEUS_PORT', 'http'],
    ['PROMETHEUS_PORT', '70000'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s cannot be used, is ignored and noted', (name, value) => {
    const environment = readEnvironment({ [name]: value });
    expect(environment.ignored).toEqual([expect.stringContaining(`${name}: expected `)]);
    expect(environment.ignored[0]).toContain(JSON.stringify(value));
    expect(resolveOptions({}, environment)).toEqual(resolve({}));
  });

  test('that are ignored show in describe() and status()', async () => {
    process.env['PROMETHEUS_PORT'] = 'http';
    try {
      const trefoil = start();
      const problem = expect.objectContaining({
        code: 'TREFOIL_ENVIRONMENT_IGNORED',
        message: 'PROMETHEUS_PORT: expected a port from 0 to 65535, got "http"',
      }) as object;
      expect(trefoil.describe().problems).toContainEqual(problem);
      expect(trefoil.status().reports.TREFOIL_ENVIRONMENT_IGNORED).toBe(1);
    } finally {
      delete process.env['PROMETHEUS_PORT'];
      await shutDownAll();
    }
  });

  test('are read once, at the start', async () => {
    process.env['OTEL_SERVICE_NAME'] = 'at-start';
    try {
      const trefoil = start({ service: { environment: 'test' } });
      process.env['OTEL_SERVICE_NAME'] = 'later';
      await trefoil.reconfigure();
      expect(trefoil.status()).toMatchObject({ service: 'at-start', environment: 'test' });
    } finally {
      delete process.env['OTEL_SERVICE_NAME'];
      await shutDownAll();
    }
  });
});

describe('tracing, by OpenTelemetry’s variables', () => {
  const tracing = (variables: Readonly<Record<string, string>>, options: TrefoilOptions['tracing'] = {}) =>
    resolve({ tracing: options }, variables).tracing;

  test.each([
    [{}, 'none'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 'otlp'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/spans' }, 'otlp'],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'zipkin'],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'otlp'],
    [{ OTEL_TRACES_EXPORTER: 'Console' }, 'console'],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 'none'],
    [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'true' }, 'none'],
  ])('%j exports to %s', (variables, exporter) => {
    expect(tracing(variables).exporter).toBe(exporter);
    expect(tracing(variables, { exporter: 'memory' }).exporter).toBe('memory');
    expect(tracing(variables, { endpoint: 'http://mine:4318' })).toMatchObject({
      exporter: 'otlp',
      endpoint: 'http://mine:4318',
    });
    expect(tracing(variables, { endpoint: 'http://mine:4318' })).not.toHaveProperty('url');
  });

  test('settings are read, those of spans before those of all signals, and options before both', () => {
    const variables = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=2%2C3',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=4',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '3000',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_BSP_EXPORT_TIMEOUT: '200',
      OTEL_BSP_MAX_QUEUE_SIZE: '300',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '30',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '20',
      OTEL_ATTRIBUTE_COUNT_LIMIT: '10',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '0',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '5',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '6',
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '7',
    };
    expect(tracing(variables)).toMatchObject({
      exporter: 'otlp',
      endpoint: 'https://collector:4317',
      protocol: 'grpc',
      headers: { a: '4', b: '2,3' },
      compression: 'gzip',
      timeoutMs: 3000,
      batch: { scheduledDelayMs: 100, exportTimeoutMs: 200, maxQueueSize: 300, maxExportBatchSize: 30 },
      limits: {
        attributeCount: 20,
        attributeValueLength: 0,
        eventCount: 5,
        eventAttributeCount: 6,
        linkAttributeCount: 7,
      },
    });
    const options = { protocol: 'http/protobuf', headers: { b: 'mine' }, batch: { maxQueueSize: 400 } } as const;
    expect(
      tracing(variables, { ...options, compression: 'none', timeoutMs: 1, limits: { eventCount: 6 } }),
    ).toMatchObject({
      protocol: 'http/protobuf',
      headers: { a: '4', b: 'mine' },
      compression: 'none',
      timeoutMs: 1,
      batch: { maxQueueSize: 400, maxExportBatchSize: 30 },
      limits: { attributeCount: 20, eventCount: 6 },
    });
  });

  test('Zipkin has an endpoint of its own', () => {
    const variables = {
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://z:9411/x',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
    };
    expect(tracing(variables, { exporter: 'zipkin' })).toMatchObject({ endpoint: 'http://z:9411/x' });
    expect(tracing(variables, { exporter: 'zipkin', endpoint: 'http://mine:9411' }).endpoint).toBe('http://mine:9411');
    expect(tracing(variables, { exporter: 'jaeger' }).endpoint).toBe('http://c:4318');
  });

  test('several exporters can be named, and what is none of them costs only itself', () => {
    const read = (OTEL_TRACES_EXPORTER: string) => readEnvironment({ OTEL_TRACES_EXPORTER });
    expect(read('otlp,console')).toMatchObject({ tracing: { exporter: ['otlp', 'console'] }, ignored: [] });
    expect(read('Console, otlp,console')).toMatchObject({ tracing: { exporter: ['console', 'otlp'] }, ignored: [] });
    expect(read('otlp,')).toMatchObject({ tracing: { exporter: 'otlp' }, ignored: [] });
    expect(read('otlp,stdout')).toMatchObject({
      tracing: { exporter: 'otlp' },
      ignored: ['OTEL_TRACES_EXPORTER: no exporter of that name: "stdout"'],
    });
    expect(read('none,otlp')).toMatchObject({
      tracing: { exporter: 'otlp' },
      ignored: ['OTEL_TRACES_EXPORTER: "none" beside others'],
    });
    const both = {
      OTEL_TRACES_EXPORTER: 'otlp,zipkin',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://z:9411',
    };
    expect(tracing(both)).toMatchObject({ endpoint: 'http://c:4318', zipkinEndpoint: 'http://z:9411' });
  });

  test.each([
    ['a name in quotes', '"x-key"=sesame'],
    ['a name with blanks', 'x key=sesame'],
    ['a value that no header can hold', 'x-key=sesam€'],
    ['a line feed', 'x-key=sesame%0Ax-forged:%201'],
    ['a wrong encoding', 'x-key=sesame%E0'],
    ['no pair', 'sesame'],
  ])('a header that cannot be sent costs only itself, and is not shown: %s', (_, entry) => {
    for (const name of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']) {
      const {
        ignored,
        tracing: read,
        metricsPush,
      } = readEnvironment({ [name]: `a=1,${entry},authorization=Bearer "t"` });
      expect(read.headers).toEqual({ a: '1', authorization: 'Bearer "t"' });
      if (name === 'OTEL_EXPORTER_OTLP_HEADERS') expect(metricsPush.headers).toEqual(read.headers);
      expect(ignored).toEqual([`${name}: entry 2 of 3 cannot be used`]);
      const alone = readEnvironment({ [name]: entry });
      expect(alone.tracing.headers).toEqual({});
      expect(alone.ignored).toEqual([expect.stringMatching(`^${name}: expected key=value pairs .* got a text of`)]);
    }
  });

  test('an attribute of the resource that cannot be read costs only itself', () => {
    const { resource, ignored } = readEnvironment({ OTEL_RESOURCE_ATTRIBUTES: 'team=a,broken,b=%E0,zone=1' });
    expect(resource).toEqual({ team: 'a', zone: '1' });
    expect(ignored).toEqual([
      'OTEL_RESOURCE_ATTRIBUTES: entry 2 of 4 cannot be used',
      'OTEL_RESOURCE_ATTRIBUTES: entry 3 of 4 cannot be used',
    ]);
  });

  test('what cannot be used is ignored and told, headers without their values', () => {
    const { ignored, tracing: read } = readEnvironment({
      OTEL_TRACES_EXPORTER: 'stdout',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization: sesame',
      OTEL_EXPORTER_OTLP_TIMEOUT: 'soon',
      OTEL_BSP_MAX_QUEUE_SIZE: '10',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '11',
      OTEL_SPAN_LINK_COUNT_LIMIT: '-1',
    });
    expect(read).toMatchObject({ exporter: undefined, protocol: undefined, headers: {}, batch: { maxQueueSize: 10 } });
    expect(ignored).toEqual([
      'OTEL_TRACES_EXPORTER: expected otlp or zipkin or console or none, got "stdout"',
      'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or http/json or grpc, got "http"',
      'OTEL_EXPORTER_OTLP_HEADERS: expected key=value pairs separated by commas, got a text of 21 characters',
      'OTEL_EXPORTER_OTLP_TIMEOUT: expected milliseconds, got "soon"',
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE: expected a whole number from 1 to 10, got "11"',
      'OTEL_SPAN_LINK_COUNT_LIMIT: expected a whole number from 0 on, got "-1"',
    ]);
  });
});
