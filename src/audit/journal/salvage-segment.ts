import * as fs from 'node:fs';
import { join } from 'node:path';
import { decodeLine, hashRecord } from './journal-record';
import { textOf } from './kept-lines';
import type { ChainPosition } from './line-encoder';
import { exclusive } from './safe-open';
import { scanDescriptor } from './scan-lines';
import { readRoot, syncDirectory } from './writer-directory';

/** A record of a damaged file that still follows the one before. */
export interface Survivor extends ChainPosition {
  /** Without its `{"seq":…,`. */
  readonly text: string;
  /** Where in the file the next one begins. */
  readonly end: number;
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
