import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { initializeObservability, Observed, type InMemoryAuditBackend } from '../../../src/index';
import { careless, storeWith } from '../../fixtures/return-shapes';

/** Uses what each method gives without handling what fails, bare or decorated; `program <bare|decorated>`. */
const trefoil = initializeObservability({
  audit: { backend: 'memory' },
  metrics: { backend: 'none' },
  logging: { level: 'silent' },
  signals: false,
});
const observed: typeof Observed = process.argv[2] === 'decorated' ? Observed : () => () => undefined;
let unhandled: string[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));

async function useAll(): Promise<void> {
  for (const [shape, use] of Object.entries(careless)) {
    let times = 0;
    unhandled = [];
    const before = statuses().length;
    use(storeWith(observed, () => (times += 1)));
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    writeSync(1, `${JSON.stringify({ shape, times, unhandled, statuses: statuses().slice(before) })}\n`);
  }
}

function statuses(): string[] {
  return (trefoil.audit as InMemoryAuditBackend).getAll().map(({ status }) => status);
}

void useAll();
