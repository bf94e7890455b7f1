import type { AuditEvent } from '../audit-event';

interface OpenIntent {
  readonly event: AuditEvent;
  readonly segment: number;
}

/** The intents of a journal that have no outcome yet, and which segments hold them. */
export class OpenIntents {
  readonly #intents = new Map<string, OpenIntent>();
  /** Of a lost outcome the intent stays in the chain without one. */
  #isLeftOpen = false;

  get events(): AuditEvent[] {
    return [...this.#intents.values()].map(({ event }) => event);
  }

  /** The segment of the oldest one, infinite without any; rewritten ones may stand behind it, never in front. */
  get oldestSegment(): number {
    if (this.#isLeftOpen) return 1;
    let oldest = Number.POSITIVE_INFINITY;
    for (const { segment } of this.#intents.values()) oldest = Math.min(oldest, segment);
    return oldest;
  }

  has(eventId: string): boolean {
    return this.#intents.size > 0 && this.#intents.has(eventId);
  }

  add(event: AuditEvent, segment: number): void {
    this.#intents.set(event.eventId, { event, segment });
  }

  delete(eventId: string): void {
    this.#intents.delete(eventId);
  }

  leaveOpen(): void {
    this.#isLeftOpen = true;
  }

  /** Another chain holds them now, from its first segment on. */
  moveToFirst(): void {
    for (const [id, { event }] of this.#intents) this.#intents.set(id, { event, segment: 1 });
  }
}
