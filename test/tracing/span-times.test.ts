import 'reflect-metadata';
import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { container } from 'tsyringe';
import {
  Audited,
  currentCall,
  initializeObservability,
  InMemoryTracer,
  Observed,
  OpenTelemetryTracer,
  Traced,
  TRACER,
  type AuditEvent,
  type InMemoryAuditBackend,
  type OtlpProtocol,
  type Trefoil,
  type TrefoilOptions,
} from '../../src/index';
import { attributesOf } from '../fixtures/otlp-messages';
import { OtlpReceiver } from '../fixtures/otlp-receiver';
import { ZipkinReceiver } from '../fixtures/zipkin-receiver';
import { ExportingService } from './exporting-service';

/** One span, with its times in whole units of whatever it was read from. */
interface Timed {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly from: bigint;
  readonly to: bigint;
  readonly events: readonly bigint[];
}

function spin(microseconds: number): void {
  const until = performance.now() + microseconds / 1000;
  while (performance.now() < until);
}

class OrderStore {
  @Observed({ event: 'read' })
  outer(): void {
    spin(50);
    this.inner();
    for (const name of ['first', 'second']) {
      trefoil.tracer.startActiveSpan(name, (span) => {
        span.addEvent('at once');
        this.inner();
        span.addEvent('at last').end();
      });
    }
  }

  @Audited({ event: 'read' })
  @Traced()
  inner(): void {
    currentCall().addEvent('begun');
    spin(150);
    currentCall().addEvent('done');
  }
}

let trefoil: Trefoil;

function start(options: TrefoilOptions = {}): void {
  trefoil = initializeObservability({
    audit: { backend: 'memory' },
    metrics: { backend: 'memory' },
    logging: { level: 'silent' },
    signals: false,
    repeatedCallsLimit: 1_000,
    ...options,
  });
}

const [traces, childrenOfEach] = [100, 6];

/** In each a span by hand, in which a call makes one call, and two spans by hand with a call in each. */
function callAll(): void {
  const store = new OrderStore();
  for (let index = 0; index < traces; index += 1) {
    trefoil.tracer.startActiveSpan('by hand', (span) => {
      store.outer();
      span.end();
    });
  }
}

const nanoseconds = ([seconds, rest]: HrTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

function timedOf(span: ReadableSpan): Timed {
  expect(nanoseconds(span.endTime) - nanoseconds(span.startTime)).toBe(nanoseconds(span.duration));
  return {
    id: span.spanContext().spanId,
    parentId: span.parentSpanContext?.spanId,
    from: nanoseconds(span.startTime),
    to: nanoseconds(span.endTime),
    events: span.events.map(({ time }) => nanoseconds(time)),
  };
}

/** Children that are not within their parents, and events not within their spans; of how many. */
function strays(spans: readonly Timed[]): { readonly children: number; readonly astray: readonly unknown[] } {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const children = spans.filter(({ parentId }) => parentId !== undefined);
  const astray = children.flatMap((child) => {
    const parent = byId.get(child.parentId ?? '');
    const isWithin = parent !== undefined && child.from >= parent.from && child.to <= parent.to;
    return isWithin ? [] : [{ child, parent }];
  });
  const early = spans.filter(({ from, to, events }) => events.some((at) => at < from || at > to));
  return { children: children.length, astray: [...astray, ...early] };
}

const none = { children: traces * childrenOfEach, astray: [] };

afterEach(async () => {
  await trefoil.shutdown();
  container.reset();
});

describe('the spans of a trace', () => {
  test.each([
    ['made by trefoil', {}],
    ['made by the SDK, for a sampler of one’s own', { sampler: new AlwaysOnSampler() }],
  ])('lie within their parents, to the nanosecond: %s', async (_by, options) => {
    const exporter = new InMemorySpanExporter();
    const tracer = new OpenTelemetryTracer({ spanProcessors: [new SimpleSpanProcessor(exporter)], ...options });
    container.register(TRACER, { useValue: tracer });
    start();
    callAll();
    await trefoil.flush();
    const spans = exporter.getFinishedSpans();
    expect(strays(spans.map(timedOf))).toEqual(none);
    expect(spans.filter(({ startTime }) => startTime[1] % 1_000_000 !== 0).length).toBeGreaterThan(spans.length / 2);
    expect(agreeing(spans)).toBe(traces * 4);
  });

  test('lie within their parents in memory', () => {
    start({ tracing: { exporter: 'memory' } });
    callAll();
    const spans = (trefoil.tracer as InMemoryTracer).getSpans();
    const timed = spans.map((span) => {
      const [from, to] = [nanoseconds(span.startHrTime), nanoseconds(span.endHrTime ?? [0, 0])];
      expect(span.durationMs).toBe(Number(to - from) / 1e6);
      expect(BigInt(span.startTime.getTime())).toBe(from / 1_000_000n);
      return { id: span.spanContext().spanId, parentId: span.parentSpanId, from, to, events: [] };
    });
    expect(strays(timed)).toEqual(none);
  });

  test('lie within their parents as Zipkin has them, to the microsecond', async () => {
    const receiver = await ZipkinReceiver.start();
    start({ tracing: { exporter: 'zipkin', endpoint: receiver.endpoint } });
    callAll();
    await trefoil.flush();
    await receiver.close();
    interface Zipkin {
      readonly id: string;
      readonly parentId?: string;
      readonly timestamp: number;
      readonly duration: number;
      readonly annotations?: readonly { readonly timestamp: number }[];
    }
    const timed = (receiver.spans as unknown as Zipkin[]).map(
      ({ id, parentId, timestamp, duration, annotations = [] }) => ({
        id,
        parentId,
        from: BigInt(timestamp),
        to: BigInt(timestamp + duration),
        events: annotations.map((annotation) => BigInt(annotation.timestamp)),
      }),
    );
    expect(strays(timed)).toEqual(none);
  });

  test.each<OtlpProtocol>(['http/json', 'http/protobuf', 'grpc'])(
    'lie within their parents by OTLP: %s',
    async (protocol) => {
      start();
      const receiver = await OtlpReceiver.start();
      const endpoint = protocol === 'grpc' ? receiver.grpcEndpoint : receiver.endpoint;
      const service = new ExportingService({
        tracing: { exporter: 'otlp', endpoint, protocol },
        repeatedCallsLimit: 1_000,
      });
      try {
        await service.tell(`nested ${traces}`);
        expect(await service.tell('flush')).toBe('flushed');
        const timed = receiver.spans.map(({ spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano, events }) => ({
          id: spanId,
          parentId: parentSpanId === '' ? undefined : parentSpanId,
          from: BigInt(startTimeUnixNano),
          to: BigInt(endTimeUnixNano),
          events: events.map(({ timeUnixNano }) => BigInt(timeUnixNano)),
        }));
        expect(strays(timed)).toEqual(none);
        expect(attributesOf(receiver.spans[0]?.attributes ?? [])).toHaveProperty(['store.operation']);
      } finally {
        service.kill();
        await receiver.close();
        ExportingService.forget();
      }
    },
  );

  test('end when they are told to, and date events by the times given', async () => {
    const exporter = new InMemorySpanExporter();
    const tracer = new OpenTelemetryTracer({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    start();
    tracer
      .startSpan('given', { startTime: [5, 7] })
      .addEvent('then', [6, 1])
      .addEvent('later', { a: 1 }, [6, 2])
      .end([9, 8]);
    const span = tracer.startSpan('not given');
    span.recordException(new RangeError('now'));
    span.end(new Date(4_000_000_000_000));
    await tracer.flush();
    const [given, other] = exporter.getFinishedSpans();
    expect(given).toMatchObject({ startTime: [5, 7], endTime: [9, 8], duration: [4, 1] });
    expect(given?.events).toMatchObject([{ time: [6, 1] }, { time: [6, 2], attributes: { a: 1 } }]);
    expect(other).toMatchObject({ endTime: [4_000_000_000, 0], events: [{ name: 'exception' }] });
    expect(strays(other === undefined ? [] : [timedOf(other)])).toEqual({ children: 0, astray: [] });
  });
});

/** How many audit events give the start of their span to the millisecond, and its length to the microsecond. */
function agreeing(spans: readonly ReadableSpan[]): number {
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const isSame = ({ spanId, timestamp, durationMs }: AuditEvent): boolean => {
    const span = byId.get(spanId ?? '');
    if (span === undefined) return false;
    const [startedMs, lastedNs] = [nanoseconds(span.startTime) / 1_000_000n, nanoseconds(span.duration)];
    const roundedByNs = Math.abs(Math.round((durationMs ?? NaN) * 1e6) - Number(lastedNs));
    return startedMs === BigInt(timestamp.getTime()) && roundedByNs <= 500;
  };
  return (trefoil.audit as InMemoryAuditBackend).getAll().filter(isSame).length;
}
