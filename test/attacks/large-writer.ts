import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Report } from '../faults/writer-plan';
import type { LargePlan } from './large-plan';

/** Leaves a large trail behind, or starts on one and measures how long that blocks: `large-writer <plan>`. */
const { dist, path, megabytes } = JSON.parse(process.argv[2] as string) as LargePlan;
const trefoil = require(join(dist, 'index.js')) as typeof import('../../src/index');

function tell(report: Report): void {
  writeSync(1, `${JSON.stringify(report)}\n`);
}

function open(): InstanceType<typeof trefoil.FileAuditBackend> {
  return new trefoil.FileAuditBackend({ path, maxFiles: 1_000_000 });
}

/** Few events, and large ones: that is quickly done. */
function leave(bytes: number): void {
  const backend = open();
  const itemId = 'x'.repeat(200_000);
  for (let written = 0; written < bytes; written += itemId.length) {
    const event = { eventId: `large-${written}`, eventType: 'update', status: 'success', storeType: 'large' } as const;
    void backend.log(new trefoil.AuditEvent({ ...event, metadata: { itemId } }));
    tell({ is: 'acked', id: event.eventId, kind: 'event', delivery: 'buffered' });
  }
  process.kill(process.pid, 'SIGKILL');
}

async function start(): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await setTimeout(10);
  delay.reset();
  const begun = performance.now();
  const backend = open();
  const openedMs = performance.now() - begun;
  tell({ is: 'open' });
  while (backend.status.recovering !== undefined) await setTimeout(10);
  delay.disable();
  tell({ is: 'blocked', forMs: Math.max(openedMs, delay.max / 1e6) });
  await backend.close();
  tell({ is: 'closed' });
}

if (megabytes !== undefined) leave(megabytes * 1_000_000);
else void start();
