import { messageOf } from '../diagnostics';
import { collectedMessage, isCollectMessage } from './cluster-messages';
import type { MetricSnapshot } from './metrics-backend';

/** Tells something of its metrics. */
export interface Collectable {
  collect(): Promise<readonly MetricSnapshot[]>;
}

/** Answers the primary process whenever it asks a worker for its metrics, and tells them unasked at a flush and at the end. */
export class ClusterWorker {
  readonly #backend: Collectable;
  readonly #onError: (error: unknown) => void;
  #isOpen = false;

  constructor(backend: Collectable, onError: (error: unknown) => void) {
    this.#backend = backend;
    this.#onError = onError;
  }

  async open(): Promise<void> {
    if (this.#isOpen) return;
    this.#isOpen = true;
    process.on('message', this.#onMessage);
    await this.#tell(0, false);
  }

  async flush(): Promise<void> {
    if (this.#isOpen) await this.#tell(0, false);
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('message', this.#onMessage);
    await this.#tell(0, true);
  }

  readonly #onMessage = (message: unknown): void => {
    if (isCollectMessage(message)) void this.#tell(message.id, false);
  };

  /** Never rejects: a primary that is gone has nobody to tell. */
  async #tell(id: number, isLast: boolean): Promise<void> {
    try {
      const message = collectedMessage(id, isLast, await this.#backend.collect());
      // What was asked before the end must not be told after it.
      if (!process.connected || (!isLast && !this.#isOpen)) return;
      // Resolved once it is written: the process may be about to end.
      await new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()) ?? resolve());
    } catch (error) {
      this.#onError(new Error(`the metrics could not be told to the primary process: ${messageOf(error)}`));
    }
  }
}
