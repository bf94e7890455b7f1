import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fillDisk } from './fill-disk';

/** Calls a method with strict delivery on a disk that is full: `strict-store <dist> <disk> <root>`. */
const [dist, disk, root] = process.argv.slice(2) as [string, string, string];
const trefoil = require(join(dist, 'index.js')) as typeof import('../../src/index');
const { Audited, AuditOutcomeError, AuditUnavailableError, initializeObservability, Store } = trefoil;
const filler = join(disk, 'filler');

/** What came of it. */
export interface StrictSeen {
  readonly refused: number;
  /** How many of the refused calls ran all the same. */
  readonly ranRefused: number;
  readonly outcome: { readonly result: unknown; readonly auditId: string } | undefined;
}

/** No record fits into what is left of the last page of a file. */
const metadata = { note: 'x'.repeat(8_192) };

@Store({ type: 'faults' })
class Orders {
  ran = 0;

  @Audited({ event: 'update', delivery: 'strict', metadata: () => metadata })
  async save(during?: () => void): Promise<string> {
    this.ran += 1;
    during?.();
    return 'done';
  }
}

/** Takes the room, too, that the journal has set aside. */
function takeAll(): void {
  for (const name of readdirSync(root)) rmSync(join(root, name, 'ballast'), { force: true });
  fillDisk(filler);
}

async function main(): Promise<void> {
  const running = initializeObservability({
    service: { name: 'faults' },
    audit: { backend: 'file', path: root },
    logging: { level: 'info', format: 'json' },
  });
  const orders = new Orders();
  await orders.save();

  let refused = 0;
  let ranRefused = 0;
  for (let call = 0; call < 50; call += 1) {
    fillDisk(filler);
    const before = orders.ran;
    try {
      await orders.save();
    } catch (error) {
      if (!(error instanceof AuditUnavailableError)) throw error;
      refused += 1;
      ranRefused += orders.ran - before;
    }
  }
  rmSync(filler);
  for (let isBack = false; !isBack; await setTimeout(20)) {
    isBack = await orders.save().then(
      () => true,
      () => false,
    );
  }

  let outcome: StrictSeen['outcome'];
  try {
    await orders.save(takeAll);
  } catch (error) {
    if (!(error instanceof AuditOutcomeError)) throw error;
    outcome = { result: error.result, auditId: error.auditId };
  }
  rmSync(filler);
  await running.shutdown();
  process.stdout.write(`${JSON.stringify({ refused, ranRefused, outcome } satisfies StrictSeen)}\n`);
}

void main();
