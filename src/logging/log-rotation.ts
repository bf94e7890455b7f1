import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** When a log file is put aside, and how many of them are kept. */
export interface LogRotationOptions {
  /** How large it may grow, in MB of 10^6 bytes. Default 100. */
  readonly maxFileSizeMb?: number;
  /** How many files that were put aside are kept, over all processes. Default 10. */
  readonly maxFiles?: number;
  /** Whether each day, in UTC, begins a file. Default false. */
  readonly daily?: boolean;
  /** Whether what was put aside is compressed with gzip, in the background. Default false. */
  readonly compress?: boolean;
}

/**
 * How long a file is left alone before it is compressed: other processes look within 20 ms whether theirs is still the
 * file at the path.
 */
const graceMs = 1_000;

/** Puts a log file aside under a name of its own: `<path>.<time>-<random>`, which sorts by time. */
export class LogRotation {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  readonly #daily: boolean;
  readonly #compress: boolean;
  readonly #onError: (error: unknown) => void;
  #lastMs = 0;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #compressing = new Set<Promise<void>>();

  constructor(path: string, options: LogRotationOptions, onError: (error: unknown) => void) {
    this.#path = path;
    this.#maxBytes = (options.maxFileSizeMb ?? 100) * 1e6;
    this.#maxFiles = options.maxFiles ?? 10;
    this.#daily = options.daily ?? false;
    this.#compress = options.compress ?? false;
    this.#onError = onError;
  }

  isDue(bytes: number, more: number, lastDay: number, day: number): boolean {
    if (bytes === 0) return false;
    return bytes + more > this.#maxBytes || (this.#daily && day !== lastDay);
  }

  /** Renames the file, which whoever has it open still writes to, and removes the oldest ones. */
  rotate(): void {
    // Several in a millisecond still sort in their order.
    this.#lastMs = Math.max(Date.now(), this.#lastMs + 1);
    const time = new Date(this.#lastMs).toISOString().replaceAll(/[-:.]/g, '');
    const aside = `${this.#path}.${time}-${randomBytes(4).toString('hex')}`;
    fs.renameSync(this.#path, aside);
    this.#guarded(() => this.#removeOldest());
    if (this.#compress) this.#later(() => this.#compressAll());
  }

  /** What was put aside, oldest first. */
  #aside(): string[] {
    const name = basename(this.#path);
    const isAside = (file: string): boolean =>
      file.startsWith(`${name}.`) && /^\d{8}T\d{9}Z-[0-9a-f]{8}(?:\.gz)?$/.test(file.slice(name.length + 1));
    const folder = dirname(this.#path);
    return fs
      .readdirSync(folder)
      .filter(isAside)
      .sort()
      .map((file) => join(folder, file));
  }

  #removeOldest(): void {
    const files = this.#aside();
    for (const file of files.slice(0, Math.max(0, files.length - this.#maxFiles))) fs.rmSync(file, { force: true });
  }

  #later(work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#guarded(work);
    }, graceMs);
    // What is not compressed when the process ends is left to the next rotation.
    timer.unref();
    this.#timers.add(timer);
  }

  #compressAll(): void {
    for (const file of this.#aside()) {
      const modifiedMs = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
      // Another process may have compressed or removed it since.
      if (modifiedMs === undefined || file.endsWith('.gz') || Date.now() - modifiedMs < graceMs) continue;
      const work = compress(file)
        .catch(this.#onError)
        .finally(() => this.#compressing.delete(work));
      this.#compressing.add(work);
    }
  }

  /** Resolves once the compressing that has begun is done; what has not begun is left to a later rotation. */
  async settle(): Promise<void> {
    await Promise.all(this.#compressing);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** The file goes once its compressed copy is complete. Of several processes, the one that makes the copy first does it. */
async function compress(file: string): Promise<void> {
  const unfinished = `${file}.gz.part`;
  let target: fs.WriteStream;
  try {
    target = fs.createWriteStream('', { fd: fs.openSync(unfinished, 'wx', 0o600) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // A process that was killed has left it: whoever comes next begins again.
    if (Date.now() - fs.statSync(unfinished).mtimeMs > 60_000) fs.rmSync(unfinished, { force: true });
    return;
  }
  try {
    await pipeline(fs.createReadStream(file), createGzip(), target);
    fs.renameSync(unfinished, `${file}.gz`);
    fs.rmSync(file, { force: true });
  } catch (error) {
    fs.rmSync(unfinished, { force: true });
    // The same, just now: there is nothing left to compress.
    if (fs.existsSync(file)) throw error;
  }
}
