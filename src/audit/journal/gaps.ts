import type { AuditEventType } from '../../call/event-type';
import type { GapRecord } from './journal-record';

/** What a `gap` record says beside its number and time. */
export type Gap = Omit<GapRecord, 'seq' | 'kind' | 'at'>;

/** Counts events that could not be written, until a record of that can be. */
export class Gaps {
  #gaps = new Map<string, Gap>();

  get isEmpty(): boolean {
    return this.#gaps.size === 0;
  }

  add(type: AuditEventType, reason: string, at: string): void {
    this.#merge({ count: 1, reason, byType: { [type]: 1 }, from: at, to: at });
  }

  /** One record for each reason; they are this class's again where they cannot be written, by `giveBack`. */
  take(): readonly Gap[] {
    const taken = [...this.#gaps.values()];
    this.#gaps = new Map();
    return taken;
  }

  giveBack(gaps: readonly Gap[]): void {
    for (const gap of gaps) this.#merge(gap);
  }

  #merge(gap: Gap): void {
    const known = this.#gaps.get(gap.reason);
    if (known === undefined) {
      this.#gaps.set(gap.reason, gap);
      return;
    }
    const byType = { ...known.byType };
    for (const [type, count] of Object.entries(gap.byType)) {
      const counted = byType[type as AuditEventType] ?? 0;
      byType[type as AuditEventType] = counted + count;
    }
    this.#gaps.set(gap.reason, {
      count: known.count + gap.count,
      reason: gap.reason,
      byType,
      from: known.from < gap.from ? known.from : gap.from,
      to: known.to > gap.to ? known.to : gap.to,
    });
  }
}
