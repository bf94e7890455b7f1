import { performance } from 'node:perf_hooks';
import type { HrTime } from '@opentelemetry/api';
import { monotonicMs } from './clock';

const nanosecondsPerMs = 1e6;

/** A reading of the monotonic clock as whole nanoseconds: what is later is never less. */
export function monotonicNs(readMs: number): number {
  return Math.round(readMs * nanosecondsPerMs);
}

/**
 * What the wall clock shows at each reading of the monotonic clock. All spans and events of one trace are on one timeline:
 * a call that began and ended within another is shown within it, to the nanosecond, whatever becomes of the wall clock.
 */
export class Timeline {
  readonly #zeroMs: number;
  readonly #zeroNs: number;

  /**
   * @param wallMs milliseconds since the Unix epoch
   * @param atMonotonicMs the reading of the monotonic clock at which the wall clock shows that
   */
  constructor(wallMs: number, atMonotonicMs: number) {
    this.#zeroMs = Math.floor(wallMs);
    this.#zeroNs = monotonicNs(atMonotonicMs) - monotonicNs(wallMs - this.#zeroMs);
  }

  /** Whole milliseconds since the Unix epoch; for time stamps. */
  msAt(ns: number): number {
    return this.#zeroMs + Math.floor((ns - this.#zeroNs) / nanosecondsPerMs);
  }

  /** Seconds since the Unix epoch, and nanoseconds. */
  hrTimeAt(ns: number): HrTime {
    const passedNs = ns - this.#zeroNs;
    const passedMs = Math.floor(passedNs / nanosecondsPerMs);
    const ms = this.#zeroMs + passedMs;
    const seconds = Math.floor(ms / 1000);
    return [seconds, (ms - seconds * 1000) * nanosecondsPerMs + (passedNs - passedMs * nanosecondsPerMs)];
  }

  /** The time of now. */
  now(): HrTime {
    return this.hrTimeAt(monotonicNs(monotonicMs()));
  }
}

/** The clocks of a process, to be replaced in tests. */
export interface Clocks {
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  /** What the wall clock showed at zero of the monotonic clock, as the process began; finer than `wallMs` shows it. */
  readonly originMs: number;
}

/** How long the timeline goes without a look at the wall clock, which costs as much as the call of a method (bench: no tracing). */
const lookEveryMs = 20;
/** The origin is read some microseconds after the zero that it belongs to; a time stamp is not to be ahead of `Date.now()`. */
const originLagMs = 0.05;

/** The timeline of the process. It is another one after the wall clock has been set. */
export class ProcessTimeline {
  readonly #clocks: Clocks;
  #current: Timeline;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#current = new Timeline(clocks.originMs - originLagMs, 0);
  }

  /** The timeline by which a trace is recorded that begins now. */
  at(nowMonotonicMs: number): Timeline {
    if (nowMonotonicMs - this.#lookedAtMs >= lookEveryMs) this.#look(nowMonotonicMs);
    return this.#current;
  }

  /** The wall clock is read between two readings of the other, as the process may be held up at any point. */
  #look(beforeMs: number): void {
    const { wallMs, monotonicMs: read } = this.#clocks;
    const shownMs = wallMs();
    const afterMs = read();
    this.#lookedAtMs = afterMs;
    const isBehind = this.#current.msAt(monotonicNs(afterMs)) < shownMs - 1;
    const isAhead = this.#current.msAt(monotonicNs(beforeMs)) > shownMs;
    if (isBehind || isAhead) this.#current = new Timeline(shownMs, afterMs);
  }
}

const systemClock = Date.now;
const ofProcess = new ProcessTimeline({ wallMs: systemClock, monotonicMs, originMs: performance.timeOrigin });

/**
 * The timeline of what begins at a reading of the monotonic clock: that of what is around it, if anything is. A clock that
 * has been replaced, as by fake timers, is read every time.
 */
export function timelineAt(nowMonotonicMs: number, around: Timeline | undefined): Timeline {
  if (Date.now !== systemClock) return new Timeline(Date.now(), nowMonotonicMs);
  return around ?? ofProcess.at(nowMonotonicMs);
}
