import 'reflect-metadata';
import { appendFileSync, writeSync } from 'node:fs';
import { container } from 'tsyringe';
import { AsyncAuditBackend, AUDIT_BACKEND, Audited, AuditLogger, initializeObservability } from '../../../src/index';
import { RecordingAudit } from '../recording-audit';
import type { AuditEvent } from '../../../src/index';

/** `program <scenario> <how many events>`; writes each event to the file `written`. */
const [scenario, count] = [process.argv[2], Number(process.argv[3])];

class TellingAudit extends RecordingAudit {
  override log(event: AuditEvent): void {
    appendFileSync('written', `${event.itemId}\n`);
  }
}

/** Takes its time, as a database does. */
class SlowAudit extends RecordingAudit {
  override log(event: AuditEvent): void {
    const written = new Promise((resolve) => setTimeout(resolve, 5)).then(() =>
      appendFileSync('written', `${event.itemId}\n`),
    );
    return written as unknown as void;
  }
}

class Orders {
  @Audited({ event: 'read', item: (id: string) => id })
  get(id: string): string {
    return id;
  }
}

const inner = scenario?.startsWith('slow') ? new SlowAudit() : new TellingAudit();
const backend = new AsyncAuditBackend({ backend: inner, flushIntervalSeconds: 3_600 });

if (scenario?.endsWith('SIGTERM')) {
  container.register(AUDIT_BACKEND, { useValue: backend });
  initializeObservability({
    audit: { delivery: 'bestEffort' },
    metrics: { backend: 'none' },
    logging: { level: 'silent' },
  });
  setInterval(() => undefined, 1_000);
  const orders = new Orders();
  for (let index = 0; index < count; index += 1) orders.get(String(index));
  writeSync(1, 'ready\n');
} else {
  const audit = new AuditLogger({ backend, storeType: 'test' });
  for (let index = 0; index < count; index += 1) void audit.logRead(String(index));
  if (scenario === 'exit') process.exit(3);
  if (scenario === 'throw') throw new Error('uncaught');
}
