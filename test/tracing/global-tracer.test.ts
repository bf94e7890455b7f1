import 'reflect-metadata';
import { context, propagation, trace } from '@opentelemetry/api';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import { container } from 'tsyringe';
import {
  GlobalTracer,
  initializeObservability,
  Observed,
  Store,
  type Trefoil,
  type TrefoilOptions,
} from '../../src/index';

@Store({ name: 'orders' })
class OrderStore {
  @Observed({ event: 'read' })
  async get(id: string): Promise<string> {
    await Promise.resolve();
    return this.load(id);
  }

  @Observed({ event: 'read' })
  load(id: string): string {
    return id;
  }
}

let trefoil: Trefoil | undefined;
let provider: NodeTracerProvider;
let exporter: InMemorySpanExporter;

/** What an application does that has set up OpenTelemetry by itself. */
function setUpApplication(): void {
  exporter = new InMemorySpanExporter();
  provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  provider.register();
}

function start(options: TrefoilOptions = {}): Trefoil {
  const quiet: TrefoilOptions = { metrics: { port: false }, logging: { level: 'silent' }, signals: false };
  trefoil = initializeObservability({ ...quiet, ...options }, container);
  return trefoil;
}

async function callWithinApplication(): Promise<void> {
  const tracer = trace.getTracer('application');
  await tracer.startActiveSpan('request', async (request) => {
    await new OrderStore().get('o-1');
    request.end();
  });
}

/** Each span's name with that of its parent. */
function nested(spans: readonly ReadableSpan[]): (readonly [string, string | undefined])[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  return spans.map((span) => [span.name, names.get(span.parentSpanContext?.spanId ?? '')]);
}

beforeEach(() => container.reset());

afterEach(async () => {
  await trefoil?.shutdown();
  trefoil = undefined;
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('in an application with an OpenTelemetry SDK of its own', () => {
  test('spans of calls are children of its spans, and exported by its exporter', async () => {
    setUpApplication();
    const fields = propagation.fields();
    start();
    expect(trefoil?.status().tracing).toEqual({ backend: 'global', state: 'running' });
    await callWithinApplication();
    await trefoil?.flush();
    expect(nested(exporter.getFinishedSpans())).toEqual([
      ['orders.load', 'orders.get'],
      ['orders.get', 'request'],
      ['request', undefined],
    ]);
    expect(exporter.getFinishedSpans()[0]?.instrumentationScope.name).toBe('trefoil');
    expect(propagation.fields()).toEqual(fields);
  });

  test('it may be set up after trefoil, where the options say so', async () => {
    start({ tracing: { exporter: 'global' } });
    await new OrderStore().get('before');
    setUpApplication();
    await callWithinApplication();
    await trefoil?.flush();
    expect(nested(exporter.getFinishedSpans())).toEqual([
      ['orders.load', 'orders.get'],
      ['orders.get', 'request'],
      ['request', undefined],
    ]);
  });

  test('what the options name wins, and what the application has registered stays', async () => {
    setUpApplication();
    const registered = trace.getTracerProvider();
    start({ tracing: { exporter: 'memory' } });
    await callWithinApplication();
    await provider.forceFlush();
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['request']);
    expect(trefoil?.status().tracing.backend).toBe('memory');
    expect(trace.getTracerProvider()).toBe(registered);
    await trefoil?.reconfigure({ tracing: { exporter: 'global' } });
    expect(trefoil?.status().tracing.backend).toBe('global');
  });

  test('it is flushed by the shutdown of trefoil, and lives on', async () => {
    setUpApplication();
    start();
    await callWithinApplication();
    expect(await trefoil?.shutdown()).toEqual({ timedOut: false, errors: [] });
    expect(exporter.getFinishedSpans()).toHaveLength(3);
    trace.getTracer('application').startSpan('after').end();
    await provider.forceFlush();
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toContain('after');
  });
});

describe('the tracer of the global SDK', () => {
  test('records nothing as long as none is registered, and can be flushed all the same', async () => {
    const tracer = new GlobalTracer();
    expect(tracer.startActiveSpan('work', (span) => span.isRecording())).toBe(false);
    await tracer.flush();
    setUpApplication();
    expect(tracer.startActiveSpan('work', (span) => span.isRecording())).toBe(true);
  });

  test('does not wait for ever for a flush', async () => {
    setUpApplication();
    jest.spyOn(provider, 'forceFlush').mockReturnValue(new Promise(() => undefined));
    await expect(new GlobalTracer({ flushTimeoutMs: 5 }).flush()).rejects.toThrow('not flushed within 5 ms');
    expect(() => new GlobalTracer({ flushTimeoutMs: 0 })).toThrow('flushTimeoutMs');
  });

  test('passes on what the SDK says of a flush that fails', async () => {
    setUpApplication();
    await provider.shutdown();
    jest.spyOn(provider, 'forceFlush').mockRejectedValue(new Error('gone'));
    await expect(new GlobalTracer().flush()).rejects.toThrow('gone');
  });
});
