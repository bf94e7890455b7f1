import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Delivery } from '../call/operation';
import { TrefoilError } from '../errors';
import { escapeJson } from '../redaction/escape-text';
import type { AuditBackend, AuditGuarantees } from './audit-backend';
import type { AuditEvent } from './audit-event';
import { filterEvents, type AuditFilter } from './audit-filter';
import { readEvents, type OnUnreadable } from './read-events';

/** Settings of a {@link FileAuditBackend}. */
export interface FileAuditBackendOptions {
  /** The directory that holds the files, one for each process that writes; made where it is missing. */
  readonly path: string;
  /**
   * Told by a query of each line that is no event: the file, the number of the line and what is wrong with it. A last
   * line without an end is none of them: it is what a crash leaves behind. Default: they are only counted.
   */
  readonly onUnreadable?: (file: string, line: number, error: unknown) => void;
}

/** How long an event may wait for the disk under `buffered`, in milliseconds. */
const syncIntervalMs = 100;

/**
 * Appends audit events to a file, one JSON object per line (NDJSON, UTF-8, mode 0600). Each backend writes a file of
 * its own, so that processes never share one. `buffered` hands the bytes to the kernel at once and syncs within 100 ms;
 * `durable` waits for `fdatasync`, which callers that wait at the same time share.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_PATH` where the file cannot be created
 *
 * @example
 * ```ts
 * import { AuditEvent, FileAuditBackend } from 'trefoil';
 *
 * const audit = new FileAuditBackend({ path: 'var/audit' });
 * await audit.log(new AuditEvent({ eventType: 'read', status: 'success', storeType: 's3' }), 'durable');
 * await audit.close();
 * ```
 */
export class FileAuditBackend implements AuditBackend {
  readonly name: string = 'file';
  readonly guarantees: AuditGuarantees = { delivery: 'durable', volatile: false };
  /** The file that this backend writes. */
  readonly file: string;
  readonly #directory: string;
  readonly #onUnreadable: OnUnreadable | undefined;
  #unreadableLines = 0;
  #closing: Promise<void> | undefined;
  readonly #descriptor: number;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The sync under way, and the one that will follow it for what was written since. */
  #syncing: Promise<void> | undefined;
  #following: Promise<void> | undefined;

  constructor(options: FileAuditBackendOptions) {
    this.#directory = options.path;
    this.#onUnreadable = options.onUnreadable;
    this.file = join(options.path, `audit-${process.pid}-${randomBytes(6).toString('hex')}.ndjson`);
    try {
      fs.mkdirSync(options.path, { recursive: true, mode: 0o700 });
      const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = fs.constants;
      this.#descriptor = fs.openSync(this.file, O_APPEND | O_CREAT | O_EXCL | O_WRONLY, 0o600);
      syncDirectory(options.path);
    } catch (cause) {
      throw new TrefoilError(
        'TREFOIL_AUDIT_PATH',
        {
          attempted: 'Creating the audit file',
          where: this.file,
          why: (cause as Error).message,
          todo: 'Give audit.path a directory that this process may create and write.',
        },
        { cause },
      );
    }
  }

  /** How many lines the queries so far have passed over, because they hold no event. */
  get unreadableLines(): number {
    return this.#unreadableLines;
  }

  log(event: AuditEvent, delivery: Delivery = 'buffered'): void | Promise<void> {
    this.#append(event);
    if (delivery === 'durable' || delivery === 'strict') return this.#sync();
    this.#syncSoon();
  }

  logSync(event: AuditEvent, delivery: Delivery = 'buffered'): void {
    const descriptor = this.#append(event);
    if (delivery === 'durable' || delivery === 'strict') fs.fdatasyncSync(descriptor);
    else this.#syncSoon();
  }

  /**
   * The events of every file in the directory, file by file, each in the order of writing. Lines that hold no event are
   * passed over and counted.
   */
  query(filter: AuditFilter = {}): AsyncIterable<AuditEvent> {
    const onUnreadable: OnUnreadable = (...line) => {
      this.#unreadableLines += 1;
      this.#onUnreadable?.(...line);
    };
    return filterEvents(readEvents(this.#directory, onUnreadable), filter);
  }

  flush(): Promise<void> {
    return this.#closing ?? this.#sync();
  }

  /** Takes no more events, and resolves when all that were taken are on disk. Closing twice does no harm. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#sync();
    } finally {
      fs.closeSync(this.#descriptor);
    }
  }

  #append(event: AuditEvent): number {
    const descriptor = this.#descriptor;
    if (this.#closing !== undefined) {
      throw new TrefoilError('TREFOIL_CLOSED', {
        attempted: 'Writing an audit event',
        where: this.file,
        why: 'the backend is closed',
        todo: 'Stop the callers before the backend is closed.',
      });
    }
    const bytes = Buffer.from(`${escapeJson(JSON.stringify(event))}\n`);
    let written = 0;
    try {
      while (written < bytes.length) written += fs.writeSync(descriptor, bytes, written);
    } catch (error) {
      // Half a line would spoil the next one too.
      if (written > 0) fs.ftruncateSync(descriptor, this.#size);
      throw error;
    }
    this.#size += bytes.length;
    return descriptor;
  }

  #syncSoon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // A failed background sync is met again by the next durable event, by flush and by close, which report it.
      this.#sync().catch(() => undefined);
    }, syncIntervalMs);
    this.#timer.unref();
  }

  /** Resolves when all that is written by now is on disk: a sync under way does not count, it may have missed it. */
  #sync(): Promise<void> {
    if (this.#following !== undefined) return this.#following;
    if (this.#syncing === undefined) return this.#beginSync();
    this.#following = this.#syncing
      .catch(() => undefined)
      .then(() => {
        this.#following = undefined;
        return this.#beginSync();
      });
    return this.#following;
  }

  /** There is never more than one at a time, so that whoever waits for the last one has waited for all. */
  #beginSync(): Promise<void> {
    this.#syncing = new Promise<void>((resolve, reject) => {
      fs.fdatasync(this.#descriptor, (error) => (error === null ? resolve() : reject(error)));
    }).finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }
}

/** Makes a new file's name durable, too: without it a crash can lose the whole file. */
function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
