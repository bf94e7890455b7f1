import { resolve } from 'node:path';
import { anchor, tryAnchor, type AuditAnchor, type AuditCheckpoint } from './anchors';
import { signedText } from './journal-record';
import type { JournalWriter } from './journal-writer';
import { recordText } from './line-encoder';
import type { SigningKey } from './signing-key';

const recordsBetween = 1_000;
const intervalMs = 30_000;

/**
 * Signs the head of the chain from time to time, and hands it to the anchors once it is on disk: an anchor that is ahead
 * of the trail would look like a tail cut off.
 */
export class Checkpoints {
  readonly #key: SigningKey | undefined;
  readonly #anchors: readonly AuditAnchor[];
  readonly #onFailure: (error: unknown) => void;
  #unsynced: AuditCheckpoint[] = [];
  #delivery: Promise<void> = Promise.resolve();
  #lastSeq = 1;
  #lastMs = Date.now();

  constructor(key: SigningKey | undefined, anchors: readonly AuditAnchor[], onFailure: (error: unknown) => void) {
    this.#key = key;
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
    const { seq: count, head } = writer.position;
    const seq = count + 1;
    const signature = this.#key?.sign(signedText('checkpoint', writer.id, seq, head));
    writer.add(recordText('checkpoint', at, { count, head, ...signature }));
    this.#lastSeq = seq;
    this.#lastMs = Date.parse(at);
    this.keep({ writer: writer.id, seq, head, at, ...signature });
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
      const checkpoint = this.#unsynced.shift() as AuditCheckpoint;
      this.#delivery = this.#delivery.then(() => this.#handOver(checkpoint));
    }
  }

  /** Resolves when the anchors have what they were given. */
  delivered(): Promise<void> {
    return this.#delivery;
  }

  async #handOver(checkpoint: AuditCheckpoint): Promise<void> {
    const handed = await Promise.allSettled(this.#anchors.map((sink) => anchor(sink, checkpoint)));
    for (const result of handed) if (result.status === 'rejected') this.#onFailure(result.reason);
  }
}
