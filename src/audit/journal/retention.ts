import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { OnJournalReport } from './adopt-writers';
import { decodeLine, signedText, type DroppedSegment, type JournalRecord } from './journal-record';
import type { JournalWriter, WriterSettings } from './journal-writer';
import { recordText } from './line-encoder';
import { scanLines } from './scan-lines';
import type { SigningKey } from './signing-key';
import { readRoot, readSegments, type SegmentFile, type WriterDirectory } from './writer-directory';

/** How much of a root is kept. */
export interface RetentionLimits {
  /** Over all writers. */
  readonly maxFiles: number;
  readonly maxAgeDays?: number | undefined;
}

interface Candidate extends SegmentFile {
  readonly writer: string;
  readonly endedAt: number;
}

interface Leaving {
  readonly path: string;
  readonly dropped: DroppedSegment;
}

/** A seal is shorter than this. */
const sealBytes = 4_096;

const dayMs = 86_400_000;

/**
 * Removes the oldest finished segments of a root that are too many or too old, never one before those in front of it.
 * What they were is on disk first, in a record right behind the `open` of the segment that was just begun; it takes over
 * what such records say in the segments that go.
 */
export function retain(
  limits: RetentionLimits,
  { root, key }: WriterSettings,
  writer: JournalWriter,
  report: OnJournalReport,
): void {
  if (limits.maxFiles === Number.POSITIVE_INFINITY && limits.maxAgeDays === undefined) return;
  const { writers } = readRoot(root);
  const queues = writers.map(finishedOf);
  const count = writers.reduce((sum, { path }) => sum + readSegments(path).length, 0);
  const leaving = choose(queues, count, limits, report);
  if (leaving.length === 0) return;
  const news = leaving.map(({ dropped }) => dropped);
  const isGone = ({ writer: id }: DroppedSegment): boolean => !writers.some((one) => one.writer === id);
  const known = leaving
    .flatMap(({ path }) => retainedIn(path))
    .filter((one) => !isGone(one) && !news.some(({ writer: id }) => id === one.writer));
  writeRecord(writer, key, [...lastOfEach(known), ...news]);
  for (const { path } of leaving) removeFile(path);
  for (const directory of writers) tidy(directory);
}

/** The segments of a writer that are not written any more. */
function finishedOf({ writer, state, path }: WriterDirectory): Candidate[] {
  const segments = readSegments(path);
  const finished = state === 'sealed' ? segments : state === 'live' ? segments.slice(0, -1) : [];
  return finished.map((segment) => ({ ...segment, writer, endedAt: changedAt(segment.path) }));
}

/** The oldest in front of any writer's queue, one by one. A segment that cannot be described stays, and so do those behind. */
function choose(
  queues: Candidate[][],
  count: number,
  { maxFiles, maxAgeDays }: RetentionLimits,
  report: OnJournalReport,
): Leaving[] {
  const tooOld = maxAgeDays === undefined ? Number.NEGATIVE_INFINITY : Date.now() - maxAgeDays * dayMs;
  const leaving: Leaving[] = [];
  for (;;) {
    const fronts = queues.flatMap((queue) => queue.slice(0, 1));
    const oldest = fronts.reduce<Candidate | undefined>(
      (least, one) => (least === undefined || one.endedAt < least.endedAt ? one : least),
      undefined,
    );
    if (oldest === undefined) return leaving;
    if (count - leaving.length <= maxFiles && oldest.endedAt >= tooOld) return leaving;
    const queue = queues.find(([first]) => first === oldest);
    const dropped = describe(oldest);
    if (dropped === undefined) {
      report(oldest.path, new Error('it has no seal at its end, and is not removed'), 'warn');
      queue?.splice(0);
      continue;
    }
    leaving.push({ path: oldest.path, dropped });
    queue?.shift();
  }
}

function describe({ path, writer, number }: Candidate): DroppedSegment | undefined {
  const [first] = scanLines(path);
  const open = first && decodeLine(first.bytes);
  const last = decodeLine(lastLine(path));
  if (open === undefined || last === undefined) return undefined;
  const seal = parse(last.body);
  const firstSeq = parse(open.body)?.seq;
  if (seal?.kind !== 'seal' || firstSeq === undefined) return undefined;
  return { writer, segment: number, firstSeq, lastSeq: seal.seq, head: seal.head, sealHash: last.hash };
}

function lastLine(path: string): Buffer {
  const descriptor = fs.openSync(path, 'r');
  try {
    const { size } = fs.fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, sealBytes));
    fs.readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.subarray(tail.lastIndexOf(0x0a, -2) + 1);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What a segment says of others that are gone; such records stand right behind its `open`. */
function retainedIn(path: string): DroppedSegment[] {
  const dropped: DroppedSegment[] = [];
  for (const { bytes } of scanLines(path)) {
    const decoded = decodeLine(bytes);
    const record = decoded && parse(decoded.body);
    if (record?.kind === 'open' || record?.kind === 'checkpoint') continue;
    if (record?.kind !== 'retain') break;
    dropped.push(...record.dropped);
  }
  return dropped;
}

/** The last segment that is gone stands for those before it. */
function lastOfEach(dropped: readonly DroppedSegment[]): DroppedSegment[] {
  const last = new Map<string, DroppedSegment>();
  for (const one of dropped) {
    if ((last.get(one.writer)?.segment ?? 0) < one.segment) last.set(one.writer, one);
  }
  return [...last.values()];
}

function writeRecord(writer: JournalWriter, key: SigningKey | undefined, dropped: readonly DroppedSegment[]): void {
  const seq = writer.position.seq + 1;
  const digest = createHash('sha256').update(JSON.stringify(dropped)).digest('hex');
  const signature = key?.sign(signedText('retain', writer.id, seq, digest));
  writer.restore([recordText('retain', new Date().toISOString(), { dropped, ...signature })]);
}

/**
 * Takes a file out of its directory at once. Its space is given back by whoever closes it last, which takes up to 100 ms
 * where it was large: not in the turn of a caller who happens to log an event (bench: audit).
 */
function removeFile(path: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(path, 'r');
  } catch {
    // It can be removed without.
  }
  try {
    fs.rmSync(path, { force: true });
  } finally {
    if (descriptor !== undefined) fs.close(descriptor, () => undefined);
  }
}

/** Nothing is left of a writer of whom there are no segments. */
function tidy({ state, path }: WriterDirectory): void {
  if (state !== 'sealed') return;
  const names = fs.existsSync(path) ? fs.readdirSync(path) : [];
  if (names.some((name) => !/^(lease\.json(\.new)?|ballast|.*\.torn)$/.test(name))) return;
  fs.rmSync(path, { recursive: true, force: true });
}

function changedAt(path: string): number {
  try {
    return fs.statSync(path).mtimeMs;
  } catch {
    return Date.now();
  }
}

function parse(body: Buffer): JournalRecord | undefined {
  try {
    return JSON.parse(body.toString()) as JournalRecord;
  } catch {
    return undefined;
  }
}
