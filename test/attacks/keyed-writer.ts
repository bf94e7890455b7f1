import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { Worker, isMainThread } from 'node:worker_threads';
import type { FileAuditBackend } from '../../src/index';
import { directoryOf, type KeyedPlan, type KeyedRun } from './keyed-writer-plan';

/** Writes signed and anchored events as a plan says: `keyed-writer <plan>`. */
const plan = JSON.parse(process.argv[2] as string) as KeyedPlan;
const trefoil = require(join(plan.dist, 'index.js')) as typeof import('../../src/index');

const reports: string[] = [];
let count = 0;

function open(): FileAuditBackend {
  const { uid = 0 } = plan;
  if (uid !== 0) {
    process.setgid?.(uid);
    process.setuid?.(uid);
  }
  return new trefoil.FileAuditBackend({
    path: plan.root,
    key: plan.key,
    anchors: [{ file: plan.anchors }],
    // Some are stopped for more than a minute.
    maxWaitMs: 600_000,
    ...(plan.limits ?? { maxFiles: Number.POSITIVE_INFINITY }),
    onReport: (where, error) => void reports.push(`${where}: ${(error as Error).message}`),
  });
}

async function write(backend: FileAuditBackend, events: number, restMs = 0): Promise<void> {
  for (const last = count + events; count < last;) {
    const eventId = `${plan.name}${isMainThread ? '' : '-thread'}-${(count += 1)}`;
    const event = { eventId, eventType: 'update', status: 'success', storeType: 'attacks' } as const;
    await backend.log(new trefoil.AuditEvent(event), plan.delivery ?? 'durable');
    if (restMs > 0) await setTimeout(restMs);
  }
}

function tell(backend: FileAuditBackend): void {
  const { quarantined = [] } = backend.status;
  const told: KeyedRun = { directory: directoryOf(backend.file), quarantined, reports: reports.splice(0) };
  writeSync(1, `${JSON.stringify(told)}\n`);
}

/** A thread that ends like this has closed nothing. */
async function writeInThread(): Promise<void> {
  const backend = open();
  await write(backend, plan.events);
  tell(backend);
  process.exit();
}

async function runThread(): Promise<void> {
  const worker = new Worker(__filename, { argv: [process.argv[2]] });
  await new Promise((resolve) => worker.on('exit', resolve));
}

async function main(): Promise<void> {
  if (!isMainThread) return writeInThread();
  if (plan.thread === 'before') await runThread();
  const backend = open();
  await write(backend, plan.events);
  tell(backend);
  if (plan.thread === 'meanwhile') await runThread();
  if (plan.ends === 'kill') process.kill(process.pid, 'SIGKILL');
  if (plan.ends === 'stay') {
    for await (const line of createInterface(process.stdin)) {
      await write(backend, Number(line), 1);
      tell(backend);
    }
  }
  await backend.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 3;
});
