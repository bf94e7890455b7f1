import * as fs from 'node:fs';
import { decodeLine, hashRecord, type DecodedLine, type JournalRecord, type SealRecord } from './journal-record';
import { readOnly } from './safe-open';
import { scanLines } from './scan-lines';
import type { VerifyingKey } from './verifying-key';
import { isWitness } from './witness';
import type { SegmentFile } from './writer-directory';

/** What the seal of a segment proves about it. */
export interface SealedSegment {
  readonly firstSeq: number;
  /** The hash of the seal of the segment before, as its first record names it. */
  readonly previousHead: string | undefined;
  readonly seal: SealRecord;
  /** The hash of the seal, which the next segment follows. */
  readonly sealHash: string;
  /**
   * When the record before the seal was made, in milliseconds since the Unix epoch: the seal names the hash of that
   * record, so that nobody changes this time without the key.
   */
  readonly endedAt: number;
}

/** So much of the end of a file is read first; a record before the seal may be longer. */
const tailBytes = 16_384;
/** So much of its beginning is read at once: there is one record to be found. */
const firstBytes = 16_384;

/**
 * Reads what the seal at the end of a segment proves; `undefined` where there is none, where it does not follow the
 * record before it, or where it is another segment's. Neither the name of the file nor its times count.
 */
export function readSealed({ path, number }: SegmentFile, writer: string): SealedSegment | undefined {
  const [first] = scanLines(path, firstBytes);
  const opening = first && decodeLine(first.bytes);
  const open = opening && parse(opening.body);
  if (open?.kind !== 'open' || open.writer !== writer || open.segment !== number) return undefined;
  const [before, last] = lastLines(path);
  const seal = last && parse(last.body);
  const record = before && parse(before.body);
  if (last === undefined || before === undefined || record === undefined || seal?.kind !== 'seal') return undefined;
  if (seal.head !== before.hash || seal.seq !== record.seq + 1 || !follows(last, seal.head)) return undefined;
  const endedAt = Date.parse(record.at);
  if (Number.isNaN(endedAt)) return undefined;
  return { firstSeq: open.seq, previousHead: open.previous?.head, seal, sealHash: last.hash, endedAt };
}

/** Whether a trusted key has signed the seal; where no key is trusted, nothing can tell. */
export function isTrusted({ seal }: SealedSegment, writer: string, trusted: readonly VerifyingKey[]): boolean {
  return trusted.length === 0 || isWitness(seal, writer, trusted);
}

/** The last two lines of a file, the one before the last checked against the hash of the one before it. */
function lastLines(path: string): readonly [DecodedLine | undefined, DecodedLine | undefined] {
  const descriptor = fs.openSync(path, readOnly);
  try {
    const { size } = fs.fstatSync(descriptor);
    for (let length = Math.min(size, tailBytes); ; length = Math.min(size, length * 4)) {
      const tail = Buffer.alloc(length);
      const read = fs.readSync(descriptor, tail, 0, length, size - length);
      const lines = linesAtEnd(tail.subarray(0, read), length === size);
      if (lines !== undefined) return chained(lines);
      if (length === size) return [undefined, undefined];
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The last three whole lines, or two of a file that has no more; `undefined` where more has to be read. */
function linesAtEnd(tail: Buffer, isWholeFile: boolean): (DecodedLine | undefined)[] | undefined {
  const lines: (DecodedLine | undefined)[] = [];
  let end = tail.length;
  while (lines.length < 3 && end > 0) {
    const start = tail.lastIndexOf(0x0a, end - 2) + 1;
    if (start === 0 && !isWholeFile) return undefined;
    lines.unshift(decodeLine(tail.subarray(start, end)));
    end = start;
  }
  return lines.length < 2 ? undefined : lines;
}

function chained(
  lines: readonly (DecodedLine | undefined)[],
): readonly [DecodedLine | undefined, DecodedLine | undefined] {
  const [before, last] = lines.slice(-2);
  if (lines.length < 3 || before === undefined) return [before, last];
  const previous = lines[0]?.hash;
  return previous !== undefined && follows(before, previous) ? [before, last] : [undefined, last];
}

/** Whether a line is what its hash says, behind the record of that hash. */
function follows({ previous, hash, body }: DecodedLine, head: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(head) || previous !== head.slice(0, 16)) return false;
  return hashRecord(Buffer.from(head, 'hex'), body).toString('hex') === hash;
}

function parse(body: Buffer): JournalRecord | undefined {
  try {
    return JSON.parse(body.toString()) as JournalRecord;
  } catch {
    return undefined;
  }
}
