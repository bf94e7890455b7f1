import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { Observed, observe } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);

const traps = [
  'get',
  'set',
  'has',
  'ownKeys',
  'getPrototypeOf',
  'setPrototypeOf',
  'getOwnPropertyDescriptor',
  'defineProperty',
  'deleteProperty',
  'isExtensible',
  'preventExtensions',
] as const;

/** A proxy that lets through `get`, unless that is what throws, with methods that are called on the source itself. */
function throwingAt(trap: (typeof traps)[number], source: object): object {
  const handler: ProxyHandler<object> = {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  };
  handler[trap] = (): never => {
    throw new TypeError(`${trap} was trapped`);
  };
  return new Proxy(source, handler);
}

/** What somebody who knows the result does with it, by reading and calling its methods alone. */
type Use = (result: never) => unknown;

interface Family {
  readonly make: () => object;
  readonly use: Use;
}

const rows = (): object => {
  let row = 0;
  return {
    next: (): Promise<unknown> =>
      Promise.resolve((row += 1) > 2 ? { done: true, value: undefined } : { done: false, value: row }),
    [Symbol.asyncIterator](): unknown {
      return this;
    },
  };
};

async function* generated(): AsyncGenerator<number> {
  yield* [1, 2];
}

const pullAll = async (cursor: { next(): Promise<IteratorResult<unknown>> }): Promise<unknown> => {
  const taken: unknown[] = [];
  for (let step = await cursor.next(); step.done !== true; step = await cursor.next()) taken.push(step.value);
  return taken;
};

const families: { readonly [name: string]: Family } = {
  'a plain object': { make: () => ({ id: 7 }), use: (result: { id: number }) => result.id },
  'a list': { make: () => [7], use: (result: readonly number[]) => result[0] },
  'a map': { make: () => new Map([['a', 7]]), use: (result: Map<string, number>) => result.get('a') },
  'an error': { make: () => new RangeError('too far'), use: (result: Error) => result.message },
  'a thenable': {
    make: () => ({ then: (onFulfilled: (value: number) => unknown) => onFulfilled(7) }),
    use: async (result: PromiseLike<number>) => await result,
  },
  'a query builder': {
    make: () => ({
      where: (): object => ({ then: (onFulfilled: (value: number) => unknown) => onFulfilled(7) }),
      then: (onFulfilled: (value: number) => unknown) => onFulfilled(6),
    }),
    use: async (result: { where(): PromiseLike<number> }) => await result.where(),
  },
  'a cursor': { make: rows, use: pullAll },
  'an async generator': { make: generated, use: pullAll },
  'a generator': {
    make: () => [1, 2].values(),
    use: (result: Iterator<number>) => result.next(),
  },
  'an observable': {
    make: () => ({
      '@@observable'(): unknown {
        return this;
      },
      subscribe({ next, complete }: { next(value: number): void; complete(): void }): object {
        next(7);
        complete();
        return { unsubscribe: () => undefined };
      },
    }),
    use: (result: { subscribe(observer: object): unknown }) => {
      const told: unknown[] = [];
      result.subscribe({ next: (value: number) => told.push(value), complete: () => told.push('done') });
      return told;
    },
  },
  'a stream': {
    make: () => Readable.from(['a', 'b']),
    use: (result: { read(): unknown; destroy(): unknown }) => {
      const chunk = result.read();
      result.destroy();
      return chunk;
    },
  },
  'an emitter': { make: () => new EventEmitter(), use: (result: EventEmitter) => result.listenerCount('end') },
};

async function outcomeOf(work: () => unknown): Promise<unknown> {
  try {
    return { gave: await work() };
  } catch (error) {
    return { threw: String(error) };
  }
}

const selectors = [
  {},
  {
    onResult: (result: object) => ({ attributes: { keys: Object.keys(result).length, id: JSON.stringify(result) } }),
  },
  { outcome: (settled: { result?: unknown }) => ('id' in (settled.result as object) ? 'partial' : undefined) },
] as const;

describe.each(Object.entries(families))('%s that may not be looked at', (_name, { make, use }) => {
  const used = use as (result: unknown) => unknown;

  test.each(traps)('is what it was where it throws at %s, with each selector', async (trap) => {
    const give = (): object => throwingAt(trap, make());
    const bare = await outcomeOf(() => used(give()));
    for (const selector of selectors) {
      const options = { event: 'read', ...selector } as { event: 'read' };
      class Decorated {
        @Observed(options)
        give(): object {
          return give();
        }

        @Observed(options)
        giveLater(): Promise<object> {
          return Promise.resolve({ given: give() });
        }
      }
      expect(await outcomeOf(() => used(new Decorated().give()))).toEqual(bare);
      expect(await outcomeOf(() => used(observe(give, { ...options, name: 'give' })()))).toEqual(bare);
      const later = (await new Decorated().giveLater()) as { given: object };
      expect(await outcomeOf(() => used(later.given))).toEqual(bare);
    }
  });
});

describe('of a cursor', () => {
  const failing = (): never => {
    throw new TypeError('it is not to be read');
  };

  class Store {
    constructor(readonly result: unknown) {}

    @Observed({ event: 'query' })
    query(): unknown {
      return this.result;
    }
  }

  const queried = (result: unknown): { [key: string | symbol]: (...args: unknown[]) => unknown } =>
    new Store(result).query() as never;

  test('a `closed` that throws leaves the pull its row, and the call ends at the last', async () => {
    const cursor = Object.defineProperty(rows(), 'closed', { get: failing });
    const standIn = queried(cursor);
    expect(await standIn['next']?.()).toEqual({ done: false, value: 1 });
    expect(await standIn['next']?.()).toEqual({ done: false, value: 2 });
    expect(await standIn['next']?.()).toEqual({ done: true, value: undefined });
    expect(statuses()).toEqual(['success']);
  });

  test('rows that throw when they are looked at are given as they are', async () => {
    const row = new Proxy({}, { has: failing, get: failing, ownKeys: failing });
    class PgCursor {
      read = (): unknown => row;
      submit = (): void => undefined;
      close = (): void => undefined;
    }
    const standIn = queried(new PgCursor());
    expect(standIn['read']?.()).toBe(row);
    standIn['close']?.();
    expect(statuses()).toEqual(['cancelled']);
  });

  test('what a method gives that throws when it is looked at is given as it is', () => {
    const given = new Proxy({}, { has: failing, getPrototypeOf: failing });
    const cursor = { ...rows(), map: () => given, [Symbol.asyncIterator]: () => rows() };
    expect(queried(cursor)['map']?.()).toBe(given);
  });
});

describe('of an observable', () => {
  /** A plain object would be taken for data. */
  class Source {
    constructor(readonly subscription: unknown) {}

    '@@observable'(): this {
      return this;
    }

    subscribe(observer: { next?(value: number): void; complete?(): void }): unknown {
      observer.next?.(7);
      observer.complete?.();
      return this.subscription;
    }
  }

  class Store {
    constructor(readonly result: object) {}

    @Observed({ event: 'query' })
    watch(): { subscribe(observer: object): unknown } {
      return this.result as { subscribe(observer: object): unknown };
    }
  }

  test('a subscription whose `add` throws is given all the same', () => {
    const subscription = {
      add: (): never => {
        throw new TypeError('nothing is added');
      },
    };
    const watched = new Store(new Source(subscription)).watch();
    expect(watched.subscribe({})).toBe(subscription);
    expect(statuses()).toEqual(['success']);
  });

  test('a subscriber that may not be changed is handed on as it is', () => {
    const told: unknown[] = [];
    const subscriber = Object.freeze({
      closed: false,
      add: () => undefined,
      next: (value: number) => told.push(value),
      error: () => undefined,
      complete: () => undefined,
    });
    new Store(new Source('subscription')).watch().subscribe(subscriber);
    expect(told).toEqual([7]);
    expect(statuses()).toEqual(['success']);
  });
});

test('a generator whose steps the user has replaced gives what they give', async () => {
  class Store {
    @Observed({ event: 'query' })
    query(): { next(): unknown; return(): unknown } {
      return Object.assign(generated(), { next: () => undefined }) as never;
    }
  }
  const generator = new Store().query();
  expect(generator.next()).toBeUndefined();
  await generator.return();
  expect(statuses()).toEqual(['cancelled']);
});
