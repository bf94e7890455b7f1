import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker, isMainThread } from 'node:worker_threads';
import type { FileAuditBackend } from '../../src/index';
import { directoryOf, type KeyedPlan, type KeyedRun } from './keyed-writer-plan';

/** Writes signed and anchored events as a plan says: `keyed-writer <plan>`. */
const plan = JSON.parse(process.argv[2] as string) as KeyedPlan;
const trefoil = require(join(plan.dist, 'index.js')) as typeof import('../../src/index');

const reports: string[] = [];
let count = 0;

function open(): FileAuditBackend {
  return new trefoil.FileAuditBackend({
    path: plan.root,
    key: plan.key,
    anchors: [{ file: plan.anchors }],
    ...(plan.limits ?? { maxFiles: Number.POSITIVE_INFINITY }),
    onReport: (where, error) => void reports.push(`${where}: ${(error as Error).message}`),
  });
}

async function write(backend: FileAuditBackend, events: number): Promise<void> {
  for (const last = count + events; count < last;) {
    const eventId = `${plan.name}-${(count += 1)}`;
    const event = { eventId, eventType: 'update', status: 'success', storeType: 'attacks' } as const;
    await backend.log(new trefoil.AuditEvent(event), 'durable');
  }
}

function tell(backend: FileAuditBackend): void {
  const { quarantined = [] } = backend.status;
  const told: KeyedRun = { directory: directoryOf(backend.file), quarantined, reports: reports.splice(0) };
  writeSync(1, `${JSON.stringify(told)}\n`);
}

async function inThread(): Promise<void> {
  const worker = new Worker(__filename, { argv: [process.argv[2]] });
  await new Promise((resolve) => worker.on('exit', resolve));
}

async function main(): Promise<void> {
  if (plan.inThread === true && isMainThread) await inThread();
  const backend = open();
  await write(backend, isMainThread && plan.inThread === true ? 1 : plan.events);
  // A thread that ends like this has closed nothing.
  if (!isMainThread) process.exit();
  tell(backend);
  if (plan.ends === 'kill') process.kill(process.pid, 'SIGKILL');
  if (plan.ends === 'stay') {
    for await (const line of createInterface(process.stdin)) {
      await write(backend, Number(line));
      tell(backend);
    }
  }
  await backend.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 3;
});
