import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

/** What has ended, without the intents. */
const recorded = (): string[] =>
  runtime
    .events()
    .filter(({ status }) => status !== 'unknown')
    .map(({ operation, status }) => `${operation?.slice(operation.indexOf('.') + 1)} ${status}`);
const caught = async (use: () => unknown): Promise<unknown> => {
  try {
    return { result: await use() };
  } catch (error) {
    return { error };
  }
};

const failure = new RangeError('it fails');
let reads = 0;

/** Its `then` is an accessor, which is read once for each `await`. */
class Accessor<T> extends Promise<T> {
  fails = false;
}

Reflect.defineProperty(Accessor.prototype, 'then', {
  get(this: Accessor<unknown>) {
    reads += 1;
    if (this.fails) throw failure;
    return Promise.prototype.then;
  },
});

const thrower = (): Accessor<string> => Object.assign(Accessor.resolve('value') as Accessor<string>, { fails: true });
const results: { readonly [name: string]: () => object } = {
  'a promise whose `then` is read': () => Accessor.resolve('value'),
  'a promise whose `then` is read, that rejects': () => Accessor.reject(failure),
  'a promise whose `then` throws when it is read': thrower,
  'an object whose `then` throws when it is read': () => ({
    get then() {
      reads += 1;
      throw failure;
    },
  }),
};

describe.each(Object.keys(results))('%s', (name) => {
  const give = results[name] as () => object;

  class Decorated {
    @Observed({ event: 'query' })
    plain(): unknown {
      return give();
    }

    @Observed({ event: 'query', returns: 'same' })
    same(): unknown {
      return give();
    }

    @Observed({ event: 'query', delivery: 'durable' })
    durable(): unknown {
      return give();
    }

    @Observed({ event: 'query', delivery: 'strict' })
    strict(): unknown {
      return give();
    }

    @Observed({ event: 'query' })
    through(): unknown {
      return this.plain();
    }
  }

  test.each(['plain', 'durable', 'strict', 'through'] as const)('gives its caller the same: %s', async (method) => {
    for (const use of [
      async (result: unknown) => await result,
      (result: unknown) => (result as Promise<unknown>).then((value) => [value]),
      (result: unknown) => Promise.resolve(result),
    ]) {
      const of = async (call: () => unknown): Promise<object> => {
        reads = 0;
        const result = call();
        return { seen: await caught(() => use(result)), reads };
      };
      const bare = await of(give);
      expect(await of(() => new Decorated()[method]())).toEqual(bare);
      const fails = JSON.stringify(bare).includes('error');
      expect(recorded().at(-1)).toBe(`${method} ${fails ? 'failure' : 'success'}`);
    }
  });
});

describe('a promise with a `then` of its own', () => {
  /** Its work begins when somebody waits for it. */
  class Lazy<T> extends Promise<T> {
    work: () => T = () => undefined as T;
    static of<T>(work: () => T): Lazy<T> {
      return Object.assign(new Lazy<T>((resolve) => resolve(undefined as T)), { work });
    }
    override then<A = T, B = never>(
      onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
      onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      return Promise.resolve().then(this.work).then(onFulfilled, onRejected);
    }
  }

  const shared = Lazy.of(() => 'shared');

  /** A cursor whose promises are lazy. */
  class Rows {
    left = 2;
    next(): Promise<IteratorResult<number>> {
      return Lazy.of(() => ({ done: (this.left -= 1) < 0, value: this.left }) as IteratorResult<number>);
    }
    toArray(): Promise<number[]> {
      return Lazy.of(() => {
        throw failure;
      });
    }
    explain(): Promise<string> {
      return Lazy.of(() => {
        throw failure;
      });
    }
    [Symbol.asyncIterator](): this {
      return this;
    }
  }

  class Store {
    @Observed({ event: 'query' })
    frozen(): Promise<string> {
      return Object.freeze(
        Lazy.of(() => {
          throw failure;
        }),
      );
    }

    @Observed({ event: 'query' })
    rows(): Rows {
      return new Rows();
    }

    @Observed({ event: 'query', callback: 'last' })
    answer(_callback: (error: unknown) => void): Promise<string> {
      return Lazy.of(() => {
        throw failure;
      });
    }

    @Observed({ event: 'query' })
    shared(): Promise<string> {
      return shared;
    }
  }

  test('that cannot be observed is still given as it is', async () => {
    expect(await caught(() => new Store().frozen())).toEqual({ error: failure });
  });

  test('is the step of a cursor, or what a method gives that answers by a callback', async () => {
    const store = new Store();
    const seen: unknown[] = [];
    for await (const row of store.rows() as AsyncIterable<number>) seen.push(row);
    expect(seen).toEqual([1, 0]);
    expect(await caught(() => store.rows().toArray())).toEqual({ error: failure });
    expect(await caught(() => store.rows().explain())).toEqual({ error: failure });
    expect(await caught(() => store.answer(() => undefined))).toEqual({ error: failure });
    expect(recorded()).toEqual(['rows success', 'rows failure', 'rows failure', 'answer failure']);
  });

  test('given twice before it is awaited is two calls, and given once more is a third', async () => {
    const store = new Store();
    expect([store.shared(), store.shared()]).toEqual([shared, shared]);
    expect(await shared).toBe('shared');
    expect(await store.shared()).toBe('shared');
    expect(recorded()).toEqual(['shared success', 'shared success', 'shared success']);
    expect(Object.getPrototypeOf(shared)).toBe(Lazy.prototype);
  });
});

describe('a store that returns itself', () => {
  const make = {
    iterable: () =>
      class {
        async *[Symbol.asyncIterator](): AsyncGenerator<number> {
          yield 1;
        }
      },
    thenable: () =>
      class {
        then(resolve: (value: string) => void): void {
          resolve('ran');
        }
      },
    stream: () => class extends Readable {},
    promise: () => class extends Promise<unknown> {},
    iterator: () =>
      class {
        next(): IteratorResult<number> {
          return { done: true, value: 1 };
        }
        [Symbol.iterator](): this {
          return this;
        }
      },
    observable: () =>
      class extends EventEmitter {
        subscribe(): void {}
        ['@@observable'](): this {
          return this;
        }
      },
  } satisfies { readonly [name: string]: () => new (...args: never[]) => object };

  test.each(Object.keys(make) as (keyof typeof make)[])(
    'and is one besides, ends its call at the return: %s',
    (kind) => {
      class Store extends (make[kind]() as new (work: () => void) => object) {
        @Observed({ event: 'update' })
        configure(): this {
          return this;
        }

        @Observed({ event: 'update', delivery: 'strict' })
        strictly(): this {
          return this;
        }
      }
      const store = new Store(() => undefined);
      expect(store.configure()).toBe(store);
      expect(store.configure().strictly().configure()).toBe(store);
      expect(recorded()).toEqual(['configure success', 'configure success', 'strictly success', 'configure success']);
    },
  );
});

describe('a query builder', () => {
  /** With private fields: it is no use to call its methods on something else. */
  class Connection {
    readonly #ran: string[] = [];

    @Observed({ event: 'query' })
    async run(sql: string): Promise<string> {
      this.#ran.push(sql);
      await Promise.resolve();
      if (sql.includes('fail')) throw failure;
      return `${sql} ${this.#ran.length}`;
    }
  }

  class Builder {
    readonly #sql: string;
    constructor(
      readonly connection: Connection,
      sql: string,
    ) {
      this.#sql = sql;
    }

    where(condition: string): Builder {
      return new Builder(this.connection, `${this.#sql} ${condition}`);
    }

    execute(): Promise<string> {
      return this.connection.run(this.#sql);
    }

    then<A, B>(onFulfilled?: (value: string) => A, onRejected?: (reason: unknown) => B): Promise<A | B> {
      return this.execute().then(onFulfilled, onRejected);
    }
  }

  class Orders {
    readonly connection = new Connection();

    @Observed({ event: 'query' })
    query(sql: string): Builder {
      return new Builder(this.connection, sql);
    }

    @Observed({ event: 'query' })
    through(sql: string): Builder {
      return this.query(sql).where('and');
    }

    @Observed({ event: 'query' })
    outermost(sql: string): Builder {
      return this.through(sql);
    }
  }

  test('gives the instance that it holds as it is, and what that does is called for by the run', async () => {
    const orders = new Orders();
    expect(orders.query('a').connection).toBe(orders.connection);
    expect(await orders.outermost('a').where('b')).toBe('a and b 1');
    expect(await orders.query('c').connection.run('d')).toBe('d 2');
    expect(recorded()).toEqual(['run success', 'query success', 'through success', 'outermost success', 'run success']);
    const spans = runtime.spans().slice(0, 4);
    expect(
      spans.map(({ parentSpanId }) => spans.findIndex((span) => span.spanContext().spanId === parentSpanId)),
    ).toEqual([1, 2, 3, -1]);
  });

  test.each(['await', 'execute'] as const)('fails through every layer, by %s', async (use) => {
    const builder = new Orders().outermost('fail');
    expect(await caught(() => (use === 'await' ? builder : builder.execute()))).toEqual({ error: failure });
    expect(recorded()).toEqual(['run failure', 'query failure', 'through failure', 'outermost failure']);
  });
});
