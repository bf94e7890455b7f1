import { AbandonedCall } from './abandoned-call';
import { monotonicMs } from './clock';
import type { RunningCall, Watch } from './running-call';

/** How often it is looked which calls have been waiting for long, in milliseconds, and how long that is. */
const roundMs = 1_000;

/**
 * The calls whose promise is waited for, as a list through the calls themselves: to register each for the garbage collector's
 * news would cost more than the call does (bench: all four). Those that are still there after a second are.
 */
class PendingCalls implements Watch {
  #newest: RunningCall | undefined;
  #nextRound: NodeJS.Timeout | undefined;

  add(call: RunningCall, promise: object): void {
    const older = this.#newest;
    call.watch = this;
    call.promise = promise;
    call.older = older;
    if (older !== undefined) older.newer = call;
    this.#newest = call;
    if (this.#nextRound === undefined) this.#expectRound();
  }

  forget(call: RunningCall): void {
    const { older, newer } = call;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older !== undefined) older.newer = newer;
    call.watch = undefined;
    call.promise = undefined;
    call.older = undefined;
    call.newer = undefined;
  }

  #expectRound(): void {
    this.#nextRound = setTimeout(() => this.#lookForOld(), roundMs).unref();
  }

  #lookForOld(): void {
    this.#nextRound = undefined;
    const startedBefore = monotonicMs() - roundMs;
    let call = this.#newest;
    while (call !== undefined) {
      const { older, promise, outcome, startedAtMonotonicMs } = call;
      if (startedAtMonotonicMs < startedBefore && outcome === undefined && promise !== undefined) {
        this.forget(call);
        // From here on nothing but the promise keeps the call alive.
        new AbandonedCall(call, promise);
      }
      call = older;
    }
    if (this.#newest !== undefined) this.#expectRound();
  }
}

const pending = new PendingCalls();

/** Sees to it that a call ends even if its promise is collected before it has settled. */
export function awaitSettling(running: RunningCall, promise: object): void {
  pending.add(running, promise);
}
