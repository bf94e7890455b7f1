import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  extractContext,
  type InMemoryAuditBackend,
  type InMemoryTracer,
  initializeObservability,
  injectContext,
  Observed,
  runWithContext,
  Store,
} from '../../../src/index';

/** A call in the main thread starts a worker, and sends it a message later; each makes a call in the worker. */
@Store({ name: 'orders' })
class Orders {
  @Observed({ event: 'create', item: (id: string) => id })
  async place(id: string): Promise<void> {
    const worker = new Worker(__filename, { workerData: injectContext() });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const told = (): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve));
    await told();
    worker.postMessage(injectContext());
    await told();
    await ended;
    void id;
  }

  @Observed({ event: 'update', item: (by: string) => by })
  async reserve(by: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve, by));
  }
}

const trefoil = initializeObservability({
  tracing: { exporter: 'memory' },
  metrics: { backend: 'memory' },
  logging: { level: 'silent' },
  signals: false,
});
const orders = new Orders();

/** What this thread has recorded, as one line. */
function tell(): void {
  const spans = (trefoil.tracer as InMemoryTracer).getSpans();
  const recorded = (trefoil.audit as InMemoryAuditBackend).getAll().map((event) => ({
    item: event.itemId,
    traceId: event.traceId,
    spanId: event.spanId,
    parentSpanId: spans.find((span) => span.spanContext().spanId === event.spanId)?.parentSpanId,
    correlationId: event.correlationId,
    requestId: event.requestId,
  }));
  writeSync(1, `${JSON.stringify(recorded)}\n`);
}

if (isMainThread) {
  void runWithContext({ correlationId: 'c-1', requestId: 'r-1', userId: 'u-1' }, () => orders.place('o-1')).then(tell);
} else {
  const port = parentPort;
  void runWithContext(extractContext(workerData as object), () => orders.reserve('by workerData')).then(() =>
    port?.postMessage('started'),
  );
  port?.once('message', (carrier: object) => {
    void runWithContext(extractContext(carrier), () => orders.reserve('by message')).then(() => {
      tell();
      port.postMessage('done');
    });
  });
}
