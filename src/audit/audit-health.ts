/** How long something took, counted: what a Prometheus histogram is made of. */
export interface AuditLatency {
  readonly count: number;
  /** In seconds. */
  readonly sum: number;
  /** By upper bound in seconds, how many took at most that long: cumulative, without +Inf; the bounds never change. */
  readonly buckets: Readonly<Record<string, number>>;
}

/**
 * How an audit backend is doing at one moment. It is asked when metrics are scraped and by `status()`, so it has to be
 * cheap and must not wait; ages are those of this moment. Counts begin at zero with the backend and never go down. An
 * event is `accepted` when `log` is called with it and does not throw; later it is either `written` or `dropped`. What a
 * backend cannot know is left out.
 */
export interface AuditHealth {
  /** Events taken. Intents and outcomes of strict calls count once each. */
  readonly accepted: number;
  /** Events that are where they were meant to be: on disk, in the database, in memory. */
  readonly written: number;
  /** By reason, such as `queue_full` or `write_failed`: events that were taken and are lost. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Events that were refused, so that the caller knows: `log` threw, or its promise rejected. */
  readonly rejected: number;
  /** Intents whose outcome nobody knows, as found by a recovery. */
  readonly outcomeUnknown?: number;
  /** Events taken and not yet written. */
  readonly queueDepth?: number;
  /** How long the oldest of them has been waiting, in seconds; 0 where none is. */
  readonly queueAgeSeconds?: number;
  /** How long `fsync` and `fdatasync` took. */
  readonly fsync?: AuditLatency;
  /** How long ago the last checkpoint was made, or the chain begun, in seconds. */
  readonly checkpointAgeSeconds?: number;
  /** Directories of the trail that were set aside, because no trusted key has signed what they hold. */
  readonly quarantined?: readonly string[];
  /**
   * How far the recovery of what writers that are gone have left has come: writers that are not recovered yet, bytes
   * read so far, writers that are; left out where there is nothing to recover.
   */
  readonly recovering?: { readonly writers: number; readonly bytes: number; readonly done: number };
  /** Why the backend takes nothing until it can write again; left out while it works. */
  readonly latched?: string;
  /** Why it refuses events at present, until it takes them again by itself; left out while it takes them. */
  readonly refusing?: string;
  /** How those behind it are doing, where it passes events on to others; names are unique. */
  readonly members?: Readonly<Record<string, AuditHealth>>;
}
