import { performance } from 'node:perf_hooks';

/** Milliseconds since some fixed point, never set back; for durations. Kept at load, so fake timers cannot stop it. */
export const monotonicMs: () => number = performance.now.bind(performance);

/** Milliseconds since the Unix epoch; for time stamps. */
export function wallClockMs(): number {
  return Date.now();
}
