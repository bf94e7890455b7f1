/** How a journal is doing; counts are since it was opened, durations in milliseconds. */
export interface JournalStatus {
  /** Events taken in. */
  readonly accepted: number;
  /** Events handed to the kernel. */
  readonly written: number;
  /** Events lost under `buffered` and `bestEffort`, and those that were lost after they had been written, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Events lost under `durable` and `strict`, whose callers were told. */
  readonly rejected: number;
  /** Intents of others whose outcome nobody knows, found when their journals were recovered. */
  readonly outcomeUnknown: number;
  /** Callers that wait for the disk. */
  readonly queueDepth: number;
  /** How long the first of them has waited. */
  readonly queueAgeMs: number;
  /** Bytes that a power failure would lose now. */
  readonly unsyncedBytes: number;
  readonly syncs: number;
  readonly lastSyncMs: number;
  readonly longestSyncMs: number;
  readonly checkpointAgeMs: number;
  /** Why nothing can be written at present. */
  readonly latched: Error | undefined;
  readonly diskFull: boolean;
}

/** Counts what a {@link JournalStatus} says. */
export class JournalCounters {
  accepted = 0;
  written = 0;
  rejected = 0;
  outcomeUnknown = 0;
  syncs = 0;
  lastSyncMs = 0;
  longestSyncMs = 0;
  readonly dropped: Record<string, number> = {};

  drop(reason: string): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
  }

  synced(durationMs: number): void {
    this.syncs += 1;
    this.lastSyncMs = durationMs;
    this.longestSyncMs = Math.max(this.longestSyncMs, durationMs);
  }
}
