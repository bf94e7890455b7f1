import { SpanKind, SpanStatusCode, type Span, type SpanOptions, type Tracer } from '@opentelemetry/api';
import type { CallFacts, HandWrittenSinks } from './hand-written-sinks';
import { loadOrder, type Order, type OrderStore } from './stores';

/** Of any store that is written by hand. */
export type HandWrittenStoreClass = new (sinks: HandWrittenSinks, tracer: Tracer) => OrderStore;

/** What the decorators give, written into the methods by hand with the raw libraries; a class anew each time. */
export function handWrittenStore(store = 'OrderStore'): HandWrittenStoreClass {
  const [nameOfGet, nameOfRead] = [`${store}.get`, `${store}.read`];
  return class HandWrittenStore implements OrderStore {
    constructor(
      readonly sinks: HandWrittenSinks,
      readonly tracer: Tracer,
    ) {}

    async get(id: string): Promise<Order> {
      return this.tracer.startActiveSpan(nameOfGet, spanOptions(store, 'get'), async (span) => {
        const startedAt = new Date();
        const started = performance.now();
        try {
          const order = loadOrder();
          const status = 'success';
          endSpan(this.sinks, span, { store, operation: 'get', itemId: id, startedAt, started, status, span });
          return order;
        } catch (error) {
          const status = 'failure';
          span.recordException(error as Error);
          endSpan(this.sinks, span, { store, operation: 'get', itemId: id, startedAt, started, status, span });
          throw error;
        }
      });
    }

    read(id: string): Order {
      return this.tracer.startActiveSpan(nameOfRead, spanOptions(store, 'read'), (span) => {
        const startedAt = new Date();
        const started = performance.now();
        try {
          const order = loadOrder();
          const status = 'success';
          endSpan(this.sinks, span, { store, operation: 'read', itemId: id, startedAt, started, status, span });
          return order;
        } catch (error) {
          const status = 'failure';
          span.recordException(error as Error);
          endSpan(this.sinks, span, { store, operation: 'read', itemId: id, startedAt, started, status, span });
          throw error;
        }
      });
    }
  };
}

/** Records a call and ends its span. */
export function endSpan(sinks: HandWrittenSinks, span: Span, facts: CallFacts): void {
  const auditId = sinks.record(facts);
  span.setAttributes({
    'item.id': facts.itemId,
    'store.outcome': facts.status,
    'audit.id': auditId,
    'correlation.id': span.spanContext().traceId,
  });
  if (facts.status === 'failure') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

export function spanOptions(store: string, operation: string): SpanOptions {
  return {
    kind: SpanKind.INTERNAL,
    attributes: {
      'code.function.name': `${store}.${operation}`,
      'store.name': store,
      'store.type': 'memory',
      'store.operation': operation,
    },
  };
}

/** The same without a span. */
export class UntracedHandWrittenStore implements OrderStore {
  constructor(readonly sinks: HandWrittenSinks) {}

  async get(id: string): Promise<Order> {
    const startedAt = new Date();
    const started = performance.now();
    try {
      const order = loadOrder();
      this.sinks.record({ store: 'OrderStore', operation: 'get', itemId: id, startedAt, started, status: 'success' });
      return order;
    } catch (error) {
      this.sinks.record({ store: 'OrderStore', operation: 'get', itemId: id, startedAt, started, status: 'failure' });
      throw error;
    }
  }

  read(id: string): Order {
    const startedAt = new Date();
    const started = performance.now();
    try {
      const order = loadOrder();
      this.sinks.record({ store: 'OrderStore', operation: 'read', itemId: id, startedAt, started, status: 'success' });
      return order;
    } catch (error) {
      this.sinks.record({ store: 'OrderStore', operation: 'read', itemId: id, startedAt, started, status: 'failure' });
      throw error;
    }
  }
}
