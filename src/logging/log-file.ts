import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { TrefoilError } from '../errors';
import type { LineTarget } from './line-sink';
import { LogRotation, type LogRotationOptions } from './log-rotation';

/** How often it is looked whether the file is still the one at its path. */
const lookEveryMs = 20;
/** After a rotation that failed. */
const rotateAgainMs = 10_000;

/** What somebody else may have put there must not lead elsewhere, nor be a pipe that nobody reads, which would be waited for. */
const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const reopenFlags = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK;

/** Settings of a {@link LogFile}. */
interface LogFileOptions {
  readonly path: string;
  readonly rotation?: LogRotationOptions | undefined;
  /** Told of what failed while writing goes on: a rotation, a compression. */
  readonly onError: (error: unknown) => void;
}

/**
 * A file that is appended to, by any number of processes: each write goes to the end as a whole. Where the file has been
 * renamed or removed, by another process or a tool, a new one is begun at its path; where it has been truncated, writing
 * goes on at its new end.
 */
export class LogFile implements LineTarget {
  readonly exporter = 'log_file';
  readonly #path: string;
  readonly #rotation: LogRotation | undefined;
  readonly #onError: (error: unknown) => void;
  #descriptor: number;
  #identity: fs.Stats;
  #bytes: number;
  #lookedAt = 0;
  #mayRotateFrom = 0;
  #lastDay: number;

  /** @throws TrefoilError `TREFOIL_LOGGING_PATH` where the file cannot be written */
  constructor({ path, rotation, onError }: LogFileOptions) {
    try {
      fs.mkdirSync(dirname(path), { recursive: true });
      this.#descriptor = fs.openSync(path, 'a', 0o600);
    } catch (cause) {
      throw pathError(path, cause);
    }
    this.#identity = fs.fstatSync(this.#descriptor);
    this.#bytes = this.#identity.size;
    if (this.#identity.isFile() && this.#bytes > 0) endLastLine(path, this.#descriptor, this.#bytes);
    this.#lastDay = dayOf(this.#bytes === 0 ? Date.now() : this.#identity.mtimeMs);
    this.#onError = onError;
    // Behind a link is the file that is to be renamed. A pipe or a terminal is neither rotated nor replaced.
    this.#path = this.#identity.isFile() ? fs.realpathSync(path) : path;
    const rotates = rotation !== undefined && this.#identity.isFile();
    this.#rotation = rotates ? new LogRotation(this.#path, rotation, onError) : undefined;
  }

  descriptor(bytes: number): number {
    const now = Date.now();
    if (Math.abs(now - this.#lookedAt) >= lookEveryMs) this.#look(now);
    if (this.#rotation?.isDue(this.#bytes, bytes, this.#lastDay, dayOf(now)) === true) this.#rotate(now);
    this.#bytes += bytes;
    this.#lastDay = dayOf(now);
    return this.#descriptor;
  }

  async settle(): Promise<void> {
    await this.#rotation?.settle();
  }

  close(): void {
    this.#rotation?.stop();
    fs.closeSync(this.#descriptor);
  }

  #look(now: number): void {
    if (!this.#identity.isFile()) return;
    const there = fs.statSync(this.#path, { throwIfNoEntry: false });
    if (there !== undefined && this.#isMine(there)) this.#bytes = there.size;
    else this.#reopen();
    this.#lookedAt = now;
  }

  #isMine({ ino, dev }: fs.Stats): boolean {
    return ino === this.#identity.ino && dev === this.#identity.dev;
  }

  /** Throws where there is no file to be had: what is to be written then waits for it. */
  #reopen(): void {
    fs.mkdirSync(dirname(this.#path), { recursive: true });
    const next = fs.openSync(this.#path, reopenFlags, 0o600);
    if (!fs.fstatSync(next).isFile()) {
      fs.closeSync(next);
      throw new Error(`${this.#path} is no file any more`);
    }
    fs.closeSync(this.#descriptor);
    this.#descriptor = next;
    this.#identity = fs.fstatSync(next);
    this.#bytes = this.#identity.size;
    this.#lastDay = dayOf(Date.now());
  }

  #rotate(now: number): void {
    if (now < this.#mayRotateFrom) return;
    try {
      const there = fs.statSync(this.#path, { throwIfNoEntry: false });
      // Another process may have been faster.
      if (there !== undefined && this.#isMine(there)) this.#rotation?.rotate();
    } catch (error) {
      this.#mayRotateFrom = now + rotateAgainMs;
      this.#onError(error);
      return;
    }
    this.#reopen();
  }
}

/** Half a line, as a crash of the machine or a full disk leaves it, would take the first one with it. */
function endLastLine(path: string, descriptor: number, size: number): void {
  let reading: number | undefined;
  try {
    const last = Buffer.alloc(1);
    reading = fs.openSync(path, 'r');
    fs.readSync(reading, last, 0, 1, size - 1);
    if (last.toString() !== '\n') fs.writeSync(descriptor, '\n');
  } catch {
    // It may be written to, but not read; or the disk is full.
  } finally {
    if (reading !== undefined) fs.closeSync(reading);
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / 86_400_000);
}

function pathError(path: string, cause: unknown): TrefoilError {
  return new TrefoilError(
    'TREFOIL_LOGGING_PATH',
    {
      attempted: 'Opening the log file',
      where: `logging.path ${path}`,
      why: (cause as Error).message,
      todo: 'Give logging.path a file that this process may write, or leave it out for standard output.',
    },
    { cause },
  );
}
