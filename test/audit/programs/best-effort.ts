import { AuditEvent, FileAuditBackend } from '../../../src/index';

/** Logs into memory and ends, as it is told to. */
const [, , path = '', how] = process.argv;
const audit = new FileAuditBackend({ path });
for (const eventId of ['1', '2', '3']) {
  void audit.log(new AuditEvent({ eventId, eventType: 'read', status: 'success', storeType: 'test' }), 'bestEffort');
}
if (how === 'exit') process.exit();
if (how === 'throw') throw new Error('nobody catches this');
