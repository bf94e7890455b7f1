import { performance } from 'node:perf_hooks';

/** Milliseconds since some fixed point, never set back; for durations. Kept at load, so fake timers cannot stop it. */
export const monotonicMs: () => number = performance.now.bind(performance);

/** A duration as it is written out: to the microsecond, past which the clock says nothing. */
export function roundedMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}

const loadedAtMs = Date.now();

/**
 * A time stamp as a small integer, which V8 keeps in the field itself; milliseconds since the epoch would be an object of
 * their own, for the garbage collector to copy with every audit event and span (bench: all four).
 */
export function compactTime(ms: number): number {
  return ms - loadedAtMs;
}

/** The time stamp, in milliseconds since the Unix epoch. */
export function timeOf(compact: number): number {
  return compact + loadedAtMs;
}

/** How long one reading of the wall clock is carried on by the monotonic one; a clock that is set is noticed after it. */
const carriedOnMs = 20;
const systemClock = Date.now;
let readAtMs = 0;
let readAtMonotonicMs = Number.NEGATIVE_INFINITY;

/**
 * Whole milliseconds since the Unix epoch; for time stamps. A reading of the wall clock costs as much as the call of a
 * method, so that in a burst of calls most go without (bench: no tracing). A clock that has been replaced, as by fake
 * timers, is read every time.
 *
 * @param nowMonotonicMs the monotonic clock, which the caller has read already
 */
export function wallClockMs(nowMonotonicMs: number): number {
  const passedMs = nowMonotonicMs - readAtMonotonicMs;
  if (passedMs < carriedOnMs && Date.now === systemClock) return readAtMs + Math.trunc(passedMs);
  readAtMs = Date.now();
  readAtMonotonicMs = nowMonotonicMs;
  return readAtMs;
}
