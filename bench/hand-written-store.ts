import { SpanKind, SpanStatusCode, type Span, type SpanOptions, type Tracer } from '@opentelemetry/api';
import type { CallFacts, HandWrittenSinks } from './hand-written-sinks';
import { loadOrder, type Order, type OrderStore } from './stores';

/** What the decorators give, written into the methods by hand with the raw libraries. */
export class HandWrittenStore implements OrderStore {
  constructor(
    readonly sinks: HandWrittenSinks,
    readonly tracer: Tracer,
  ) {}

  async get(id: string): Promise<Order> {
    return this.tracer.startActiveSpan('OrderStore.get', spanOptions('get'), async (span) => {
      const startedAt = new Date();
      const started = performance.now();
      try {
        const order = loadOrder();
        this.#end(span, { operation: 'get', itemId: id, startedAt, started, status: 'success', span });
        return order;
      } catch (error) {
        span.recordException(error as Error);
        this.#end(span, { operation: 'get', itemId: id, startedAt, started, status: 'failure', span });
        throw error;
      }
    });
  }

  read(id: string): Order {
    return this.tracer.startActiveSpan('OrderStore.read', spanOptions('read'), (span) => {
      const startedAt = new Date();
      const started = performance.now();
      try {
        const order = loadOrder();
        this.#end(span, { operation: 'read', itemId: id, startedAt, started, status: 'success', span });
        return order;
      } catch (error) {
        span.recordException(error as Error);
        this.#end(span, { operation: 'read', itemId: id, startedAt, started, status: 'failure', span });
        throw error;
      }
    });
  }

  #end(span: Span, facts: CallFacts): void {
    const auditId = this.sinks.record(facts);
    span.setAttributes({
      'item.id': facts.itemId,
      'store.outcome': facts.status,
      'audit.id': auditId,
      'correlation.id': span.spanContext().traceId,
    });
    span.setStatus({ code: facts.status === 'success' ? SpanStatusCode.OK : SpanStatusCode.ERROR });
    span.end();
  }
}

function spanOptions(operation: string): SpanOptions {
  return {
    kind: SpanKind.INTERNAL,
    attributes: {
      'code.function.name': `OrderStore.${operation}`,
      'store.name': 'OrderStore',
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
      this.sinks.record({ operation: 'get', itemId: id, startedAt, started, status: 'success' });
      return order;
    } catch (error) {
      this.sinks.record({ operation: 'get', itemId: id, startedAt, started, status: 'failure' });
      throw error;
    }
  }

  read(id: string): Order {
    const startedAt = new Date();
    const started = performance.now();
    try {
      const order = loadOrder();
      this.sinks.record({ operation: 'read', itemId: id, startedAt, started, status: 'success' });
      return order;
    } catch (error) {
      this.sinks.record({ operation: 'read', itemId: id, startedAt, started, status: 'failure' });
      throw error;
    }
  }
}
