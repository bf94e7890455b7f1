import { open, type FileHandle } from 'node:fs/promises';
import { readOnly } from './safe-open';
import { trailError } from './trail-layout';

/** Some whole lines of a file; `bytes` is good until the next block is asked for. */
export interface LineBlock {
  readonly bytes: Buffer;
  /** Of its first byte in the file. */
  readonly offset: number;
  /** The last block may be the part of a line that has no end yet. */
  readonly isUnfinished: boolean;
}

const lineFeed = 0x0a;
const blockSize = 1 << 20;
/** A longer line is none of ours: it is given as it is, in pieces, instead of being held in memory. */
const maxLineLength = 64 << 20;

/**
 * The lines of a file from an offset on, in blocks of about 1 MiB of memory that is used again. What is appended
 * meanwhile is read, too; a file that is gone gives nothing.
 */
export async function* readLineBlocks(file: string, { from = 0, size = blockSize } = {}): AsyncGenerator<LineBlock> {
  const handle = await openUnlessGone(file);
  if (handle === undefined) return;
  try {
    yield* forwards(handle, from, size);
  } finally {
    await handle.close();
  }
}

/** The same from the end, or another offset, to the beginning; the lines inside of a block keep their order. */
export async function* readLineBlocksBackwards(
  file: string,
  { end, size = blockSize }: { readonly end?: number | undefined; readonly size?: number } = {},
): AsyncGenerator<LineBlock> {
  const handle = await openUnlessGone(file);
  if (handle === undefined) return;
  try {
    yield* backwards(handle, end ?? (await handle.stat()).size, size);
  } finally {
    await handle.close();
  }
}

async function* forwards(handle: FileHandle, from: number, size: number): AsyncGenerator<LineBlock> {
  let buffer = Buffer.allocUnsafe(size);
  let offset = from;
  let filled = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) break;
    const isSearchedFrom = filled;
    filled += bytesRead;
    const end = buffer.subarray(isSearchedFrom, filled).lastIndexOf(lineFeed) + isSearchedFrom + 1;
    if (end > isSearchedFrom) {
      yield { bytes: buffer.subarray(0, end), offset, isUnfinished: false };
      buffer.copyWithin(0, end, filled);
      offset += end;
      filled -= end;
    } else if (filled === buffer.length) {
      if (filled >= maxLineLength) {
        yield { bytes: buffer, offset, isUnfinished: true };
        return;
      }
      buffer = Buffer.concat([buffer], buffer.length * 2);
    }
  }
  if (filled > 0) yield { bytes: buffer.subarray(0, filled), offset, isUnfinished: true };
}

async function* backwards(handle: FileHandle, from: number, usualSize: number): AsyncGenerator<LineBlock> {
  let end = from;
  // What follows the last line feed has no end; in the other blocks, the last byte is one.
  let isUnfinished = true;
  let size = usualSize;
  while (end > 0) {
    const offset = Math.max(0, end - size);
    const buffer = await readExactly(handle, offset, end);
    const lastFeed = isUnfinished ? buffer.lastIndexOf(lineFeed) : buffer.length - 1;
    const firstFeed = offset === 0 ? -1 : buffer.indexOf(lineFeed);
    if (isUnfinished && (lastFeed !== -1 || offset === 0)) {
      if (lastFeed + 1 < buffer.length) {
        yield { bytes: buffer.subarray(lastFeed + 1), offset: offset + lastFeed + 1, isUnfinished };
      }
      isUnfinished = false;
      end = offset + lastFeed + 1;
    } else if (!isUnfinished && (offset === 0 || firstFeed < buffer.length - 1)) {
      yield { bytes: buffer.subarray(firstFeed + 1), offset: offset + firstFeed + 1, isUnfinished };
      end = offset + firstFeed + 1;
      size = usualSize;
    } else if (size >= maxLineLength) return;
    else size *= 2;
  }
}

async function readExactly(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(to - from);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function openUnlessGone(file: string): Promise<FileHandle | undefined> {
  try {
    const handle = await open(file, readOnly);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    // A link is no file of a trail either.
    if (!['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw trailError(file, error as Error);
  }
  return undefined;
}
