import { Readable } from 'node:stream';
import { trace } from '@opentelemetry/api';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);

const insideOrOutside = (): string => (trace.getActiveSpan() === undefined ? 'outside' : 'inside');

describe('a lazy promise', () => {
  let ran = 0;

  /** As Prisma's: an object that begins its query when its `then` is first called. */
  function lazy<T>(work: () => T): PrismaPromise<T> {
    let promise: Promise<T> | undefined;
    const start = (): Promise<T> => (promise ??= Promise.resolve().then(work));
    return {
      then: (onFulfilled, onRejected) => start().then(onFulfilled, onRejected),
      catch: (onRejected) => start().catch(onRejected),
      finally: (onFinally) => start().finally(onFinally),
      requestTransaction: () => start(),
      [Symbol.toStringTag]: 'PrismaPromise',
    };
  }

  interface PrismaPromise<T> extends Promise<T> {
    requestTransaction(): Promise<T>;
  }

  /** As Prisma's `$transaction`: it takes nothing but Prisma's own promises, and does not await them itself. */
  function transaction<T>(queries: readonly PromiseLike<T>[]): Promise<T[]> {
    return Promise.all(
      queries.map((query) => {
        const known = query as PrismaPromise<T>;
        if (known[Symbol.toStringTag] !== 'PrismaPromise') throw new TypeError('no PrismaPromise');
        return known.requestTransaction();
      }),
    );
  }

  /** As mongoose's: mutable, with private fields, and a terminal method beside `then`. */
  class Query {
    readonly #filters: string[] = [];

    where(filter: string): this {
      this.#filters.push(filter);
      return this;
    }

    /** As an immutable builder does it. */
    clone(): Query {
      return this.#filters.reduce((copy, filter) => copy.where(filter), new Query());
    }

    async exec(): Promise<string> {
      ran += 1;
      await Promise.resolve();
      return `${this.#filters.join(' and ')} ${insideOrOutside()}`;
    }

    cursor(): Readable {
      ran += 1;
      return Readable.from([insideOrOutside()]);
    }

    [Symbol.asyncIterator](): AsyncIterator<string> {
      return this.cursor()[Symbol.asyncIterator]() as AsyncIterator<string>;
    }

    /** Of names that no adapter knows. */
    rowStream(): Readable {
      return this.cursor();
    }

    async fetchEverything(): Promise<string> {
      return this.exec();
    }

    then<A, B>(onFulfilled?: (value: string) => A, onRejected?: (reason: unknown) => B): Promise<A | B> {
      return this.exec().then(onFulfilled, onRejected);
    }
  }

  class Models {
    @Observed({ event: 'query' })
    prisma(): Promise<string> {
      return lazy(() => {
        ran += 1;
        return insideOrOutside();
      });
    }

    @Observed({ event: 'query' })
    mongoose(): Query {
      return new Query();
    }
  }

  beforeEach(() => {
    ran = 0;
  });

  test('runs once, in the context of its call', async () => {
    expect(await new Models().prisma()).toBe('inside');
    expect(ran).toBe(1);
    expect(statuses()).toEqual(['success']);
  });

  test('is accepted where only the library’s own are, and runs in its call there too', async () => {
    const models = new Models();
    expect(await transaction([models.prisma(), models.prisma()])).toEqual(['inside', 'inside']);
    expect(Object.prototype.toString.call(models.prisma())).toBe('[object PrismaPromise]');
    expect(ran).toBe(2);
    expect(statuses()).toEqual(['success', 'success']);
  });

  test('with a stream or an iterator of its rows is a Call until they end', async () => {
    const models = new Models();
    const rows: unknown[] = [];
    for await (const row of models.mongoose()) rows.push(row);
    for await (const row of models.mongoose().where('a').cursor()) rows.push(row);
    expect(rows).toEqual(['inside', 'inside']);
    for await (const _row of models.mongoose()) break;
    for await (const _row of models.mongoose().rowStream()) void _row;
    expect(ran).toBe(4);
    expect(statuses()).toEqual(['success', 'success', 'cancelled', 'success']);
  });

  test('with private fields can be chained and copied, and ends by await or by its terminal method', async () => {
    const models = new Models();
    expect(models.mongoose()).toBeInstanceOf(Query);
    expect(await models.mongoose().where('a').where('b')).toBe('a and b inside');
    expect(await models.mongoose().where('a').clone().where('c')).toBe('a and c inside');
    expect(await models.mongoose().where('a').exec()).toBe('a inside');
    expect(await models.mongoose().where('a').fetchEverything()).toContain('a');
    expect(ran).toBe(4);
    expect(statuses()).toEqual(['success', 'success', 'success', 'success']);
  });
});

describe('a thenable that is not like a promise', () => {
  const thenables: Record<string, () => unknown> = {
    'answers twice': () => ({
      then: (fulfilled: (value: string) => void, rejected?: (reason: unknown) => void) => {
        fulfilled('first');
        fulfilled('second');
        rejected?.(new Error('third'));
      },
    }),
    throws: () => ({
      then: () => {
        throw new RangeError('then');
      },
    }),
    'answers, then throws': () => ({
      then: (fulfilled: (value: string) => void) => {
        fulfilled('first');
        throw new RangeError('too late');
      },
    }),
    'catches by class, as bluebird does': () => {
      type CatchByClass = (type: new () => Error, handler: (error: unknown) => unknown) => Promise<unknown>;
      const then = (...callbacks: [never?, never?]): { catch: CatchByClass } => {
        const promise = Promise.reject(new RangeError('one of many')).then(...callbacks);
        const catchAll = promise.catch.bind(promise);
        const catchByClass: CatchByClass = (type, handler) =>
          catchAll((error: unknown) => {
            if (error instanceof type) return handler(error);
            throw error;
          });
        return Object.assign(promise, { catch: catchByClass });
      };
      return { then, catch: ((type, handler) => then().catch(type, handler)) satisfies CatchByClass };
    },
    'has no catch': () => ({ then: (fulfilled: (value: string) => void) => void fulfilled('value') }),
  };
  const uses: Record<string, (thenable: never) => unknown> = {
    await: async (thenable: PromiseLike<unknown>) => await thenable,
    'Promise.resolve': (thenable: PromiseLike<unknown>) => Promise.resolve(thenable),
    then: (thenable: PromiseLike<unknown>) => thenable.then((value) => ['told', value]),
    catch: (thenable: { catch?(type: typeof RangeError, handler: (error: unknown) => unknown): unknown }) =>
      thenable.catch?.(RangeError, (error) => ['caught', error]),
    in: (thenable: object) => ['catch' in thenable, typeof Reflect.get(thenable, 'catch')],
  };

  class Odd {
    @Observed({ event: 'query' })
    get(kind: string): unknown {
      return thenables[kind]?.();
    }
  }

  const outcomeOf = async (thenable: unknown, use: string): Promise<unknown> => {
    try {
      return { result: await uses[use]?.(thenable as never) };
    } catch (error) {
      return { error };
    }
  };

  test.each(Object.keys(thenables))('is passed on as it is: one that %s', async (kind) => {
    for (const use of Object.keys(uses)) {
      expect([use, await outcomeOf(new Odd().get(kind), use)]).toEqual([
        use,
        await outcomeOf(thenables[kind]?.(), use),
      ]);
    }
  });

  test('ends its Call once', async () => {
    for (const kind of Object.keys(thenables)) await outcomeOf(new Odd().get(kind), 'await');
    expect(statuses()).toEqual(['success', 'failure', 'success', 'failure', 'success']);
  });
});
