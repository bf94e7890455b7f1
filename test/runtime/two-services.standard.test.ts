import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { container, type DependencyContainer } from 'tsyringe';
import {
  extractContext,
  type InMemoryAuditBackend,
  type InMemoryTracer,
  injectContext,
  LOGGER,
  Observed,
  type PropagatorName,
  runWithContext,
  Store,
  type Trefoil,
} from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { shutDownAll, start } from './runtimes';

@Store({ name: 'stock' })
class Stock {
  @Observed({ event: 'read', item: (id: string) => id })
  async left(id: string): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    return id.length;
  }
}

@Store({ name: 'orders' })
class Orders {
  @Observed({ event: 'create', item: (id: string) => id })
  async place(id: string, stockUrl: string): Promise<number> {
    const response = await fetch(`${stockUrl}/${id}`, { headers: injectContext({ accept: 'application/json' }) });
    return (await response.json()) as number;
  }
}

/** A service of its own: container, runtime, backends and server. */
class Service {
  readonly logger = new RecordingLogger();
  readonly #container: DependencyContainer = container.createChildContainer();
  readonly #trefoil: Trefoil;
  #server: Server | undefined;

  constructor(name: string, propagators: readonly PropagatorName[]) {
    this.#container.register(LOGGER, { useValue: this.logger });
    const tracing = { exporter: 'memory', propagators } as const;
    this.#trefoil = start({ service: { name, environment: 'test' }, tracing }, this.#container);
  }

  resolve<Resolved>(type: new () => Resolved): Resolved {
    return this.#container.resolve(type);
  }

  async listen(answer: (path: string) => Promise<unknown>): Promise<string> {
    const server = createServer((request, response) => {
      const handle = () => answer((request.url ?? '').slice(1));
      void runWithContext(extractContext(request.headers), handle).then((value) => response.end(JSON.stringify(value)));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The one call that it has recorded, as each pillar tells of it. */
  recorded() {
    const [span] = (this.#trefoil.tracer as InMemoryTracer).getSpans();
    const [event] = (this.#trefoil.audit as InMemoryAuditBackend).getAll();
    const [line] = this.logger.lines;
    return { span, event, line };
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
  }
}

/** A request to the first service, which asks the second. */
async function request(propagators: readonly PropagatorName[], headers: Record<string, string>) {
  const [first, second] = [new Service('orders', propagators), new Service('stock', propagators)];
  try {
    const stock = second.resolve(Stock);
    const stockUrl = await second.listen((id) => stock.left(id));
    const orders = first.resolve(Orders);
    const url = await first.listen((id) => orders.place(id, stockUrl));
    const response = await fetch(`${url}/o-17`, { headers });
    expect(await response.json()).toBe(4);
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
  return [first.recorded(), second.recorded()] as const;
}

afterEach(shutDownAll);

test.each<[string, readonly PropagatorName[]]>([
  ['W3C Trace Context', ['tracecontext', 'baggage']],
  ['B3 in one header', ['b3']],
  ['B3 in many headers', ['b3multi']],
  ['Jaeger', ['jaeger']],
  ['all of them', ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger']],
])('two services make one trace and one correlation id over HTTP, by %s', async (_what, propagators) => {
  const [first, second] = await request(propagators, { 'x-correlation-id': 'c-1', 'x-request-id': 'r-1' });
  const traceId = first.span?.spanContext().traceId;
  expect(second.span?.parentSpanId).toBe(first.span?.spanContext().spanId);
  expect(second.span?.spanContext().traceId).toBe(traceId);
  for (const { span, event, line } of [first, second]) {
    const spanId = span?.spanContext().spanId;
    expect(event).toMatchObject({ traceId, spanId, correlationId: 'c-1', requestId: 'r-1' });
    expect(line).toMatchObject({ ids: { traceId, spanId, correlationId: 'c-1' }, fields: { request_id: 'r-1' } });
    expect(span?.attributes['correlation.id']).toBe('c-1');
  }
});

test('a correlation id that the first service has made is the second’s as well', async () => {
  const [first, second] = await request(['tracecontext'], {});
  expect(first.event?.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(second.event?.correlationId).toBe(first.event?.correlationId);
});

test('without a format in common there are two traces, and still one correlation id', async () => {
  const [first, second] = await request([], { 'x-correlation-id': 'c-1' });
  expect(second.span?.parentSpanId).toBeUndefined();
  expect(second.span?.spanContext().traceId).not.toBe(first.span?.spanContext().traceId);
  expect(second.event?.correlationId).toBe('c-1');
});
