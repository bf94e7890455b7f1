import { randomUUID } from 'node:crypto';
import type { Span } from '@opentelemetry/api';
import { Counter, Histogram, Registry } from 'prom-client';

const labelNames = ['store', 'operation'];

/** An audit event as people write one: every field at once. */
export interface AuditRow {
  readonly eventId: string;
  readonly spanId: string | undefined;
  readonly [field: string]: unknown;
}

/** What a call was, as far as its records need it. */
export interface CallFacts {
  readonly store: string;
  readonly operation: 'get' | 'read';
  readonly itemId: string;
  readonly startedAt: Date;
  readonly started: number;
  readonly status: 'success' | 'failure';
  readonly span?: Span;
}

/** The raw libraries, set up as an application would: a prom-client registry and a ring of audit events. */
export class HandWrittenSinks {
  readonly registry = new Registry();
  readonly #operations = new Counter({
    name: 'store_operations_total',
    help: 'Store operations by outcome.',
    labelNames: [...labelNames, 'status'],
    registers: [this.registry],
  });
  readonly #duration = new Histogram({
    name: 'store_operation_duration_seconds',
    help: 'Duration of store operations in seconds.',
    labelNames,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  readonly #maxEvents: number;
  #events: AuditRow[] = [];
  #next = 0;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  /** Counts, times and audits one call; gives the audit id, which the span carries too. */
  record(facts: CallFacts): string {
    const { store, operation, started, status } = facts;
    const seconds = (performance.now() - started) / 1000;
    this.count(store, operation, status);
    this.time(store, operation, seconds);
    return this.#keep(facts, seconds);
  }

  count(store: string, operation: string, status: string): void {
    this.#operations.inc({ store, operation, status });
  }

  time(store: string, operation: string, seconds: number): void {
    this.#duration.observe({ store, operation }, seconds);
  }

  /** Audits one call; gives the audit id. */
  audit(facts: CallFacts): string {
    return this.#keep(facts, (performance.now() - facts.started) / 1000);
  }

  #keep({ store, operation, itemId, startedAt, status, span }: CallFacts, seconds: number): string {
    const eventId = randomUUID();
    const ids = span?.spanContext();
    this.#events[this.#next] = {
      eventId,
      eventType: 'read',
      timestamp: startedAt,
      status,
      storeType: 'memory',
      storeName: store,
      operation: `${store}.${operation}`,
      itemId,
      durationMs: seconds * 1000,
      traceId: ids?.traceId,
      spanId: ids?.spanId,
      // Outside of a request, whoever writes this by hand ties a call to others by its trace.
      correlationId: ids?.traceId ?? eventId,
      service: 'bench',
      environment: 'bench',
    };
    this.#next = (this.#next + 1) % this.#maxEvents;
    return eventId;
  }

  clear(): void {
    this.registry.resetMetrics();
    this.#events = [];
    this.#next = 0;
  }

  get events(): readonly AuditRow[] {
    return this.#events;
  }

  async counted(operation: string): Promise<number> {
    const { values } = await this.#operations.get();
    return total(values.filter(({ labels }) => labels['operation'] === operation));
  }

  async timed(operation: string): Promise<number> {
    const { values } = await this.#duration.get();
    const counts = values.filter(({ metricName }) => metricName === 'store_operation_duration_seconds_count');
    return total(counts.filter(({ labels }) => labels.operation === operation));
  }
}

/** Of the series of all stores. */
function total(values: readonly { readonly value: number }[]): number {
  return values.reduce((sum, { value }) => sum + value, 0);
}
