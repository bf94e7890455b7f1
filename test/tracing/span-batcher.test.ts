import 'reflect-metadata';
import { context, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { SamplingDecision, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { DataRedactor, OpenTelemetryTracer, type OpenTelemetryTracerOptions } from '../../src/index';
import { SpanBatcher } from '../../src/tracing/span-batcher';
import { UnwritableSpansError, type SpanSender } from '../../src/tracing/span-sender';
import { resolveBatch, type SpanBatchOptions } from '../../src/tracing/tracer-options';
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

/** Begins with a sender that does what it is told; each span is a batch. */
function beginWith(send: SpanSender['send'], batch: SpanBatchOptions = { maxExportBatchSize: 1 }): void {
  const sender: SpanSender = {
    name: 'told',
    retries: 0,
    send,
    abandon: () => undefined,
    shutdown: () => Promise.resolve(),
  };
  const redactor = new DataRedactor();
  const onReport = (_where: string, error: unknown): void => void reports.push((error as Error).message);
  const batcher = new SpanBatcher({ sender, batch: resolveBatch(batch), flushTimeoutMs: 1_000, redactor, onReport });
  begin({ spanProcessors: [batcher] });
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
    beginWith(async () => {
      await Promise.resolve();
      seen.push([isTracingSuppressed(context.active()), context.active().getValue(key)]);
    });
    context.with(context.active().setValue(key, 'call'), () => end('x'));
    await tracer.flush();
    context.disable();
    expect(seen).toEqual([[true, undefined]]);
  });
});

describe('a span that cannot be written out', () => {
  test('costs none of those beside it', async () => {
    const sent: string[][] = [];
    const send = async (spans: readonly ReadableSpan[]): Promise<void> => {
      await Promise.resolve();
      const names = spans.map(({ name }) => name);
      if (names.includes('span 5')) throw new UnwritableSpansError(new Error('no number'));
      sent.push(names);
    };
    beginWith(send, { maxExportBatchSize: 10 });
    end(...many(10));
    await expect(tracer.flush()).rejects.toThrow('1 spans are lost');
    expect(sent.flat()).toEqual(many(10).filter((name) => name !== 'span 5'));
    expect(tracer.exportHealth()).toMatchObject([{ exported: 9, queueDepth: 0, dropped: { export_failed: 1 } }]);
    expect(reports).toEqual([expect.stringContaining('a span cannot be written out: no number')]);
  });

  test('has those beside it counted as waiting until each of them is sent', async () => {
    const depths: unknown[] = [];
    const send = async (spans: readonly ReadableSpan[]): Promise<void> => {
      await Promise.resolve();
      depths.push(tracer.exportHealth()[0]?.queueDepth);
      if (spans.some(({ name }) => name === 'span 3')) throw new UnwritableSpansError(new Error('no number'));
    };
    beginWith(send, { maxExportBatchSize: 4 });
    end(...many(4));
    await expect(tracer.flush()).rejects.toThrow('1 spans are lost');
    expect(depths).toEqual([4, 4, 2, 2, 1]);
  });

  test.each<[string, OpenTelemetryTracerOptions]>([
    ['protobuf', { exporterType: 'otlp', protocol: 'http/protobuf' }],
    ['JSON', { exporterType: 'otlp', protocol: 'http/json' }],
    ['gRPC', { exporterType: 'otlp', protocol: 'grpc' }],
  ])('is told apart from a failure of the collector, by OTLP’s %s', async (_protocol, options) => {
    begin({ ...options, endpoint: 'http://127.0.0.1:9' });
    const span = tracer.startSpan('begun at no time');
    // As a processor of somebody's own might leave it.
    Object.assign(span, { startTime: [Number.NaN, 0] });
    span.end();
    await expect(tracer.flush()).rejects.toThrow('a span cannot be written out');
  });
});

describe('a collector that fails again and again', () => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const sent: string[] = [];
  let isWell = false;

  async function endAndTurn(...names: string[]): Promise<void> {
    end(...names);
    await turn();
  }

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'] });
    sent.length = 0;
    isWell = false;
    beginWith(async ([span]) => {
      await Promise.resolve();
      sent.push(span?.name ?? '');
      if (!isWell) throw new Error('no');
    });
  });

  afterEach(() => jest.useRealTimers());

  test('is left alone for a while, which doubles; meanwhile spans wait', async () => {
    await endAndTurn('a');
    await endAndTurn('b');
    await endAndTurn('c', 'd', 'e');
    expect(sent).toEqual(['a', 'b']);
    expect(tracer.exportHealth()).toMatchObject([{ queueDepth: 3, dropped: { export_failed: 2 } }]);
    jest.advanceTimersByTime(500);
    await turn();
    expect(sent).toEqual(['a', 'b', 'c']);
    jest.advanceTimersByTime(999);
    await turn();
    expect(sent).toEqual(['a', 'b', 'c']);
    jest.advanceTimersByTime(1);
    await turn();
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is asked at least every five seconds, and has everything that waits once it is back', async () => {
    for (const name of many(8)) {
      await endAndTurn(name);
      jest.advanceTimersByTime(5_000);
    }
    expect(sent).toEqual(many(8));
    await endAndTurn('x', 'y');
    isWell = true;
    jest.advanceTimersByTime(5_000);
    for (let batches = 0; batches < 2; batches += 1) await turn();
    expect(sent.slice(8)).toEqual(['x', 'y']);
    await endAndTurn('z');
    expect(sent.slice(10)).toEqual(['z']);
  });

  test('is left alone for as long also where spans end while it is asked', async () => {
    const asked: string[][] = [];
    beginWith(
      async (spans) => {
        if (asked.push(spans.map(({ name }) => name)) === 2) end('e');
        await Promise.resolve();
        throw new Error('no');
      },
      { maxExportBatchSize: 2, scheduledDelayMs: 100 },
    );
    await endAndTurn('a', 'b');
    await endAndTurn('c', 'd');
    jest.advanceTimersByTime(499);
    await turn();
    expect(asked).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('is not taken for one where spans cannot be written out', async () => {
    beginWith(async ([span]) => {
      await Promise.resolve();
      if (span?.name !== 'good') throw new UnwritableSpansError(new Error('no number'));
      sent.push(span.name);
    });
    await endAndTurn('bad');
    await endAndTurn('worse');
    await endAndTurn('good');
    expect(sent).toEqual(['good']);
  });

  test('is asked at once where somebody flushes', async () => {
    await endAndTurn('a');
    await endAndTurn('b');
    end('c');
    isWell = true;
    await tracer.flush();
    expect(sent).toEqual(['a', 'b', 'c']);
  });
});

test('exports that take too long and go on unseen are four at most', async () => {
  const answers: (() => void)[] = [];
  beginWith(() => new Promise((resolve) => answers.push(resolve)), { maxExportBatchSize: 1, exportTimeoutMs: 1 });
  end(...many(6));
  await expect(tracer.flush()).rejects.toThrow(/not taken 2 spans within 1000 ms/);
  expect(answers).toHaveLength(4);
  answers[0]?.();
  await expect(tracer.flush()).rejects.toThrow();
  expect(answers).toHaveLength(5);
  for (const answer of answers) answer();
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
      { exported: 0, queueDepth: 0, dropped: { queue_full: 0, export_failed: 0, too_large: 0, shutdown: 5 } },
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
