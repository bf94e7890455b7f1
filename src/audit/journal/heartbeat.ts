import type { JournalWriter } from './journal-writer';
import { beat } from './writer-lease';

/** Renews the lease of a writer, until it is stopped. */
export class Heartbeat {
  #isBeating = false;
  #isStopped = false;

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** From here on nothing is told any more, of what is under way neither: the directory is about to change its name. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Never a second one at a time: on a disk that hangs they would take all threads of the pool. */
  beat({ directory, id }: JournalWriter, onFailure: (error: NodeJS.ErrnoException) => void): void {
    if (this.#isBeating || this.#isStopped) return;
    this.#isBeating = true;
    const failed = (error: NodeJS.ErrnoException): void => {
      if (!this.#isStopped) onFailure(error);
    };
    void beat(directory, id)
      .catch(failed)
      .then(() => (this.#isBeating = false));
  }
}
