import type { Delivery } from '../call/delivery';
import type { TrefoilError } from '../errors';
import type { AuditBackend, AuditGuarantees } from './audit-backend';
import type { AuditEvent } from './audit-event';
import type { AuditHealth } from './audit-health';

/**
 * Stands in for a backend that could not be had, and takes nothing: no strict or durable call is to go unrecorded as if
 * audit were switched off, and what others lose is counted.
 */
export class UnavailableAuditBackend implements AuditBackend {
  readonly name: string = 'none';
  readonly guarantees: AuditGuarantees = { delivery: 'strict', volatile: true };
  readonly #why: TrefoilError;
  #dropped = 0;
  #rejected = 0;

  constructor(why: TrefoilError) {
    this.#why = why;
  }

  log(event: AuditEvent, delivery?: Delivery): void {
    this.logSync(event, delivery);
  }

  logSync(_event: AuditEvent, delivery: Delivery = 'buffered'): void {
    if (delivery === 'durable' || delivery === 'strict') this.#rejected += 1;
    else this.#dropped += 1;
    throw this.#why;
  }

  health(): AuditHealth {
    const dropped = { unavailable: this.#dropped };
    return { accepted: 0, written: 0, dropped, rejected: this.#rejected, latched: this.#why.message };
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
