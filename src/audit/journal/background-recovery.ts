import { recoverWriter, type Recovered } from './recover-writer';
import type { WriterSettings } from './writer-settings';

/** How far the recovery of what others have left has come. */
export interface RecoveryProgress {
  /** Writers whose directories were adopted, and whose chains have not been ended yet. */
  readonly writers: number;
  /** Bytes read of their files so far. */
  readonly bytes: number;
  /** Writers whose chains have been ended. */
  readonly done: number;
}

/** Told how the recovery of a directory has ended. */
export interface RecoveryListener {
  onRecovered(directory: string, recovered: Recovered): void;
  onFailed(directory: string, error: unknown): void;
}

interface Job {
  readonly writer: string;
  readonly directory: string;
  readonly steps: Generator<number, Recovered>;
}

/** So much is recovered in the turn that has found it, in bytes and milliseconds: what is more goes on in the background. */
const atOnceBytes = 1_048_576;
const atOnceMs = 50;
/** How long a turn lasts in the background, in milliseconds. */
const turnMs = 10;
/** How long a journal that closes waits for it at most, in milliseconds: what is left is the next process’s. */
const closingMs = 1_000;

/** Ends the chains of directories that were adopted, one after the other, in turns that leave the process its time. */
export class BackgroundRecovery {
  readonly #settings: WriterSettings;
  readonly #listener: RecoveryListener;
  readonly #jobs: Job[] = [];
  #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #done = 0;

  constructor(settings: WriterSettings, listener: RecoveryListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  /** Undefined while there is nothing to be recovered. */
  get progress(): RecoveryProgress | undefined {
    const writers = this.#jobs.length;
    return writers === 0 ? undefined : { writers, bytes: this.#bytes, done: this.#done };
  }

  has(writer: string): boolean {
    return this.#jobs.some((job) => job.writer === writer);
  }

  add(writer: string, directory: string): void {
    this.#jobs.push({ writer, directory, steps: recoverWriter(this.#settings, writer, directory) });
  }

  /** Recovers what is small in this turn, and goes on with the rest in the background. */
  begin(): void {
    if (this.#timer !== undefined) return;
    this.#run(atOnceMs, this.#bytes + atOnceBytes);
    this.#later();
  }

  /** Resolves when all is recovered, or left for another process because it takes too long. */
  async finish(maxWaitMs: number): Promise<void> {
    const end = performance.now() + Math.min(closingMs, maxWaitMs);
    while (this.#jobs.length > 0 && performance.now() < end) {
      this.#run(turnMs, Number.POSITIVE_INFINITY);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.stop();
  }

  /** Leaves what is not recovered as it is: whoever finds it adopts it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { steps } of this.#jobs.splice(0)) steps.return({ unknown: 0 });
  }

  #later(): void {
    if (this.#jobs.length === 0) {
      this.#bytes = 0;
      this.#done = 0;
      return;
    }
    // It keeps no process alive: what is not done by then is the next one's.
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#run(turnMs, Number.POSITIVE_INFINITY);
      this.#later();
    }, 1);
    this.#timer.unref();
  }

  #run(forMs: number, untilBytes: number): void {
    const end = performance.now() + forMs;
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      if (performance.now() >= end || this.#bytes >= untilBytes) return;
      this.#step(job);
    }
  }

  #step({ directory, steps }: Job): void {
    try {
      const step = steps.next();
      if (step.done !== true) {
        this.#bytes += step.value;
        return;
      }
      this.#ended();
      this.#listener.onRecovered(directory, step.value);
    } catch (error) {
      if (this.#jobs[0]?.steps === steps) this.#ended();
      this.#listener.onFailed(directory, error);
    }
  }

  #ended(): void {
    this.#jobs.shift();
    this.#done += 1;
  }
}
