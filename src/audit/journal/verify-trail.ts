import * as v from 'valibot';
import { callable, text } from '../../option-values';
import { checkOptions } from '../../validate-options';
import { ChainVerifier } from './chain-verifier';
import { DroppedSegments, type UnprovenStart } from './dropped-segments';
import { readLineBlocks } from './line-blocks';
import { readVerifyingKey, type VerifyingKey } from './verifying-key';
import type { TrailAnchor } from './read-anchors';
import { AnchorTable } from './trail-anchors';
import { voidFrom } from './segment-opening';
import { decodeLine } from './journal-record';
import { linesOf } from './segment-records';
import { listQuarantined, listSegments, listStrangers, listWriters, type WriterDirectory } from './trail-layout';
import {
  makeReport,
  type QuarantinedWriter,
  type TrailFault,
  type TrailReport,
  type WriterReport,
} from './trail-report';

/** How far a verification has come. */
export interface VerifyProgress {
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
}

/** Settings of {@link verifyTrail}. */
export interface VerifyTrailOptions {
  /**
   * The keys that are trusted, as PEM: every checkpoint, seal and retain record has to be signed by one of them. Default:
   * none; signatures are checked against the key that the trail itself names, which proves nothing about who wrote it.
   */
  readonly publicKey?: string | readonly string[];
  /** What was handed to places that the writers cannot change; `readAnchors` reads a file of them. Default: none. */
  readonly anchors?: Iterable<TrailAnchor> | AsyncIterable<TrailAnchor>;
  /** Told after about every megabyte. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

const isIterable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);

const optionsSchema = v.strictObject({
  publicKey: v.optional(v.union([text, v.array(text)])),
  anchors: v.optional(
    v.custom<Iterable<TrailAnchor> | AsyncIterable<TrailAnchor>>(
      isIterable,
      'a list of anchors, or what readAnchors gives',
    ),
  ),
  onProgress: v.optional(callable<(progress: VerifyProgress) => void>()),
});

/** A trail that is written while it is read may be read again this often, until what is missing is not just moved. */
const maxPasses = 10;

/**
 * Reads every byte of an audit trail and tells whether it is what its writers wrote. Works on a copy as well as while
 * writers are at work; needs no process but this one, and memory that does not grow with the trail.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, `TREFOIL_AUDIT_TRAIL` where the trail cannot be read, `TREFOIL_AUDIT_KEY` where a key cannot
 *
 * @example
 * ```ts
 * import { readAnchors, verifyTrail } from 'trefoil';
 *
 * const { verdict, firstBad } = await verifyTrail('var/audit', { anchors: readAnchors('/mnt/other/anchors.ndjson') });
 * if (verdict === 'tampered') console.error(firstBad?.file, firstBad?.line, firstBad?.message);
 * ```
 */
export async function verifyTrail(root: string, options: VerifyTrailOptions = {}): Promise<TrailReport> {
  checkOptions(optionsSchema, options, 'verifyTrail');
  const keys = [options.publicKey ?? []].flat().map((key) => readVerifyingKey(key));
  // Before the trail: whatever is anchored by now is in the trail already.
  const anchors = await AnchorTable.of(options.anchors ?? [], keys);
  for (let pass = 1; ; pass += 1) {
    const before = await listFiles(root);
    const report = await new TrailVerifier(root, keys, anchors, options.onProgress).verify();
    if (report.firstBad === undefined || pass === maxPasses || (await listFiles(root)) === before) return report;
  }
}

class TrailVerifier {
  readonly #root: string;
  readonly #keys: readonly VerifyingKey[];
  readonly #anchors: AnchorTable;
  readonly #dropped = new DroppedSegments();
  readonly #onProgress: VerifyTrailOptions['onProgress'];
  #records = 0;
  #bytes = 0;

  constructor(
    root: string,
    keys: readonly VerifyingKey[],
    anchors: AnchorTable,
    onProgress: VerifyTrailOptions['onProgress'],
  ) {
    this.#root = root;
    this.#keys = keys;
    this.#anchors = anchors;
    this.#onProgress = onProgress;
  }

  async verify(): Promise<TrailReport> {
    const directories = await listWriters(this.#root);
    const found: (readonly [WriterReport, UnprovenStart | undefined])[] = [];
    for (const directory of directories) found.push(await this.#verifyWriter(directory));
    const strangers = (await listStrangers(this.#root)).map(strangerFault);
    const missing = this.#missingWriters(directories);
    const others = [this.#anchors.fault ?? [], strangers, missing, duplicates(directories)].flat();
    return makeReport(
      found.map(([report, start]) => this.#withProvenStart(report, start)),
      others,
      await Promise.all((await listQuarantined(this.#root)).map(countRecords)),
    );
  }

  async #verifyWriter(directory: WriterDirectory): Promise<readonly [WriterReport, UnprovenStart | undefined]> {
    const anchors = this.#anchors.of(directory.writer);
    const isHeld = this.#keys.length > 0 || !this.#anchors.isEmpty;
    const chain = new ChainVerifier(directory, { keys: this.#keys, anchors, isHeld, dropped: this.#dropped });
    const segments = await listSegments(directory.path);
    for (const [index, segment] of segments.entries()) {
      chain.beginSegment(segment, await voidFrom(segment, segments[index + 1]));
      for await (const { bytes, isUnfinished } of readLineBlocks(segment.file)) {
        if (isUnfinished) chain.unfinished(bytes);
        else chain.lines(bytes);
        this.#bytes += bytes.length;
        this.#onProgress?.({ file: segment.file, records: this.#records + chain.records, bytes: this.#bytes });
      }
    }
    const report = chain.end();
    this.#records += report.records;
    return [report, chain.unprovenStart];
  }

  /** Known only when the whole trail was read. */
  #withProvenStart(report: WriterReport, start: UnprovenStart | undefined): WriterReport {
    const fault = report.fault ?? (start && this.#dropped.faultOf(start));
    return fault === report.fault ? report : { ...report, isComplete: false, fault };
  }

  #missingWriters(directories: readonly WriterDirectory[]): TrailFault[] {
    const there = new Set(directories.map(({ writer }) => writer));
    const horizon = this.#retainedFrom();
    return [...this.#anchors.writers].flatMap((writer) => {
      const anchors = this.#anchors.of(writer);
      const { lastSeq: seq } = anchors;
      const isDropped = this.#dropped.lastSeqOf(writer) >= seq || (anchors.timeThrough(seq) ?? horizon) < horizon;
      if (there.has(writer) || isDropped) return [];
      const message = `nothing is left of writer ${writer}, of which record ${seq} is anchored`;
      return { class: 'missing-writer' as const, file: this.#root, line: 0, seq, message };
    });
  }

  /**
   * When the newest segment ended that retention has dropped, by its anchor. As the oldest goes first, whatever ended
   * before is gone rightly, even if the record that told so has been dropped since; the empty text if nothing was.
   */
  #retainedFrom(): string {
    const times = [...this.#dropped.last].map(({ writer, lastSeq }) => this.#anchors.of(writer).timeThrough(lastSeq));
    return times.reduce<string>((latest, time = '') => (time > latest ? time : latest), '');
  }
}

async function countRecords({
  writer,
  path,
}: {
  readonly writer: string;
  readonly path: string;
}): Promise<QuarantinedWriter> {
  let records = 0;
  for (const { file } of await listSegments(path)) {
    for await (const block of readLineBlocks(file)) {
      for (const line of linesOf(block)) if (decodeLine(line) !== undefined) records += 1;
    }
  }
  return { writer, path, records };
}

function strangerFault(file: string): TrailFault {
  const message = 'it has the name of a part of the trail, but is a link or another kind of file: it was not read';
  return { class: 'foreign-file', file, line: 0, seq: 0, message };
}

/** A writer has one directory, under one of its names. */
function duplicates(directories: readonly WriterDirectory[]): TrailFault[] {
  return directories
    .filter(({ writer }, index) => directories[index - 1]?.writer === writer)
    .map(({ writer, path }) => {
      const message = `writer ${writer} has two directories`;
      return { class: 'duplicate' as const, file: path, line: 0, seq: 0, message };
    });
}

/** Tells whether directories or segments came, went or moved. */
async function listFiles(root: string): Promise<string> {
  const files: string[] = [];
  for (const { path } of await listWriters(root)) {
    files.push(path, ...(await listSegments(path)).map(({ file }) => file));
  }
  return files.join('\n');
}
