import { monotonicMs } from '../../call/clock';
import type { ChainPosition } from './line-encoder';

/** A place in the chain, and in the file that it ends in. */
export interface SyncMark extends ChainPosition {
  readonly size: number;
  /** How many bytes the writer had written by then, over all of its files. */
  readonly through: number;
}

/** How often the file is held against its path, in milliseconds. */
const checkIntervalMs = 1_000;

/** How far a writer's chain is written, how far it is on disk, and how far its file was found to be in its place. */
export class SyncMarks {
  written: ChainPosition;
  synced: SyncMark;
  writtenBytes = 0;
  #checked: SyncMark;
  #checkedAt = monotonicMs();

  constructor(position: ChainPosition, size: number) {
    this.written = position;
    this.synced = { ...position, size, through: 0 };
    this.#checked = this.synced;
  }

  /** What was on disk when the file was found to be in its place. */
  get checked(): SyncMark {
    return this.#checked;
  }

  get unsyncedBytes(): number {
    return this.writtenBytes - this.synced.through;
  }

  get isCheckOverdue(): boolean {
    return monotonicMs() - this.#checkedAt >= checkIntervalMs;
  }

  /** What is written by now to a file of that size. */
  mark(size: number): SyncMark {
    return { ...this.written, size, through: this.writtenBytes };
  }

  noteWritten(position: ChainPosition, bytes: number): void {
    this.written = { seq: position.seq, head: position.head };
    this.writtenBytes += bytes;
  }

  noteSynced(mark: SyncMark): void {
    if (mark.through >= this.synced.through) this.synced = mark;
  }

  /** Gives how many bytes need not be remembered any more. */
  noteChecked(mark: SyncMark): number {
    const bytes = mark.through - this.#checked.through;
    if (bytes < 0) return 0;
    this.#checked = mark;
    this.#checkedAt = monotonicMs();
    return bytes;
  }

  /** The file is a new one, and on disk as far as it is written. */
  beginFile(): void {
    this.#checked = this.synced;
  }

  /** The chain goes on from there, and nothing behind it counts. */
  goBack({ seq, head }: ChainPosition): void {
    this.synced = { ...this.synced, seq, head, through: this.writtenBytes };
    this.written = this.synced;
    this.#checked = this.synced;
  }
}
