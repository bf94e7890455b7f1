import * as fs from 'node:fs';
import { join } from 'node:path';
import type { FileDamageCode } from './file-damage';
import { decodeLine, hashRecord, type ChainDamage } from './journal-record';
import { isEventText, isWrittenAnew, textOf } from './kept-lines';
import type { ChainPosition } from './line-encoder';
import { exclusive } from './safe-open';
import { scanDescriptor } from './scan-lines';
import { readRoot, syncDirectory } from './writer-directory';

/** So much at most is written anew of what had been in a directory that is gone, in UTF-16 units. */
const maxSalvaged = 33_554_432;

/** What could be saved of a segment whose file was damaged. */
export interface Salvage {
  /** To be written anew. */
  readonly texts: readonly string[];
  /** How many events were acknowledged and cannot be written anew. */
  readonly lost: number;
  readonly damage: ChainDamage;
  /** Whether the directory is not this writer's any more, so that another chain has to be begun. */
  readonly isHomeless: boolean;
}

/** A record of a damaged file that still follows the one before. */
export interface Survivor extends ChainPosition {
  /** Without its `{"seq":…,`. */
  readonly text: string;
  /** Where in the file the next one begins. */
  readonly end: number;
}

/** What was found in a damaged file. */
interface SavedFile {
  /** The last record that stays in the chain, and after how many lines of the file it comes. */
  readonly end: ChainPosition;
  readonly lines: number;
  readonly isHomeless: boolean;
  /** What was in the file and is to be written anew; all of it, where no file is left. */
  readonly rescued: { readonly texts: readonly string[]; readonly lost: number; readonly isAll: boolean };
}

/**
 * Finds what still follows each other in a damaged file, and puts it back in its place where that is gone; `undefined`
 * where the file cannot be read. `begin` is where the chain stood before the file, `synced` the last record on disk.
 */
export function saveFile(
  descriptor: number,
  { root, writer, directory, name }: Readonly<Record<'root' | 'writer' | 'directory' | 'name', string>>,
  found: { readonly code: FileDamageCode; readonly begin: ChainPosition; readonly synced: number },
): SavedFile | undefined {
  const isInPlace = found.code === 'file_cut' || found.code === 'file_grown';
  const isHomeless = !isInPlace && !fs.existsSync(directory);
  let survivors: Survivor[];
  try {
    survivors = [...survivorsIn(descriptor, found.begin)];
  } catch {
    return undefined;
  }
  // Of what is in its place, only what is known to be on disk stays.
  if (isInPlace) survivors = survivors.filter(({ seq }) => seq <= found.synced);
  const end = survivors.at(-1) ?? { ...found.begin, end: 0 };
  const isRestored = !isInPlace && !isHomeless && restoreFile(descriptor, end.end, directory, name);
  // One that an adopter has ended is where it was, and what is in it stays there.
  const isAdopted = isHomeless && findDirectory(root, writer) !== undefined;
  const isThere = isInPlace || isRestored || isAdopted;
  const { texts, lost } = isThere ? { texts: [], lost: 0 } : rescue(survivors);
  return { end, lines: isThere ? survivors.length : 0, isHomeless, rescued: { texts, lost, isAll: !isThere } };
}

/**
 * The records of an open file that follow each other from a position on, up to the first one that does not, or that an
 * adopter has written.
 */
export function* survivorsIn(descriptor: number, start: ChainPosition): Generator<Survivor> {
  let { seq, head } = start;
  for (const { bytes, offset } of scanDescriptor(descriptor)) {
    const decoded = bytes.at(-1) === 0x0a ? decodeLine(bytes) : undefined;
    if (decoded === undefined || decoded.previous !== head.slice(0, 16)) return;
    if (hashRecord(Buffer.from(head, 'hex'), decoded.body).toString('hex') !== decoded.hash) return;
    const text = textOf(decoded.body);
    if (text.startsWith('"kind":"recovery"')) return;
    seq += 1;
    head = decoded.hash;
    yield { seq, head, text, end: offset + bytes.length };
  }
}

/** The newest of them that are written anew, and how many events are beyond the limit. */
function rescue(survivors: readonly Survivor[]): { readonly texts: string[]; readonly lost: number } {
  const texts: string[] = [];
  let room = maxSalvaged;
  let lost = 0;
  for (const { text } of [...survivors].reverse()) {
    if (!isWrittenAnew(text)) continue;
    room -= text.length;
    if (room >= 0) texts.push(text);
    else if (isEventText(text)) lost += 1;
  }
  return { texts: texts.reverse(), lost };
}

/**
 * Puts the first bytes of a file that is still open back in its place, and gives whether that has worked; what has taken
 * that place is moved aside.
 */
export function restoreFile(descriptor: number, size: number, directory: string, name: string): boolean {
  const path = join(directory, name);
  try {
    if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      fs.renameSync(path, join(directory, `${name}.${Date.now()}.displaced`));
    }
    const copy = fs.openSync(path, fs.constants.O_WRONLY | exclusive, 0o600);
    try {
      copyBytes(descriptor, copy, size);
      fs.fsyncSync(copy);
    } finally {
      fs.closeSync(copy);
    }
    syncDirectory(directory);
    return true;
  } catch {
    fs.rmSync(path, { force: true });
    return false;
  }
}

function copyBytes(from: number, to: number, size: number): void {
  const buffer = Buffer.allocUnsafe(Math.min(size, 1_048_576));
  for (let at = 0; at < size;) {
    const read = fs.readSync(from, buffer, 0, Math.min(buffer.length, size - at), at);
    if (read === 0) throw new Error('the file became shorter while it was copied');
    for (let done = 0; done < read;) done += fs.writeSync(to, buffer, done, read - done);
    at += read;
  }
}

/** Where the directory of a writer is by now, under whatever name: another process may have adopted it. */
export function findDirectory(root: string, writer: string): string | undefined {
  try {
    return readRoot(root).writers.find((one) => one.writer === writer)?.path;
  } catch {
    return undefined;
  }
}
