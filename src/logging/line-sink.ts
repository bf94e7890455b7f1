import * as fs from 'node:fs';
import type { ExportHealth } from '../export-health';
import { drainAtExit, forgetAtExit } from './drain-at-exit';

/** Where lines are written to. */
export interface LineTarget {
  /** What it is called in labels. */
  readonly exporter: string;
  /** The descriptor for a write of so many bytes; another one than before where a file has been rotated. */
  descriptor(bytes: number): number;
  /** Resolves when what goes on in the background is done. */
  settle(): Promise<void>;
  close(): void;
}

/** What could not be written yet. */
interface Waiting {
  /** A line, or what is left of one. */
  readonly bytes: Uint8Array;
}

/** How many lines wait for a target that takes none; more are lost. */
const maxWaiting = 10_000;
const maxWaitingBytes = 16 * 2 ** 20;
const fullPipeRetryMs = 10;
const [firstRetryMs, lastRetryMs] = [100, 5_000];
/** How long the end of the process waits for a reader that is slow. */
const lastWaitMs = 1_000;

/**
 * Hands each line to the operating system in the turn in which it is written, so that it outlives the process however
 * that ends. What a target does not take (a full pipe, a full disk) waits, within limits, and is tried again; a writer
 * never waits and never gets an error.
 */
export class LineSink {
  readonly #target: LineTarget;
  readonly #onError: (error: unknown) => void;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = firstRetryMs;
  /** The far end is gone for good. */
  #isBroken = false;
  #isClosed = false;
  #written = 0;
  #failures = 0;
  #retries = 0;
  #lastError: string | undefined;
  readonly #lost: Record<string, number> = {};

  constructor(target: LineTarget, onError: (error: unknown) => void) {
    this.#target = target;
    this.#onError = onError;
  }

  /** A line without its line feed. */
  write(line: string): void {
    if (this.#isBroken || this.#isClosed) return this.lose(this.#isClosed ? 'shutdown' : 'export_failed');
    const text = `${line}\n`;
    const length = Buffer.byteLength(text);
    if (this.#waiting.length > 0) return this.#wait(Buffer.from(text));
    try {
      const written = fs.writeSync(this.#target.descriptor(length), text);
      if (written === length) this.#written += 1;
      else {
        this.#wait(Buffer.from(text).subarray(written));
        this.#drain();
      }
    } catch (error) {
      this.#wait(Buffer.from(text));
      this.#fail(error);
    }
  }

  /** Counts a line that never came here. */
  lose(reason: string): void {
    this.#lost[reason] = (this.#lost[reason] ?? 0) + 1;
  }

  health(): ExportHealth {
    return {
      exporter: this.#target.exporter,
      queueDepth: this.#waiting.length,
      queueLimit: maxWaiting,
      exported: this.#written,
      dropped: { ...this.#lost },
      failures: this.#failures,
      retries: this.#retries,
      lastError: this.#lastError,
    };
  }

  /** Gives a slow reader a second; what a failing disk does not take goes on waiting. */
  async flush(): Promise<void> {
    for (let waitedMs = 0; !this.#drain() && waitedMs < lastWaitMs && this.#isPipeFull; waitedMs += fullPipeRetryMs) {
      await new Promise((resolve) => setTimeout(resolve, fullPipeRetryMs));
    }
    await this.#target.settle();
  }

  /** What is not taken by the end of it is lost. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.flush();
    this.#isClosed = true;
    const left = this.#waiting.length;
    this.#giveUp('shutdown');
    if (left > 0) this.#onError(new Error(`${left} log lines are lost: ${this.#lastError ?? 'nobody takes them'}`));
    this.#target.close();
  }

  /** The last chance: nobody else runs any more, so that waiting harms no one. */
  drainNow(): void {
    for (let waitedMs = 0; !this.#drain() && this.#isPipeFull && waitedMs < lastWaitMs; waitedMs += fullPipeRetryMs) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fullPipeRetryMs);
    }
  }

  #isPipeFull = false;

  /** Whether nothing waits any more. */
  #drain(): boolean {
    if (this.#waiting.length === 0) return true;
    this.#retries += 1;
    let done = 0;
    try {
      for (; done < this.#waiting.length; done += 1) {
        const { bytes } = this.#waiting[done] as Waiting;
        const written = fs.writeSync(this.#target.descriptor(bytes.length), bytes);
        this.#waitingBytes -= written;
        if (written < bytes.length) {
          this.#waiting[done] = { bytes: bytes.subarray(written) };
          done -= 1;
        } else this.#written += 1;
      }
      this.#isPipeFull = false;
      this.#retryMs = firstRetryMs;
      this.#lastError = undefined;
    } catch (error) {
      this.#waiting.splice(0, done);
      this.#fail(error);
      return false;
    }
    this.#waiting = [];
    this.#stopRetrying();
    return true;
  }

  #wait(bytes: Uint8Array): void {
    if (this.#waiting.length >= maxWaiting || this.#waitingBytes + bytes.length > maxWaitingBytes) {
      return this.lose('queue_full');
    }
    this.#waiting.push({ bytes });
    this.#waitingBytes += bytes.length;
    if (this.#waiting.length === 1) drainAtExit(this);
    this.#retryLater();
  }

  #fail(error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    this.#isPipeFull = code === 'EAGAIN';
    if (this.#isPipeFull) return this.#retryLater();
    this.#failures += 1;
    this.#lastError = message;
    if (code === 'EPIPE') {
      this.#isBroken = true;
      this.#giveUp('export_failed');
    } else {
      this.#retryLater();
      this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
    }
    this.#onError(error);
  }

  #retryLater(): void {
    if (this.#retry !== undefined || this.#isClosed) return;
    const again = (): void => {
      this.#retry = undefined;
      if (!this.#drain()) this.#retryLater();
    };
    this.#retry = setTimeout(again, this.#isPipeFull ? fullPipeRetryMs : this.#retryMs);
    // The end of the process tries once more by itself.
    this.#retry.unref();
  }

  #giveUp(reason: string): void {
    if (this.#waiting.length > 0) this.#lost[reason] = (this.#lost[reason] ?? 0) + this.#waiting.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#stopRetrying();
  }

  #stopRetrying(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    forgetAtExit(this);
  }
}
