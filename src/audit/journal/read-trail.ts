import { voidFrom } from './segment-opening';
import { readBackwards, readForwards, type OnUnreadable, type TrailRecord } from './segment-records';
import {
  findWriter,
  listSegments,
  listStrangers,
  listWriters,
  type Segment,
  type WriterDirectory,
} from './trail-layout';

/** How a trail is read. */
export interface ReadRecordsOptions {
  /** The order in which records were made, over all writers, or the last first. Default `asc`. */
  readonly order?: 'asc' | 'desc' | undefined;
  /**
   * Told of lines that are no record, and of links and the like in the place of files (line 0), which are passed over. Not
   * told of a last line without an end.
   */
  readonly onUnreadable?: OnUnreadable | undefined;
}

/**
 * The records of a trail, of all writers together in the order in which they were made, without verifying them. Memory
 * does not grow with the trail, but with the writers that were at work at the same time. Segments and writers may come,
 * go and be renamed meanwhile; what is written after the beginning may be missing.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_TRAIL` where the trail cannot be read
 */
export async function* readRecords(root: string, options: ReadRecordsOptions = {}): AsyncGenerator<TrailRecord> {
  const isLastFirst = options.order === 'desc';
  const waiting: Cursor[] = [];
  for (const path of await listStrangers(root)) {
    options.onUnreadable?.(path, 0, new Error('it is a link or another kind of file, and is not read'));
  }
  for (const directory of await listWriters(root)) {
    const cursor = new Cursor(root, directory, options);
    if (await cursor.peek()) waiting.push(cursor);
  }
  const isBefore = (one: Cursor, other: Cursor): boolean => (isLastFirst ? one.at > other.at : one.at < other.at);
  waiting.sort((one, other) => (isBefore(one, other) ? 1 : isBefore(other, one) ? -1 : 0));
  const active: Cursor[] = [];
  try {
    yield* merge(waiting, active, isBefore);
  } finally {
    // Whoever reads may have had enough before the end.
    for (const cursor of active) await cursor.close();
  }
}

/** Always the first of the records that the writers have to give; writers become active when it is their turn. */
async function* merge(
  waiting: Cursor[],
  active: Cursor[],
  isBefore: (one: Cursor, other: Cursor) => boolean,
): AsyncGenerator<TrailRecord> {
  for (;;) {
    let first = active.reduce<Cursor | undefined>(
      (least, one) => (least && !isBefore(one, least) ? least : one),
      undefined,
    );
    for (let next = waiting.at(-1); next && (!first || !isBefore(first, next)); next = waiting.at(-1)) {
      active.push(next);
      waiting.pop();
      if (!first || isBefore(next, first)) first = next;
    }
    if (first === undefined) return;
    const record = await first.take();
    if (first.isDone) active.splice(active.indexOf(first), 1);
    if (record !== undefined) yield record;
  }
}

/** Where reading one writer has come to. */
class Cursor {
  /** When the next record was made. */
  at = '';
  isDone = false;
  readonly #root: string;
  #directory: WriterDirectory;
  readonly #options: ReadRecordsOptions;
  #batches: AsyncGenerator<TrailRecord[]> | undefined;
  #batch: TrailRecord[] = [];
  #index = 0;

  constructor(root: string, directory: WriterDirectory, options: ReadRecordsOptions) {
    this.#root = root;
    this.#directory = directory;
    this.#options = options;
  }

  /** Finds out when the first record was made, and holds nothing until it is taken; false where there is none. */
  async peek(): Promise<boolean> {
    const batches = this.#readWriter(() => undefined);
    const { value } = (await batches.next()) as { readonly value: TrailRecord[] | undefined };
    await batches.return(undefined);
    this.at = value?.[0]?.record.at ?? '';
    return value !== undefined;
  }

  async take(): Promise<TrailRecord | undefined> {
    if (this.#batches === undefined) {
      this.#batches = this.#readWriter(this.#options.onUnreadable ?? (() => undefined));
      await this.#nextBatch();
    }
    const taken = this.#batch[this.#index];
    this.#index += 1;
    if (this.#index >= this.#batch.length) await this.#nextBatch();
    this.at = this.#batch[this.#index]?.record.at ?? this.at;
    return taken;
  }

  async close(): Promise<void> {
    await this.#batches?.return(undefined);
  }

  async #nextBatch(): Promise<void> {
    this.#index = 0;
    const next = (await this.#batches?.next()) as IteratorResult<TrailRecord[], undefined>;
    this.#batch = next.value ?? [];
    this.isDone = next.done === true;
  }

  /** Batches with at least one record. */
  async *#readWriter(onUnreadable: OnUnreadable): AsyncGenerator<TrailRecord[]> {
    const segments = await this.#segments();
    if (this.#options.order === 'desc') segments.reverse();
    for (const { number } of segments) {
      // The directory may have been renamed by now, and the segment removed.
      for (let isFound = false; !isFound;) {
        for await (const batch of this.#readSegment(number, onUnreadable)) {
          isFound = true;
          if (batch.length > 0) yield batch;
        }
        if (isFound || !(await this.#hasMoved())) break;
      }
    }
  }

  async *#readSegment(number: number, onUnreadable: OnUnreadable): AsyncGenerator<TrailRecord[]> {
    const segments = await listSegments(this.#directory.path);
    const index = segments.findIndex((one) => one.number === number);
    const segment = segments[index];
    if (segment === undefined) return;
    const end = await voidFrom(segment, segments[index + 1]);
    const { writer } = this.#directory;
    if (this.#options.order === 'desc') yield* readBackwards(segment, writer, end, onUnreadable);
    else yield* readForwards(segment, writer, end, onUnreadable);
  }

  async #segments(): Promise<Segment[]> {
    const segments = await listSegments(this.#directory.path);
    return segments.length === 0 && (await this.#hasMoved()) ? listSegments(this.#directory.path) : segments;
  }

  async #hasMoved(): Promise<boolean> {
    const now = await findWriter(this.#root, this.#directory.writer);
    if (now === undefined || now.path === this.#directory.path) return false;
    this.#directory = now;
    return true;
  }
}
