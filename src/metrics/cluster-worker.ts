import { messageOf } from '../diagnostics';
import { collectedMessage, isCollectMessage } from './cluster-messages';
import type { MetricSnapshot } from './metrics-backend';

/** Tells something of its metrics. */
export interface Collectable {
  collect(): Promise<readonly MetricSnapshot[]>;
}

/** Tells what it can at once, too. */
export interface CollectableNow extends Collectable {
  collectNow(): readonly MetricSnapshot[];
}

/**
 * Answers the primary process whenever it asks a worker for its metrics, and tells them unasked at a flush and at the end,
 * which may be a `process.exit()`.
 */
export class ClusterWorker {
  readonly #backend: CollectableNow;
  /** What was told last: at an exit, sources that cannot answer at once are told of as they were then. */
  #told: readonly MetricSnapshot[] = [];
  readonly #onError: (error: unknown) => void;
  #isOpen = false;

  constructor(backend: CollectableNow, onError: (error: unknown) => void) {
    this.#backend = backend;
    this.#onError = onError;
  }

  async open(): Promise<void> {
    if (this.#isOpen) return;
    this.#isOpen = true;
    process.on('message', this.#onMessage);
    process.on('exit', this.#onExit);
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
    process.off('exit', this.#onExit);
  }

  readonly #onMessage = (message: unknown): void => {
    if (isCollectMessage(message)) void this.#tell(message.id, false);
  };

  /** In the last turn of the process: a message of moderate size is in the pipe when `send` returns. */
  readonly #onExit = (): void => {
    if (!process.connected) return;
    try {
      const now = this.#backend.collectNow();
      const names = new Set(now.map(({ name }) => name));
      const before = this.#told.filter(({ name }) => !names.has(name));
      process.send?.(collectedMessage(0, true, [...now, ...before]));
    } catch {
      // Nobody is there any more to be told; what was told before counts.
    }
  };

  /** Never rejects: a primary that is gone has nobody to tell. */
  async #tell(id: number, isLast: boolean): Promise<void> {
    try {
      const snapshots = await this.#backend.collect();
      const message = collectedMessage(id, isLast, snapshots);
      // What was asked before the end must not be told after it.
      if (!process.connected || (!isLast && !this.#isOpen)) return;
      this.#told = snapshots;
      // Resolved once it is written: the process may be about to end.
      await new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()) ?? resolve());
    } catch (error) {
      this.#onError(new Error(`the metrics could not be told to the primary process: ${messageOf(error)}`));
    }
  }
}
