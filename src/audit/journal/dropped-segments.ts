import type { DroppedSegment } from './journal-record';
import type { TrailFault } from './trail-report';

/** A chain whose first segments are gone, as its first line tells. */
export interface UnprovenStart {
  readonly writer: string;
  readonly file: string;
  /** The segment that the chain begins with now. */
  readonly segment: number;
  readonly seq: number;
  /** The hash of the last record that is gone, as the first one left names it; the hash of that one covers it. */
  readonly previous: string;
}

/** What the `retain` records of a trail say was dropped: of each writer, the last segment, which proves those before. */
export class DroppedSegments {
  readonly #last = new Map<string, DroppedSegment>();

  add(dropped: DroppedSegment): void {
    const known = this.#last.get(dropped.writer);
    if (known === undefined || known.segment < dropped.segment) this.#last.set(dropped.writer, dropped);
  }

  /** The last record of a writer that was dropped; 0 where none was. */
  lastSeqOf(writer: string): number {
    return this.#last.get(writer)?.lastSeq ?? 0;
  }

  /** Of each writer, the last segment that was dropped. */
  get last(): Iterable<DroppedSegment> {
    return this.#last.values();
  }

  /** What is wrong with a beginning, unless just what is missing before it was dropped. */
  faultOf(start: UnprovenStart): TrailFault | undefined {
    const { writer, file, segment, seq, previous } = start;
    const last = this.#last.get(writer);
    const place = { file, line: 1, seq };
    // A record tells of all that is about to be removed: a crash, or a disk that fails, leaves some of it there.
    if (last !== undefined && last.segment >= segment) return undefined;
    if (last?.segment !== segment - 1) {
      const gone = (last?.segment ?? 0) + 1;
      const message = `segments ${gone} to ${segment - 1} are missing, and no retain record tells of it`;
      return { ...place, class: 'missing-segment', message };
    }
    if (seq === last.lastSeq + 1 && previous === last.sealHash) return undefined;
    return { ...place, class: 'edit', message: 'the record does not follow the segment that was dropped before it' };
  }
}
