import * as v from 'valibot';
import { wholeFrom } from '../option-values';
import { checkOptions } from '../validate-options';
import type { AuditBackend, AuditGuarantees } from './audit-backend';
import type { AuditEvent } from './audit-event';
import type { AuditHealth } from './audit-health';
import { filterEvents, type AuditFilter } from './audit-filter';

/** Settings of an {@link InMemoryAuditBackend}. */
export interface InMemoryAuditBackendOptions {
  /** How many events are kept; older ones go first. Default 10,000. */
  readonly maxEvents?: number;
}

const optionsSchema = v.strictObject({ maxEvents: v.optional(wholeFrom(1)) });

/**
 * Keeps the newest events in memory, for tests and development.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { AuditEvent, InMemoryAuditBackend } from 'trefoil';
 *
 * const audit = new InMemoryAuditBackend({ maxEvents: 100 });
 * audit.log(new AuditEvent({ eventType: 'read', status: 'success', storeType: 's3' }));
 * audit.getAll().length; // 1
 * ```
 */
export class InMemoryAuditBackend implements AuditBackend {
  readonly name: string = 'memory';
  readonly guarantees: AuditGuarantees = { delivery: 'strict', volatile: true };
  readonly #maxEvents: number;
  /** A ring once it is full: the oldest event is at `#next`. */
  readonly #events: AuditEvent[] = [];
  #next = 0;
  #accepted = 0;

  constructor(options: InMemoryAuditBackendOptions = {}) {
    const { maxEvents = 10_000 } = checkOptions(optionsSchema, options, 'InMemoryAuditBackend');
    this.#maxEvents = maxEvents;
  }

  log(event: AuditEvent): void {
    this.#accepted += 1;
    this.#events[this.#next] = event;
    this.#next = (this.#next + 1) % this.#maxEvents;
  }

  logSync(event: AuditEvent): void {
    this.log(event);
  }

  /** Every event kept, oldest first. */
  getAll(): readonly AuditEvent[] {
    if (this.#events.length < this.#maxEvents) return [...this.#events];
    return [...this.#events.slice(this.#next), ...this.#events.slice(0, this.#next)];
  }

  query(filter: AuditFilter = {}): AsyncIterable<AuditEvent> {
    const events = this.getAll();
    return filterEvents(filter.order === 'desc' ? events.toReversed() : events, filter);
  }

  /** That older events have to go is what it is for: none of them counts as dropped. */
  health(): AuditHealth {
    return { accepted: this.#accepted, written: this.#accepted, dropped: {}, rejected: 0 };
  }

  clear(): void {
    this.#events.length = 0;
    this.#next = 0;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** Keeps what was logged: tests read it after the runtime is shut down. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
