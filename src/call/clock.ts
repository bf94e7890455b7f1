import { performance } from 'node:perf_hooks';

/** Milliseconds since some fixed point, never set back; for durations. Kept at load, so fake timers cannot stop it. */
export const monotonicMs: () => number = performance.now.bind(performance);

/** A duration as it is written out: to the microsecond, past which the clock says nothing. */
export function roundedMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}

/** Milliseconds since the Unix epoch; for time stamps. */
export function wallClockMs(): number {
  return Date.now();
}
