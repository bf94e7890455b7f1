import * as v from 'valibot';
import { checkOptions } from '../validate-options';
import { JournalBackend, type JournalBackendOptions } from './journal-backend';
import { dailyOptionEntries, journalOriginEntries, trailDirectory } from './journal-option-schema';

/** Settings of a {@link JsonAuditBackend}. */
export interface JsonAuditBackendOptions extends JournalBackendOptions {
  /** The directory that holds the trail, with a directory in it for each process that writes; made where it is missing. */
  readonly directory: string;
  /** What the names of the files begin with. Default `audit`. */
  readonly filePrefix?: string | undefined;
  /** Begin a file each day, in UTC, with the day in its name. Default true. */
  readonly rotateDaily?: boolean | undefined;
}

const optionsSchema = v.strictObject({ ...dailyOptionEntries, ...journalOriginEntries, directory: trailDirectory });

/**
 * The journal of {@link FileAuditBackend} in a file a day, to be queried.
 *
 * @throws TrefoilError `TREFOIL_AUDIT_PATH` where the directory cannot be written, `TREFOIL_AUDIT_KEY`,
 * `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { AuditEvent, JsonAuditBackend } from 'trefoil';
 *
 * const audit = new JsonAuditBackend({ directory: 'var/audit-json' });
 * audit.logSync(new AuditEvent({ eventType: 'read', status: 'success', storeType: 's3', itemId: 'run-456' }));
 * for await (const event of audit.query({ itemId: 'run-456' })) console.log(event.timestamp);
 * await audit.close();
 * ```
 */
export class JsonAuditBackend extends JournalBackend {
  constructor(options: JsonAuditBackendOptions) {
    checkOptions(optionsSchema, options, 'JsonAuditBackend');
    const { directory, filePrefix = 'audit', rotateDaily = true, ...rest } = options;
    super({ name: 'json', root: directory, filePrefix, rotateDaily }, rest);
  }
}
