import { decodeLine, type JournalRecord, type OpenRecord } from './journal-record';
import { readLineBlocks } from './line-blocks';
import type { Segment } from './trail-layout';

/** The record that a body is, if it opens a segment. */
export function readOpening(body: Buffer): OpenRecord | undefined {
  try {
    const record = JSON.parse(body.toString()) as JournalRecord;
    return record.kind === 'open' ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * From which line on a segment is void: its writer had to give it up there, because the disk failed, and wrote what was
 * not safe yet to the next one, whose first record says so.
 */
export async function voidFrom({ number }: Segment, next: Segment | undefined): Promise<number | undefined> {
  const opening = next === undefined ? undefined : await openingOf(next.file);
  const { writer, damaged } = opening ?? {};
  return damaged?.segment === number && damaged.writer === writer ? damaged.line : undefined;
}

async function openingOf(file: string): Promise<OpenRecord | undefined> {
  for await (const { bytes } of readLineBlocks(file)) {
    const body = decodeLine(bytes.subarray(0, bytes.indexOf(0x0a) + 1))?.body;
    return body === undefined ? undefined : readOpening(body);
  }
  return undefined;
}
