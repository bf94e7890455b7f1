import { resolve } from 'node:path';
import { inTime } from '../in-time';
import { anchor, tryAnchor, type AuditAnchor, type AuditCheckpoint } from './anchors';
import type { JournalWriter } from './journal-writer';

const recordsBetween = 1_000;
const intervalMs = 30_000;
/** How many may wait for anchors that are behind. */
const maxWaiting = 1_000;

/** What checkpoints are made of, and for. */
export interface CheckpointsInit {
  readonly anchors: readonly AuditAnchor[];
  /** How long an anchor may take, in milliseconds, before the next checkpoint does not wait for it any more. */
  readonly maxWaitMs: number;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Signs the head of the chain from time to time, and hands it to the anchors once it is on disk: an anchor that is ahead
 * of the trail would look like a tail cut off.
 */
export class Checkpoints {
  readonly #anchors: readonly AuditAnchor[];
  readonly #onFailure: (error: unknown) => void;
  readonly #maxWaitMs: number;
  #unsynced: AuditCheckpoint[] = [];
  /** On disk, and not handed over yet. */
  #waiting: AuditCheckpoint[] = [];
  #delivery: Promise<void> | undefined;
  #lastSeq = 1;
  #lastMs = Date.now();

  constructor({ anchors, maxWaitMs, onFailure }: CheckpointsInit) {
    this.#maxWaitMs = maxWaitMs;
    // As it is now: the process may change its directory.
    this.#anchors = anchors.map((sink) => ('file' in sink ? { file: resolve(sink.file) } : sink));
    this.#onFailure = onFailure;
  }

  /** Tells at the start of anchors that cannot work, instead of at the first checkpoint. */
  tryAnchors(): void {
    for (const sink of this.#anchors) {
      try {
        tryAnchor(sink);
      } catch (error) {
        this.#onFailure(error);
      }
    }
  }

  /** In milliseconds since the Unix epoch. */
  get lastMs(): number {
    return this.#lastMs;
  }

  isDue(seq: number): boolean {
    return seq - this.#lastSeq >= recordsBetween;
  }

  /** For when time goes by: whether there is anything new that has stood for long enough. */
  isOverdue(seq: number, nowMs: number): boolean {
    return seq > this.#lastSeq && Math.abs(nowMs - this.#lastMs) >= intervalMs;
  }

  /** Adds a record of where the chain stands. */
  add(writer: JournalWriter, at: string): void {
    this.note(writer.addCheckpoint(at));
  }

  /** A checkpoint that was added to the chain by whoever opened its segment. */
  note(checkpoint: AuditCheckpoint): void {
    this.#lastSeq = checkpoint.seq;
    this.#lastMs = Date.parse(checkpoint.at);
    this.keep(checkpoint);
  }

  /** Of another chain, and on disk. */
  handOn(checkpoint: AuditCheckpoint): void {
    if (this.#anchors.length > 0) this.#waiting.push(checkpoint);
    this.settle(0);
  }

  /** A checkpoint or seal that is not on disk yet. */
  keep(checkpoint: AuditCheckpoint): void {
    if (this.#anchors.length > 0) this.#unsynced.push(checkpoint);
  }

  /** What is not on disk was taken back, from this record on, and has to be made again. */
  forget(after: number): void {
    const kept = this.#unsynced.filter(({ seq }) => seq <= after);
    if (kept.length < this.#unsynced.length) this.#lastSeq = 0;
    this.#lastSeq = Math.min(this.#lastSeq, after);
    this.#unsynced = kept;
  }

  /** Hands over what is on disk, up to this record. */
  settle(synced: number): void {
    while (this.#unsynced.length > 0 && (this.#unsynced[0] as AuditCheckpoint).seq <= synced) {
      this.#waiting.push(this.#unsynced.shift() as AuditCheckpoint);
    }
    const surplus = this.#waiting.length - maxWaiting;
    if (surplus > 0) {
      // A later one stands for all that came before it.
      this.#waiting.splice(0, surplus);
      this.#onFailure(new Error(`the anchors are behind, and ${surplus} checkpoints were passed over`));
    }
    if (this.#waiting.length > 0) this.#delivery ??= this.#deliver();
  }

  /** Resolves when the anchors have what they were given, or have had their time. */
  async delivered(): Promise<void> {
    if (this.#delivery === undefined) return;
    await inTime(this.#delivery, { where: 'an anchor', maxWaitMs: this.#maxWaitMs }).catch(this.#onFailure);
  }

  async #deliver(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await this.#handOver(next);
    this.#delivery = undefined;
  }

  async #handOver(checkpoint: AuditCheckpoint): Promise<void> {
    const wait = { where: 'an anchor', maxWaitMs: this.#maxWaitMs, mayBeLeft: true };
    const handed = await Promise.allSettled(this.#anchors.map((sink) => inTime(anchor(sink, checkpoint), wait)));
    for (const result of handed) if (result.status === 'rejected') this.#onFailure(result.reason);
  }
}
