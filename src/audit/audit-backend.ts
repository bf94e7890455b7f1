import type { Delivery } from '../call/delivery';
import type { AuditEvent } from './audit-event';
import type { AuditFilter } from './audit-filter';
import type { AuditHealth } from './audit-health';

/** What a backend promises of the events that it has taken. */
export interface AuditGuarantees {
  /** The strongest delivery that it can give. A volatile backend accepts any. */
  readonly delivery: Delivery;
  /** Whether events are gone with the process. */
  readonly volatile: boolean;
}

/**
 * Keeps audit events. A `log` that returns nothing has taken the event as safely as `buffered` asks; under `durable`
 * and `strict` it returns a promise that resolves once the event is on disk (or as safe elsewhere).
 */
export interface AuditBackend {
  /** What `status()` calls it. */
  readonly name: string;
  readonly guarantees: AuditGuarantees;
  /** Under `strict`, an event with the status `unknown` comes first, and the same `eventId` again with the outcome. */
  log(event: AuditEvent, delivery?: Delivery): void | Promise<void>;
  /** The same without leaving the caller's turn; needed for durable and strict synchronous methods. */
  logSync?(event: AuditEvent, delivery?: Delivery): void;
  query?(filter?: AuditFilter): AsyncIterable<AuditEvent>;
  /** How it is doing, at once and at no great cost; feeds the `audit_…` metrics and `status()`. */
  health?(): AuditHealth;
  /** Resolves when everything taken so far is as safe as the backend can make it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const strength: Readonly<Record<Delivery, number>> = { bestEffort: 0, buffered: 1, durable: 2, strict: 3 };

/** Whether a backend can give a delivery. */
export function canDeliver(guarantees: AuditGuarantees, delivery: Delivery): boolean {
  return guarantees.volatile || strength[delivery] <= strength[guarantees.delivery];
}

/** The strongest of several deliveries. */
export function strongest(deliveries: readonly Delivery[]): Delivery {
  return deliveries.reduce((best, delivery) => (strength[delivery] > strength[best] ? delivery : best), 'bestEffort');
}
