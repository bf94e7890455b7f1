import 'reflect-metadata';
import { SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { container } from 'tsyringe';
import {
  GlobalTracer,
  initializeObservability,
  InMemoryTracer,
  Observed,
  OpenTelemetryTracer,
  TRACER,
  type Outcome,
  type Settled,
} from '../../src/index';

const { ERROR, OK, UNSET } = SpanStatusCode;
type Body = (span: Span | undefined) => unknown;

class OrderStore {
  @Observed({ event: 'read' })
  run(body: Body): unknown {
    return body(trace.getActiveSpan());
  }

  @Observed({ event: 'read' })
  async runLater(body: Body): Promise<unknown> {
    await Promise.resolve();
    return body(trace.getActiveSpan());
  }

  @Observed({ event: 'read', outcome: (settled: Settled): Outcome => (settled.threw ? 'denied' : 'failure') })
  judge(body: Body): unknown {
    return body(trace.getActiveSpan());
  }

  @Observed({ event: 'read', outcome: (): Outcome => 'partial' })
  halve(body: Body): unknown {
    return body(trace.getActiveSpan());
  }
}

/** Makes each span by the SDK, since its `startSpan` is another one. */
class SdkTracer extends OpenTelemetryTracer {
  override startSpan(...given: Parameters<OpenTelemetryTracer['startSpan']>): Span {
    return super.startSpan(...given);
  }
}

type Read = () => readonly { readonly status: unknown }[];

function exporting(Tracer: typeof OpenTelemetryTracer): Read {
  const exporter = new InMemorySpanExporter();
  const tracer = new Tracer({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  container.register(TRACER, { useValue: tracer });
  return () => exporter.getFinishedSpans();
}

const tracers: readonly (readonly [string, () => Read])[] = [
  ['the span of a call', () => exporting(OpenTelemetryTracer)],
  ['a span that the SDK makes for trefoil', () => exporting(SdkTracer)],
  [
    'a span of the application’s SDK',
    () => {
      const exporter = new InMemorySpanExporter();
      trace.setGlobalTracerProvider(new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
      container.register(TRACER, { useValue: new GlobalTracer() });
      return () => exporter.getFinishedSpans();
    },
  ],
  [
    'a span in memory',
    () => {
      const tracer = new InMemoryTracer();
      container.register(TRACER, { useValue: tracer });
      return () => tracer.getSpans();
    },
  ],
];

const fail = (message: string): never => {
  throw new Error(message);
};

const statuses: readonly (readonly [string, (store: OrderStore) => unknown, unknown])[] = [
  ['a success is left unset', (store) => store.run(() => 1), { code: UNSET }],
  ['so is one of an async method', (store) => store.runLater(() => 1), { code: UNSET }],
  [
    'an error that the body sets stays after a return',
    (store) => store.run((span) => span?.setStatus({ code: ERROR, message: '3 of 10 rows rejected' })),
    { code: ERROR, message: '3 of 10 rows rejected' },
  ],
  [
    'so it does in an async method',
    (store) => store.runLater((span) => span?.setStatus({ code: ERROR, message: 'half' })),
    { code: ERROR, message: 'half' },
  ],
  ['OK that the body sets stays', (store) => store.run((span) => span?.setStatus({ code: OK })), { code: OK }],
  [
    'OK is final: no error of the body replaces it',
    (store) => store.run((span) => span?.setStatus({ code: OK }).setStatus({ code: ERROR }).setStatus({ code: UNSET })),
    { code: OK },
  ],
  ['nor does a failure', (store) => store.run((span) => (span?.setStatus({ code: OK }), fail('later'))), { code: OK }],
  [
    'UNSET replaces no error',
    (store) => store.run((span) => span?.setStatus({ code: ERROR, message: 'x' }).setStatus({ code: UNSET })),
    { code: ERROR, message: 'x' },
  ],
  [
    'the later error of two counts, and only an error has a message',
    (store) =>
      store.run((span) => span?.setStatus({ code: ERROR, message: 'x' }).setStatus({ code: OK, message: 'y' })),
    { code: OK },
  ],
  [
    'a failure is an error',
    (store) => store.run(() => fail('no such order')),
    { code: ERROR, message: 'no such order' },
  ],
  [
    'its message has no secrets',
    (store) => store.run(() => fail('refused, password=hunter2')),
    { code: ERROR, message: 'refused, password=[REDACTED]' },
  ],
  [
    'a failure keeps the message of the body',
    (store) => store.run((span) => (span?.setStatus({ code: ERROR, message: 'row 4' }), fail('no such order'))),
    { code: ERROR, message: 'row 4' },
  ],
  ['a result that is classified as a failure is an error', (store) => store.judge(() => 1), { code: ERROR }],
  ['what was denied is left unset', (store) => store.judge(() => fail('no')), { code: UNSET }],
  ['so is what was done in part', (store) => store.halve(() => 1), { code: UNSET }],
  [
    'and what was cancelled',
    (store) =>
      store.run(() => {
        throw new DOMException('gone', 'AbortError');
      }),
    { code: UNSET },
  ],
  [
    'an error that the body sets stays, whatever the outcome',
    (store) => store.halve((span) => span?.setStatus({ code: ERROR, message: 'half' })),
    { code: ERROR, message: 'half' },
  ],
];

async function statusOf(startTracer: () => Read, use: (store: OrderStore) => unknown): Promise<unknown> {
  container.reset();
  const read = startTracer();
  const quiet = { metrics: { port: false }, logging: { level: 'silent' }, signals: false } as const;
  const trefoil = initializeObservability(quiet, container);
  try {
    await use(new OrderStore());
  } catch {
    // What the body throws is no matter here.
  }
  const spans = [...read()];
  await trefoil.shutdown();
  expect(spans).toHaveLength(1);
  expect(trefoil.status().reports).toEqual({});
  return spans[0]?.status;
}

afterEach(() => trace.disable());

describe.each(tracers)('the status of %s', (_name, startTracer) => {
  test.each(statuses)('%s', async (_what, use, expected) => {
    expect(await statusOf(startTracer, use)).toEqual(expected);
  });
});
