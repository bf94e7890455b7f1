import type { OnJournalReport } from './adopt-writers';
import type { AuditAnchor } from './anchors';

/** The settings of a {@link Journal}. */
export interface JournalOptions {
  /** The directory of all writers; made where it is missing. */
  readonly root: string;
  /** What the names of the files begin with. */
  readonly filePrefix: string;
  /** Begin a new file each day, in UTC. */
  readonly rotateDaily: boolean;
  readonly maxSegmentBytes: number;
  /** How many full files' worth of bytes is kept, over all writers. */
  readonly maxFiles: number;
  /** How long files are kept; by default, however old they are. */
  readonly maxAgeDays?: number | undefined;
  /** Longer events are cut, in UTF-16 units of JSON. Default 262,144. */
  readonly maxEventLength?: number | undefined;
  /** How long a caller waits for the disk, in milliseconds. Default 5,000. */
  readonly maxWaitMs?: number | undefined;
  /** How many callers may wait for the disk; more wait for their turn. Default 10,000. */
  readonly maxQueue?: number | undefined;
  /** An Ed25519 key as PKCS#8 PEM, or its file: signs checkpoints and seals. */
  readonly key?: string | undefined;
  /** Public keys, as PEM or files, of others that sign chains in this root, or have signed them. */
  readonly trustedKeys?: readonly string[] | undefined;
  /** Refuse a root that others may write to, instead of reporting it. */
  readonly strictPermissions?: boolean | undefined;
  readonly anchors?: readonly AuditAnchor[] | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Told of failing disks, damage, foreign files and anchors that fail. */
  readonly onReport?: OnJournalReport | undefined;
}

export const journalDefaults = Object.freeze({ maxEventLength: 262_144, maxWaitMs: 5_000, maxQueue: 10_000 });
