import * as fs from 'node:fs';
import { join } from 'node:path';
import { randomFillSync } from 'node:crypto';
import { replaceFile } from './safe-open';

/** In bytes; a disk that has not got room for the first gets a smaller one. */
const sizes = [262_144, 65_536, 16_384];

/**
 * Really written bytes that are given back when the disk is full, so that the outcomes of operations in flight still
 * fit. Another process may be quicker to take them.
 */
export class Ballast {
  readonly #file: string;
  #size = 0;

  constructor(directory: string) {
    this.#file = join(directory, 'ballast');
  }

  get isHeld(): boolean {
    return this.#size > 0;
  }

  /** Takes room on the disk again; whether there was any. */
  take(): boolean {
    if (this.isHeld) return true;
    this.#size = sizes.find((size) => this.#fill(size)) ?? 0;
    return this.isHeld;
  }

  /** Gives the room back; whether there was any to give. */
  release(): boolean {
    if (!this.isHeld) return false;
    this.#size = 0;
    return this.#remove();
  }

  #fill(size: number): boolean {
    try {
      // Random, for disks that compress.
      replaceFile(this.#file, randomFillSync(Buffer.allocUnsafe(size)), { flush: true });
      return true;
    } catch {
      this.#remove();
      return false;
    }
  }

  #remove(): boolean {
    try {
      fs.rmSync(this.#file, { force: true });
      return true;
    } catch {
      return false;
    }
  }
}

/** Gives back the room that a writer has held which is gone. */
export function releaseBallastIn(directory: string): void {
  fs.rmSync(join(directory, 'ballast'), { force: true });
}

/** Whether an error says that there is no room. */
export function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
