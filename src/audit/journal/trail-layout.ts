import * as fs from 'node:fs';
import { join } from 'node:path';
import { TrefoilError } from '../../errors';
import { parseDirectoryName, segmentNumberOf } from './writer-directory';

/** The directory of one writer. */
export interface WriterDirectory {
  readonly writer: string;
  readonly path: string;
  /** Closed in order: no record will follow. Else it is written, adopted, or left behind by a crash. */
  readonly isClosed: boolean;
}

/** One file of a writer's chain. */
export interface Segment {
  /** From 1; orders the segments. */
  readonly number: number;
  readonly file: string;
}

/**
 * The directories of a trail's writers, by name; whatever else lies in the root is passed over.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_TRAIL`
 */
export async function listWriters(root: string): Promise<WriterDirectory[]> {
  const names = await fs.promises.readdir(root).catch((cause: NodeJS.ErrnoException) => {
    throw trailError(root, cause);
  });
  return names.sort().flatMap((name) => {
    const parsed = parseDirectoryName(name);
    // One that is being made holds nothing yet that was promised to anybody; one that is set aside is no part of it.
    if (parsed === undefined || parsed.state === 'new' || parsed.state === 'quarantined') return [];
    return [{ writer: parsed.writer, path: join(root, name), isClosed: parsed.state === 'sealed' }];
  });
}

/** The directories that are set aside. */
export async function listQuarantined(root: string): Promise<Omit<WriterDirectory, 'isClosed'>[]> {
  const names = await fs.promises.readdir(root).catch(() => []);
  return names.sort().flatMap((name) => {
    const parsed = parseDirectoryName(name);
    return parsed?.state === 'quarantined' ? [{ writer: parsed.writer, path: join(root, name) }] : [];
  });
}

/** Where a writer's directory is by now: it may have been adopted or closed since it was listed. */
export async function findWriter(root: string, writer: string): Promise<WriterDirectory | undefined> {
  return (await listWriters(root)).find((directory) => directory.writer === writer);
}

/** The segments in a writer's directory, in their order; nothing of a directory that is gone. */
export async function listSegments(directory: string): Promise<Segment[]> {
  const names = await fs.promises.readdir(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw trailError(directory, cause);
  });
  return names
    .flatMap((name) => {
      const number = segmentNumberOf(name);
      return number === undefined ? [] : [{ number, file: join(directory, name) }];
    })
    .sort((a, b) => a.number - b.number || (a.file < b.file ? -1 : 1));
}

/** What is wrong where a part of a trail cannot be read at all. */
export function trailError(where: string, cause: Error): TrefoilError {
  const todo = 'Give the directory that the audit backend writes, and run as a user who may read it.';
  return new TrefoilError(
    'TREFOIL_AUDIT_TRAIL',
    { attempted: 'Reading the audit trail', where, why: cause.message, todo },
    { cause },
  );
}
