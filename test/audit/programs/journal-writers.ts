import { AuditEvent, FileAuditBackend } from '../../../src/index';

/**
 * Writers of one journal: `journal-writers <root> <writers> <events>`. Each says on standard output what was acknowledged,
 * as an id a line; `0` events never end.
 */
const [root = '', writers = '1', events = '0'] = process.argv.slice(2);
const backend = new FileAuditBackend({ path: root });

async function write(writer: number): Promise<void> {
  for (let count = 1; events === '0' || count <= Number(events); count += 1) {
    const eventId = `${process.pid}-${writer}-${count}`;
    const event = new AuditEvent({ eventId, eventType: 'update', status: 'success', storeType: 'test' });
    // Buffered events are in the kernel when the call returns: a kill does not lose them.
    if (count % 5 === 0) void backend.log(event);
    else if (count % 7 === 0) backend.logSync(event, 'durable');
    else await backend.log(event, 'durable');
    process.stdout.write(`${eventId}\n`);
  }
}

process.stdout.write(`open ${backend.file}\n`);
void Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer))).then(() => backend.close());
