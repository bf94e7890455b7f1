import * as v from 'valibot';
import { checkOptions } from '../validate-options';
import { JournalBackend, type JournalBackendOptions } from './journal-backend';
import { journalOptionEntries, journalOriginEntries, trailDirectory } from './journal-option-schema';

/** Settings of a {@link FileAuditBackend}. */
export interface FileAuditBackendOptions extends JournalBackendOptions {
  /** The directory that holds the trail, with a directory in it for each process that writes; made where it is missing. */
  readonly path: string;
}

const optionsSchema = v.strictObject({ ...journalOptionEntries, ...journalOriginEntries, path: trailDirectory });

/**
 * Appends audit events to files of JSON lines, chained by hashes, that are rotated by size. Each backend writes files of
 * its own, so that processes never share one; what a process has left behind that was killed is recovered by the next one
 * that opens the directory. `buffered` hands the bytes to the kernel at once and syncs within 100 ms; `durable` and
 * `strict` wait for `fdatasync`, which callers that wait at the same time share.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_PATH` where the directory cannot be written, `TREFOIL_AUDIT_KEY`,
 * `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { AuditEvent, FileAuditBackend } from 'trefoil';
 *
 * const audit = new FileAuditBackend({ path: 'var/audit', maxFileSizeMb: 100, maxFiles: 10 });
 * await audit.log(new AuditEvent({ eventType: 'read', status: 'success', storeType: 's3' }), 'durable');
 * await audit.close();
 * ```
 */
export class FileAuditBackend extends JournalBackend {
  constructor(options: FileAuditBackendOptions) {
    checkOptions(optionsSchema, options, 'FileAuditBackend');
    const { path, maxFiles = 10, ...rest } = options;
    super({ name: 'file', root: path, filePrefix: 'audit', rotateDaily: false }, { ...rest, maxFiles });
  }
}
