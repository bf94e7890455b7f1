// The packed package in an application that has nothing but the required peers.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { Consumer, root, type PackedPackage } from './consumer';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { import: Record<string, string>; require: Record<string, string> }>;
};

/** Everything that is exported, by sub-path: a change here is a change of the public surface. */
const surface: Readonly<Record<string, { readonly values: readonly string[]; readonly types: readonly string[] }>> = {
  trefoil: {
    values: [
      'AUDIT_BACKEND',
      'AsyncAuditBackend',
      'AuditEvent',
      'AuditEventType',
      'AuditLogger',
      'AuditOutcomeError',
      'AuditStatus',
      'AuditUnavailableError',
      'Audited',
      'CALL_HANDLER',
      'CompositeAuditBackend',
      'Counted',
      'DataRedactor',
      'FileAuditBackend',
      'GlobalTracer',
      'InMemoryAuditBackend',
      'InMemoryMetricsBackend',
      'InMemorySpan',
      'InMemoryTracer',
      'JsonAuditBackend',
      'LOGGER',
      'METRICS_BACKEND',
      'MetricType',
      'MetricsRegistry',
      'NoopTracer',
      'Observed',
      'OpenTelemetryMetricsBackend',
      'OpenTelemetryTracer',
      'PrometheusMetricsBackend',
      'SpanContext',
      'SpanKind',
      'SpanStatus',
      'Store',
      'StoreMetrics',
      'TRACER',
      'TREFOIL',
      'Timed',
      'Traced',
      'TrefoilError',
      'Unobserved',
      'WinstonLogger',
      'bindContext',
      'createTracer',
      'currentCall',
      'currentContext',
      'extractContext',
      'fromConsole',
      'fromPino',
      'fromWinston',
      'initializeObservability',
      'injectContext',
      'observe',
      'observeObject',
      'readAnchors',
      'runWithContext',
      'verifyTrail',
    ],
    types: [
      'AnyLogger',
      'AsyncAuditBackendOptions',
      'AuditAnchor',
      'AuditBackend',
      'AuditChanges',
      'AuditCheckpoint',
      'AuditEntry',
      'AuditEventInit',
      'AuditFilter',
      'AuditGuarantees',
      'AuditHealth',
      'AuditLatency',
      'AuditLoggerOptions',
      'AuditLoggerStore',
      'AuditSection',
      'AuditedOptions',
      'Call',
      'CallDetails',
      'CallHandler',
      'ChangesToRedact',
      'ClusterSection',
      'CompositeAuditBackendOptions',
      'ConsoleShaped',
      'CountedOptions',
      'CreateTracerOptions',
      'CreatedTracer',
      'CurrentCall',
      'DataRedactorOptions',
      'DefaultMetricsOptions',
      'Delivery',
      'DescribedMethod',
      'Description',
      'ErrorLink',
      'ErrorPath',
      'Exemplar',
      'ExportHealth',
      'ExpositionFormat',
      'FaultClass',
      'FileAuditBackendOptions',
      'ForwardingOptions',
      'GatewayPush',
      'GaugeAggregation',
      'GlobalTracerOptions',
      'HeaderValue',
      'HistogramValue',
      'InMemoryAuditBackendOptions',
      'InMemoryMetricsBackendOptions',
      'InMemoryTracerOptions',
      'JournalBackendOptions',
      'JournalStatus',
      'JsonAuditBackendOptions',
      'Labels',
      'LogEntry',
      'LogFields',
      'LogIds',
      'LogLevel',
      'LogRotationOptions',
      'Logger',
      'LoggingSection',
      'MethodPath',
      'Metric',
      'MetricDefinition',
      'MetricFamily',
      'MetricSeries',
      'MetricSnapshot',
      'MetricSource',
      'MetricValue',
      'MetricsBackend',
      'MetricsPushSection',
      'MetricsRegistryOptions',
      'MetricsSection',
      'MetricsServer',
      'MetricsServerOptions',
      'Observation',
      'ObserveMethodOptions',
      'ObserveObjectOptions',
      'ObserveOptions',
      'ObservedOptions',
      'OnAuditFailure',
      'OpenTelemetryMetricsBackendOptions',
      'OpenTelemetryTracerOptions',
      'Operation',
      'OperationRecord',
      'OptionsInForce',
      'OtlpProtocol',
      'Outcome',
      'PartStatus',
      'PinoShaped',
      'PreparedLine',
      'Problem',
      'PrometheusMetricsBackendOptions',
      'PropagationStatus',
      'PropagatorName',
      'PushGatewayOptions',
      'PushGatewaySection',
      'QuarantinedWriter',
      'RecordedEvent',
      'Redactable',
      'RedactionSection',
      'ReportMetricProblem',
      'RequestContext',
      'SamplerName',
      'ServiceOptions',
      'Settled',
      'ShutdownReport',
      'Span',
      'SpanBatchOptions',
      'SpanExporterType',
      'SpanLimitOptions',
      'SpanSampler',
      'StoreMetricsOptions',
      'StoreMetricsStore',
      'StoreOptions',
      'SummaryValue',
      'TimedOptions',
      'TracedOptions',
      'TracerType',
      'TracingSection',
      'TrailAnchor',
      'TrailFault',
      'TrailReport',
      'TrailVerdict',
      'Trefoil',
      'TrefoilErrorCode',
      'TrefoilOptions',
      'TrefoilSections',
      'TrefoilStatus',
      'VerifyProgress',
      'VerifyTrailOptions',
      'WinstonLoggerOptions',
      'WinstonShaped',
      'WriterReport',
      'WrongValue',
    ],
  },
  'trefoil/testing': {
    values: ['auditBackendContract', 'metricsBackendContract'],
    types: ['AuditBackendContractOptions', 'MetricsBackendContractOptions'],
  },
};

const subpaths = Object.keys(manifest.exports)
  .filter((subpath) => !subpath.endsWith('.json'))
  .map((subpath) => subpath.replace(/^\./, 'trefoil'));

/** What an application loads; `node:assert`, which the contract suites stand on, opens the standard error stream. */
const production = subpaths.filter((subpath) => subpath !== 'trefoil/testing');

let consumer: Consumer;
let packed: PackedPackage;

beforeAll(async () => {
  ({ consumer, packed } = await Consumer.install(
    '@opentelemetry/api@1.9.1',
    'tsyringe@4.10.0',
    'reflect-metadata@0.2.2',
  ));
}, 300_000);
afterAll(() => consumer.remove());

describe('the tarball', () => {
  it('holds what is built, its documents, and nothing else', () => {
    const others = packed.contents.filter((path) => !/^dist\/.+\.(js|js\.map|d\.ts|mjs|d\.mts)$/.test(path));
    const stubs = subpaths.slice(1).map((subpath) => `${subpath.replace(/^trefoil\//, '')}/package.json`);
    const schema = 'docs/reference/audit-event.schema.json';
    const documents = ['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', schema, 'package.json'];
    const pages = others.filter((path) => /^docs\/(?!api\/).+\.md$/.test(path));
    expect(pages).toEqual(expect.arrayContaining(['docs/metrics.md', 'docs/reference/errors.md']));
    expect(others).toEqual([...documents, ...pages, ...stubs].sort());
    expect(packed.contents.filter((path) => /\.test\.|(^|\/)(test|fixtures|bench|examples|src)\//.test(path))).toEqual(
      [],
    );
  });

  it('holds every file that its documents link to', () => {
    const dead = packed.contents
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => {
        const text = readFileSync(join(consumer.folder, 'node_modules/trefoil', path), 'utf8');
        return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => ({
          path,
          link: join(dirname(path), link),
        }));
      })
      .filter(({ link }) => !packed.contents.some((file) => file === link || file.startsWith(link)));
    expect(dead).toEqual([]);
  });

  it('holds every file that the exports name', () => {
    for (const { import: forImport, require: forRequire } of Object.values(manifest.exports).filter(isConditional)) {
      for (const file of [...Object.values(forImport), ...Object.values(forRequire)]) {
        expect(packed.contents).toContain(file.replace('./', ''));
      }
    }
  });

  it('tells nothing of the machine that packed it', () => {
    const installed = join(consumer.folder, 'node_modules/trefoil');
    const places = [root, `${homedir()}/`, `${tmpdir()}/`, 'file://', 'C:\\'];
    const telling = packed.contents.filter((path) => {
      const text = readFileSync(join(installed, path), 'utf8');
      return places.some((place) => text.includes(place));
    });
    expect(telling).toEqual([]);
  });

  it('was locked without addresses of a registry', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string }>;
    };
    expect(Object.keys(packages).filter((name) => packages[name]?.resolved !== undefined)).toEqual([]);
  });
});

describe('an application with the required peers alone', () => {
  it('has none of the optional ones', () => {
    expect(consumer.copiesOf('@opentelemetry/exporter-trace-otlp-proto')).toEqual([]);
    expect(consumer.copiesOf('@opentelemetry/exporter-trace-otlp-http')).toEqual([]);
    expect(consumer.copiesOf('@opentelemetry/exporter-trace-otlp-grpc')).toEqual([]);
    expect(consumer.copiesOf('@opentelemetry/propagator-b3')).toEqual([]);
    expect(consumer.copiesOf('@opentelemetry/propagator-jaeger')).toEqual([]);
    expect(consumer.copiesOf('@opentelemetry/api')).toHaveLength(1);
  });

  it('knows the surface of every sub-path', () => {
    expect(Object.keys(surface)).toEqual(subpaths);
  });

  it.each(subpaths)('gets exactly the names of %s, by require and by import, as one instance', async (subpath) => {
    const seen = await consumer.run(
      `import { createRequire } from 'node:module';
       import * as imported from '${subpath}';
       const required = createRequire(import.meta.url)('${subpath}');
       const names = Object.keys(required).sort();
       console.log(JSON.stringify({
         imported: Object.keys(imported).sort(),
         required: names,
         different: names.filter((name) => imported[name] !== required[name]),
       }));`,
      'mjs',
    );
    const { values } = surface[subpath] ?? {};
    expect(seen).toEqual({ imported: values, required: values, different: [] });
  });

  it.each(subpaths)('sees exactly the types of %s', (subpath) => {
    const { values = [], types = [] } = surface[subpath] ?? {};
    expect(declaredNames(consumer.folder, subpath)).toEqual([...values, ...types].sort());
  });

  it('sees a call that was decorated by the one and is run by the other', async () => {
    const seen = await consumer.run(
      `import { createRequire } from 'node:module';
       import * as imported from 'trefoil';
       const required = createRequire(import.meta.url)('trefoil');
       class OrderStore {
         get(id) {
           required.currentCall().setAttribute('seen', 'by require');
           imported.currentCall().setAttribute('also', 'by import');
           return id;
         }
       }
       const decorate = (decorator, key) => {
         const descriptor = Object.getOwnPropertyDescriptor(OrderStore.prototype, key);
         Object.defineProperty(OrderStore.prototype, key, decorator(OrderStore.prototype, key, descriptor) ?? descriptor);
       };
       decorate(imported.Audited({ item: (id) => id }), 'get');
       decorate(required.Counted(), 'get');
       const trefoil = required.initializeObservability({
         metrics: { backend: 'memory' }, logging: { level: 'silent' }, signals: false,
       });
       new OrderStore().get('o-1');
       console.log(JSON.stringify({
         isBackend: trefoil.audit instanceof imported.InMemoryAuditBackend,
         events: trefoil.audit.getAll().map(({ itemId, attributes }) => ({ itemId, attributes })),
         counted: trefoil.metrics.get('store_operations_total', { store: 'OrderStore', operation: 'get', status: 'success' }),
       }));`,
      'mjs',
    );
    expect(seen).toEqual({
      isBackend: true,
      events: [{ itemId: 'o-1', attributes: { seen: 'by require', also: 'by import' } }],
      counted: 1,
    });
  });

  it.each([
    ['require', 'cjs'],
    ['import', 'mjs'],
  ] as const)('starts nothing by a mere %s: no handle, no timer, no listener, no backend', async (way, extension) => {
    const load = (subpath: string): string =>
      way === 'require' ? `require('${subpath}');` : `await import('${subpath}');`;
    const head = way === 'require' ? "const Module = require('node:module');" : "import Module from 'node:module';";
    const seen = await consumer.run(
      `${head}
       const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
       const globals = () => Reflect.ownKeys(globalThis).map(String).filter((name) => /trefoil/i.test(name));
       const before = JSON.stringify(listeners());
       const resources = process.getActiveResourcesInfo();
       ${production.map(load).join('\n')}
       const sameListeners = JSON.stringify(listeners()) === before;
       setImmediate(() => {
         const seen = {
         resources: process.getActiveResourcesInfo().filter((resource) => !resources.includes(resource)),
         sameListeners,
         globals: globals(),
         backends: [...new Set(Object.keys(Module._cache)
           .map((file) => /node_modules[\\\\/](commander|prom-client|re2js|winston|@opentelemetry[\\\\/](?!api|context-async-hooks)[\\w-]+)[\\\\/]/.exec(file)?.[1])
           .filter((name) => name !== undefined))],
         };
         console.log(JSON.stringify(seen));
       });`,
      extension,
    );
    expect(seen).toEqual({ resources: [], sameListeners: true, globals: [], backends: [] });
  });

  it('is bundled into one file that runs, without a word about packages that it does not have', async () => {
    const bundled = await build({
      stdin: {
        contents: `import 'reflect-metadata';
          import { Audited, initializeObservability } from 'trefoil';
          class OrderStore {
            @Audited() async get() {}
          }
          const trefoil = initializeObservability({
            logging: { level: 'silent' }, metrics: { port: false }, tracing: { exporter: 'memory' }, signals: false,
          });
          void new OrderStore().get().then(() => console.log(JSON.stringify(trefoil.audit.getAll().length)));`,
        loader: 'ts',
        resolveDir: consumer.folder,
      },
      ...{ bundle: true, platform: 'node', target: 'es2022', write: false, logLevel: 'silent' },
    });
    expect(bundled.warnings).toEqual([]);
    expect(await consumer.run(bundled.outputFiles[0]?.text ?? '')).toBe(1);
  });

  it.each([
    ['http/protobuf', '@opentelemetry/exporter-trace-otlp-proto'],
    ['http/json', '@opentelemetry/exporter-trace-otlp-http'],
    ['grpc', '@opentelemetry/exporter-trace-otlp-grpc'],
  ])('is told which package OTLP over %s needs, and goes on without it', async (protocol, packageName) => {
    const seen = await consumer.run(
      `const { container } = require('tsyringe');
       const { initializeObservability } = require('trefoil');
       console.error = () => undefined;
       const options = (required) => ({
         tracing: { exporter: 'otlp', protocol: '${protocol}', required },
         metrics: { port: false }, logging: { level: 'silent' }, signals: false,
       });
       const { state, tracing } = initializeObservability(options(false)).status();
       let refusal;
       try {
         initializeObservability(options(true), container.createChildContainer());
       } catch (error) {
         refusal = { code: error.code, message: error.message, cause: error.cause?.code };
       }
       console.log(JSON.stringify({ state, tracing, refusal }));`.replace(
        'const { container }',
        "require('reflect-metadata'); const { container }",
      ),
    );
    const message = expect.stringContaining(`npm install ${packageName}`) as string;
    expect(seen).toEqual({
      state: 'degraded',
      tracing: { backend: 'none', state: 'degraded', error: { code: 'TREFOIL_PEER_MISSING', message } },
      refusal: { code: 'TREFOIL_PEER_MISSING', message, cause: 'MODULE_NOT_FOUND' },
    });
  });

  it.each([
    ['b3', '@opentelemetry/propagator-b3'],
    ['b3multi', '@opentelemetry/propagator-b3'],
    ['jaeger', '@opentelemetry/propagator-jaeger'],
  ])('is told which package the propagator %s needs, and goes on with the others', async (propagator, packageName) => {
    const seen = await consumer.run(
      `require('reflect-metadata');
       const { container } = require('tsyringe');
       const { initializeObservability } = require('trefoil');
       console.error = () => undefined;
       const options = (required) => ({
         tracing: { exporter: 'memory', propagators: ['tracecontext', '${propagator}'], required },
         metrics: { port: false }, logging: { level: 'silent' }, signals: false,
       });
       const trefoil = initializeObservability(options(false));
       let refusal;
       try {
         initializeObservability(options(true), container.createChildContainer());
       } catch (error) {
         refusal = { code: error.code, message: error.message, cause: error.cause?.code };
       }
       const { propagation, reports } = trefoil.status();
       const problems = trefoil.describe().problems.map(({ code }) => code);
       console.log(JSON.stringify({ propagation, reports, problems, refusal }));`,
    );
    expect(seen).toEqual({
      propagation: { from: 'trefoil', headers: ['traceparent', 'tracestate'] },
      reports: { TREFOIL_PEER_MISSING: 1 },
      problems: ['TREFOIL_PEER_MISSING'],
      refusal: {
        code: 'TREFOIL_PEER_MISSING',
        message: expect.stringContaining(`npm install ${packageName}`) as string,
        cause: 'MODULE_NOT_FOUND',
      },
    });
  });

  it.each(['typescript-5.9/lib/tsc.js', 'typescript/lib/tsc.js', 'typescript-7/bin/tsc'])(
    'is compiled by %s, every declaration checked, as CommonJS and as an ES module',
    (bin) => {
      const program = (subpath: string, index: number): string =>
        `import * as part${index} from '${subpath}';\nexport const names${index} = Object.keys(part${index});\n`;
      const source = subpaths.map(program).join('');
      for (const extension of ['cts', 'mts']) writeFileSync(join(consumer.folder, `typed.${extension}`), source);
      const project = join(consumer.folder, 'tsconfig.json');
      writeFileSync(project, JSON.stringify({ compilerOptions, files: ['typed.cts', 'typed.mts'] }));
      const tsc = join(root, 'node_modules', bin);
      expect(() => execFileSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' })).not.toThrow();
    },
  );
});

const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2022', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  typeRoots: [join(root, 'node_modules/@types')],
  types: ['node'],
};

function isConditional(target: unknown): boolean {
  return typeof target === 'object';
}

function declaredNames(folder: string, subpath: string): string[] {
  const host = ts.createCompilerHost({});
  const options = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const from = join(folder, 'program.mts');
  const { resolvedModule } = ts.resolveModuleName(
    subpath,
    from,
    options,
    host,
    undefined,
    undefined,
    ts.ModuleKind.ESNext,
  );
  if (resolvedModule === undefined) throw new Error(`no declarations of ${subpath}`);
  const program = ts.createProgram([resolvedModule.resolvedFileName], { ...options, types: [] }, host);
  const file = program.getSourceFile(resolvedModule.resolvedFileName);
  const checker = program.getTypeChecker();
  const symbol = file && checker.getSymbolAtLocation(file);
  return symbol === undefined
    ? []
    : checker
        .getExportsOfModule(symbol)
        .map(({ name }) => name)
        .sort();
}
