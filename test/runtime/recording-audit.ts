import type { AuditBackend, AuditEvent, AuditGuarantees } from '../../src/index';

/** An audit backend of a user's own, which keeps its events and counts what is done to it. */
export class RecordingAudit implements AuditBackend {
  readonly name: string = 'recording';
  readonly guarantees: AuditGuarantees = { delivery: 'buffered', volatile: false };
  readonly events: AuditEvent[] = [];
  flushed = 0;
  closed = 0;

  log(event: AuditEvent): void {
    this.events.push(event);
  }

  async flush(): Promise<void> {
    this.flushed += 1;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  /** Which items the events are about. */
  get items(): (string | undefined)[] {
    return this.events.map((event) => event.itemId);
  }
}
