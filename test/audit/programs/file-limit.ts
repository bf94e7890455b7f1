import { AuditEvent, FileAuditBackend } from '../../../src/index';

/** Writes under a limit on the size of files, which the shell has set: `file-limit <root>`. Says what it has seen. */
const backend = new FileAuditBackend({ path: process.argv[2] ?? '' });
const seen = { taken: [] as string[], refused: [] as string[] };

async function main(): Promise<void> {
  for (let count = 1; count <= 400; count += 1) {
    const eventId = `e-${count}`;
    const event = new AuditEvent({ eventId, eventType: 'update', status: 'success', storeType: 'x'.repeat(200) });
    try {
      if (count % 3 === 0) await backend.log(event, 'durable');
      else if (count % 3 === 1) backend.logSync(event, 'durable');
      else void backend.log(event);
      seen.taken.push(eventId);
    } catch (error) {
      seen.refused.push(`${eventId} ${(error as { cause?: { code?: string } }).cause?.code}`);
    }
  }
  await backend.close();
  const { dropped, rejected, written } = backend.status;
  process.stdout.write(`${JSON.stringify({ ...seen, dropped, rejected, written })}\n`);
}

void main();
