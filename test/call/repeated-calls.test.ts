import { Observed, Store } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

@Store({ name: 'lines' })
class LineStore {
  @Observed({ item: (id: number) => id })
  async get(id: number): Promise<number> {
    await Promise.resolve();
    return id;
  }
}

class OrderStore {
  readonly lines = new LineStore();

  @Observed({ event: 'list' })
  async listOneByOne(count: number): Promise<number> {
    let sum = 0;
    for (let id = 0; id < count; id += 1) sum += await this.lines.get(id);
    return sum;
  }

  @Observed({ event: 'list' })
  async listAtOnce(count: number): Promise<number[]> {
    return Promise.all(Array.from({ length: count }, (_, id) => this.lines.get(id)));
  }
}

describe('one operation called again and again under one call', () => {
  let runtime: MemoryRuntime;

  const marked = (): unknown =>
    runtime.trefoil.metrics.get('store_repeated_calls_total', { store: 'lines', operation: 'get' });
  const marks = (): unknown[] =>
    runtime.spans().flatMap(({ name, events }) => events.map((event) => [name, event.name, event.attributes]));

  afterEach(() => runtime.trefoil.shutdown());

  test('is marked once on the parent, past twenty', async () => {
    runtime = startMemoryRuntime();
    await new OrderStore().listOneByOne(20);
    expect(marked()).toBeUndefined();
    await new OrderStore().listOneByOne(60);
    expect(marked()).toBe(1);
    const attributes = { 'store.name': 'lines', 'store.operation': 'get' };
    expect(marks()).toEqual([['OrderStore.listOneByOne', 'store.repeated_calls', attributes]]);
  });

  test('is marked for each parent, also where the calls overlap, past the limit that is given', async () => {
    runtime = startMemoryRuntime({ repeatedCallsLimit: 3 });
    const store = new OrderStore();
    await Promise.all([store.listAtOnce(4), store.listAtOnce(4), store.listAtOnce(3)]);
    expect(marked()).toBe(2);
    expect(marks()).toHaveLength(2);
  });

  test('is not, where the calls have no parent', async () => {
    runtime = startMemoryRuntime({ repeatedCallsLimit: 1 });
    for (let id = 0; id < 5; id += 1) await new LineStore().get(id);
    expect(marked()).toBeUndefined();
  });
});
