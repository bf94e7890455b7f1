import 'reflect-metadata';
import { propagation, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3Propagator } from '@opentelemetry/propagator-b3';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { EventEmitter } from 'node:events';
import { container } from 'tsyringe';
import {
  bindContext,
  currentContext,
  extractContext,
  injectContext,
  type InMemoryTracer,
  Observed,
  OpenTelemetryTracer,
  runWithContext,
  TRACER,
} from '../../src/index';
import { shutDownAll, start } from './runtimes';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const sampled = { traceparent: `00-${traceId}-${spanId}-01`, 'x-correlation-id': 'c-1' };

class Orders {
  @Observed({ event: 'read' })
  get(id: string): string {
    return id;
  }

  @Observed({ event: 'read' })
  headers(): Record<string, string> {
    return injectContext();
  }
}

class Consumer {
  @Observed({ event: 'update' })
  async handle(headers: object): Promise<void> {
    await Promise.resolve();
    runWithContext(extractContext(headers), () => new Orders().get('o-1'));
  }
}

afterEach(async () => {
  await shutDownAll();
  propagation.disable();
});

describe('the propagator of the process', () => {
  test('is installed at the start and given back at the shutdown', async () => {
    const trefoil = start({ tracing: { exporter: 'memory', propagators: ['b3', 'baggage'] } });
    expect(propagation.fields()).toEqual(['b3', 'baggage']);
    expect(trefoil.status().propagation).toEqual({ from: 'trefoil', headers: ['b3', 'baggage'] });
    await trefoil.shutdown();
    expect(propagation.fields()).toEqual([]);
    expect(trefoil.status().propagation).toEqual({ from: 'none', headers: [] });
  });

  test('is the application’s where it has set one up, and stays that', async () => {
    propagation.setGlobalPropagator(new B3Propagator());
    const trefoil = start({ tracing: { exporter: 'memory', propagators: ['tracecontext'] } });
    expect(trefoil.status().propagation).toEqual({ from: 'application', headers: ['b3'] });
    expect(Object.keys(new Orders().headers())).toEqual(['b3', 'x-correlation-id']);
    await trefoil.shutdown();
    expect(propagation.fields()).toEqual(['b3']);
  });

  test('is left alone where the application has taken it over in the meantime', async () => {
    const trefoil = start();
    propagation.disable();
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    expect(trefoil.status().propagation.from).toBe('application');
    await trefoil.shutdown();
    expect(propagation.fields()).toEqual(['traceparent', 'tracestate']);
  });

  test('follows the options when they change', async () => {
    const trefoil = start();
    await trefoil.reconfigure({ tracing: { exporter: 'memory', propagators: ['jaeger'] } });
    expect(propagation.fields()).toEqual(['uber-trace-id']);
    await trefoil.reconfigure({ tracing: { exporter: 'memory', propagators: [] } });
    expect(trefoil.status().propagation).toEqual({ from: 'none', headers: [] });
    await trefoil.reconfigure({ tracing: { propagators: ['tracecontext'] } });
    expect(trefoil.status().propagation.from).toBe('trefoil');
  });

  test('is that of the first runtime, and of the next when that one has gone', async () => {
    const first = start({ tracing: { exporter: 'memory', propagators: ['b3'] } });
    start({ tracing: { exporter: 'memory', propagators: ['jaeger'] } }, container.createChildContainer());
    expect(propagation.fields()).toEqual(['b3']);
    await first.shutdown();
    expect(propagation.fields()).toEqual(['uber-trace-id']);
  });
});

describe('a call in an extracted context', () => {
  test('is a child of the remote span, and carries its ids', () => {
    const trefoil = start();
    runWithContext(extractContext(sampled), () => new Orders().get('o-1'));
    const [span] = (trefoil.tracer as InMemoryTracer).getSpans();
    expect(span?.spanContext().traceId).toBe(traceId);
    expect(span?.parentSpanId).toBe(spanId);
    expect(span?.attributes['correlation.id']).toBe('c-1');
  });

  test('is a child of the remote span also where another call has extracted it', async () => {
    const trefoil = start();
    await new Consumer().handle(sampled);
    const [get, handle] = (trefoil.tracer as InMemoryTracer).getSpans();
    expect([get?.name, handle?.name]).toEqual(['Orders.get', 'Consumer.handle']);
    expect(get?.parentSpanId).toBe(spanId);
    expect(get?.attributes['correlation.id']).toBe('c-1');
    expect(handle?.spanContext().traceId).not.toBe(traceId);
  });

  test('has what is said of the request beside it', () => {
    start();
    runWithContext({ ...extractContext(sampled), userId: 'u-7' }, () => {
      expect(currentContext()).toMatchObject({ correlationId: 'c-1', userId: 'u-7' });
      expect(trace.getActiveSpan()?.spanContext()).toMatchObject({ traceId, spanId });
    });
    runWithContext({ ...extractContext(sampled), correlationId: 'mine', userId: undefined }, () => {
      expect(currentContext()).toEqual({ correlationId: 'mine' });
    });
  });

  test('hands on its own span and the correlation id', () => {
    const trefoil = start();
    const headers = runWithContext(extractContext(sampled), () => new Orders().headers());
    const [span] = (trefoil.tracer as InMemoryTracer).getSpans();
    expect(headers).toEqual({
      traceparent: `00-${traceId}-${span?.spanContext().spanId}-01`,
      'x-correlation-id': 'c-1',
    });
  });

  test.each(['00', '01', '02', '03'])('hands on the flags %s as they came, sampled or not', async (flags) => {
    container.registerInstance(TRACER, new OpenTelemetryTracer({ spanProcessors: [] }));
    start();
    const traceparent = `00-${traceId}-${spanId}-${flags}`;
    const headers = runWithContext(extractContext({ traceparent }), () => new Orders().headers());
    expect(headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-(?!${spanId})[0-9a-f]{16}-${flags}$`));
  });

  test('hands on a correlation id of its own where there is no request', () => {
    const trefoil = start();
    const headers = new Orders().headers();
    const [span] = (trefoil.tracer as InMemoryTracer).getSpans();
    expect(headers['x-correlation-id']).toBe(span?.attributes['correlation.id']);
  });

  test('carries the remote trace on where tracing is off', () => {
    start({ tracing: { exporter: 'none' } });
    const headers = runWithContext(extractContext(sampled), () => new Orders().headers());
    expect(headers).toEqual(sampled);
  });

  test.each([
    ['not sampled', '00', 0],
    ['sampled', '01', 1],
  ])('follows the sampling of its parent: %s', async (_what, flags, expected) => {
    const exporter = new InMemorySpanExporter();
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    container.register(TRACER, { useValue: new OpenTelemetryTracer({ serviceName: 'orders', spanProcessors }) });
    start();
    const within = extractContext({ traceparent: `00-${traceId}-${spanId}-${flags}` });
    const headers = runWithContext(within, () => new Orders().headers());
    expect(exporter.getFinishedSpans()).toHaveLength(expected);
    expect(headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-${flags}$`));
    expect(headers['traceparent']).not.toContain(spanId);
  });

  test('is a child of the span around it where that belongs to the same trace already', () => {
    start();
    const local = { traceId, spanId: '00f067aa0ba902b7', traceFlags: TraceFlags.SAMPLED };
    const around = trace.setSpanContext(ROOT_CONTEXT, local);
    expect(trace.getSpanContext(extractContext(sampled, around))).toEqual(local);
    const other = trace.setSpanContext(ROOT_CONTEXT, { ...local, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' });
    expect(trace.getSpanContext(extractContext(sampled, other))).toMatchObject({ traceId, spanId });
    expect(trace.getSpanContext(extractContext({}, other))).toMatchObject({ spanId: local.spanId });
  });
});

describe('bindContext', () => {
  test('ties a listener to an extracted context', () => {
    start();
    const seen: (string | undefined)[] = [];
    const emitter = new EventEmitter();
    emitter.on(
      'message',
      bindContext(() => seen.push(currentContext()?.correlationId), extractContext(sampled)),
    );
    emitter.emit('message');
    expect(seen).toEqual(['c-1']);
    expect(currentContext()).toBeUndefined();
  });

  test('keeps what is thrown, and what is returned', () => {
    start();
    const failing = bindContext(() => {
      throw new RangeError('as before');
    });
    expect(failing).toThrow(RangeError);
    expect(bindContext((one: number, two: number) => one + two)(1, 2)).toBe(3);
  });

  test('keeps the name of a function and how many parameters it has', () => {
    start();
    const handler = (_error: unknown, _request: unknown, _response: unknown, _next: unknown): void => undefined;
    const bound = bindContext(handler);
    expect([bound.name, bound.length]).toEqual(['handler', 4]);
  });

  test('keeps the receiver of a method', () => {
    start();
    class Counter {
      count = 0;
      readonly add = bindContext(this.increase);
      increase(by: number): number {
        return (this.count += by);
      }
    }
    const counter = new Counter();
    expect(counter.add(2) + counter.add(3)).toBe(7);
    expect(counter.count).toBe(5);
  });
});

test('without a runtime, headers carry what an SDK of the application’s own puts there, and nothing else', () => {
  expect(injectContext()).toEqual({});
  expect(trace.getSpanContext(extractContext(sampled))).toBeUndefined();
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  expect(trace.getSpanContext(extractContext(sampled))).toMatchObject({ traceId, spanId, isRemote: true });
});
