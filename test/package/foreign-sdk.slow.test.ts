// The packed package in an application on a newer line of OpenTelemetry's SDK than trefoil's own.
import { Consumer } from './consumer';

let consumer: Consumer;

beforeAll(async () => {
  ({ consumer } = await Consumer.install(
    '@opentelemetry/api@1.10.0',
    '@opentelemetry/sdk-trace@3.1.1',
    'tsyringe@4.10.0',
    'reflect-metadata@0.2.2',
  ));
}, 300_000);
afterAll(() => consumer.remove());

describe("an application on OpenTelemetry's SDK 3", () => {
  it('has one copy of the API', () => {
    expect(consumer.copiesOf('@opentelemetry/api')).toHaveLength(1);
  });

  it('gets the spans of decorated calls by its own tracer, nested under each other and under its own spans', async () => {
    const seen = await consumer.run(
      `require('reflect-metadata');
       const { container } = require('tsyringe');
       const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = require('@opentelemetry/sdk-trace');
       const { Observed, Store, TRACER, initializeObservability } = require('trefoil');

       const exporter = new InMemorySpanExporter();
       const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
       const tracer = provider.getTracer('application');
       container.register(TRACER, { useValue: tracer });
       const trefoil = initializeObservability(
         { metrics: { port: false }, logging: { level: 'silent' }, signals: false }, container,
       );

       class OrderStore {
         async get(id) {
           await null;
           return this.load(id);
         }
         async load(id) {
           const span = tracer.startSpan('driver');
           await null;
           span.end();
           return id;
         }
       }
       Observed()(OrderStore);
       Store({ name: 'orders' })(OrderStore);

       tracer.startActiveSpan('request', async (request) => {
         const value = await new OrderStore().get('o-1');
         request.end();
         await provider.forceFlush();
         const spans = exporter.getFinishedSpans();
         const nameOf = (spanId) => spans.find((span) => span.spanContext().spanId === spanId)?.name;
         console.log(JSON.stringify({
           value,
           spans: spans.map((span) => [span.name, nameOf(span.parentSpanContext?.spanId) ?? null]),
           traces: new Set(spans.map((span) => span.spanContext().traceId)).size,
           store: spans.find(({ name }) => name === 'orders.get').attributes['store.name'] ?? null,
           audited: trefoil.audit.getAll().map(({ spanId }) => nameOf(spanId)),
           status: trefoil.status().tracing.state,
           problems: trefoil.describe().problems.map(({ code }) => code),
           reports: trefoil.status().reports,
         }));
       });`,
    );
    expect(seen).toEqual({
      value: 'o-1',
      spans: [
        ['driver', 'orders.load'],
        ['orders.load', 'orders.get'],
        ['orders.get', 'request'],
        ['request', null],
      ],
      traces: 1,
      store: 'orders',
      audited: ['orders.load', 'orders.get'],
      status: 'running',
      problems: [],
      reports: {},
    });
  });

  it('has its SDK used where it is registered for the whole process, and left to it', async () => {
    const seen = await consumer.run(
      `require('reflect-metadata');
       const { SpanStatusCode, trace } = require('@opentelemetry/api');
       const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = require('@opentelemetry/sdk-trace');
       const { Observed, initializeObservability } = require('trefoil');

       const exporter = new InMemorySpanExporter();
       const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
       trace.setGlobalTracerProvider(provider);
       const trefoil = initializeObservability(
         { metrics: { port: false }, logging: { level: 'silent' }, signals: false },
       );

       class OrderStore {
         async get(id) {
           trace.getActiveSpan().setStatus({ code: SpanStatusCode.ERROR, message: 'half of it' });
           return id;
         }
       }
       Observed()(OrderStore);

       trace.getTracer('application').startActiveSpan('request', async (request) => {
         await new OrderStore().get('o-1');
         request.end();
         const backend = trefoil.status().tracing.backend;
         const report = await trefoil.shutdown();
         trace.getTracer('application').startSpan('after').end();
         const spans = exporter.getFinishedSpans();
         const nameOf = (spanId) => spans.find((span) => span.spanContext().spanId === spanId)?.name;
         console.log(JSON.stringify({
           backend,
           report,
           spans: spans.map((span) => [span.name, nameOf(span.parentSpanContext?.spanId) ?? null]),
           scope: spans[0].instrumentationScope.name,
           statuses: spans.slice(0, 2).map(({ status }) => status),
         }));
       });`,
    );
    expect(seen).toEqual({
      backend: 'global',
      report: { timedOut: false, errors: [] },
      spans: [
        ['OrderStore.get', 'request'],
        ['request', null],
        ['after', 'request'],
      ],
      scope: 'trefoil',
      statuses: [{ code: 2, message: 'half of it' }, { code: 0 }],
    });
  });
});
