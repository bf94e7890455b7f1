import type { HrTime, TimeInput } from '@opentelemetry/api';

/** Milliseconds as OpenTelemetry's pair of seconds and nanoseconds. */
export function hrTimeOf(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

/** Milliseconds since the Unix epoch, of whatever OpenTelemetry takes for a time. */
export function msOf(time: TimeInput): number {
  if (Array.isArray(time)) return time[0] * 1000 + time[1] / 1e6;
  return typeof time === 'number' ? time : time.getTime();
}
