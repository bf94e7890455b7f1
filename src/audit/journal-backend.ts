import { resolve } from 'node:path';
import type { Delivery } from '../call/delivery';
import type { AuditBackend, AuditGuarantees } from './audit-backend';
import type { AuditEvent } from './audit-event';
import { filterEvents, type AuditFilter } from './audit-filter';
import type { AuditHealth } from './audit-health';
import type { AuditAnchor } from './journal/anchors';
import { Journal } from './journal/journal';
import type { JournalStatus } from './journal/journal-status';
import { readTrailEvents } from './journal/read-trail-events';
import type { OnUnreadable } from './journal/segment-records';
import { refuseUnreadable } from './refuse-unreadable';

/** What the backends that write a journal have in common. */
export interface JournalBackendOptions {
  /** The largest size of a file, in MB of 1,000,000 bytes. Default 100. */
  readonly maxFileSizeMb?: number | undefined;
  /**
   * How much is kept, over all processes that write to the directory: as many bytes as so many files of
   * `maxFileSizeMb` hold, however many files that are; the oldest go first. `Infinity` keeps all. Default: 10 of the file
   * backend, all of the JSON backend.
   */
  readonly maxFiles?: number | undefined;
  /**
   * How many days a finished file is kept; a file that has events is finished after a day then. Nothing is removed for
   * its age where the clock is more than a week ahead of the trail. Default: for as long as `maxFiles` allows.
   */
  readonly maxAgeDays?: number | undefined;
  /** How long a call waits for the disk under `durable` and `strict`, in milliseconds. Default 5,000. */
  readonly maxWaitMs?: number | undefined;
  /** An Ed25519 private key as PKCS#8 PEM, or the path of its file: checkpoints and seals are signed with it. */
  readonly key?: string | undefined;
  /**
   * Public keys, as PEM or paths of files, beside that of `key`: of keys that signed here before, and of others that write
   * to the same directory. What a process has left behind is recovered if one of them, or `key`, has signed it; anything
   * else is set aside. Default: none.
   */
  readonly trustedKeys?: readonly string[] | undefined;
  /** Refuse a directory that other users may write to, instead of reporting it. Default false. */
  readonly strictPermissions?: boolean | undefined;
  /** Places for checkpoints that this process cannot rewrite: `{ file }`, `{ backend }` or a function. */
  readonly anchors?: readonly AuditAnchor[] | undefined;
  /** Named in each file. */
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /**
   * Told of what no caller can be told: at `error` of failing disks and of damage that was found, at `warn` of foreign
   * files and anchors that fail.
   */
  readonly onReport?: ((where: string, error: unknown, level: 'warn' | 'error') => void) | undefined;
  /**
   * Told by a query of each line that is no record: the file, the number of the line and what is wrong with it. A last
   * line without an end is none of them: it is what a crash leaves behind. Default: they are only counted.
   */
  readonly onUnreadable?: OnUnreadable | undefined;
}

/** What tells the presets from each other. */
export interface JournalPreset {
  readonly name: string;
  readonly root: string;
  readonly filePrefix: string;
  readonly rotateDaily: boolean;
}

/** One journal as an audit backend; the presets name its settings. */
export abstract class JournalBackend implements AuditBackend {
  readonly name: string;
  readonly guarantees: AuditGuarantees = { delivery: 'strict', volatile: false };
  readonly #journal: Journal;
  readonly #root: string;
  readonly #onUnreadable: OnUnreadable | undefined;
  #unreadableLines = 0;

  protected constructor({ name, ...preset }: JournalPreset, options: JournalBackendOptions) {
    const { maxFileSizeMb = 100, maxFiles = Number.POSITIVE_INFINITY, onUnreadable, ...rest } = options;
    this.name = name;
    // A process that changes its directory has not moved its trail. An empty path is nowhere, as before.
    this.#root = preset.root && resolve(preset.root);
    this.#onUnreadable = onUnreadable;
    this.#journal = new Journal({
      ...rest,
      ...preset,
      root: this.#root,
      maxSegmentBytes: maxFileSizeMb * 1_000_000,
      maxFiles,
    });
  }

  /** The file that this backend writes at present. */
  get file(): string {
    return this.#journal.file;
  }

  /** How many lines the queries so far have passed over, because they hold no record. */
  get unreadableLines(): number {
    return this.#unreadableLines;
  }

  /** What was accepted, written and lost, and how the disk is doing. */
  get status(): JournalStatus {
    return this.#journal.status;
  }

  /** The same for metrics and for `status()` of the runtime. */
  health(): AuditHealth {
    const { status } = this;
    return {
      accepted: status.accepted,
      written: status.written,
      dropped: status.dropped,
      rejected: status.rejected,
      outcomeUnknown: status.outcomeUnknown,
      queueDepth: status.queueDepth,
      queueAgeSeconds: status.queueAgeMs / 1_000,
      fsync: status.syncLatency,
      checkpointAgeSeconds: status.checkpointAgeMs / 1_000,
      ...(status.quarantined.length === 0 ? {} : { quarantined: status.quarantined }),
      ...(status.recovering === undefined ? {} : { recovering: status.recovering }),
      ...(status.latched === undefined ? {} : { latched: status.latched.message }),
      ...(status.diskFull
        ? { refusing: 'the disk is full, and only outcomes of calls that have begun are written' }
        : {}),
    };
  }

  /**
   * Takes an event; one that a query could not read back is refused, by a rejection where there is a promise.
   *
   * @throws TrefoilError `TREFOIL_AUDIT_EVENT_INVALID`, `TREFOIL_AUDIT_NOT_WRITTEN`
   */
  log(event: AuditEvent, delivery?: Delivery): void | Promise<void> {
    try {
      refuseUnreadable(event);
    } catch (error) {
      if (delivery === 'durable' || delivery === 'strict') return Promise.reject(error);
      throw error;
    }
    return this.#journal.append(event, delivery);
  }

  logSync(event: AuditEvent, delivery?: Delivery): void {
    refuseUnreadable(event);
    this.#journal.appendSync(event, delivery);
  }

  /**
   * The events of all processes that write or have written to the directory, in the order of writing. An intent without an outcome has the status `unknown`. Lines that hold no record are passed over and counted.
   */
  query(filter: AuditFilter = {}): AsyncIterable<AuditEvent> {
    const onUnreadable: OnUnreadable = (...line) => {
      this.#unreadableLines += 1;
      this.#onUnreadable?.(...line);
    };
    return filterEvents(this.#read(filter.order ?? 'asc', onUnreadable), filter);
  }

  flush(): Promise<void> {
    return this.#journal.flush();
  }

  /** Takes no more events, and resolves when all that were taken are on disk. Closing twice does no harm. */
  close(): Promise<void> {
    return this.#journal.close();
  }

  async *#read(order: 'asc' | 'desc', onUnreadable: OnUnreadable): AsyncGenerator<AuditEvent> {
    try {
      this.#journal.writeOut();
    } catch {
      // Whoever wrote it has been told; what is on disk can be read all the same.
    }
    yield* readTrailEvents(this.#root, { order, onUnreadable });
  }
}
