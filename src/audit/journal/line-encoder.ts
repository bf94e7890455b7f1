import { hash } from 'node:crypto';
import { escapeJson } from '../../redaction/escape-text';
import { bodyAt, frameRecord, hashInputStart, lineOverhead } from './journal-record';

/** Where a chain stands. */
export interface ChainPosition {
  /** The number of the last record. */
  readonly seq: number;
  /** Its hash, 64 hex digits. */
  readonly head: string;
}

export const emptyChain: ChainPosition = { seq: 0, head: '0'.repeat(64) };

/**
 * Writes records into a buffer, each following the one before. What is hashed and what is written share their bytes: the
 * prefix and the previous hash stand in front of the body until its hash is known, and then give way to the frame
 * (bench: audit).
 */
export class LineEncoder implements ChainPosition {
  seq: number;
  head: string;

  constructor({ seq, head }: ChainPosition) {
    this.seq = seq;
    this.head = head;
  }

  /** How many bytes the line of a record may need at most. */
  static roomFor(body: string): number {
    // A character that is escaped takes six bytes for each of its UTF-16 units.
    return body.length * 6 + lineOverhead + 32;
  }

  /** Where the line ends. `rest` is the record's JSON without its `{"seq":…,`; the buffer must have room for it. */
  encode(buffer: Buffer, at: number, rest: string): number {
    const seq = this.seq + 1;
    const body = `{"seq":${seq},${rest}`;
    const start = at + bodyAt;
    let length = buffer.write(body, start);
    // JSON.stringify has escaped what is below the space: only other scripts and DEL can need more.
    if (length !== body.length || body.includes('\u007f')) length = buffer.write(escapeJson(body), start);
    const previous = this.head;
    const from = hashInputStart(buffer, at, previous);
    const head = hash('sha256', buffer.subarray(from, start + length), 'hex');
    this.seq = seq;
    this.head = head;
    return frameRecord(buffer, at, { previous, head, bodyLength: length });
  }
}

/** A record without its `seq`, as the encoder takes it; `fields` has at least one. */
export function recordText(kind: string, at: string, fields: object): string {
  return `"kind":"${kind}","at":"${at}",${JSON.stringify(fields).slice(1)}`;
}
