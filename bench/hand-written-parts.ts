import { SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { HandWrittenSinks } from './hand-written-sinks';
import { spanOptions } from './hand-written-store';
import { loadOrder, type Order, type OrderStore } from './stores';

const store = 'OrderStore';

/** One part of what {@link handWrittenStore} records, for a decorator that stands alone. */
export type HandWrittenPart = 'audit' | 'span' | 'timer' | 'counter';

/** The store that records one part by hand. */
export function handWrittenPart(part: HandWrittenPart, sinks: HandWrittenSinks, tracer?: Tracer): OrderStore {
  if (part === 'span') return new TracedByHand(tracer as Tracer);
  const stores = { audit: AuditedByHand, timer: TimedByHand, counter: CountedByHand };
  return new stores[part](sinks);
}

class AuditedByHand implements OrderStore {
  constructor(readonly sinks: HandWrittenSinks) {}

  async get(id: string): Promise<Order> {
    const startedAt = new Date();
    const started = performance.now();
    try {
      const order = loadOrder();
      this.sinks.audit({ store, operation: 'get', itemId: id, startedAt, started, status: 'success' });
      return order;
    } catch (error) {
      this.sinks.audit({ store, operation: 'get', itemId: id, startedAt, started, status: 'failure' });
      throw error;
    }
  }

  read(id: string): Order {
    const startedAt = new Date();
    const started = performance.now();
    try {
      const order = loadOrder();
      this.sinks.audit({ store, operation: 'read', itemId: id, startedAt, started, status: 'success' });
      return order;
    } catch (error) {
      this.sinks.audit({ store, operation: 'read', itemId: id, startedAt, started, status: 'failure' });
      throw error;
    }
  }
}

class TracedByHand implements OrderStore {
  constructor(readonly tracer: Tracer) {}

  async get(id: string): Promise<Order> {
    return this.tracer.startActiveSpan('OrderStore.get', spanOptions(store, 'get'), async (span) => {
      const correlationId = span.spanContext().traceId;
      try {
        const order = loadOrder();
        span.setAttributes({ 'item.id': id, 'store.outcome': 'success', 'correlation.id': correlationId });
        return order;
      } catch (error) {
        span.recordException(error as Error);
        span.setAttributes({ 'item.id': id, 'store.outcome': 'failure', 'correlation.id': correlationId });
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  }

  read(id: string): Order {
    return this.tracer.startActiveSpan('OrderStore.read', spanOptions(store, 'read'), (span) => {
      const correlationId = span.spanContext().traceId;
      try {
        const order = loadOrder();
        span.setAttributes({ 'item.id': id, 'store.outcome': 'success', 'correlation.id': correlationId });
        return order;
      } catch (error) {
        span.recordException(error as Error);
        span.setAttributes({ 'item.id': id, 'store.outcome': 'failure', 'correlation.id': correlationId });
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  }
}

class TimedByHand implements OrderStore {
  constructor(readonly sinks: HandWrittenSinks) {}

  async get(_id: string): Promise<Order> {
    const started = performance.now();
    try {
      return loadOrder();
    } finally {
      this.sinks.time(store, 'get', (performance.now() - started) / 1000);
    }
  }

  read(_id: string): Order {
    const started = performance.now();
    try {
      return loadOrder();
    } finally {
      this.sinks.time(store, 'read', (performance.now() - started) / 1000);
    }
  }
}

class CountedByHand implements OrderStore {
  constructor(readonly sinks: HandWrittenSinks) {}

  async get(_id: string): Promise<Order> {
    try {
      const order = loadOrder();
      this.sinks.count(store, 'get', 'success');
      return order;
    } catch (error) {
      this.sinks.count(store, 'get', 'failure');
      throw error;
    }
  }

  read(_id: string): Order {
    try {
      const order = loadOrder();
      this.sinks.count(store, 'read', 'success');
      return order;
    } catch (error) {
      this.sinks.count(store, 'read', 'failure');
      throw error;
    }
  }
}
