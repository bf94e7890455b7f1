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
 * their own, for the garbage collector to copy with every audit event (bench: all four).
 */
export function compactTime(ms: number): number {
  return ms - loadedAtMs;
}

/** The time stamp, in milliseconds since the Unix epoch. */
export function timeOf(compact: number): number {
  return compact + loadedAtMs;
}
