import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Delivery } from '../call/operation';
import { TrefoilError } from '../errors';
import { escapeJson } from '../redaction/escape-text';
import type { AuditBackend, AuditGuarantees } from './audit-backend';
import { AuditEvent } from './audit-event';
import { filterEvents, type AuditFilter } from './audit-filter';

/** Settings of a {@link FileAuditBackend}. */
export interface FileAuditBackendOptions {
  /** The directory that holds the files, one for each process that writes; made where it is missing. */
  readonly path: string;
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
  #descriptor: number | undefined;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The sync under way, and the one that will follow it for what was written since. */
  #syncing: Promise<void> | undefined;
  #following: Promise<void> | undefined;

  constructor(options: FileAuditBackendOptions) {
    this.#directory = options.path;
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

  /** The events of every file in the directory, file by file, each in the order of writing. */
  query(filter: AuditFilter = {}): AsyncIterable<AuditEvent> {
    return filterEvents(readDirectory(this.#directory), filter);
  }

  async flush(): Promise<void> {
    if (this.#descriptor !== undefined) await this.#sync();
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    clearTimeout(this.#timer);
    await this.#sync();
    this.#descriptor = undefined;
    fs.closeSync(descriptor);
  }

  #append(event: AuditEvent): number {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) {
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
    if (this.#syncing === undefined) return this.#beginSync();
    this.#following ??= this.#syncing
      .catch(() => undefined)
      .then(() => {
        this.#following = undefined;
        return this.#beginSync();
      });
    return this.#following;
  }

  #beginSync(): Promise<void> {
    this.#syncing = new Promise<void>((resolve, reject) => {
      fs.fdatasync(this.#descriptor as number, (error) => (error === null ? resolve() : reject(error)));
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

async function* readDirectory(directory: string): AsyncGenerator<AuditEvent> {
  const names = (await fs.promises.readdir(directory)).filter((name) => name.endsWith('.ndjson')).sort();
  for (const name of names) {
    const lines = createInterface({ input: fs.createReadStream(join(directory, name)), crlfDelay: Infinity });
    for await (const line of lines) if (line !== '') yield AuditEvent.fromJSON(JSON.parse(line));
  }
}
