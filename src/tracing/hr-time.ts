import type { Attributes, HrTime, TimeInput } from '@opentelemetry/api';

/** The seconds that nanoseconds of 64 bits can count. */
const maxSeconds = 18_446_744_073;

/** Whether exporters have a place for it: from 1970 on, for some 580 years. */
export function isExportable([seconds, nanoseconds]: HrTime): boolean {
  return seconds >= 0 && seconds < maxSeconds && nanoseconds >= 0 && nanoseconds < 2e9;
}

/** The time, if it is one: no `NaN`, no invalid Date. A span that has none such could not be exported. */
export function usableTime(time: TimeInput | undefined): TimeInput | undefined {
  if (typeof time === 'number') return Number.isFinite(time) ? time : undefined;
  if (time instanceof Date) return Number.isFinite(time.getTime()) ? time : undefined;
  return Array.isArray(time) && time.length === 2 && time.every((part) => Number.isFinite(part)) ? time : undefined;
}

/** Whatever OpenTelemetry takes for a time as its pair of seconds and nanoseconds; a number is milliseconds since the Unix epoch. */
export function hrTimeOf(time: TimeInput): HrTime {
  if (Array.isArray(time)) return time;
  const ms = typeof time === 'number' ? time : time.getTime();
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

/** A number of nanoseconds as the pair. */
export function hrTimeOfNs(ns: number): HrTime {
  const seconds = Math.floor(ns / 1e9);
  return [seconds, ns - seconds * 1e9];
}

/** Nanoseconds from the one to the other; not below zero. */
export function nsBetween([fromSeconds, fromNs]: HrTime, [toSeconds, toNs]: HrTime): number {
  return Math.max(0, (toSeconds - fromSeconds) * 1e9 + (toNs - fromNs));
}

/** As a Date, which has whole milliseconds. */
export function dateOf([seconds, ns]: HrTime): Date {
  return new Date(seconds * 1000 + Math.floor(ns / 1e6));
}

export function isTimeInput(value: Attributes | TimeInput | undefined): value is TimeInput {
  if (typeof value === 'number' || value instanceof Date) return true;
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number');
}
