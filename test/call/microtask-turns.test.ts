import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class Job<T> extends Promise<T> {}

/** Waits for exactly one turn. */
const turn = (): Promise<void> => Promise.resolve();

/** A query that runs when it is awaited. */
class Query implements PromiseLike<string> {
  readonly #rows = 'rows';

  async run(): Promise<string> {
    await turn();
    return this.#rows;
  }

  then<A = string, B = never>(
    onFulfilled?: ((value: string) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.run().then(onFulfilled, onRejected);
  }

  catch<B>(onRejected: (reason: unknown) => B | PromiseLike<B>): Promise<string | B> {
    return this.then(undefined, onRejected);
  }
}

const error = new RangeError('rejected');

/** The same class, bare or decorated. */
function storeWith(observed: typeof Observed) {
  class Store {
    readonly connection = Promise.resolve('connected');

    @observed({ event: 'read' })
    async at(turns: number): Promise<string> {
      for (let index = 0; index < turns; index += 1) await turn();
      return 'value';
    }

    @observed({ event: 'read' })
    async failAt(turns: number): Promise<never> {
      for (let index = 0; index < turns; index += 1) await turn();
      throw error;
    }

    @observed({ event: 'read' })
    settled(): Promise<string> {
      return this.connection;
    }

    @observed({ event: 'read' })
    rejected(): Promise<never> {
      return Promise.reject(error);
    }

    @observed({ event: 'read', returns: 'same' })
    same(): Promise<string> {
      return this.connection;
    }

    @observed({ event: 'read', returns: 'same' })
    async asyncSame(): Promise<string> {
      return 'value';
    }

    @observed({ event: 'read' })
    subclass(): Job<string> {
      return Job.resolve('value');
    }

    @observed({ event: 'read' })
    async nested(depth: number): Promise<string> {
      return depth === 0 ? 'value' : await this.nested(depth - 1);
    }

    @observed({ event: 'read' })
    passedOn(depth: number): Promise<string> {
      return depth === 0 ? this.connection : this.passedOn(depth - 1);
    }

    @observed({ event: 'list' })
    async *rows(): AsyncGenerator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        await turn();
      }
    }

    @observed({ event: 'query' })
    query(): Query {
      return new Query();
    }

    @observed({ event: 'query', callback: 'last' })
    answer(callback: (failure: null, result: string) => void): void {
      void Promise.resolve('value').then((value) => callback(null, value));
    }
  }
  return new Store();
}

type Store = ReturnType<typeof storeWith>;

/** How many turns of the microtask queue pass until something is done. */
async function turnsOf(work: (done: () => void) => unknown): Promise<number> {
  let isDone = false;
  work(() => (isDone = true));
  let turns = 0;
  for (; !isDone; turns += 1) {
    if (turns === 1_000) throw new Error('it does not end by microtasks');
    await turn();
  }
  return turns;
}

const settle = (promise: PromiseLike<unknown>, done: () => void): unknown => promise.then(done, done);

/** What is done with a store, and how many turns more it may take where the store is decorated. */
const cases: Readonly<Record<string, [more: number, (store: Store, done: () => void) => unknown]>> = {
  'an async method that resolves at once': [1, (store, done) => settle(store.at(0), done)],
  'an async method that resolves later': [1, (store, done) => settle(store.at(3), done)],
  'an async method that rejects at once': [1, (store, done) => settle(store.failAt(0), done)],
  'an async method that rejects later': [1, (store, done) => settle(store.failAt(3), done)],
  'a promise that has settled': [1, (store, done) => settle(store.settled(), done)],
  'a promise that has been rejected': [1, (store, done) => settle(store.rejected(), done)],
  'an awaited promise': [1, async (store, done) => (await store.settled(), done())],
  'the very same promise': [0, (store, done) => settle(store.same(), done)],
  'the very same promise of an async method': [0, (store, done) => settle(store.asyncSame(), done)],
  'a promise of a subclass': [0, (store, done) => settle(store.subclass(), done)],
  'one call in another': [2, (store, done) => settle(store.nested(1), done)],
  'ten calls in each other': [11, (store, done) => settle(store.nested(10), done)],
  'a promise that is passed on ten times': [11, (store, done) => settle(store.passedOn(10), done)],
  'ten calls one after another': [
    10,
    async (store, done) => {
      for (let call = 0; call < 10; call += 1) await store.at(0);
      done();
    },
  ],
  'ten calls at once': [1, (store, done) => settle(Promise.all(Array.from({ length: 10 }, () => store.at(1))), done)],
  'the first step of an async generator': [
    1,
    async (store, done) => {
      const rows = store.rows();
      await settle(rows.next(), done);
      await rows.return(0);
    },
  ],
  'three steps of an async generator': [
    3,
    async (store, done) => {
      for await (const _row of store.rows()) void _row;
      done();
    },
  ],
  'three steps at once': [
    1,
    (store, done) => {
      const rows = store.rows();
      return settle(Promise.all([rows.next(), rows.next(), rows.next()]), done);
    },
  ],
  'an async generator that is left early': [
    2,
    async (store, done) => {
      for await (const _row of store.rows()) break;
      done();
    },
  ],
  'an async generator that is returned before it begins': [0, (store, done) => settle(store.rows().return(0), done)],
  'a thenable': [0, (store, done) => settle(store.query(), done)],
  'an awaited thenable': [0, async (store, done) => (await store.query(), done())],
  'a thenable that is caught': [1, (store, done) => settle(store.query().catch(done), done)],
  'a thenable that is run by its method': [1, (store, done) => settle(store.query().run(), done)],
  'a callback': [0, (store, done) => store.answer(done)],
};

const bare = storeWith(() => () => undefined);
const decorated = storeWith(Observed);

describe.each(Object.entries(cases))('%s', (_name, [more, work]) => {
  const turnsMore = async (): Promise<number> => {
    const before = await turnsOf((done) => work(bare, done));
    return (await turnsOf((done) => work(decorated, done))) - before;
  };

  test(`comes at most ${more} microtask turns later`, async () => {
    const runtime: MemoryRuntime = startMemoryRuntime();
    const turns = await turnsMore();
    expect(turns).toBeGreaterThanOrEqual(0);
    expect(turns).toBeLessThanOrEqual(more);
    // The first call makes the plan; the others use it.
    expect(await turnsMore()).toBe(turns);
    await runtime.trefoil.shutdown();
  });

  test('comes in the very same turn where nothing is observed', async () => {
    expect(await turnsMore()).toBe(0);
  });
});
