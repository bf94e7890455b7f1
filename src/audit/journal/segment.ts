import * as fs from 'node:fs';
import { join } from 'node:path';
import { FileDamage, findDamage, saysGone } from './file-damage';
import { exclusive, openToChange } from './safe-open';
import { syncDirectory } from './writer-directory';

/** A file of a journal, open for appending. */
export class Segment {
  readonly path: string;
  readonly number: number;
  /** The day in its name, where it has one. */
  readonly day: string | undefined;
  readonly #descriptor: number;
  /**
   * For syncs in the caller's turn: the kernel reports a failed write-back once to each descriptor, so that two kinds of
   * syncs on one would take each other's errors.
   */
  #syncDescriptor: number | undefined;
  #size: number;
  #syncing = 0;
  #isClosed = false;
  #torn = false;

  private constructor(descriptor: number, path: string, number: number, day: string | undefined) {
    this.#descriptor = descriptor;
    this.#size = fs.fstatSync(descriptor).size;
    this.path = path;
    this.number = number;
    this.day = day;
  }

  /** A file of its own, never one that is there. */
  static create(directory: string, number: number, name: string, day?: string): Segment {
    const { O_APPEND, O_RDWR } = fs.constants;
    const path = join(directory, name);
    const descriptor = fs.openSync(path, O_APPEND | O_RDWR | exclusive, 0o600);
    try {
      return openOrClose(descriptor, () => {
        syncDirectory(directory);
        return new Segment(descriptor, path, number, day);
      });
    } catch (error) {
      fs.rmSync(path, { force: true });
      throw error;
    }
  }

  /** One that is there, to be ended by who has adopted it. */
  static reopen(path: string, number: number): Segment {
    const descriptor = openToChange(path, fs.constants.O_APPEND | fs.constants.O_RDWR);
    return openOrClose(descriptor, () => new Segment(descriptor, path, number, undefined));
  }

  get size(): number {
    return this.#size;
  }

  /** Whether half a line may be left at its end, which could not be removed. */
  get isTorn(): boolean {
    return this.#torn;
  }

  /** All of it, or nothing. */
  write(bytes: Buffer, from: number, to: number): void {
    let at = from;
    try {
      while (at < to) at += fs.writeSync(this.#descriptor, bytes, at, to - at);
    } catch (error) {
      this.truncate(this.#size);
      throw error;
    }
    this.#size += to - from;
  }

  /** Takes back what was written behind a place; whether that has worked shows in `isTorn`. */
  truncate(size: number): void {
    try {
      fs.ftruncateSync(this.#descriptor, size);
      this.#size = size;
    } catch {
      this.#torn = true;
    }
  }

  sync(done: (error: Error | null) => void): void {
    this.#syncing += 1;
    fs.fdatasync(this.#descriptor, (error) => {
      this.#syncing -= 1;
      if (this.#isClosed) this.#closeDescriptors();
      done(error);
    });
  }

  syncNow(): void {
    this.#syncDescriptor ??= this.#openAgain();
    fs.fdatasyncSync(this.#syncDescriptor);
  }

  /** For reading back what it holds, wherever its name may be by now. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /** What has become of the file at its path. Throws where that cannot be told. */
  damageNow(): FileDamage | undefined {
    const found = fs.lstatSync(this.path, { throwIfNoEntry: false });
    return findDamage(fs.fstatSync(this.#descriptor), found, { least: this.#size, most: this.#size });
  }

  /** The same without waiting for the disk; `undefined` where all is in order, an error where that cannot be told. */
  check(done: (damage: FileDamage | NodeJS.ErrnoException | undefined) => void): void {
    const before = this.#size;
    this.#syncing += 1;
    fs.fstat(this.#descriptor, (failure, open) => {
      this.#syncing -= 1;
      // What was written meanwhile may be in the size, or not yet.
      const sizes = { least: Math.min(before, this.#size), most: Math.max(before, this.#size) };
      if (this.#isClosed) {
        this.#closeDescriptors();
        done(undefined);
      } else if (failure !== null) done(failure);
      else {
        fs.lstat(this.path, (error, found) => {
          if (this.#isClosed) done(undefined);
          else if (error !== null && !saysGone(error)) done(error);
          else done(findDamage(open, error === null ? found : undefined, sizes));
        });
      }
    });
  }

  /** A descriptor that is still being synced is closed after that: its number must not name another file meanwhile. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeDescriptors();
  }

  #openAgain(): number {
    const { O_APPEND, O_NOFOLLOW, O_WRONLY } = fs.constants;
    const descriptor = fs.openSync(this.path, O_APPEND | O_NOFOLLOW | O_WRONLY);
    const [own, again] = [fs.fstatSync(this.#descriptor), fs.fstatSync(descriptor)];
    if (own.ino === again.ino && own.dev === again.dev) return descriptor;
    fs.closeSync(descriptor);
    throw new FileDamage('file_replaced');
  }

  #closeDescriptors(): void {
    if (this.#syncing > 0) return;
    for (const descriptor of [this.#descriptor, this.#syncDescriptor]) {
      try {
        if (descriptor !== undefined) fs.closeSync(descriptor);
      } catch {
        // Nothing is lost with it: what was promised has been synced.
      }
    }
  }
}

function openOrClose(descriptor: number, open: () => Segment): Segment {
  try {
    return open();
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}
