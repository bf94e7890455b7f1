import 'reflect-metadata';
import { context, trace, type Span } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { container } from 'tsyringe';
import {
  currentContext,
  extractContext,
  InMemoryAuditBackend,
  initializeObservability,
  InMemoryTracer,
  Observed,
  OpenTelemetryTracer,
  runWithContext,
  TRACER,
} from '../../src/index';
import { running } from '../../src/logging/running-ids';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

let runtime: MemoryRuntime;
/** What lines of the application's own are given. */
let said: (string | undefined)[] = [];

class OrderStore {
  @Observed({ event: 'read' })
  get(within: () => void = () => undefined): void {
    said.push(running().ids.correlationId);
    within();
  }
}

const store = new OrderStore();

beforeEach(() => {
  said = [];
  runtime = startMemoryRuntime({ logging: { level: 'debug' } });
});

afterEach(() => runtime.trefoil.shutdown());

/** The correlation ids of all that was recorded, each once. */
function correlationIds(): unknown[] {
  return [
    ...new Set([
      ...said,
      ...runtime.events().map(({ correlationId }) => correlationId),
      ...runtime.lines.map(({ ids }) => ids.correlationId),
      ...runtime
        .spans()
        .map(({ attributes }) => attributes['correlation.id'])
        .filter((id) => id !== undefined),
    ]),
  ];
}

const traceIds = (): string[] => [...new Set(runtime.spans().map((span) => span.spanContext().traceId))];

function byHand(run: (span: Span) => void): void {
  runtime.trefoil.tracer.startActiveSpan('by hand', (span) => {
    run(span);
    span.end();
  });
}

describe('the correlation id', () => {
  test.each<[string, () => void]>([
    ['a call', () => store.get()],
    ['a call within a call', () => store.get(() => store.get())],
    ['a line and an event in a span by hand', () => byHand(recordBoth)],
    ['a call in a span by hand', () => byHand(() => store.get())],
    ['a request in a span by hand', () => byHand(() => runWithContext({ userId: 'u-1' }, () => store.get(recordBoth)))],
    ['a request in a call', () => store.get(() => runWithContext({ userId: 'u-1' }, () => store.get(recordBoth)))],
    [
      'headers without ids, in a span by hand',
      () => byHand(() => runWithContext(extractContext({}), () => store.get(recordBoth))),
    ],
    [
      'headers of a trace',
      () =>
        runWithContext(extractContext({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }), () =>
          store.get(recordBoth),
        ),
    ],
  ])('is the id of the trace: %s', (_what, run) => {
    run();
    expect(said.length).toBeGreaterThan(0);
    expect(traceIds()).toHaveLength(1);
    expect(correlationIds()).toStrictEqual(traceIds());
  });

  test('is the one that is given, whatever traces there are', () => {
    byHand(() => runWithContext({ correlationId: 'req-1' }, () => store.get(recordBoth)));
    const headers = { 'x-correlation-id': 'req-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    runWithContext(extractContext(headers), () => store.get(recordBoth));
    expect(correlationIds()).toEqual(['req-1']);
  });

  test('is that of the request in all of its traces, where the request began before them', () => {
    runWithContext({ userId: 'u-1' }, () => {
      store.get(recordBoth);
      store.get(recordBoth);
    });
    expect(correlationIds()).toHaveLength(1);
    expect(traceIds()).toHaveLength(2);
  });

  test('is none of zeros where tracing is suppressed', async () => {
    await runtime.trefoil.shutdown();
    container.reset();
    container.register(TRACER, { useValue: new OpenTelemetryTracer({ spanProcessors: [] }) });
    const trefoil = initializeObservability({
      audit: { backend: 'memory' },
      logging: { level: 'silent' },
      signals: false,
    });
    context.with(suppressTracing(context.active()), () => new OrderStore().get());
    const [event] = (trefoil.audit as InMemoryAuditBackend).getAll();
    expect(event).toMatchObject({ traceId: undefined, correlationId: event?.eventId });
    await trefoil.shutdown();
  });
});

/** A line and an audit event of the application's own; and what the context says agrees. */
function recordBoth(): void {
  said.push(running().ids.correlationId);
  void runtime.trefoil.auditLogger({ storeType: 'memory' }).logRead('o-1');
  const request = currentContext();
  if (request !== undefined) expect(running().ids.correlationId).toBe(request.correlationId);
  expect(trace.getActiveSpan()).toBeDefined();
  expect(runtime.trefoil.tracer).toBeInstanceOf(InMemoryTracer);
}
