import { ChunkPool } from './chunk-pool';
import { KeptLines, textsOf } from './kept-lines';
import { LineEncoder, type ChainPosition } from './line-encoder';

/** Bytes of a buffer, from one place to another. */
export interface PendingLines {
  readonly chunk: Buffer;
  readonly from: number;
  readonly to: number;
}

/** The lines of a writer in memory: those that are not written yet, and those that may have to be written again. */
export class LineBuffer {
  readonly #encoder: LineEncoder;
  /** What is not on disk, or was written after the file was last looked at. */
  readonly #kept = new KeptLines((chunk) => this.#recycle(chunk));
  readonly #chunks = new ChunkPool();
  #chunk: Buffer = this.#chunks.take();
  /** Encoded and not written: from the one to the other. */
  #start = 0;
  #end = 0;

  constructor(position: ChainPosition) {
    this.#encoder = new LineEncoder(position);
  }

  /** Where the next record comes: `seq` is that of the one before. */
  get position(): ChainPosition {
    return this.#encoder;
  }

  get pending(): PendingLines {
    return { chunk: this.#chunk, from: this.#start, to: this.#end };
  }

  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  get keptBytes(): number {
    return this.#kept.size;
  }

  add(text: string): void {
    const room = LineEncoder.roomFor(text);
    if (this.#end + room > this.#chunk.length) this.#takeChunk(room);
    this.#end = this.#encoder.encode(this.#chunk, this.#end, text);
  }

  /** The first of what was pending, so many bytes, is written. */
  noteWritten(bytes: number): void {
    const to = this.#start + bytes;
    this.#kept.add(this.#chunk, this.#start, to);
    this.#start = to;
  }

  /** Forgets so many of the bytes that are written, from the oldest on. */
  release(bytes: number): void {
    this.#kept.release(bytes);
  }

  /** Forgets what is pending; the chain goes on from a position before it. */
  dropPending(to: ChainPosition): void {
    this.#end = this.#start;
    this.#encoder.seq = to.seq;
    this.#encoder.head = to.head;
  }

  /** Forgets everything; the chain goes on from a position before it. */
  clear(to: ChainPosition): void {
    this.#kept.release(this.#kept.size);
    this.#start = 0;
    this.#end = 0;
    this.dropPending(to);
  }

  /** The records that are remembered, in their order, without their `{"seq":…,`. */
  texts(): string[] {
    return [...this.#kept.texts(), ...textsOf(this.#chunk.subarray(this.#start, this.#end))];
  }

  /** Lets go of memory that only a burst has needed. */
  trim(): void {
    this.#chunks.trim();
  }

  /** What was written stays in the old one until it is synced; what is pending moves to the new one. */
  #takeChunk(room: number): void {
    const old = this.#chunk;
    const pending = this.pendingBytes;
    this.#chunk = this.#chunks.take(2 * pending + room);
    old.copy(this.#chunk, 0, this.#start, this.#end);
    this.#start = 0;
    this.#end = pending;
    if (!this.#kept.holds(old)) this.#recycle(old);
  }

  #recycle(chunk: Buffer): void {
    if (chunk !== this.#chunk) this.#chunks.give(chunk);
  }
}
