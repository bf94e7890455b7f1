import { currentCall, Observed, SpanKind, Store, type Outcome, type Settled } from 'trefoil';

/** Somebody asks for what belongs to another. */
export class DeniedError extends Error {
  override readonly name = 'DeniedError';
}

/** What the stores themselves have seen happen, whatever trefoil says of it. */
export class Happenings {
  readonly calls: Record<string, number> = {};
  readonly events: Record<string, number> = {};

  call(store: string, operation: string, outcome: Outcome): void {
    const key = `${store} ${operation} ${outcome}`;
    this.calls[key] = (this.calls[key] ?? 0) + 1;
  }

  event(name: string): void {
    this.events[name] = (this.events[name] ?? 0) + 1;
  }
}

function classify(settled: Settled): Outcome | undefined {
  if (settled.threw) return settled.error instanceof DeniedError ? 'denied' : undefined;
  const isPartial = typeof settled.result === 'object' && settled.result !== null && 'left' in settled.result;
  return isPartial ? 'partial' : undefined;
}

@Store({ type: 'memory', id: 'stock', outcome: classify })
export class StockStore {
  readonly #happenings: Happenings;

  constructor(happenings: Happenings) {
    this.#happenings = happenings;
  }

  @Observed({ item: (id: string) => id })
  get(id: string): number {
    this.#happenings.call('StockStore', 'get', 'success');
    return id.length;
  }

  /** A cache that misses says so twice: as a metric, and as an event of the span. */
  @Observed({ item: (id: string) => id })
  async find(id: string): Promise<number> {
    currentCall().cacheMiss();
    currentCall().addEvent('cache.miss', { key: id });
    this.#happenings.event('cache.miss');
    await turn();
    this.#happenings.call('StockStore', 'find', 'success');
    return id.length;
  }

  @Observed()
  deleteMany(ids: readonly string[]): { readonly left: number } {
    this.#happenings.call('StockStore', 'deleteMany', 'partial');
    return { left: ids.length };
  }

  @Observed({ event: 'list' })
  async *pages(): AsyncGenerator<number> {
    for (let page = 0; page < 100; page += 1) {
      await turn();
      yield page;
    }
  }
}

@Store({ type: 'memory', id: 'orders', outcome: classify })
export class OrderStore {
  readonly #happenings: Happenings;
  readonly #stock: StockStore;

  constructor(happenings: Happenings, stock: StockStore) {
    this.#happenings = happenings;
    this.#stock = stock;
  }

  /** Calls of another store, and attempts that are tried again. */
  @Observed({ item: (id: string) => id, kind: SpanKind.CLIENT, attributes: (id: string) => ({ 'order.id': id }) })
  async create(id: string): Promise<number> {
    const [pieces] = await Promise.all([this.#stock.find(id), turn()]);
    for (let attempt = 1; attempt <= id.length % 3; attempt += 1) {
      currentCall().addEvent('retry', { attempt });
      this.#happenings.event('retry');
      await turn();
    }
    this.#happenings.call('OrderStore', 'create', 'success');
    return pieces + this.#stock.get(id);
  }

  @Observed({ item: (id: string) => id })
  async update(id: string): Promise<never> {
    await turn();
    this.#happenings.call('OrderStore', 'update', 'failure');
    throw new RangeError(`no such order: ${id}`);
  }

  @Observed({ item: (id: string) => id })
  delete(id: string): never {
    this.#happenings.call('OrderStore', 'delete', 'denied');
    throw new DeniedError(`${id} belongs to another`);
  }

  @Observed({ item: (id: string) => id })
  load(id: string): never {
    this.#happenings.call('OrderStore', 'load', 'failure');
    throw new TypeError(`cannot read ${id}`);
  }
}

/** As long as a turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
