import 'reflect-metadata';
import { context, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { SamplingDecision } from '@opentelemetry/sdk-trace-node';
import { DataRedactor, OpenTelemetryTracer, type OpenTelemetryTracerOptions } from '../../src/index';
import { SpanBatcher } from '../../src/tracing/span-batcher';
import type { SpanSender } from '../../src/tracing/span-sender';
import { ZipkinReceiver } from '../fixtures/zipkin-receiver';

let receiver: ZipkinReceiver;
let tracer: OpenTelemetryTracer;
const reports: string[] = [];

function begin(options: OpenTelemetryTracerOptions = {}): void {
  tracer = new OpenTelemetryTracer({
    exporterType: 'zipkin',
    endpoint: receiver.endpoint,
    onReport: (where, error) => reports.push(`${where}: ${(error as Error).message}`),
    ...options,
  });
}

function end(...names: string[]): void {
  for (const name of names) tracer.startSpan(name).end();
}

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `span ${index}`);
const accept: ZipkinReceiver['answer'] = (response) => response.writeHead(202).end();

beforeEach(async () => {
  receiver = await ZipkinReceiver.start();
  reports.length = 0;
});

afterEach(async () => {
  await tracer.shutdown().catch(() => undefined);
  await receiver.close();
});

describe('the batches of spans', () => {
  test('are sent when they are full, without anybody asking, in the order in which spans ended', async () => {
    begin({ batch: { maxExportBatchSize: 3, scheduledDelayMs: 1_000_000 } });
    end(...many(7));
    await receiver.arrived(2);
    expect(receiver.requests.slice(0, 2).map(({ spans }) => spans.map(({ name }) => name))).toEqual([
      ['span 0', 'span 1', 'span 2'],
      ['span 3', 'span 4', 'span 5'],
    ]);
    await tracer.flush();
    expect(receiver.spans.map(({ name }) => name)).toEqual(many(7));
  });

  test('are sent after the delay where they do not fill up', async () => {
    begin({ batch: { scheduledDelayMs: 5 } });
    end('lonely');
    await receiver.arrived(1);
    await tracer.flush();
    end('later');
    await receiver.arrived(2);
    expect(receiver.spans.map(({ name }) => name)).toEqual(['lonely', 'later']);
  });

  test('are sent one at a time', async () => {
    let open = 0;
    let most = 0;
    receiver.answer = (response) => {
      most = Math.max(most, (open += 1));
      setImmediate(() => {
        open -= 1;
        accept(response);
      });
    };
    begin({ batch: { maxExportBatchSize: 2 } });
    end(...many(20));
    await Promise.all([tracer.flush(), tracer.flush()]);
    expect([receiver.requests.length, most]).toEqual([10, 1]);
  });

  test('are empty where nothing has ended: nothing is sent', async () => {
    begin();
    await tracer.flush();
    tracer.startSpan('still open');
    await tracer.flush();
    expect(receiver.requests).toEqual([]);
  });

  test('hold no span that is recorded but not sampled', async () => {
    const sampler = {
      shouldSample: () => ({ decision: SamplingDecision.RECORD }),
      toString: () => 'records without sampling',
    };
    begin({ sampler });
    const span = tracer.startSpan('local');
    expect([span.isRecording(), span.spanContext().traceFlags]).toEqual([true, TraceFlags.NONE]);
    span.end();
    await tracer.flush();
    expect([receiver.requests, tracer.exportHealth()]).toMatchObject([[], [{ queueDepth: 0 }]]);
  });

  test('take no more spans than may wait, and count the others', async () => {
    begin({ batch: { maxQueueSize: 5, maxExportBatchSize: 5 } });
    end(...many(12));
    expect(tracer.exportHealth()).toMatchObject([{ queueDepth: 5, queueLimit: 5, dropped: { queue_full: 7 } }]);
    await tracer.flush();
    expect(receiver.spans.map(({ name }) => name)).toEqual(many(5));
    expect(reports).toEqual([
      'tracing (zipkin): spans are lost, since the queue is full; raise batch.maxQueueSize, or sample less',
    ]);
    end('one more');
    await tracer.flush();
    expect(tracer.exportHealth()).toMatchObject([{ exported: 6, dropped: { queue_full: 7 } }]);
  });

  test('that fail are told once, until one succeeds again', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    begin();
    for (const name of ['a', 'b']) {
      end(name);
      await expect(tracer.flush()).rejects.toThrow('1 spans are lost');
    }
    expect(tracer.exportHealth()).toMatchObject([
      { failures: 2, dropped: { export_failed: 2 }, lastError: 'Zipkin answered with the status 500' },
    ]);
    expect(reports).toHaveLength(1);
    receiver.answer = accept;
    end('c');
    await tracer.flush();
    expect(tracer.exportHealth()[0]?.lastError).toBeUndefined();
    receiver.answer = (response) => response.writeHead(500).end();
    end('d');
    await expect(tracer.flush()).rejects.toThrow('1 spans are lost');
    expect(reports).toHaveLength(2);
  });

  test('are sent outside of any call, and make no spans of their own', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const key = Symbol('of a call');
    const seen: unknown[] = [];
    const sender: SpanSender = {
      name: 'looks around',
      retries: 0,
      send: async () => {
        await Promise.resolve();
        seen.push([isTracingSuppressed(context.active()), context.active().getValue(key)]);
      },
      abandon: () => undefined,
      shutdown: () => Promise.resolve(),
    };
    const batch = { maxQueueSize: 10, maxExportBatchSize: 1, scheduledDelayMs: 1_000, exportTimeoutMs: 1_000 };
    const redactor = new DataRedactor();
    const batcher = new SpanBatcher({ sender, batch, flushTimeoutMs: 1_000, redactor, onReport: () => undefined });
    begin({ spanProcessors: [batcher] });
    context.with(context.active().setValue(key, 'call'), () => end('x'));
    await tracer.flush();
    context.disable();
    expect(seen).toEqual([[true, undefined]]);
  });
});

describe('the shutdown', () => {
  test('sends what is left, and counts what ends after it as lost', async () => {
    begin();
    end('a', 'b');
    await tracer.shutdown();
    expect(receiver.spans).toHaveLength(2);
    end('c');
    expect(tracer.exportHealth()).toMatchObject([{ exported: 2, queueDepth: 0, dropped: { shutdown: 1 } }]);
  });

  test('ends in time where nobody answers, and counts what is left; an answer that comes too late changes nothing', async () => {
    let answer: () => void = () => undefined;
    receiver.answer = (response) => (answer = () => accept(response));
    begin({ flushTimeoutMs: 50, batch: { maxExportBatchSize: 2 } });
    end(...many(5));
    await expect(tracer.flush()).rejects.toThrow('the exporter zipkin has not taken 5 spans within 50 ms');
    expect(tracer.exportHealth()).toMatchObject([{ queueDepth: 5, dropped: { shutdown: 0 } }]);
    await expect(tracer.shutdown()).rejects.toThrow('5 spans are lost');
    answer();
    expect(tracer.exportHealth()).toMatchObject([
      { exported: 0, queueDepth: 0, dropped: { queue_full: 0, export_failed: 0, shutdown: 5 } },
    ]);
    expect(reports).toEqual([expect.stringContaining('since the exporter was shut down')]);
    await receiver.disconnected();
  });

  test('is one, however often it is asked for', async () => {
    begin();
    end('a');
    await Promise.all([tracer.shutdown(), tracer.shutdown()]);
    await tracer.flush();
    expect(receiver.requests).toHaveLength(1);
  });
});

test('secrets and control characters in an error do not reach its health', async () => {
  begin({
    endpoint: 'http://127.0.0.1:1',
    timeoutMs: 1,
    redactor: { redactText: (text) => text.replace(/\d+/g, '#\u001b') },
  });
  end('a');
  await expect(tracer.flush()).rejects.toThrow('1 spans are lost');
  expect(tracer.exportHealth()[0]?.lastError).toContain('#\\u001b');
});

test('whoever is told of a loss may throw', async () => {
  receiver.answer = (response) => response.writeHead(500).end();
  begin({
    onReport: () => {
      throw new Error('not now');
    },
  });
  end('a');
  await expect(tracer.flush()).rejects.toThrow('1 spans are lost');
  expect(tracer.exportHealth()).toMatchObject([{ dropped: { export_failed: 1 } }]);
});
