import { monotonicMs } from '../../call/clock';

/** What a group commit is made for. */
export interface GroupCommitInit {
  /** Writes out and syncs; calls back once, with the number of the last event that is on disk, or not at all. */
  readonly sync: (done: (ticket: number) => void) => void;
  /** How long a caller waits at most, in milliseconds. */
  readonly maxWaitMs: number;
  /** The error of a caller that has waited long enough. */
  readonly timeoutError: () => Error;
}

interface Waiter {
  readonly ticket: number;
  readonly since: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** How long an event may wait for the disk under `buffered`, in milliseconds. */
const syncIntervalMs = 100;

/**
 * Lets callers that wait for the disk share its syncs. There is never more than one sync under way; who comes while it
 * is shares the next. Events are numbered by tickets in the order of acceptance.
 */
export class GroupCommit {
  readonly #init: GroupCommitInit;
  readonly #room: (() => void)[] = [];
  #waiters: Waiter[] = [];
  #isRunning = false;
  #isWanted = false;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #deadlineTimer: NodeJS.Timeout | undefined;

  constructor(init: GroupCommitInit) {
    this.#init = init;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** Since when the oldest caller waits, by the clock of `monotonicMs`. */
  get oldest(): number | undefined {
    return this.#waiters[0]?.since;
  }

  /** Resolves when an event is on disk. */
  wait(ticket: number, maxWaitMs = this.#init.maxWaitMs): Promise<void> {
    return new Promise((resolve, reject) => {
      // The clock on the wall may be put back, and would keep them waiting for as long.
      const since = monotonicMs();
      this.#waiters.push({ ticket, since, deadline: since + maxWaitMs, resolve, reject });
      if (this.#deadlineTimer === undefined && Number.isFinite(maxWaitMs)) this.#watchDeadlines(maxWaitMs);
      this.now();
    });
  }

  /** Resolves when a caller that had waited is done; rejects when that takes too long. */
  room(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#room.splice(this.#room.indexOf(done), 1);
        reject(this.#init.timeoutError());
      }, timerDelay(this.#init.maxWaitMs));
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#room.push(done);
    });
  }

  /** A sync as soon as this turn is over, for all that come in it. */
  now(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    if (!this.#isRunning) setImmediate(() => this.#run());
  }

  soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    // One timer, used again: it stays without a reference, and its hidden class alive (bench: after a full collection).
    this.#timer = this.#timer?.refresh() ?? setTimeout(() => this.#onDue(), syncIntervalMs).unref();
  }

  /** Everything up to here is on disk. */
  settle(ticket: number): void {
    let count = 0;
    while (count < this.#waiters.length && (this.#waiters[count] as Waiter).ticket <= ticket) count += 1;
    for (const { resolve } of this.#waiters.splice(0, count)) resolve();
    this.#makeRoom(count);
  }

  /** Everything after this one is lost; gives how many waited for it. */
  reject(after: number, error: Error): number {
    const lost = this.#waiters.filter(({ ticket }) => ticket > after);
    this.#waiters = this.#waiters.filter(({ ticket }) => ticket <= after);
    for (const { reject } of lost) reject(error);
    this.#makeRoom(lost.length);
    return lost.length;
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#deadlineTimer);
  }

  #onDue(): void {
    this.#isDue = false;
    this.now();
  }

  #run(): void {
    if (this.#isRunning || !this.#isWanted) return;
    this.#isWanted = false;
    this.#isRunning = true;
    this.#init.sync((ticket) => {
      this.#isRunning = false;
      this.settle(ticket);
      if (this.#isWanted) this.#run();
    });
  }

  #makeRoom(count: number): void {
    for (const done of this.#room.splice(0, count)) done();
  }

  #watchDeadlines(delayMs: number): void {
    this.#deadlineTimer = setTimeout(() => {
      this.#deadlineTimer = undefined;
      const now = monotonicMs();
      const late = this.#waiters.filter(({ deadline }) => deadline <= now);
      if (late.length > 0) {
        this.#waiters = this.#waiters.filter(({ deadline }) => deadline > now);
        for (const { reject } of late) reject(this.#init.timeoutError());
        this.#makeRoom(late.length);
      }
      const next = this.#waiters.reduce((least, { deadline }) => Math.min(least, deadline), Number.POSITIVE_INFINITY);
      if (Number.isFinite(next)) this.#watchDeadlines(Math.max(1, next - now));
    }, timerDelay(delayMs));
    this.#deadlineTimer.unref();
  }
}

/** A longer delay would be none at all. */
function timerDelay(ms: number): number {
  return Math.min(Math.ceil(ms), 2_147_483_647);
}
