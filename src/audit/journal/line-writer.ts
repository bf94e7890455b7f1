import { FileDamage } from './file-damage';
import { isWrittenAnew } from './kept-lines';
import { LineBuffer } from './line-buffer';
import type { ChainPosition } from './line-encoder';
import type { Segment } from './segment';
import { SyncMarks, type SyncMark } from './sync-marks';

/** After how many bytes the file is held against its path at the latest. */
const checkBytes = 4_194_304;

/**
 * Writes the lines of a chain to one segment after the other and syncs them. It keeps what is not on disk yet, so that
 * this can be written again to another file.
 */
export class LineWriter {
  readonly #lines: LineBuffer;
  readonly #marks: SyncMarks;
  #segment: Segment | undefined;

  constructor(position: ChainPosition, segment: Segment | undefined) {
    this.#lines = new LineBuffer(position);
    this.#marks = new SyncMarks(position, segment?.size ?? 0);
    this.#segment = segment;
  }

  get segment(): Segment | undefined {
    return this.#segment;
  }

  /** Where the next record comes: `seq` is that of the one before. */
  get position(): ChainPosition {
    return this.#lines.position;
  }

  /** The last record that is known to be on disk, and the size of the file then. */
  get synced(): SyncMark {
    return this.#marks.synced;
  }

  /** What was on disk when the file was found to be in its place. */
  get checked(): ChainPosition {
    return this.#marks.checked;
  }

  /** The last record that is written. */
  get written(): ChainPosition {
    return this.#marks.written;
  }

  get pendingBytes(): number {
    return this.#lines.pendingBytes;
  }

  get unsyncedBytes(): number {
    return this.#marks.unsyncedBytes;
  }

  add(text: string): void {
    this.#lines.add(text);
  }

  /** Writes what is pending; where that fails, it stays pending. */
  writeOut(): void {
    const { chunk, from, to } = this.#lines.pending;
    if (from === to || this.#segment === undefined) return;
    this.#segment.write(chunk, from, to);
    this.#noteWritten(to - from, this.position);
  }

  /** Forgets what is pending, as if it had never been added. */
  dropPending(): void {
    this.#lines.dropPending(this.#marks.written);
  }

  /**
   * Syncs what is written by now, and from time to time looks after the file; `done` is told nothing of a segment that is
   * not written any more by then.
   */
  sync(done: (error: Error | null) => void): void {
    const segment = this.#segment;
    if (segment === undefined) {
      done(null);
      return;
    }
    const mark = this.#marks.mark(segment.size);
    segment.sync((error) => {
      if (segment !== this.#segment) done(null);
      else if (error !== null) done(error);
      else {
        this.#marks.noteSynced(mark);
        if (this.#isCheckDue) this.check((damage) => done(damage ?? null));
        else done(null);
      }
    });
  }

  /** The same in the caller's turn. */
  syncNow(): void {
    const segment = this.#segment;
    if (segment === undefined) return;
    segment.syncNow();
    this.#marks.noteSynced(this.#marks.mark(segment.size));
    if (!this.#isCheckDue) return;
    const damage = this.damageNow();
    if (damage !== undefined) throw damage;
  }

  /** Looks whether the file is what this writer has left there, without waiting for the disk. */
  check(done: (damage: FileDamage | undefined) => void): void {
    const segment = this.#segment;
    if (segment === undefined) {
      done(undefined);
      return;
    }
    const mark = this.#marks.synced;
    segment.check((finding) => {
      if (segment !== this.#segment) done(undefined);
      else if (finding === undefined) {
        this.#noteChecked(mark);
        done(undefined);
      } else if (finding instanceof FileDamage) done(finding);
      else {
        // That it cannot be looked at proves nothing; but what is kept for that must not grow for ever.
        if (this.#lines.keptBytes > 8 * checkBytes) this.#noteChecked(mark);
        done(undefined);
      }
    });
  }

  /** The same in the caller's turn. */
  damageNow(): FileDamage | undefined {
    if (this.#segment === undefined) return undefined;
    try {
      const damage = this.#segment.damageNow();
      if (damage === undefined) this.#noteChecked(this.#marks.synced);
      return damage;
    } catch {
      return undefined;
    }
  }

  /** Goes on with another segment, which `begin` writes the first lines of: they are on disk before anything else is. */
  beginSegment(segment: Segment, begin: () => void): void {
    const before = this.#marks.synced;
    this.#segment = segment;
    try {
      begin();
      this.writeOut();
      this.syncNow();
    } catch (error) {
      this.#marks.synced = before;
      throw error;
    }
    this.#marks.beginFile();
    this.#lines.release(this.#lines.keptBytes);
  }

  /** Closes the segment, if there is one: what was promised has been synced. */
  close(): void {
    this.#segment?.close();
    this.#segment = undefined;
  }

  /** Closes the segment and forgets everything behind a record; the chain goes on from there. */
  goBack(to: ChainPosition): void {
    this.close();
    this.#marks.goBack(to);
    this.#lines.clear(to);
  }

  /** Of what is remembered, the events and gaps behind a record: anything else names places in the chain. */
  textsAfter(seq: number): string[] {
    const texts = this.#lines.texts();
    return texts.slice(Math.max(0, seq - this.#marks.checked.seq)).filter(isWrittenAnew);
  }

  /** Lets go of memory that only a burst has needed. */
  trim(): void {
    this.#lines.trim();
  }

  get #isCheckDue(): boolean {
    return this.#marks.isCheckOverdue || this.#lines.keptBytes - this.unsyncedBytes >= checkBytes;
  }

  #noteWritten(bytes: number, through: ChainPosition): void {
    this.#lines.noteWritten(bytes);
    this.#marks.noteWritten(through, bytes);
  }

  #noteChecked(mark: SyncMark): void {
    this.#lines.release(this.#marks.noteChecked(mark));
  }
}
