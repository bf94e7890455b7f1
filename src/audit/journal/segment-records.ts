import { decodeLine, type JournalRecord } from './journal-record';
import { readLineBlocks, readLineBlocksBackwards, type LineBlock } from './line-blocks';
import type { Segment } from './trail-layout';

/** Told of each line that is no record: the file, the number of the line from 1 on, 0 if not known, and what is wrong. */
export type OnUnreadable = (file: string, line: number, error: unknown) => void;

/** A record and where it was found. */
export interface TrailRecord {
  readonly writer: string;
  readonly file: string;
  /** From 1; 0 where the file was read from its end. */
  readonly line: number;
  readonly record: JournalRecord;
}

/** Each writer that is read at the time holds about this much of its file. */
const blockSize = 1 << 16;

/** The records of a segment, up to a line that is void, in batches. */
export async function* readForwards(
  { file }: Segment,
  writer: string,
  end: number | undefined,
  onUnreadable: OnUnreadable,
): AsyncGenerator<TrailRecord[]> {
  let line = 0;
  for await (const block of readLineBlocks(file, { size: blockSize })) {
    const lines = linesOf(block).slice(0, end === undefined ? undefined : end - 1 - line);
    yield lines.flatMap((bytes) => {
      line += 1;
      const record = parseLine(bytes, (error) => onUnreadable(file, line, error));
      return record === undefined ? [] : { writer, file, line, record };
    });
    if (end !== undefined && line >= end - 1) return;
  }
}

/** The same, the last first. */
export async function* readBackwards(
  { file }: Segment,
  writer: string,
  end: number | undefined,
  onUnreadable: OnUnreadable,
): AsyncGenerator<TrailRecord[]> {
  const offset = end === undefined ? undefined : await offsetOf(file, end);
  for await (const block of readLineBlocksBackwards(file, { end: offset, size: blockSize })) {
    yield linesOf(block)
      .reverse()
      .flatMap((bytes) => {
        const record = parseLine(bytes, (error) => onUnreadable(file, 0, error));
        return record === undefined ? [] : { writer, file, line: 0, record };
      });
  }
}

/** Where a line begins in its file. */
async function offsetOf(file: string, line: number): Promise<number> {
  let before = 0;
  for await (const block of readLineBlocks(file)) {
    let at = block.offset;
    for (const bytes of linesOf(block)) {
      before += 1;
      if (before === line) return at;
      at += bytes.length + 1;
    }
  }
  return Number.POSITIVE_INFINITY;
}

/** Without their line feeds. */
export function linesOf({ bytes, isUnfinished }: LineBlock): Buffer[] {
  const lines: Buffer[] = [];
  if (isUnfinished) return lines;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start);
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** The record that a line is; what is wrong with it is told. */
export function parseLine(line: Buffer, onUnreadable: (error: unknown) => void): JournalRecord | undefined {
  const body = decodeLine(line)?.body;
  try {
    if (body === undefined) throw new SyntaxError('the line is no record of an audit trail');
    return JSON.parse(body.toString()) as JournalRecord;
  } catch (error) {
    onUnreadable(error);
    return undefined;
  }
}
