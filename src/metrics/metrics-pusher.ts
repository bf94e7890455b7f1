import { messageOf, type TextRedactor } from '../diagnostics';
import type { ExportHealth } from '../export-health';

/** Settings of a {@link MetricsPusher}. */
export interface MetricsPusherOptions {
  /** What it is called in {@link ExportHealth}. */
  readonly exporter: string;
  readonly intervalMs: number;
  /** How long `flush()` and `close()` wait, in milliseconds. */
  readonly flushTimeoutMs: number;
  /**
   * Collects and sends everything, and tells of how many series it is before it sends them; `isWaitedFor` where `flush()`
   * or `close()` waits for it.
   */
  readonly push: (isWaitedFor: boolean, onCollected: (series: number) => void) => Promise<void>;
  readonly redactor: TextRedactor;
  /** Told when pushes begin to fail, and not again until one has succeeded. */
  readonly onReport: (error: unknown) => void;
}

/**
 * Pushes at intervals, one at a time: where one takes longer than an interval, the next is left out. Nothing waits in a
 * queue: what could not be pushed is collected again.
 */
export class MetricsPusher {
  readonly #options: MetricsPusherOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;
  #exported = 0;
  #lost = 0;
  #failures = 0;
  #retries = 0;
  #waiting = 0;
  #lastError: string | undefined;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: MetricsPusherOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      if (this.#running === undefined) void this.#push(false).catch(() => undefined);
    }, options.intervalMs);
    this.#timer.unref();
  }

  /**
   * Resolves when everything recorded so far has been accepted; rejects where it has not, or not in time. After `close()`
   * nothing is sent any more.
   */
  flush(): Promise<void> {
    return this.#closing ?? this.#inTime(this.#pushNext());
  }

  /** Pushes once more, unless that has failed just now, and stops. Never takes longer than `flush()` may. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  health(): ExportHealth {
    return {
      exporter: this.#options.exporter,
      queueDepth: this.#running === undefined ? 0 : this.#waiting,
      queueLimit: undefined,
      exported: this.#exported,
      dropped: this.#lost === 0 ? {} : { shutdown: this.#lost },
      failures: this.#failures,
      retries: this.#retries,
      lastError: this.#lastError,
    };
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    const hasJustFailed = performance.now() - this.#failedAtMs < this.#options.flushTimeoutMs;
    try {
      if (!hasJustFailed) await this.#inTime(this.#pushNext());
    } finally {
      this.#isClosed = true;
      if (this.#lastError !== undefined || this.#running !== undefined) this.#lost += this.#waiting;
    }
  }

  /** What is recorded while a push is under way is not part of it; all who ask meanwhile share the one after it. */
  #pushNext(): Promise<void> {
    const afterRunning = async (): Promise<void> => {
      await this.#running?.catch(() => undefined);
      this.#next = undefined;
      // Given up, and counted as lost; it would only keep the process from ending.
      if (this.#isClosed) return;
      await this.#push(true);
    };
    return (this.#next ??= afterRunning());
  }

  #push(isWaitedFor: boolean): Promise<void> {
    const pushing = this.#pushOnce(isWaitedFor).finally(() => {
      if (this.#running === pushing) this.#running = undefined;
    });
    this.#running = pushing;
    return pushing;
  }

  async #pushOnce(isWaitedFor: boolean): Promise<void> {
    if (this.#lastError !== undefined) this.#retries += 1;
    try {
      await this.#options.push(isWaitedFor, (series) => (this.#waiting = series));
      this.#exported += this.#waiting;
      this.#waiting = 0;
      this.#lastError = undefined;
      this.#failedAtMs = Number.NEGATIVE_INFINITY;
    } catch (error) {
      this.#failures += 1;
      if (this.#lastError === undefined) this.#options.onReport(error);
      this.#lastError = this.#options.redactor.redactText(messageOf(error));
      this.#failedAtMs = performance.now();
      throw error;
    }
  }

  #inTime(work: Promise<void>): Promise<void> {
    const { flushTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#failedAtMs = performance.now();
        reject(new Error(`metrics were not accepted within ${flushTimeoutMs} ms`));
      };
      const late = setTimeout(giveUp, flushTimeoutMs);
      void work.then(resolve, reject).finally(() => clearTimeout(late));
    });
  }
}
