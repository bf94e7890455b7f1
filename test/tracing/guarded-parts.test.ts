import 'reflect-metadata';
import { trace } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { container } from 'tsyringe';
import {
  initializeObservability,
  Observed,
  OpenTelemetryTracer,
  TRACER,
  type OpenTelemetryTracerOptions,
  type SpanSampler,
  type Trefoil,
} from '../../src/index';

class Orders {
  @Observed({ event: 'read' })
  get(id: string): string {
    return id;
  }

  @Observed({ event: 'update' })
  endItself(id: string): string {
    trace.getActiveSpan()?.end();
    return id;
  }
}

let trefoil: Trefoil;
let tracer: OpenTelemetryTracer;

function begin(options: OpenTelemetryTracerOptions): void {
  tracer = new OpenTelemetryTracer({ flushTimeoutMs: 50, ...options });
  container.registerInstance(TRACER, tracer);
  trefoil = initializeObservability({
    audit: { backend: 'none' },
    metrics: { backend: 'memory' },
    logging: { level: 'silent' },
    signals: false,
  });
}

/** A processor that keeps the names of spans, with something of it replaced. */
function keeping(names: string[], replaced: Partial<SpanProcessor> = {}): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: ({ name }) => void names.push(name),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    ...replaced,
  };
}

function fail(): never {
  throw new Error('not now, password=hunter2');
}

/** Calls and spans of everybody's: none of them is to learn of anything. */
function useAll(): void {
  const orders = new Orders();
  expect([orders.get('a'), orders.endItself('b')]).toEqual(['a', 'b']);
  tracer.startSpan('by hand').end();
  expect(tracer.startActiveSpan('active', (span) => span.end())).toBeUndefined();
}

const all = ['Orders.get', 'Orders.endItself', 'by hand', 'active'];
const rejecting = (): Promise<never> => Promise.reject(new Error('not now'));
const asSync = rejecting as () => never;

afterEach(async () => {
  await trefoil.shutdown();
  container.reset();
});

describe('a span processor that fails', () => {
  test.each<[string, () => never]>([
    ['throws', fail],
    ['gives a promise that rejects', asSync],
  ])('and %s harms neither calls nor spans nor the processors beside it', async (_how, fails) => {
    const names: string[] = [];
    begin({ spanProcessors: [keeping([], { onStart: fails, onEnding: fails, onEnd: fails }), keeping(names)] });
    useAll();
    expect(names).toEqual(all);
    await new Promise((resolve) => setImmediate(resolve));
    // Three each, of the spans of calls and of those that the SDK makes.
    expect(trefoil.status().reports).toEqual({ TREFOIL_HANDLER_FAILED: 12 });
  });

  test('may have nothing but onEnd', async () => {
    const names: string[] = [];
    const { onEnd } = keeping(names);
    begin({ spanProcessors: [{ onEnd } as SpanProcessor] });
    useAll();
    await trefoil.flush();
    expect(names).toEqual(all);
  });

  test.each<[string, () => Promise<void>, string]>([
    ['hangs', () => new Promise(() => undefined), 'within 50 ms'],
    ['throws', fail, 'not now'],
    ['rejects', rejecting, 'not now'],
  ])('holds up nobody when it %s at the flush and the shutdown, and says so', async (_how, stops, message) => {
    const stopped: string[] = [];
    const beside = keeping([], {
      forceFlush: async () => void stopped.push('flushed'),
      shutdown: async () => void stopped.push('shut down'),
    });
    begin({ spanProcessors: [keeping([], { forceFlush: stops, shutdown: stops }), beside] });
    await expect(tracer.flush()).rejects.toThrow(message);
    await expect(tracer.shutdown()).rejects.toThrow(message);
    expect(stopped).toEqual(['flushed', 'shut down']);
  });
});

describe('a sampler that fails', () => {
  test.each<[string, SpanSampler['shouldSample']]>([
    ['throws', fail],
    ['gives a promise that rejects', asSync],
    ['gives nothing', (() => undefined) as unknown as SpanSampler['shouldSample']],
  ])('and %s has its spans left out, and nobody harmed', async (_how, shouldSample) => {
    const names: string[] = [];
    begin({ sampler: { shouldSample, toString: () => 'fails' }, spanProcessors: [keeping(names)] });
    useAll();
    await new Promise((resolve) => setImmediate(resolve));
    expect(names).toEqual([]);
    expect(trefoil.status().reports).toEqual({ TREFOIL_HANDLER_FAILED: 4 });
  });

  test('is no failure where it is a function with a method', async () => {
    const names: string[] = [];
    const sampler = Object.assign(() => undefined, { shouldSample: () => ({ decision: 2 }) });
    begin({ sampler, spanProcessors: [keeping(names)] });
    useAll();
    expect(names).toEqual(all);
    expect(trefoil.status().reports).toEqual({});
  });
});
