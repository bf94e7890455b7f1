import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { OnJournalReport } from './adopt-writers';
import { tooOldBefore } from './age-limit';
import type { AuditCheckpoint } from './anchors';
import { isTrusted, readSealed, type SealedSegment } from './finished-segment';
import { decodeLine, signedText, type DroppedSegment, type JournalRecord } from './journal-record';
import type { JournalWriter } from './journal-writer';
import { recordText } from './line-encoder';
import { scanLines } from './scan-lines';
import { readRoot, readSegments, type SegmentFile, type WriterDirectory } from './writer-directory';
import type { WriterSettings } from './writer-settings';

/** How much of a root is kept. */
export interface RetentionLimits {
  /** How many full files' worth of bytes, over all writers. */
  readonly maxFiles: number;
  readonly maxSegmentBytes: number;
  readonly maxAgeDays?: number | undefined;
}

interface Finished extends SegmentFile {
  readonly writer: string;
  readonly size: number;
  readonly sealed: SealedSegment;
}

/**
 * Removes the oldest finished segments of a root where they are too much or too old, never one before those in front of
 * it. Only what a valid seal proves counts, with a key only what a trusted one has signed: neither the times of files nor
 * their names. What the segments were is on disk first, in a record right behind the `open` of the segment that was just
 * begun; it takes over what such records say in the segments that go.
 */
export class Retention {
  readonly #limits: RetentionLimits;
  readonly #settings: WriterSettings;
  readonly #report: OnJournalReport;
  readonly #begun = performance.now();
  /** What has been reported: the same files are looked at again and again. */
  readonly #reported = new Set<string>();

  constructor(limits: RetentionLimits, settings: WriterSettings, report: OnJournalReport) {
    this.#limits = limits;
    this.#settings = settings;
    this.#report = report;
  }

  /** Whether there is anything to be removed. */
  isDue(): boolean {
    return this.#choose(this.#ownWriters()).length > 0;
  }

  /** `onRecorded` is told of the checkpoint that vouches for the record of what goes, before anything does. */
  run(writer: JournalWriter, onRecorded: (checkpoint: AuditCheckpoint) => void): void {
    const writers = this.#ownWriters();
    const leaving = this.#choose(writers);
    if (leaving.length === 0) return;
    const news = leaving.map(droppedOf);
    const isGone = ({ writer: id }: DroppedSegment): boolean => !writers.some((one) => one.writer === id);
    const known = leaving
      .flatMap(({ path }) => retainedIn(path))
      .filter((one) => !isGone(one) && !news.some(({ writer: id }) => id === one.writer));
    onRecorded(writeRecord(writer, [...lastOfEach(known), ...news]));
    for (const { path, sealed } of leaving) {
      removeFile(path);
      const { seal, firstSeq, endedAt } = sealed;
      const what = `records ${firstSeq} to ${seal.seq}, until ${new Date(endedAt).toISOString()}`;
      this.#report(path, new Error(`it is beyond maxFiles or maxAgeDays and was removed: ${what}`), 'warn');
    }
    for (const directory of writers) tidy(directory);
  }

  /** Another user's are that one's to limit. */
  #ownWriters(): WriterDirectory[] {
    const { maxFiles, maxAgeDays } = this.#limits;
    if (maxFiles === Number.POSITIVE_INFINITY && maxAgeDays === undefined) return [];
    const own = process.geteuid?.();
    return readRoot(this.#settings.root).writers.filter(({ path }) => own === undefined || uidOf(path) === own);
  }

  /** The oldest in front of any writer's queue, one by one. A segment that proves nothing stays, and so do those behind. */
  #choose(writers: readonly WriterDirectory[]): Finished[] {
    const files = writers.map((directory) => ({ directory, files: finishedOf(directory) }));
    const { maxFiles, maxSegmentBytes, maxAgeDays } = this.#limits;
    const maxBytes = maxFiles * maxSegmentBytes;
    // Most often there is little enough, whatever the files are.
    const most = files.reduce((sum, each) => each.files.reduce((size, file) => size + file.size, sum), 0);
    if (most <= maxBytes && maxAgeDays === undefined) return [];
    const queues = files.map(({ directory, files: segments }) => this.#proven(directory, segments));
    let bytes = queues.flat().reduce((sum, { size }) => sum + size, 0);
    const before = this.#tooOldBefore(queues.flat());
    const leaving: Finished[] = [];
    for (;;) {
      const fronts = queues.flatMap((queue) => queue.slice(0, 1));
      const oldest = fronts.reduce<Finished | undefined>(
        (least, one) => (least === undefined || one.sealed.endedAt < least.sealed.endedAt ? one : least),
        undefined,
      );
      if (oldest === undefined || (bytes <= maxBytes && oldest.sealed.endedAt >= before)) return leaving;
      queues.find(([first]) => first === oldest)?.shift();
      leaving.push(oldest);
      bytes -= oldest.size;
    }
  }

  #proven({ writer }: WriterDirectory, segments: readonly (SegmentFile & { readonly size: number })[]): Finished[] {
    const proven: Finished[] = [];
    for (const segment of segments) {
      const sealed = tryToRead(segment, writer);
      if (sealed === undefined) this.#tell(segment.path, 'it has no seal at its end, and is not removed');
      else if (!isTrusted(sealed, writer, this.#settings.trusted)) {
        this.#tell(segment.path, 'no trusted key has signed its seal: it is neither counted nor removed');
      } else {
        proven.push({ ...segment, writer, sealed });
        continue;
      }
      break;
    }
    return proven;
  }

  #tooOldBefore(files: readonly Finished[]): number {
    const { maxAgeDays } = this.#limits;
    if (maxAgeDays === undefined) return Number.NEGATIVE_INFINITY;
    const now = Date.now();
    const since = now - (performance.now() - this.#begun);
    const endings = files.map(({ sealed }) => sealed.endedAt);
    const { before, isClockAhead } = tooOldBefore({ maxAgeDays, now, since, endings });
    if (isClockAhead) {
      const newest = new Date(Math.max(...endings.filter((time) => time <= now))).toISOString();
      const why = `the clock is far ahead of the newest file, of ${newest}: nothing is removed for its age`;
      this.#tell(this.#settings.root, why);
    }
    return before;
  }

  #tell(where: string, message: string): void {
    const known = `${where} ${message}`;
    if (this.#reported.has(known)) return;
    this.#reported.add(known);
    this.#report(where, new Error(message), 'warn');
  }
}

/** The segments of a writer that are not written any more. */
function finishedOf({ state, path }: WriterDirectory): (SegmentFile & { readonly size: number })[] {
  const segments = readSegments(path);
  const finished = state === 'sealed' ? segments : state === 'live' ? segments.slice(0, -1) : [];
  return finished.flatMap((segment) => {
    const stats = fs.lstatSync(segment.path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? [{ ...segment, size: stats.size }] : [];
  });
}

/** A file that another process removes meanwhile proves nothing either. */
function tryToRead(segment: SegmentFile, writer: string): SealedSegment | undefined {
  try {
    return readSealed(segment, writer);
  } catch {
    return undefined;
  }
}

function uidOf(path: string): number | undefined {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.uid;
}

function droppedOf({ writer, number, sealed }: Finished): DroppedSegment {
  const { firstSeq, seal, sealHash } = sealed;
  return { writer, segment: number, firstSeq, lastSeq: seal.seq, head: seal.head, sealHash };
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

/** Nobody believes the record unless a checkpoint vouches for it. */
function writeRecord(writer: JournalWriter, dropped: readonly DroppedSegment[]): AuditCheckpoint {
  const seq = writer.position.seq + 1;
  const at = new Date().toISOString();
  const digest = createHash('sha256').update(JSON.stringify(dropped)).digest('hex');
  const signature = writer.key?.sign(signedText('retain', writer.id, seq, digest));
  writer.add(recordText('retain', at, { dropped, ...signature }));
  const checkpoint = writer.addCheckpoint(at);
  writer.restore([]);
  return checkpoint;
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

function parse(body: Buffer): JournalRecord | undefined {
  try {
    return JSON.parse(body.toString()) as JournalRecord;
  } catch {
    return undefined;
  }
}
