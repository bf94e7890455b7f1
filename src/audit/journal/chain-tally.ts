import type { Finding } from './chain-signatures';
import { damageOf } from './file-damage';
import type { GapRecord } from './journal-record';
import type { RecordHead } from './record-head';

const toleratedStepMs = 1_000;

/** Counts what a chain holds. */
export class ChainTally {
  readonly #time = Buffer.alloc('2026-01-01T00:00:00.000Z'.length);
  segments = 0;
  records = 0;
  events = 0;
  firstSeq = 0;
  /** Events that gap records tell of. */
  lost = 0;
  clockSteps = 0;
  from: string | undefined;

  add(head: RecordHead, block: Buffer): void {
    if (head.isBefore(block, this.#time) && Date.parse(this.to) - head.time(block) > toleratedStepMs)
      this.clockSteps += 1;
    head.copyTime(block, this.#time);
    if (this.records === 0) {
      this.from = this.to;
      this.firstSeq = head.seq;
    }
    this.records += 1;
    if (head.isEvent) this.events += 1;
  }

  /** A record of another side of a chain that has split; times and numbers are those of the first. */
  addForked(kind: string): void {
    this.records += 1;
    if (kind === 'event' || kind === 'intent' || kind === 'outcome') this.events += 1;
  }

  /** What was lost with a file that somebody has damaged had been acknowledged. */
  addGap({ count, reason }: GapRecord): Finding | undefined {
    this.lost += count;
    const damage = damageOf(reason);
    if (damage === undefined) return undefined;
    return ['missing-events', `${count} events that had been acknowledged are missing: ${damage}`];
  }

  /** When the last record was made. */
  get to(): string {
    return this.#time.toString('latin1');
  }
}
