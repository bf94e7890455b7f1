import type { AuditLatency } from '../audit-health';
import type { RecoveryProgress } from './background-recovery';
import type { FileDamage } from './file-damage';

/** Upper bounds in seconds of how long a sync takes: from a fast disk to one that is about to fail. */
const syncBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] as const;

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
  readonly syncLatency: AuditLatency;
  readonly checkpointAgeMs: number;
  /** Why nothing can be written at present. */
  readonly latched: Error | undefined;
  readonly diskFull: boolean;
  /** Directories in the root that are set aside, because no trusted key has signed what they hold. */
  readonly quarantined: readonly string[];
  /** How far the recovery of what writers that are gone have left has come; left out where there is nothing to recover. */
  readonly recovering?: RecoveryProgress;
  /** How often a file was removed, moved, truncated or written to by somebody else while it was written. */
  readonly damages: number;
  readonly lastDamage: Error | undefined;
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
  damages = 0;
  lastDamage: Error | undefined;
  readonly dropped: Record<string, number> = {};
  readonly #syncsByBound = syncBounds.map(() => 0);
  #syncSeconds = 0;

  get syncLatency(): AuditLatency {
    const buckets: Record<string, number> = {};
    for (const [index, bound] of syncBounds.entries()) buckets[bound] = this.#syncsByBound[index] ?? 0;
    return { count: this.syncs, sum: this.#syncSeconds, buckets };
  }

  drop(reason: string, count = 1): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count;
  }

  damagedBy(damage: FileDamage, lost: number): void {
    this.damages += 1;
    this.lastDamage = damage;
    if (lost > 0) this.drop(damage.code, lost);
  }

  synced(durationMs: number): void {
    this.syncs += 1;
    this.lastSyncMs = durationMs;
    this.longestSyncMs = Math.max(this.longestSyncMs, durationMs);
    const seconds = durationMs / 1_000;
    this.#syncSeconds += seconds;
    for (const [index, bound] of syncBounds.entries()) {
      if (seconds <= bound) this.#syncsByBound[index] = (this.#syncsByBound[index] ?? 0) + 1;
    }
  }
}
