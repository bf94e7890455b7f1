import type { JournalWriter } from './journal-writer';
import { beat } from './writer-lease';

/**
 * A writer that nobody has heard of for longer than this may have been taken for dead by now, in milliseconds: less than
 * the silence that others wait for, with room for a slow disk.
 */
const pauseMs = 10_000;

/** Renews the lease of a writer, until it is stopped. */
export class Heartbeat {
  #isBeating = false;
  #isStopped = false;
  /** By the clock that does not go on while the machine sleeps, and by the one that does. */
  #heardAt = performance.now();
  #heardOn = Date.now();

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Whether the process may have been stopped for so long that its directory is not its own any more. */
  get hasPaused(): boolean {
    return performance.now() - this.#heardAt > pauseMs || Math.abs(Date.now() - this.#heardOn) > pauseMs;
  }

  /** From here on nothing is told any more, of what is under way neither: the directory is about to change its name. */
  stop(): void {
    this.#isStopped = true;
  }

  /** The directory was there a moment ago. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#heardOn = Date.now();
  }

  /** Nobody knows, and it is soon asked again. */
  heardBefore(): void {
    this.#heardAt = performance.now() - pauseMs + 1_000;
    this.#heardOn = Date.now() - pauseMs + 1_000;
  }

  /** Never a second one at a time: on a disk that hangs they would take all threads of the pool. */
  beat(writer: JournalWriter, onFailure: (error: NodeJS.ErrnoException) => void): void {
    if (this.#isBeating || this.#isStopped) return;
    this.#isBeating = true;
    const [begunAt, begunOn] = [performance.now(), Date.now()];
    const failed = (error: NodeJS.ErrnoException): void => {
      if (!this.#isStopped) onFailure(error);
    };
    void beat(writer)
      .then(() => {
        this.#heardAt = begunAt;
        this.#heardOn = begunOn;
      }, failed)
      .then(() => (this.#isBeating = false));
  }
}
