import { access } from 'node:fs/promises';
import { TrefoilError } from '../../errors';
import { readLineBlocks } from './line-blocks';

/** A checkpoint or seal as it was handed to a place that the writer cannot change. */
export interface TrailAnchor {
  readonly writer: string;
  /** Of the checkpoint or seal. */
  readonly seq: number;
  /** The hash of the record before it, 64 hex digits. */
  readonly head: string;
  readonly at?: string;
  /** Of a seal: whether the chain ends with it. */
  readonly closed?: boolean;
  readonly keyId?: string;
  readonly signature?: string;
}

/**
 * The anchors in a file, one JSON object per line. A last line without an end is passed over.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_TRAIL`
 *
 * @example
 * ```ts
 * import { readAnchors, verifyTrail } from 'trefoil';
 *
 * const report = await verifyTrail('var/audit', { anchors: readAnchors('/mnt/other/anchors.ndjson') });
 * console.log(report.anchoredThrough);
 * ```
 */
export async function* readAnchors(file: string): AsyncGenerator<TrailAnchor> {
  let line = 0;
  try {
    await access(file);
    for await (const { bytes, isUnfinished } of readLineBlocks(file)) {
      if (isUnfinished) return;
      for (const text of bytes.toString().split('\n').slice(0, -1)) {
        line += 1;
        if (text !== '') yield parseAnchor(text);
      }
    }
  } catch (error) {
    throw anchorsError(line === 0 ? file : `${file}:${line}`, error as Error);
  }
}

function anchorsError(where: string, cause: Error): TrefoilError {
  const todo = 'Give a file that `audit.anchors` has written, and run as a user who may read it.';
  return new TrefoilError(
    'TREFOIL_AUDIT_TRAIL',
    { attempted: 'Reading the anchors of an audit trail', where, why: cause.message, todo },
    { cause },
  );
}

function parseAnchor(text: string): TrailAnchor {
  const anchor = JSON.parse(text) as Partial<TrailAnchor> | null;
  const isWhole =
    typeof anchor?.writer === 'string' &&
    Number.isSafeInteger(anchor.seq) &&
    typeof anchor.head === 'string' &&
    /^[0-9a-f]{64}$/.test(anchor.head);
  if (!isWhole) throw new Error('the line is no anchor: expected {"writer","seq","head",…}');
  return anchor as TrailAnchor;
}
