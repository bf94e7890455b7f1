import { signedText, type JournalRecord } from './journal-record';
import type { VerifyingKey } from './verifying-key';
import type { TrailAnchor } from './read-anchors';
import type { TrailFault } from './trail-report';

/** The anchors of a trail by writer, in order; the one thing of verification that grows, by one small entry for each checkpoint. */
export class AnchorTable {
  readonly #writers = new Map<string, WriterAnchors>();
  /** The first anchor whose signature is none. */
  fault: TrailFault | undefined;

  /** With keys, each anchor has to be signed by one of them. */
  static async of(
    anchors: Iterable<TrailAnchor> | AsyncIterable<TrailAnchor>,
    keys: readonly VerifyingKey[],
  ): Promise<AnchorTable> {
    const table = new AnchorTable();
    for await (const anchor of anchors) {
      if (keys.length > 0 && !isSigned(anchor, keys)) table.fault ??= forged(anchor);
      else table.#add(anchor);
    }
    for (const writer of table.#writers.values()) writer.sort();
    return table;
  }

  get writers(): Iterable<string> {
    return this.#writers.keys();
  }

  get isEmpty(): boolean {
    return this.#writers.size === 0;
  }

  of(writer: string): WriterAnchors {
    return this.#writers.get(writer) ?? new WriterAnchors();
  }

  #add(anchor: TrailAnchor): void {
    let anchors = this.#writers.get(anchor.writer);
    if (anchors === undefined) this.#writers.set(anchor.writer, (anchors = new WriterAnchors()));
    anchors.add(anchor);
  }
}

/** What of an anchor is held against the chain. */
type WriterAnchor = Pick<TrailAnchor, 'seq' | 'head' | 'at' | 'closed'>;

/** The anchors of one writer. */
export class WriterAnchors {
  readonly #anchors: WriterAnchor[] = [];

  add({ seq, head, at, closed }: TrailAnchor): void {
    this.#anchors.push({ seq, head, ...(at === undefined ? {} : { at }), ...(closed === undefined ? {} : { closed }) });
  }

  /** Several places may hold the same ones, one after the other. */
  sort(): void {
    this.#anchors.sort((one, other) => one.seq - other.seq);
  }

  /** The record that the anchor at an index stands for; none has that number behind the last. */
  seqAt(index: number): number {
    return this.#anchors[index]?.seq ?? Number.POSITIVE_INFINITY;
  }

  /** Whether a record is what the anchor at an index says, as far as it says it. */
  agrees(index: number, record: JournalRecord): boolean {
    if (record.kind !== 'checkpoint' && record.kind !== 'seal') return false;
    const { head, at = record.at, closed = record.kind === 'seal' && record.closed } = this.#anchors[index] ?? {};
    return head === record.head && at === record.at && closed === (record.kind === 'seal' && record.closed);
  }

  /** The last record that an anchor stands for; 0 without any. */
  get lastSeq(): number {
    return this.#anchors.at(-1)?.seq ?? 0;
  }

  /** When the last anchored record up to this one was made. */
  timeThrough(seq: number): string | undefined {
    return this.#anchors.findLast((anchor) => anchor.seq <= seq)?.at;
  }
}

/** Holds one chain, record by record, against its anchors. */
export class AnchorCursor {
  readonly #anchors: WriterAnchors;
  #index = 0;
  /** The record that the next anchor stands for. */
  nextSeq: number;
  /** The last anchored record, and when it was made. */
  through = 0;
  at: string | undefined;

  constructor(anchors: WriterAnchors) {
    this.#anchors = anchors;
    this.nextSeq = anchors.seqAt(0);
  }

  /** Passes over what is not there to be compared. */
  skipTo(seq: number): void {
    while (this.nextSeq < seq) this.#step();
  }

  /** Whether the record that the next anchors stand for is what they say. */
  agrees(record: JournalRecord): boolean {
    for (; this.nextSeq === record.seq; this.#step()) if (!this.#anchors.agrees(this.#index, record)) return false;
    this.through = record.seq;
    this.at = record.at;
    return true;
  }

  /** Whether anchors stand for records behind the last one. */
  isBeyond(lastSeq: number): boolean {
    return this.#anchors.lastSeq > lastSeq;
  }

  #step(): void {
    this.#index += 1;
    this.nextSeq = this.#anchors.seqAt(this.#index);
  }
}

function isSigned({ writer, seq, head, keyId, signature }: TrailAnchor, keys: readonly VerifyingKey[]): boolean {
  const key = keys.find((each) => each.keyId === keyId);
  if (key === undefined || signature === undefined) return false;
  return (['checkpoint', 'seal'] as const).some((kind) => key.verify(signedText(kind, writer, seq, head), signature));
}

function forged({ writer, seq }: TrailAnchor): TrailFault {
  const message = `an anchor of writer ${writer} is not signed by a trusted key`;
  return { class: 'forged-anchor', file: writer, line: 0, seq, message };
}
