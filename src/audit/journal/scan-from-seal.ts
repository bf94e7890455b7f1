import { readSealed, type SealedSegment } from './finished-segment';
import type { ChainPosition } from './line-encoder';
import { scanChain, type ChainScan } from './scan-chain';
import type { VerifyingKey } from './verifying-key';
import { isWitness } from './witness';
import type { SegmentFile } from './writer-directory';

/** Where the rest of a chain begins. */
interface ScanStart {
  readonly index: number;
  readonly position: ChainPosition;
}

/** What is read of a finished segment, about: its first record and its last ones. */
const readOfSealed = 32_768;

/**
 * Follows a chain that nobody writes any more to where it ends, as `scanChain` does, but from the last seal on, or from
 * the oldest intent that had no outcome there. What is in front is believed for its seals, each of which has to name the
 * segment before. With a key, a trusted signature behind that place has to vouch for it: the hashes that it covers
 * stand for all before. Where anything is not in order, the whole chain is read.
 */
export function* scanFromSeal(
  segments: readonly SegmentFile[],
  writer: string,
  trusted: readonly VerifyingKey[],
): Generator<number, ChainScan> {
  const isWitnessHere = (record: Parameters<typeof isWitness>[0]): boolean => isWitness(record, writer, trusted);
  const start = yield* findStart(segments, writer);
  if (start !== undefined) {
    const scan = yield* scanChain(segments.slice(start.index), isWitnessHere, start.position);
    if (scan.damage === undefined && (trusted.length === 0 || scan.witnessedThrough > 0)) return scan;
  }
  return yield* scanChain(segments, isWitnessHere);
}

/** `undefined` where nothing spares the reading of the first segment, or the seals do not fit together. */
function* findStart(segments: readonly SegmentFile[], writer: string): Generator<number, ScanStart | undefined> {
  const finished: SealedSegment[] = [];
  for (const segment of segments.slice(0, -1)) {
    const sealed = tryToRead(segment, writer);
    if (sealed === undefined || !isNextTo(finished.at(-1), sealed)) return undefined;
    finished.push(sealed);
    yield readOfSealed;
  }
  const intentsFrom = finished.at(-1)?.seal.intentsFrom;
  if (!Number.isInteger(intentsFrom)) return undefined;
  const oldest = segments.findIndex(({ number }) => number >= (intentsFrom as number));
  const before = finished[oldest - 1];
  if (before === undefined) return undefined;
  return { index: oldest, position: { seq: before.seal.seq, head: before.sealHash } };
}

function isNextTo(before: SealedSegment | undefined, { firstSeq, previousHead }: SealedSegment): boolean {
  return before === undefined || (firstSeq === before.seal.seq + 1 && previousHead === before.sealHash);
}

function tryToRead(segment: SegmentFile, writer: string): SealedSegment | undefined {
  try {
    return readSealed(segment, writer);
  } catch {
    return undefined;
  }
}
