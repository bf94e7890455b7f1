// A service whose spans are exported; it is told by lines of its standard input what to do, and answers each by a line.
import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { trace } from '@opentelemetry/api';
import { container } from 'tsyringe';
import { currentCall, initializeObservability, Observed, Store, SpanKind, Traced } from '../../../src/index';
import type { TrefoilOptions } from '../../../src/index';

@Store({ name: 'orders', type: 'postgresql', id: 'orders-1' })
class OrderStore {
  @Traced({ kind: SpanKind.CLIENT })
  @Observed({ event: 'read', item: (id: string) => id })
  async get(id: string): Promise<string> {
    currentCall().addEvent('cache.miss', { key: id });
    await this.load(id);
    return id;
  }

  @Observed({ event: 'read' })
  async load(id: string): Promise<string> {
    trace.getActiveSpan()?.setAttribute('rows', 3);
    await Promise.resolve();
    return id;
  }

  @Observed({ event: 'delete' })
  remove(): void {
    throw new RangeError('no such order, password=hunter2');
  }
}

const trefoil = initializeObservability(JSON.parse(process.argv[2] ?? '{}') as TrefoilOptions, container);
const store = new OrderStore();

async function obey(command: string, count: number): Promise<unknown> {
  if (command === 'call') {
    for (let index = 0; index < count; index += 1) await store.load(`o-${index}`);
  } else if (command === 'mixed') {
    await store.get('o-1');
    try {
      store.remove();
    } catch {
      // As it was told to.
    }
  } else if (command === 'flush') {
    const failed = await trefoil.flush().catch((error: unknown) => String((error as Error).message));
    return failed ?? 'flushed';
  } else if (command === 'shutdown') {
    return trefoil.shutdown();
  } else if (command === 'metrics') {
    return trefoil.metrics.getMetrics();
  }
  return trefoil.status();
}

// One after the other: a flush has to see the calls before it.
let last: Promise<unknown> = Promise.resolve();
createInterface({ input: process.stdin }).on('line', (line) => {
  const [command = '', count = '1'] = line.split(' ');
  last = last.then(async () => console.log(JSON.stringify(await obey(command, Number(count)))));
});
