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
  return (await entriesOf(root)).flatMap((entry) => {
    const parsed = entry.isDirectory() ? parseDirectoryName(entry.name) : undefined;
    // One that is being made holds nothing yet that was promised to anybody; one that is set aside is no part of it.
    if (parsed === undefined || parsed.state === 'new' || parsed.state === 'quarantined') return [];
    return [{ writer: parsed.writer, path: join(root, entry.name), isClosed: parsed.state === 'sealed' }];
  });
}

/** The directories that are set aside. */
export async function listQuarantined(root: string): Promise<Omit<WriterDirectory, 'isClosed'>[]> {
  return (await entriesOf(root)).flatMap((entry) => {
    const parsed = entry.isDirectory() ? parseDirectoryName(entry.name) : undefined;
    return parsed?.state === 'quarantined' ? [{ writer: parsed.writer, path: join(root, entry.name) }] : [];
  });
}

/**
 * What has the name of a writer's directory, or of a segment, but is a link, a pipe or the like: nothing of it is read,
 * for no writer makes it.
 */
export async function listStrangers(root: string): Promise<string[]> {
  const named = (await entriesOf(root)).filter(({ name }) => parseDirectoryName(name) !== undefined);
  const inside = named.filter((entry) => entry.isDirectory()).map(({ name }) => strangersIn(join(root, name)));
  const outside = named.filter((entry) => !entry.isDirectory()).map(({ name }) => join(root, name));
  return [...outside, ...(await Promise.all(inside)).flat()];
}

/** Nothing of a directory that is gone, or cannot be read: whoever reads its records says so. */
async function strangersIn(directory: string): Promise<string[]> {
  return (await entriesOf(directory).catch(() => []))
    .filter((entry) => segmentNumberOf(entry.name) !== undefined && !entry.isFile())
    .map(({ name }) => join(directory, name));
}

/** By name. */
async function entriesOf(directory: string): Promise<fs.Dirent[]> {
  const entries = await fs.promises
    .readdir(directory, { withFileTypes: true })
    .catch((cause: NodeJS.ErrnoException) => {
      throw trailError(directory, cause);
    });
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
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
