/** One thing that a part has to reach, and how far it has come. */
export interface Bar {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** The number that was reached, in words. */
  readonly detail: string;
  /** What went wrong, a line each. */
  readonly violations?: readonly string[];
}

/** What a part is given. */
export interface Ground {
  /** The build under test. */
  readonly dist: string;
  /** A directory on a real disk, for whatever the part writes. */
  readonly folder: string;
  /** 1, or 10 at night. */
  readonly times: number;
  /** Which faults of the matrix to try; all where it is absent. */
  readonly faults?: RegExp | undefined;
}

/** Runs and gives its bars, each as soon as it is known. */
export type Part = (ground: Ground) => AsyncIterable<Bar>;

export function barOf(name: string, isReached: boolean, detail: string, violations: readonly string[] = []): Bar {
  const result = isReached && violations.length === 0 ? 'passed' : 'failed';
  return { name, result, detail, violations };
}

/** For what this machine cannot do; where CI says that it must be able to, that is a failure. */
export function cannotRun(name: string, why: string): Bar {
  return { name, result: process.env['CI'] === 'true' ? 'failed' : 'skipped', detail: why };
}
