import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import {
  Audited,
  Counted,
  initializeObservability,
  OpenTelemetryTracer,
  Store,
  Timed,
  Traced,
  TRACER,
} from '../../../src/index';

/** Calls a store until its path is optimised, collects the whole heap twenty times between calls, and says so. */
const [, , audit] = process.argv;

@Store({ type: 'memory' })
class OrderStore {
  @Audited({ event: 'read', item: (id: string) => id })
  @Traced()
  @Timed()
  @Counted()
  async get(id: string): Promise<string> {
    return id;
  }

  @Audited({ event: 'read', item: (id: string) => id })
  @Traced()
  @Timed()
  @Counted()
  read(id: string): string {
    return id;
  }
}

async function main(): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'trefoil-collections-'));
  const forgetful = {
    onStart() {},
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  container.register(TRACER, { useValue: new OpenTelemetryTracer({ spanProcessors: [forgetful] }) });
  const trefoil = initializeObservability({
    audit: audit === 'file' ? { backend: 'file', path } : { backend: 'memory' },
    metrics: { port: false },
    logging: { level: 'info' },
    signals: false,
  });
  const store = new OrderStore();
  const calls = async (count: number): Promise<void> => {
    for (let call = 0; call < count; call += 1) {
      store.read('o-1');
      await store.get('o-1');
    }
  };
  for (let round = 0; round < 20; round += 1) await calls(2_000);
  for (let round = 0; round < 20; round += 1) {
    console.log('collect');
    // Of its own turn, so that no call is on the stack.
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
    await calls(2_000);
  }
  await trefoil.shutdown();
  rmSync(path, { recursive: true, force: true });
}

void main();
