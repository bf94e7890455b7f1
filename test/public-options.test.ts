import 'reflect-metadata';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import * as trefoil from '../src/index';
import * as testing from '../src/testing/index';
import {
  InMemoryAuditBackend,
  InMemoryMetricsBackend,
  SpanKind,
  TrefoilError,
  type TrefoilErrorCode,
} from '../src/index';

/** How one export is given its options, and what is wrong for each of them. */
interface Taker<Options extends object> {
  readonly take: (options: Options) => unknown;
  /** Where the options need no value, `{}`. */
  readonly valid: Options;
  readonly wrong: { readonly [Name in keyof Required<Options>]: unknown };
  readonly code?: TrefoilErrorCode;
  /** What stands before an option's path. */
  readonly where?: string;
}

/** The options of a taker as a JavaScript caller may give them. */
type Given = Taker<Record<string, unknown>>;

/** Compiles only where each option of the interface has a wrong value. */
function taker<Options extends object>(entry: Taker<Options>): Given {
  return entry as unknown as Given;
}

const directory = (): string => mkdtempSync(join(tmpdir(), 'trefoil-options-'));

const wrongJournal = {
  maxFileSizeMb: 0,
  maxFiles: 1.5,
  maxAgeDays: '7',
  maxWaitMs: -1,
  key: '',
  trustedKeys: 'a key',
  strictPermissions: 'yes',
  anchors: [{}],
  service: 7,
  environment: {},
  onReport: 'log',
  onUnreadable: true,
};

const wrongRecording = {
  prefix: 'my app',
  buckets: { a: [2, 1] },
  labelBudget: 0,
  sourceTimeoutMs: 0,
  onProblem: 'log',
};

const wrongExporting = {
  serviceName: 7,
  resource: { 'service.version': 1 },
  endpoint: 'localhost:4318',
  url: 'collector',
  protocol: 'http',
  headers: { 'a b': 'c' },
  compression: 'zip',
  timeoutMs: 0,
  flushTimeoutMs: 1.5,
  redactor: {},
  onReport: 'log',
};

const wrongTracer = {
  ...wrongExporting,
  exporterType: 'otpl',
  exporters: [],
  zipkinEndpoint: 'nowhere',
  spanProcessors: [{}],
  batch: { maxQueueSize: 0 },
  sampler: 'sometimes',
  sampleRate: 2,
  limits: { linkCount: -1 },
};

const wrongForwarding = { service: 7, environment: 7, redactor: {}, onError: 'log' };

const wrongCall = {
  operation: '',
  outcome: 'success',
  returns: 'other',
  callback: 'first',
  slowMs: -1,
  when: true,
};

const wrongDetails = { item: 'id', user: 7, attributes: {}, onResult: 'rows' };

const wrongAudit = {
  event: 'reed',
  metadata: {},
  changes: { before: 7 },
  delivery: 'durabel',
  onFailure: 'fail',
  execution: 'sync',
};

/** A class with one method, decorated as in the legacy dialect, which knows the class. */
function decorated(decorator: unknown): unknown {
  class OrderStore {
    get(): void {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(OrderStore.prototype, 'get');
  return (decorator as (...args: unknown[]) => unknown)(OrderStore.prototype, 'get', descriptor);
}

function getOrder(): void {}

const decorator = { code: 'TREFOIL_DECORATOR_OPTIONS', where: 'OrderStore.get ' } as const;

const logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
  log() {},
  level: 'info',
  levels: {},
  transports: [],
};

const takers: Readonly<Record<string, Given>> = {
  FileAuditBackend: taker<trefoil.FileAuditBackendOptions>({
    take: (options) => new trefoil.FileAuditBackend(options).close(),
    valid: { path: directory() },
    wrong: { ...wrongJournal, path: '' },
  }),
  JsonAuditBackend: taker<trefoil.JsonAuditBackendOptions>({
    take: (options) => new trefoil.JsonAuditBackend(options).close(),
    valid: { directory: directory() },
    wrong: { ...wrongJournal, directory: 7, filePrefix: '../x', rotateDaily: 'yes' },
  }),
  InMemoryAuditBackend: taker<trefoil.InMemoryAuditBackendOptions>({
    take: (options) => new InMemoryAuditBackend(options),
    valid: {},
    wrong: { maxEvents: 0 },
  }),
  AsyncAuditBackend: taker<trefoil.AsyncAuditBackendOptions>({
    take: (options) => new trefoil.AsyncAuditBackend(options),
    valid: { backend: new InMemoryAuditBackend() },
    wrong: { backend: {}, queueSize: 0, flushIntervalSeconds: '5', overflow: 'Block', onError: 'log' },
  }),
  CompositeAuditBackend: taker<trefoil.CompositeAuditBackendOptions>({
    take: (options) => new trefoil.CompositeAuditBackend(options),
    valid: { backends: [new InMemoryAuditBackend()] },
    wrong: { backends: [], require: 'All', onError: 'log' },
  }),
  AuditLogger: taker<trefoil.AuditLoggerOptions>({
    take: (options) => new trefoil.AuditLogger(options),
    valid: { backend: new InMemoryAuditBackend(), storeType: 's3' },
    wrong: {
      backend: { log() {} },
      storeType: '',
      storeId: 7,
      storeName: 7,
      redactor: { redact() {} },
      delivery: 'durabel',
      onFailure: 'fail',
      maxWaitMs: 0,
      generateId: 'uuid',
      service: 7,
      environment: 7,
      onError: 'log',
    },
  }),
  verifyTrail: taker<trefoil.VerifyTrailOptions>({
    take: (options) => trefoil.verifyTrail(directory(), options),
    valid: {},
    wrong: { publicKey: 7, anchors: 'anchors.ndjson', onProgress: true },
  }),
  InMemoryMetricsBackend: taker<trefoil.InMemoryMetricsBackendOptions>({
    take: (options) => new InMemoryMetricsBackend(options),
    valid: {},
    wrong: wrongRecording,
  }),
  PrometheusMetricsBackend: taker<trefoil.PrometheusMetricsBackendOptions>({
    take: (options) => new trefoil.PrometheusMetricsBackend(options).close(),
    valid: { registry: new Registry() },
    wrong: {
      ...wrongRecording,
      defaultLabels: { le: 'x' },
      defaultMetrics: { every: 1 },
      resource: 'orders',
      registry: {},
    },
  }),
  'PrometheusMetricsBackend.startHttpServer': taker<trefoil.MetricsServerOptions>({
    take: async (options) => (await new trefoil.PrometheusMetricsBackend().startHttpServer(options)).close(),
    valid: { port: 0 },
    wrong: { port: 70_000, host: '', path: 'metrics' },
  }),
  'PrometheusMetricsBackend.pushToGateway': taker<trefoil.PushGatewayOptions>({
    take: async (options) => (await new trefoil.PrometheusMetricsBackend().pushToGateway(options)).close(),
    valid: { gatewayUrl: 'http://127.0.0.1:1', jobName: 'import', intervalMs: 60_000, timeoutMs: 1 },
    wrong: {
      gatewayUrl: 'gateway:9091',
      jobName: '',
      groupings: { job: 'x' },
      method: 'put',
      headers: { 'a b': 'c' },
      timeoutMs: 0,
      retries: -1,
      backoffMs: 0,
      intervalMs: 0,
      deleteOnClose: 'yes',
    },
  }),
  OpenTelemetryMetricsBackend: taker<trefoil.OpenTelemetryMetricsBackendOptions>({
    take: (options) => new trefoil.OpenTelemetryMetricsBackend(options).close(),
    valid: { url: 'http://127.0.0.1:1/v1/metrics', flushTimeoutMs: 1 },
    wrong: {
      ...wrongRecording,
      ...wrongExporting,
      defaultLabels: { le: 'x' },
      defaultMetrics: 'all',
      intervalMs: 0,
      temporality: 'Delta',
    },
  }),
  MetricsRegistry: taker<trefoil.MetricsRegistryOptions>({
    take: (options) => new trefoil.MetricsRegistry(options),
    valid: {},
    wrong: { onError: 'log' },
  }),
  StoreMetrics: taker<trefoil.StoreMetricsOptions>({
    take: (options) => new trefoil.StoreMetrics(options),
    valid: { backend: new InMemoryMetricsBackend(), storeType: 's3' },
    wrong: { backend: {}, storeType: '', storeId: 7, store: '', labelBudget: 0, onError: 'log' },
  }),
  createTracer: taker<trefoil.CreateTracerOptions>({
    take: (options) => trefoil.createTracer(options),
    valid: { exporterType: 'memory' },
    wrong: { ...wrongTracer, enabled: 'on', maxSpans: 0 },
  }),
  GlobalTracer: taker<trefoil.GlobalTracerOptions>({
    take: (options) => new trefoil.GlobalTracer(options),
    valid: {},
    wrong: { flushTimeoutMs: 0 },
  }),
  InMemoryTracer: taker<trefoil.InMemoryTracerOptions>({
    take: (options) => new trefoil.InMemoryTracer(options),
    valid: {},
    wrong: { maxSpans: 0, limits: { linkCount: -1 } },
  }),
  OpenTelemetryTracer: taker<trefoil.OpenTelemetryTracerOptions>({
    take: (options) => new trefoil.OpenTelemetryTracer(options).shutdown(),
    valid: { exporterType: 'console' },
    wrong: wrongTracer,
  }),
  WinstonLogger: taker<trefoil.WinstonLoggerOptions>({
    take: (options) => new trefoil.WinstonLogger(options).close(),
    valid: { service: 'orders', environment: 'test' },
    wrong: {
      service: 7,
      environment: 7,
      level: 'verbose',
      format: 'JSON',
      stream: 'both',
      path: '',
      rotation: { maxFiles: 0 },
      onWriteError: 'log',
      redactor: {},
    },
  }),
  fromConsole: taker<trefoil.ForwardingOptions>({
    take: (options) => trefoil.fromConsole(logger, options),
    valid: {},
    wrong: wrongForwarding,
    where: 'options.',
  }),
  fromPino: taker<trefoil.ForwardingOptions>({
    take: (options) => trefoil.fromPino(logger, options),
    valid: {},
    wrong: wrongForwarding,
    where: 'options.',
  }),
  fromWinston: taker<trefoil.ForwardingOptions>({
    take: (options) => trefoil.fromWinston(logger, options),
    valid: {},
    wrong: wrongForwarding,
    where: 'options.',
  }),
  DataRedactor: taker<trefoil.DataRedactorOptions>({
    take: (options) => new trefoil.DataRedactor(options),
    valid: {},
    wrong: { replacement: 7, fieldsToRedact: 'email', patterns: [7] },
  }),
  initializeObservability: taker<trefoil.TrefoilOptions>({
    take: (options) => trefoil.initializeObservability(options).shutdown(),
    valid: { audit: { backend: 'none' }, metrics: { backend: 'none' } },
    wrong: {
      service: 'orders',
      audit: [],
      metrics: new Map(),
      tracing: 'otlp',
      logging: 7,
      redaction: new Date(),
      signals: 'yes',
      repeatedCallsLimit: 0,
      streamTimeoutMs: 0,
      shutdownTimeoutMs: -1,
      environments: { test: { audti: {} } },
    },
  }),
  Audited: taker<trefoil.AuditedOptions>({
    take: (options) => decorated(trefoil.Audited(options as never)),
    valid: {},
    wrong: { ...wrongCall, ...wrongDetails, ...wrongAudit },
    ...decorator,
  }),
  Traced: taker<trefoil.TracedOptions>({
    take: (options) => decorated(trefoil.Traced(options as never)),
    valid: { kind: SpanKind.CLIENT },
    wrong: { ...wrongCall, ...wrongDetails, kind: 'client', name: '' },
    ...decorator,
  }),
  Timed: taker<trefoil.TimedOptions>({
    take: (options) => decorated(trefoil.Timed(options as never)),
    valid: {},
    wrong: { ...wrongCall, name: '', help: '', labels: { a: 7 }, buckets: [2, 1] },
    ...decorator,
  }),
  Counted: taker<trefoil.CountedOptions>({
    take: (options) => decorated(trefoil.Counted(options as never)),
    valid: {},
    wrong: { ...wrongCall, name: '', help: '', labels: [] },
    ...decorator,
  }),
  Observed: taker<trefoil.ObservedOptions>({
    take: (options) => decorated(trefoil.Observed(options as never)),
    valid: {},
    wrong: { ...wrongCall, ...wrongDetails, ...wrongAudit, kind: 'client' },
    ...decorator,
  }),
  Store: taker<trefoil.StoreOptions>({
    take: (options) => {
      class OrderStore {}
      trefoil.Store(options)(OrderStore);
    },
    valid: { type: 's3' },
    wrong: {
      name: '',
      type: 7,
      id: 7,
      outcome: 'success',
      delivery: 'durabel',
      onFailure: 'fail',
      slowMs: -1,
    },
    code: 'TREFOIL_DECORATOR_OPTIONS',
    where: 'OrderStore ',
  }),
  observe: taker<trefoil.ObserveOptions<() => void>>({
    take: (options) => trefoil.observe(getOrder, options),
    valid: {},
    wrong: {
      ...wrongCall,
      ...wrongDetails,
      ...wrongAudit,
      kind: 'client',
      name: '',
      store: 7,
      audited: 7,
      traced: 7,
      timed: 7,
      counted: 7,
    },
    code: 'TREFOIL_DECORATOR_OPTIONS',
    where: 'observe(the function getOrder) ',
  }),
  observeObject: taker<trefoil.ObserveObjectOptions<{ get(): void }>>({
    take: (options) => trefoil.observeObject({ get: (): void => undefined }, options),
    valid: { methods: ['get'] },
    wrong: { methods: 7, store: 7 },
    code: 'TREFOIL_DECORATOR_OPTIONS',
    where: 'observeObject(objects) ',
  }),
  auditBackendContract: taker<testing.AuditBackendContractOptions>({
    take: (options) => testing.auditBackendContract(options),
    valid: { create: () => new InMemoryAuditBackend(), test: () => undefined },
    wrong: { create: new InMemoryAuditBackend(), test: 'test' },
  }),
  metricsBackendContract: taker<testing.MetricsBackendContractOptions>({
    take: (options) => testing.metricsBackendContract(options),
    valid: { create: () => new InMemoryMetricsBackend(), test: () => undefined },
    wrong: { create: new InMemoryMetricsBackend(), test: 'test' },
  }),
};

/** Exports that can be called and have no options to refuse. */
const withoutOptions: Readonly<Record<string, string>> = {
  Unobserved: 'takes nothing',
  NoopTracer: 'takes nothing',
  currentCall: 'takes nothing',
  currentContext: 'takes nothing',
  bindContext: 'runs during a call, which it must not fail',
  runWithContext: 'runs during a call, which it must not fail; its fields are the application’s own',
  extractContext: 'runs during a call, which it must not fail',
  injectContext: 'runs during a call, which it must not fail',
  AuditEvent: 'is a record: one that is odd is kept rather than lost, and `fromJSON` checks what is read',
  readAnchors: 'takes a path, and refuses one that it cannot read with TREFOIL_AUDIT_TRAIL',
  InMemorySpan: 'is made by its tracer',
  TrefoilError: 'is made by trefoil',
  AuditOutcomeError: 'is made by trefoil',
  AuditUnavailableError: 'is made by trefoil',
};

async function refusalOf({ take }: Given, options: unknown): Promise<TrefoilError> {
  const error = await new Promise<unknown>((resolve) => {
    try {
      Promise.resolve(take(options as Record<string, unknown>)).then(() => resolve(undefined), resolve);
    } catch (thrown) {
      resolve(thrown);
    }
  });
  if (!(error instanceof TrefoilError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

/** Of a wrong nested value the path leads into it. */
function placesOf({ path }: TrefoilError): string[] {
  return [path.where, ...(path.others ?? []).map(({ where }) => where)];
}

test('every export that can be called is looked at here', () => {
  const callable = [...Object.entries(trefoil), ...Object.entries(testing)].flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  );
  const known = [...Object.keys(takers), ...Object.keys(withoutOptions)].filter((name) => !name.includes('.'));
  expect(known.sort()).toEqual(callable.sort());
});

describe.each(Object.entries(takers))('%s', (name, entry) => {
  const { valid, wrong, code = 'TREFOIL_OPTIONS_INVALID', where = '' } = entry;
  const names = Object.keys(wrong);
  const first = names[0] as string;

  test('takes what is right', async () => {
    await entry.take({ ...valid });
  });

  test('refuses a name that it does not know, and says which is near', async () => {
    const misspelled = `${first.slice(0, -2)}${first.slice(-1)}${first.slice(-2, -1)}`;
    const { [first]: _replaced, ...rest } = valid;
    const error = await refusalOf(entry, { ...rest, ...valid, [misspelled]: wrong[first] });
    expect(error.code).toBe(code);
    expect(error.path.where).toBe(`${where}${misspelled}`);
    expect(error.path.given).toBe(`the unknown option "${misspelled}" (did you mean "${first}"?)`);
  });

  test.each(names)('refuses a wrong value of %s', async (option) => {
    const error = await refusalOf(entry, { ...valid, [option]: wrong[option] });
    expect(error.code).toBe(code);
    expect(error.path.where.startsWith(`${where}${option}`)).toBe(true);
    expect(error.path.others).toBeUndefined();
  });

  test('names all that is wrong at once', async () => {
    const error = await refusalOf(entry, { ...wrong, zzz1: 1, zzz2: 2 });
    const places = placesOf(error).map((place) => place.slice(where.length));
    for (const option of [...names, 'zzz1', 'zzz2']) {
      expect(places.filter((place) => place === option || place.startsWith(`${option}.`))).toHaveLength(1);
      expect(error.message).toContain(` ${where}${option}`);
    }
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a Map', new Map()],
    ['a text', 'options'],
    ['a function', () => undefined],
  ])('refuses %s in the place of its options', async (_kind, given) => {
    const error = await refusalOf(entry, given);
    expect(error.code).toBe(code);
    // A decorator that is given a function is one without its parentheses.
    const isBare = typeof given === 'function' && code === 'TREFOIL_DECORATOR_OPTIONS' && /^[A-Z]/.test(name);
    expect(error.path.expected).toBe(isBare ? `@${name}()` : 'an object');
  });
});

describe('what a message does not show', () => {
  test.each<[string, () => unknown]>([
    ['headers', () => new trefoil.OpenTelemetryTracer({ headers: 'Bearer hunter2hunter2' as never })],
    ['a header', () => new trefoil.OpenTelemetryMetricsBackend({ headers: { authorization: 'hunter2hunter2\n' } })],
    ['a password in a URL', () => new trefoil.OpenTelemetryTracer({ url: 'ftp://user:hunter2hunter2@host/' })],
    ['a key', () => new trefoil.FileAuditBackend({ path: 'x', key: { pem: 'hunter2hunter2' } as never })],
    ['a name', () => new trefoil.MetricsRegistry({ 'password=hunter2hunter2': 1 } as never)],
    ['a value of a secret name', () => new trefoil.WinstonLogger({ apiKey: 'hunter2hunter2' } as never)],
  ])('%s', (_name, make) => {
    expect(make).toThrow(TrefoilError);
    expect(make).not.toThrow(/hunter2/);
  });
});

test('a weaker durability is no longer a matter of one capital letter', () => {
  const backends = [new InMemoryAuditBackend()];
  expect(() => new trefoil.CompositeAuditBackend({ backends, require: 'All' as never })).toThrow(
    'TREFOIL_OPTIONS_INVALID: Reading the options of CompositeAuditBackend at require: ' +
      'expected "any" or "all", got "All" (did you mean "all"?). Correct the option; the documentation lists them all.',
  );
});

test('a logger that is none is refused', () => {
  for (const adopt of [trefoil.fromConsole, trefoil.fromPino, trefoil.fromWinston]) {
    for (const given of [undefined, null, {}, 'console']) {
      expect(() => adopt(given as never)).toThrow(/TREFOIL_OPTIONS_INVALID.*at logger.*expected a /);
    }
  }
});
