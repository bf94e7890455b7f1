import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';

/** A directory of one writer in the root of a journal. */
export interface WriterDirectory {
  readonly writer: string;
  /**
   * `sealed` is over; `new` is being made, and holds nothing that was promised to anybody; `quarantined` is set aside,
   * because nothing shows that a trusted writer has made it.
   */
  readonly state: 'live' | 'sealed' | 'adopted' | 'new' | 'quarantined';
  /** Who has adopted it. */
  readonly adopter: string | undefined;
  readonly path: string;
}

/** A file of a writer's records. */
export interface SegmentFile {
  readonly number: number;
  readonly name: string;
  readonly path: string;
}

const writerId = 'w-[0-9a-f]{16}';
const directoryName = new RegExp(
  `^(${writerId})(?:\\.(live|new)|\\.(adopted)-(${writerId})|\\.(quarantined)-[0-9a-f]{8})?$`,
);
const segmentFileName = /^[^.].*-(\d{8})\.ndjson$/;

export const expectedFilePrefix = 'letters, digits, dots, dashes and underscores';

export function isFilePrefix(prefix: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(prefix);
}

export function newWriterId(): string {
  return `w-${randomBytes(8).toString('hex')}`;
}

/** The name of a writer's directory in a state. */
export function directoryNameOf(writer: string, state: WriterDirectory['state'], adopter?: string): string {
  if (state === 'sealed') return writer;
  if (state === 'adopted') return `${writer}.adopted-${adopter}`;
  // There may be several of one name.
  if (state === 'quarantined') return `${writer}.quarantined-${randomBytes(4).toString('hex')}`;
  return `${writer}.${state}`;
}

export function segmentName(prefix: string, number: number, day: string | undefined): string {
  return `${prefix}-${day === undefined ? '' : `${day}-`}${String(number).padStart(8, '0')}.ndjson`;
}

/** What the name of a directory in a root says of it; `undefined` where it is no writer's. */
export function parseDirectoryName(name: string): Omit<WriterDirectory, 'path'> | undefined {
  const [, writer, open, adopted, adopter, quarantined] = directoryName.exec(name) ?? [];
  if (writer === undefined) return undefined;
  const state = (open ?? adopted ?? quarantined ?? 'sealed') as WriterDirectory['state'];
  return { writer, state, adopter };
}

/** The number of a segment, by its name; `undefined` where the file is none. */
export function segmentNumberOf(name: string): number | undefined {
  const digits = segmentFileName.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The writers of a root, and what else lies in it. */
export function readRoot(root: string): { readonly writers: WriterDirectory[]; readonly foreign: string[] } {
  const writers: WriterDirectory[] = [];
  const foreign: string[] = [];
  for (const entry of fs.readdirSync(root, { withFileTypes: true })) {
    const parsed = parseDirectoryName(entry.name);
    if (parsed === undefined || !entry.isDirectory()) foreign.push(entry.name);
    else writers.push({ ...parsed, path: join(root, entry.name) });
  }
  return { writers, foreign };
}

/** The segments of a writer in their order; none where the directory is gone. */
export function readSegments(directory: string): SegmentFile[] {
  const segments: SegmentFile[] = [];
  for (const name of namesIn(directory)) {
    const number = segmentNumberOf(name);
    if (number !== undefined) segments.push({ number, name, path: join(directory, name) });
  }
  return segments.sort((one, other) => one.number - other.number);
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Makes the names in a directory durable: without it a crash can lose a whole file. */
export function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
