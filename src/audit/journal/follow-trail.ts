import { readLineBlocks, readLineBlocksBackwards } from './line-blocks';
import { linesOf, parseLine, type TrailRecord } from './segment-records';
import { listSegments, listWriters, type Segment, type WriterDirectory } from './trail-layout';

/** Up to where a writer's records were read. */
interface Position {
  segment: number;
  offset: number;
  line: number;
  /** Closed and read to its end. */
  isDone: boolean;
}

/**
 * Reads on where it has stopped, over new segments and new writers. Remembers one position for each writer.
 */
export class TrailFollower {
  readonly #root: string;
  readonly #positions = new Map<string, Position>();

  private constructor(root: string) {
    this.#root = root;
  }

  /** Begins with what is written from now on. */
  static async fromEnd(root: string): Promise<TrailFollower> {
    const follower = new TrailFollower(root);
    for (const directory of await listWriters(root)) {
      const last = (await listSegments(directory.path)).at(-1);
      const position = { segment: last?.number ?? 0, offset: 0, line: 0, isDone: directory.isClosed };
      if (last !== undefined) position.offset = await endOfLines(last);
      follower.#positions.set(directory.writer, position);
    }
    return follower;
  }

  /** What was written since the last time, writer by writer. */
  async *poll(): AsyncGenerator<TrailRecord> {
    for (const directory of await listWriters(this.#root)) {
      const position = this.#positions.get(directory.writer) ?? { segment: 0, offset: 0, line: 0, isDone: false };
      if (position.isDone) continue;
      this.#positions.set(directory.writer, position);
      for (const segment of await listSegments(directory.path)) yield* readOn(segment, directory.writer, position);
      position.isDone = directory.isClosed && (await isStillThere(directory));
    }
  }
}

async function* readOn(segment: Segment, writer: string, position: Position): AsyncGenerator<TrailRecord> {
  if (segment.number < position.segment) return;
  if (segment.number > position.segment) Object.assign(position, { segment: segment.number, offset: 0, line: 0 });
  for await (const block of readLineBlocks(segment.file, { from: position.offset })) {
    for (const bytes of linesOf(block)) {
      position.offset += bytes.length + 1;
      position.line += 1;
      const record = parseLine(bytes, () => undefined);
      if (record !== undefined) yield { writer, file: segment.file, line: position.line, record };
    }
  }
}

/** Behind the last line that has an end. */
async function endOfLines({ file }: Segment): Promise<number> {
  for await (const { bytes, offset, isUnfinished } of readLineBlocksBackwards(file)) {
    return isUnfinished ? offset : offset + bytes.length;
  }
  return 0;
}

/** A directory that was renamed while it was read may not have been read to its end. */
async function isStillThere({ path }: WriterDirectory): Promise<boolean> {
  return (await listSegments(path)).length > 0;
}
