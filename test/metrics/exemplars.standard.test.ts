import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  Counted,
  InMemoryMetricsBackend,
  OpenTelemetryTracer,
  Timed,
  TRACER,
  Traced,
  type Exemplar,
  type HistogramValue,
} from '../../src/index';
import { container } from 'tsyringe';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class OrderStore {
  @Traced()
  @Timed()
  get(id: string): string {
    return id;
  }

  @Timed()
  @Counted()
  async list(): Promise<void> {}

  @Timed({ callback: 'last' })
  later(hold: (end: () => void) => void, callback: (error: unknown) => void): void {
    hold(() => callback(null));
  }

  @Traced()
  @Timed({ name: 'region_seconds', labels: { region: (region: string) => region } })
  inRegion(_region: string): void {}
}

function exemplarsOf(runtime: MemoryRuntime, name: string, labels: Record<string, string>): Exemplar[] {
  const value = runtime.trefoil.metrics.get(name, labels) as HistogramValue | undefined;
  return Object.values(value?.exemplars ?? {});
}

const duration = 'store_operation_duration_seconds';
const labelsOf = (operation: string): Record<string, string> => ({ store: 'OrderStore', operation });

describe('a bucket of the duration', () => {
  test('remembers the trace of one call a second', async () => {
    const runtime = startMemoryRuntime();
    for (let call = 0; call < 50; call += 1) new OrderStore().get('o-1');
    const exemplars = exemplarsOf(runtime, duration, labelsOf('get'));
    expect(exemplars.length).toBeGreaterThan(0);
    const spans = runtime.spans();
    for (const { traceId, spanId, value, timestamp } of exemplars) {
      const span = spans.find((each) => each.spanContext().spanId === spanId);
      expect(span?.spanContext().traceId).toBe(traceId);
      expect(span?.durationMs).toBeCloseTo(value * 1000, 3);
      expect(timestamp.getTime()).toBeCloseTo((span?.startTime.getTime() ?? 0) + value * 1000, -1);
    }
    await runtime.trefoil.shutdown();
  });

  test('of a metric of one’s own does so too', async () => {
    const runtime = startMemoryRuntime();
    new OrderStore().inRegion('eu');
    const [exemplar] = exemplarsOf(runtime, 'region_seconds', { region: 'eu' });
    expect(exemplar?.traceId).toBe(runtime.spans()[0]?.spanContext().traceId);
    await runtime.trefoil.shutdown();
  });

  test('remembers the trace that the caller is in, where the call has no span', async () => {
    const runtime = startMemoryRuntime();
    await new OrderStore().list();
    expect(exemplarsOf(runtime, duration, labelsOf('list'))).toEqual([]);
    const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];
    const caller = (traceFlags: TraceFlags): Promise<void> =>
      context.with(trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags }), () => new OrderStore().list());
    await caller(TraceFlags.NONE);
    expect(exemplarsOf(runtime, duration, labelsOf('list'))).toEqual([]);
    await caller(TraceFlags.SAMPLED);
    expect(exemplarsOf(runtime, duration, labelsOf('list'))).toEqual([expect.objectContaining({ traceId, spanId })]);
    await runtime.trefoil.shutdown();
  });

  test('remembers no trace in which the call only happens to end', async () => {
    const runtime = startMemoryRuntime();
    const inSpan = (digit: string, body: () => void): void => {
      const span = { traceId: digit.repeat(32), spanId: digit.repeat(16), traceFlags: TraceFlags.SAMPLED };
      context.with(trace.setSpanContext(ROOT_CONTEXT, span), body);
    };
    let end = (): void => undefined;
    inSpan('a', () =>
      new OrderStore().later(
        (done) => (end = done),
        () => undefined,
      ),
    );
    inSpan('c', () => end());
    expect(runtime.trefoil.metrics.get(duration, labelsOf('later'))).toMatchObject({ count: 1 });
    expect(exemplarsOf(runtime, duration, labelsOf('later'))).toEqual([]);
    await runtime.trefoil.shutdown();
  });

  test('remembers none of a call that is not sampled', async () => {
    container.reset();
    const tracer = new OpenTelemetryTracer({ serviceName: 's', sampler: 'always_off', spanProcessors: [] });
    const runtime = startMemoryRuntime();
    container.register(TRACER, { useValue: tracer });
    await runtime.trefoil.reconfigure();
    new OrderStore().get('o-1');
    expect(runtime.timed('OrderStore', 'get')).toBe(1);
    expect(exemplarsOf(runtime, duration, labelsOf('get'))).toEqual([]);
    await runtime.trefoil.shutdown();
  });

  test('keeps neither the text that an id is cut out of, nor that of a label', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const backend = new InMemoryMetricsBackend();
    const used = (): number => {
      // The first one only finds out about what lies outside of the heap.
      for (let time = 0; time < 3; time += 1) collectGarbage();
      // Where V8 keeps a long text differs.
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      return heapUsed + external - arrayBuffers;
    };
    const before = used();
    const record = (): void => {
      for (let call = 0; call < 20; call += 1) {
        const text = Buffer.alloc(4e6, 'abcdef0123456789').toString('latin1');
        const series = backend.declare({ name: 'a_seconds', type: 'histogram', help: 'A.', labelNames: ['of'] });
        const [traceId, spanId, value, timestamp] = [text.slice(1, 33), text.slice(1, 17), call, new Date(call * 1e6)];
        series.series([text.slice(call, call + 20)]).keepExemplar?.({ traceId, spanId, value, timestamp });
        backend.increment('b_total', { of: text.slice(call, call + 20) });
      }
    };
    record();
    expect(used() - before).toBeLessThan(2e7);
  });
});
