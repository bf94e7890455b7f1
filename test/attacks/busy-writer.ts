import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Report } from '../faults/writer-plan';
import type { BusyPlan } from './busy-plan';

/** Writes audit events of one delivery until SIGTERM, and measures how long its event loop is blocked: `busy-writer <plan>`. */
const plan = JSON.parse(process.argv[2] as string) as BusyPlan;
const trefoil = require(join(plan.dist, 'index.js')) as typeof import('../../src/index');

let isOver = false;
process.once('SIGTERM', () => (isOver = true));

function tell(report: Report): void {
  writeSync(1, `${JSON.stringify(report)}\n`);
}

async function main(): Promise<void> {
  const { path, delivery, callers, restMs, maxWaitMs, maxFileSizeMb, strictPermissions } = plan;
  const backend = new trefoil.FileAuditBackend({
    path,
    maxWaitMs,
    maxFileSizeMb,
    ...(strictPermissions === undefined ? {} : { strictPermissions }),
    maxFiles: 1_000_000,
    onReport: (where, error) => tell({ is: 'reported', where, message: (error as Error).message }),
  });
  let count = 0;
  const call = async (caller: number): Promise<void> => {
    while (!isOver) {
      const id = `${plan.name}-${caller}-${(count += 1)}`;
      const kind = delivery === 'strict' ? 'outcome' : 'event';
      try {
        await backend.log(eventOf(id), delivery);
        tell({ is: 'acked', id, kind, delivery });
      } catch (error) {
        const { code, message } = error as Error & { readonly code?: string };
        tell({ is: message.includes('may still do so') ? 'unsure' : 'refused', id, kind, delivery, code });
      }
      await setTimeout(restMs);
    }
  };
  for (let event = 0; event < 20; event += 1) {
    const id = `${plan.name}-warm-up-${event}`;
    await backend.log(eventOf(id), delivery);
    tell({ is: 'acked', id, kind: delivery === 'strict' ? 'outcome' : 'event', delivery });
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  tell({ is: 'open' });
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  delay.disable();
  tell({ is: 'blocked', forMs: delay.max / 1e6 });
  await backend.close();
  tell({ is: 'closed' });
}

function eventOf(eventId: string): InstanceType<typeof trefoil.AuditEvent> {
  const itemId = 'x'.repeat(100);
  return new trefoil.AuditEvent({ eventId, eventType: 'update', status: 'success', storeType: 'attacks', itemId });
}

main().catch((error: unknown) => {
  tell({ is: 'failed', message: (error as Error).message });
  process.exitCode = 3;
});
