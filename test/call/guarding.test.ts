import 'reflect-metadata';
import { container } from 'tsyringe';
import type { Span } from '@opentelemetry/api';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import {
  AUDIT_BACKEND,
  Audited,
  type AuditBackend,
  CALL_HANDLER,
  type CallHandler,
  Counted,
  initializeObservability,
  LOGGER,
  METRICS_BACKEND,
  NoopTracer,
  InMemoryMetricsBackend,
  Observed,
  Store,
  Timed,
  TRACER,
  Traced,
  type Trefoil,
} from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';

const calls = 10_000;
// Nobody reads where these errors come from, and a hundred frames, as under jest, take longer than the calls.
Error.stackTraceLimit = 1;

const boom = (): never => {
  throw new Error('trefoil must survive this');
};

class Bare {
  work(index: number): number {
    if (index % 7 === 0) throw index;
    return index * 2;
  }

  async workLater(index: number): Promise<number> {
    await Promise.resolve();
    return this.work(index);
  }
}

@Store({ id: boom, outcome: boom })
class Guarded extends Bare {
  @Audited({ event: 'read', item: boom, user: boom, metadata: boom, when: boom, onResult: boom, attributes: boom })
  @Traced({ name: boom, when: boom })
  @Timed({ name: 'guarded_seconds', labels: { label: boom } })
  @Counted({ name: 'guarded_total', labels: { label: boom }, when: boom, outcome: boom })
  override work(index: number): number {
    if (index % 7 === 0) throw index;
    return index * 2;
  }

  @Observed({ event: 'read' })
  override async workLater(index: number): Promise<number> {
    await Promise.resolve();
    return this.work(index);
  }
}

function outcomeOf(call: () => unknown): unknown {
  try {
    return { value: call() };
  } catch (error) {
    return { error };
  }
}

async function expectHarmless(): Promise<void> {
  const bare = new Bare();
  const guarded = new Guarded();
  for (let index = 0; index < calls; index += 1) {
    const expected = outcomeOf(() => bare.work(index));
    const actual = outcomeOf(() => guarded.work(index));
    // Compared by hand: ten thousand matchers would take longer than the calls.
    if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`call ${index} differs`);
  }
  const settle = (store: Bare): Promise<PromiseSettledResult<number>[]> =>
    Promise.allSettled(Array.from({ length: 100 }, (_, index) => store.workLater(index)));
  expect(await settle(guarded)).toEqual(await settle(bare));
}

describe(`what throws inside trefoil leaves ${calls} calls as they are`, () => {
  let trefoil: Trefoil;

  beforeEach(() => {
    container.reset();
  });

  afterEach(() => trefoil.shutdown());

  const start = (): void => {
    trefoil = initializeObservability({
      audit: { backend: 'memory', maxEvents: 10 },
      metrics: { backend: 'memory' },
      tracing: { exporter: 'memory', maxSpans: 10 },
      logging: { level: 'silent' },
      signals: false,
    });
  };

  test('every selector', async () => {
    start();
    await expectHarmless();
    expect(trefoil.status().reports.TREFOIL_SELECTOR_FAILED).toBeGreaterThanOrEqual(calls);
    // What threw left only its field out: every call was recorded.
    expect(trefoil.metrics.get('guarded_total', { label: 'other' })).toBe(calls + 100);
  });

  test('a handler, in every hook', async () => {
    const handler: CallHandler = { name: 'broken', onStart: boom, onSettle: boom };
    container.register(CALL_HANDLER, { useValue: handler });
    start();
    await expectHarmless();
    expect(trefoil.status().reports.TREFOIL_HANDLER_FAILED).toBeGreaterThanOrEqual(2 * calls);
  });

  test('backends, thrown from and rejecting, and a logger', async () => {
    class BrokenMetrics extends InMemoryMetricsBackend {
      override declare(): never {
        return boom();
      }
    }
    let logged = 0;
    const audit: AuditBackend = {
      name: 'broken',
      guarantees: { delivery: 'buffered', volatile: true },
      log: () => {
        logged += 1;
        return logged % 2 === 0 ? boom() : Promise.reject(new Error('later'));
      },
      flush: () => Promise.reject(new Error('flush')),
      close: boom,
    };
    class BrokenLogger extends RecordingLogger {
      override log(): never {
        return boom();
      }
    }
    container.register(LOGGER, { useValue: new BrokenLogger() });
    container.register(AUDIT_BACKEND, { useValue: audit });
    container.register(METRICS_BACKEND, { useValue: new BrokenMetrics() });
    start();
    await expectHarmless();
    expect(logged).toBeGreaterThanOrEqual(calls);
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBeGreaterThanOrEqual(calls);
    expect(trefoil.status().reports.TREFOIL_HANDLER_FAILED).toBeGreaterThanOrEqual(calls);
  });

  test('a tracer, and a real tracer whose span processor throws', async () => {
    const processor: SpanProcessor = {
      onStart: boom,
      onEnd: boom,
      forceFlush: () => Promise.reject(new Error('flush')),
      shutdown: () => Promise.reject(new Error('shutdown')),
    };
    container.register(TRACER, {
      useValue: new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('test'),
    });
    start();
    await expectHarmless();
    await trefoil.shutdown();

    class BrokenTracer extends NoopTracer {
      override startSpan(): Span {
        return boom();
      }
    }
    container.reset();
    container.register(TRACER, { useValue: new BrokenTracer() });
    start();
    await expectHarmless();
    expect(trefoil.status().reports.TREFOIL_HANDLER_FAILED).toBeGreaterThanOrEqual(calls);
  });
});
