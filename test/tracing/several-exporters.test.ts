import 'reflect-metadata';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-node';
import { OpenTelemetryTracer, Store, Traced } from '../../src/index';
import { OtlpReceiver } from '../fixtures/otlp-receiver';
import { shutDownAll, start } from '../runtime/runtimes';
import { ExportingService } from './exporting-service';

@Store()
class Letters {
  @Traced()
  get(id: string): string {
    return id;
  }
}

let receiver: OtlpReceiver;
afterAll(() => ExportingService.forget());
let onConsole: jest.SpyInstance[];

beforeEach(async () => {
  receiver = await OtlpReceiver.start();
  onConsole = (['error', 'dir'] as const).map((name) => jest.spyOn(console, name).mockImplementation(() => undefined));
});

afterEach(async () => {
  await shutDownAll();
  for (const spy of onConsole) spy.mockRestore();
  await receiver.close();
});

/** By gRPC, whose exporter imports nothing while it runs, which a test runner's sandbox forbids. */
const grpc = () => ({ endpoint: receiver.grpcEndpoint, protocol: 'grpc' }) as const;

/** Variables for one start. */
function startWith(variables: Readonly<Record<string, string>>, options: Parameters<typeof start>[0] = {}) {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return start(options);
  } finally {
    process.env = before;
  }
}

const printed = (): unknown[] => (onConsole[1]?.mock.calls ?? []).map(([span]) => (span as { name: unknown }).name);

describe('several exporters', () => {
  test.each<[string, () => ReturnType<typeof start>]>([
    ['by the option', () => start({ tracing: { exporter: ['otlp', 'console'], ...grpc() } })],
    [
      'by the variable',
      () =>
        startWith(
          {
            OTEL_TRACES_EXPORTER: 'otlp,console',
            OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
            OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
          },
          { tracing: {} },
        ),
    ],
  ])('each get every span: %s', async (_, begin) => {
    const trefoil = begin();
    for (const id of ['1', '2', '3']) new Letters().get(id);
    await trefoil.flush();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['Letters.get', 'Letters.get', 'Letters.get']);
    expect(printed()).toEqual(['Letters.get', 'Letters.get', 'Letters.get']);
    expect(trefoil.status().tracing).toMatchObject({
      backend: 'otlp, console',
      state: 'running',
      exports: [{ exporter: 'otlp', exported: 3 }],
    });
    expect(trefoil.options.tracing.exporter).toEqual(['otlp', 'console']);
    expect(trefoil.status().problems).toEqual([]);
  });

  test('are told apart by name in the status and in metrics, those of the application as well', async () => {
    const own = new InMemorySpanExporter();
    const trefoil = start({
      tracing: { exporter: ['otlp', own], ...grpc() },
      metrics: { port: 0 },
    });
    await trefoil.ready;
    new Letters().get('1');
    await trefoil.flush();
    expect(own.getFinishedSpans()).toHaveLength(1);
    expect(trefoil.status().tracing.exports).toMatchObject([
      { exporter: 'otlp', exported: 1 },
      { exporter: 'InMemorySpanExporter', exported: 1 },
    ]);
    const text = await (await fetch(String(trefoil.status().metrics.url))).text();
    expect(text).toMatch(/trefoil_export_\w+\{[^}]*exporter="InMemorySpanExporter"[^}]*\} 1/);
  });

  test('do not suffer from one that fails', async () => {
    const failing: SpanExporter = {
      export: (_, done) => done({ code: 1, error: new Error('refused') }),
      shutdown: () => Promise.resolve(),
    };
    const trefoil = start({ tracing: { exporter: [failing, 'otlp'], ...grpc() } });
    new Letters().get('1');
    await expect(trefoil.flush()).rejects.toThrow('1 spans are lost: refused');
    expect(receiver.spans).toHaveLength(1);
    expect(trefoil.status().tracing.exports).toMatchObject([
      { exporter: 'Object', exported: 0, dropped: { export_failed: 1 }, lastError: 'refused' },
      { exporter: 'otlp', exported: 1, dropped: { export_failed: 0 } },
    ]);
  });

  test.each<[string, SpanExporter['export']]>([
    [
      'throws',
      () => {
        throw new Error('out of order');
      },
    ],
    ['gives a promise that rejects', () => Promise.reject(new Error('out of order')) as unknown as void],
  ])('do not suffer from one that %s', async (_, fail) => {
    const failing: SpanExporter = { export: fail, shutdown: () => Promise.reject(new Error('still')) };
    const trefoil = start({ tracing: { exporter: [failing, 'otlp'], ...grpc() } });
    for (const id of ['1', '2', '3']) new Letters().get(id);
    await expect(trefoil.flush()).rejects.toThrow('3 spans are lost: out of order');
    expect(trefoil.status().tracing.exports?.[0]).toMatchObject({ failures: 1, dropped: { export_failed: 3 } });
    expect(receiver.spans).toHaveLength(3);
  });

  test('do not wait for one that hangs: what the others have is sent, and the shutdown ends in time', async () => {
    receiver.answer = () => new Promise(() => undefined);
    const own = new InMemorySpanExporter();
    const taken: ReadableSpan[] = [];
    own.shutdown = () => {
      taken.push(...own.getFinishedSpans());
      return Promise.resolve();
    };
    const trefoil = start({
      tracing: { exporter: ['otlp', own], ...grpc() },
      shutdownTimeoutMs: 500,
    });
    new Letters().get('1');
    const { timedOut, errors } = await trefoil.shutdown();
    expect(timedOut).toBe(false);
    expect(errors[0]?.part).toBe('tracing');
    expect(taken.map(({ name }) => name)).toEqual(['Letters.get']);
  });

  test('are refused where one is unknown, named twice, or none', () => {
    for (const exporter of [['otlp', 'stdout'], ['otlp', 'otlp'], [], ['memory', 'otlp']]) {
      expect(() => start({ tracing: { exporter } as never })).toThrow(
        expect.objectContaining({ code: 'TREFOIL_OPTIONS_INVALID' }) as Error,
      );
    }
  });

  test('are an option of the tracer too', async () => {
    const own = new InMemorySpanExporter();
    const tracer = new OpenTelemetryTracer({ exporters: [own, 'console'] });
    tracer.startSpan('work').end();
    await tracer.flush();
    expect(own.getFinishedSpans()).toHaveLength(1);
    expect(printed()).toEqual(['work']);
    expect(tracer.name).toBe('InMemorySpanExporter, console');
    await tracer.shutdown();
  });
});

describe('headers in the variables', () => {
  const variables = { OTEL_EXPORTER_OTLP_HEADERS: 'x-team=red,"x-key"=sesame,x-sum=10€,authorization=Bearer abc' };

  test.each(['http/protobuf', 'http/json', 'grpc'] as const)(
    'that cannot be sent cost neither spans and metrics nor the other headers: %s',
    async (protocol) => {
      const endpoint = protocol === 'grpc' ? receiver.grpcEndpoint : receiver.endpoint;
      const service = new ExportingService(
        { tracing: { exporter: 'otlp', endpoint, protocol }, metrics: { backend: 'otlp', endpoint, protocol } },
        variables,
      );
      try {
        const { problems } = await service.call(1);
        expect(await service.tell('flush')).toBe('flushed');
        expect(receiver.spans).toHaveLength(1);
        expect(receiver.metrics.length).toBeGreaterThan(0);
        for (const { headers } of receiver.requests) {
          expect(headers).toMatchObject({ 'x-team': 'red', authorization: 'Bearer abc' });
          expect(headers).not.toHaveProperty('x-sum');
        }
        expect(problems.map(({ message }) => message)).toEqual([
          'OTEL_EXPORTER_OTLP_HEADERS: entry 2 of 4 cannot be used',
          'OTEL_EXPORTER_OTLP_HEADERS: entry 3 of 4 cannot be used',
        ]);
        expect(service.errors).not.toContain('sesame');
      } finally {
        service.kill();
      }
    },
  );

  test('are as they were for everybody else', () => {
    const before = { ...process.env };
    try {
      Object.assign(process.env, variables);
      start({ tracing: { exporter: 'otlp', ...grpc() } });
      expect(process.env).toMatchObject(variables);
    } finally {
      process.env = before;
    }
  });
});
