import crypto from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { FileAuditBackend } from '../../src/index';
import type { EventReport, Report, WriterPlan } from './writer-plan';

/** Writes audit events as a plan says, and reports on standard output: `writer <plan>`. */
const plan = JSON.parse(process.argv[2] as string) as WriterPlan;
const trefoil = require(join(plan.dist, 'index.js')) as typeof import('../../src/index');

let isOver = false;
process.once('SIGTERM', () => (isOver = true));

/** In the caller's turn: what was told was told before anything else happened. */
function tell(report: Report): void {
  writeSync(1, `${JSON.stringify(report)}\n`);
}

async function write(backend: FileAuditBackend, writer: number): Promise<void> {
  for (let count = 0; !isOver && count < (plan.calls ?? Number.POSITIVE_INFINITY); count += 1) {
    const id = `${plan.name}-${writer}-${count}`;
    if (count % 4 === 0) await take(id, 'event', 'durable', () => backend.log(event(id, 'success'), 'durable'));
    else if (count % 4 === 1) await take(id, 'event', 'buffered', () => backend.log(event(id, 'success')));
    else if (count % 4 === 2)
      await take(id, 'event', 'durable', () => backend.logSync(event(id, 'success'), 'durable'));
    else if (await take(id, 'intent', 'strict', () => backend.log(event(id, 'unknown'), 'strict'))) {
      await take(id, 'outcome', 'strict', () => backend.log(event(id, 'success'), 'strict'));
    }
    if (plan.restMs !== undefined) await setTimeout(plan.restMs);
    else if (count % 4 === 1) await setImmediate();
  }
}

function event(eventId: string, status: 'success' | 'unknown'): InstanceType<typeof trefoil.AuditEvent> {
  return new trefoil.AuditEvent({ eventId, eventType: 'update', status, storeType: 'faults', itemId: 'x'.repeat(100) });
}

async function take(
  id: string,
  kind: EventReport['kind'],
  delivery: EventReport['delivery'],
  log: () => void | Promise<void>,
): Promise<boolean> {
  try {
    await log();
  } catch (error) {
    const mayBeWritten = (error as Error).message.includes('may still do so');
    tell({ is: mayBeWritten ? 'unsure' : 'refused', id, kind, delivery });
    return false;
  }
  tell({ is: 'acked', id, kind, delivery });
  return true;
}

function useSeed(seed: string): void {
  let count = 0;
  const random = (size: number): Buffer => {
    count += 1;
    return crypto.createHash('sha512').update(`${seed} ${count}`).digest().subarray(0, size);
  };
  Object.assign(crypto, { randomBytes: random });
}

async function main(): Promise<void> {
  if (plan.seed !== undefined) useSeed(plan.seed);
  const { root, maxFileSizeMb, maxFiles, anchor } = plan;
  const ownKey = (): string =>
    crypto.generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signing =
    anchor === undefined
      ? { ...(plan.key === undefined ? {} : { key: plan.key }) }
      : { anchors: [{ file: anchor }], key: plan.key ?? ownKey() };
  const backend = new trefoil.FileAuditBackend({ path: root, maxFileSizeMb, maxFiles, ...signing });
  tell({ is: 'open' });
  await Promise.all(Array.from({ length: plan.writers }, (_, writer) => write(backend, writer)));
  await backend.close();
  tell({ is: 'closed' });
}

main().catch((error: unknown) => {
  tell({ is: 'failed', message: (error as Error).message });
  process.exitCode = 3;
});
