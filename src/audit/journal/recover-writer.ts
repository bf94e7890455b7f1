import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { sealCheckpoint, type AuditCheckpoint } from './anchors';
import { releaseBallastIn } from './ballast';
import type { ChainDamage, RecoveryRecord } from './journal-record';
import { JournalWriter, type ChainEnd } from './journal-writer';
import { recordText } from './line-encoder';
import { openToChange, replaceFile } from './safe-open';
import type { ChainScan } from './scan-chain';
import { scanFromSeal } from './scan-from-seal';
import { Segment } from './segment';
import { directoryNameOf, readSegments, syncDirectory, type SegmentFile } from './writer-directory';
import type { WriterSettings } from './writer-settings';

/** What came of a recovery. */
export interface Recovered {
  /** Intents whose outcome nobody knows. */
  readonly unknown: number;
  /** What kept the chain from being ended in order. */
  readonly damage?: ChainDamage;
  /** The end of the chain, for the anchors. */
  readonly seal?: AuditCheckpoint;
  /** Where the directory is, if it is set aside because no trusted key has signed anything in it. */
  readonly quarantined?: string;
}

/**
 * Ends the chain of a writer that is gone, in a directory that this process has adopted: half a line at the end is
 * copied aside and removed, intents without an outcome get the outcome `unknown`, and the chain is sealed. A chain that
 * is damaged anywhere else is left as it is. Where there is a key, so is one that no trusted key has signed: it may be
 * anybody’s invention, and is set aside. It takes steps, each of which gives how many bytes it has read, so that the
 * process can do other work between them.
 */
export function* recoverWriter(settings: WriterSettings, id: string, directory: string): Generator<number, Recovered> {
  const { root, trusted } = settings;
  const { segments, empty } = withoutEmptyEnd(readSegments(directory));
  const last = segments.at(-1);
  if (last === undefined) {
    fs.rmSync(directory, { recursive: true });
    return { unknown: 0 };
  }
  const scan = yield* scanFromSeal(segments, id, trusted);
  const holdsAnything = scan.position.seq > 0 || scan.damage !== undefined;
  if (trusted.length > 0 && scan.witnessedThrough === 0 && holdsAnything) {
    const quarantined = join(root, directoryNameOf(id, 'quarantined'));
    fs.renameSync(directory, quarantined);
    syncDirectory(root);
    return { unknown: 0, quarantined };
  }
  // Before anything is written: on a full disk, it is the room in which the chain is ended.
  releaseBallastIn(directory);
  for (const { path } of empty) fs.rmSync(path);
  if (scan.damage !== undefined) {
    fs.renameSync(directory, join(root, directoryNameOf(id, 'sealed')));
    return { unknown: 0, damage: { writer: id, ...scan.damage } };
  }
  const aside = cutTail(last, scan.tornAt);
  const writer = JournalWriter.adopt(settings, id, directory, endOf(last, scan));
  const witness = trusted.length === 0 ? {} : { witnessedThrough: scan.witnessedThrough };
  const seal = scan.seal?.closed === true ? undefined : writeEnd(writer, scan, { ...aside, ...witness });
  writer.release();
  writer.leave();
  return { unknown: scan.intents.length, ...(seal === undefined ? {} : { seal }) };
}

/** Who was killed right after a file was made has left it without a byte; the one before is where the chain may be torn. */
function withoutEmptyEnd(all: readonly SegmentFile[]): {
  readonly segments: SegmentFile[];
  readonly empty: SegmentFile[];
} {
  const segments = [...all];
  const empty: SegmentFile[] = [];
  for (let last = segments.at(-1); segments.length > 1 && last !== undefined; last = segments.at(-1)) {
    if (fs.lstatSync(last.path).size > 0) break;
    empty.push(last);
    segments.pop();
  }
  return { segments, empty };
}

/** Copies half a line to a file of its own, and removes it. */
function cutTail({ path, name }: SegmentFile, tornAt: number): Pick<RecoveryRecord, 'truncatedBytes' | 'aside'> {
  const descriptor = openToChange(path, fs.constants.O_RDWR);
  try {
    const tail = Buffer.alloc(fs.fstatSync(descriptor).size - tornAt);
    const aside = `${name}.torn`;
    if (tail.length === 0) return copiedBefore(join(dirname(path), aside), aside);
    fs.readSync(descriptor, tail, 0, tail.length, tornAt);
    // Whoever came before and was killed may have left one: the tail is only removed once it is copied.
    replaceFile(join(dirname(path), aside), tail, { flush: true });
    syncDirectory(dirname(path));
    fs.ftruncateSync(descriptor, tornAt);
    fs.fsyncSync(descriptor);
    return { truncatedBytes: tail.length, aside };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Who was killed behind the copy has left it without a record. */
function copiedBefore(path: string, aside: string): Pick<RecoveryRecord, 'truncatedBytes' | 'aside'> {
  const found = fs.lstatSync(path, { throwIfNoEntry: false });
  const truncatedBytes = found?.isFile() === true ? found.size : 0;
  return truncatedBytes === 0 ? { truncatedBytes } : { truncatedBytes, aside };
}

/** Where the chain goes on: behind a seal, or in the place of a file without a record, with a new file. */
function endOf({ path, number }: SegmentFile, { position, seal, isLastEmpty }: ChainScan): ChainEnd {
  if (isLastEmpty) {
    fs.rmSync(path);
    return { position, segment: number - 1, open: undefined };
  }
  return { position, segment: number, open: seal === undefined ? Segment.reopen(path, number) : undefined };
}

function writeEnd(
  writer: JournalWriter,
  { intents }: ChainScan,
  found: Pick<RecoveryRecord, 'truncatedBytes' | 'aside' | 'witnessedThrough'>,
): AuditCheckpoint {
  const at = new Date().toISOString();
  if (!writer.isOpen) writer.openSegment(at);
  const outcomes = intents.map(({ event }) => recordText('outcome', at, { event: { ...event, status: 'unknown' } }));
  writer.restore([recordText('recovery', at, { ...found, unknown: intents.length }), ...outcomes]);
  return sealCheckpoint(writer, writer.seal(at, true));
}
