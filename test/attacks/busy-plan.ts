import type { EventReport } from '../faults/writer-plan';

/** What a writer has to do that is to be disturbed; the only argument of `busy-writer`, as JSON. */
export interface BusyPlan {
  readonly dist: string;
  readonly path: string;
  /** What its events are called: `<name>-<caller>-<count>`. */
  readonly name: string;
  readonly delivery: EventReport['delivery'];
  readonly callers: number;
  /** How long each caller rests between calls, in milliseconds. */
  readonly restMs: number;
  readonly maxWaitMs?: number | undefined;
  readonly maxFileSizeMb?: number | undefined;
  readonly strictPermissions?: boolean | undefined;
}
