import { mkdtempSync, opendirSync, rmSync, writeFileSync, type Dir } from 'node:fs';
import { on, EventEmitter } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { MemoryLevel } from 'memory-level';
import {
  AbstractCursor,
  BSON,
  Long,
  MongoClient,
  type Document,
  type FindCursor,
  type MongoDBNamespace,
} from 'mongodb';
import { trace } from '@opentelemetry/api';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

const { CursorResponse } = require('mongodb/lib/cmap/wire_protocol/responses') as {
  readonly CursorResponse: new (bytes: Uint8Array) => object;
};

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);
const isInside = (): boolean => trace.getActiveSpan() !== undefined;

describe('a cursor of mongodb', () => {
  const client = new MongoClient('mongodb://localhost:1', { serverSelectionTimeoutMS: 1 });
  const asked: boolean[] = [];
  const { namespace } = client.db('shop').collection('orders').find() as unknown as {
    readonly namespace: MongoDBNamespace;
  };

  // Its types keep to themselves what a subclass needs.
  const DriverCursor = AbstractCursor as unknown as abstract new (
    client: MongoClient,
    namespace: MongoDBNamespace,
  ) => AbstractCursor<Document> & { readonly session: unknown };

  /** The driver's own cursor, with everything that it does but the way to a server: what that answers is given here. */
  class AnsweredCursor extends DriverCursor {
    readonly #rows: readonly Document[] | Error;

    constructor(rows: readonly Document[] | Error) {
      super(client, namespace);
      this.#rows = rows;
    }

    clone(): AnsweredCursor {
      return new AnsweredCursor(this.#rows);
    }

    async _initialize(): Promise<never> {
      asked.push(isInside());
      if (this.#rows instanceof Error) throw this.#rows;
      const cursor = { id: Long.ZERO, ns: 'shop.orders', firstBatch: this.#rows };
      const response = new CursorResponse(BSON.serialize({ ok: 1, cursor }));
      return { server: { description: {} }, session: this.session, response } as never;
    }
  }

  const failure = new RangeError('no such index');

  class Orders {
    @Observed({ event: 'query' })
    find(rows: readonly Document[] | Error = [{ _id: 1, done: true }, { _id: 2 }]): AnsweredCursor {
      return new AnsweredCursor(rows);
    }

    @Observed({ event: 'query' })
    nowhere(): FindCursor {
      return client.db('shop').collection('orders').find({ id: 1 });
    }
  }

  beforeEach(() => asked.splice(0));
  afterAll(() => client.close());

  const collect = async (rows: AsyncIterable<unknown>): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for await (const row of rows) seen.push(row);
    return seen;
  };

  const ends: Record<string, (cursor: AnsweredCursor) => Promise<unknown>> = {
    toArray: (cursor) => cursor.toArray(),
    forEach: async (cursor) => {
      const seen: unknown[] = [];
      await cursor.forEach((row) => void seen.push(row));
      return seen;
    },
    'for await': collect,
    'hasNext and next': async (cursor) => {
      const seen: unknown[] = [];
      while (await cursor.hasNext()) seen.push(await cursor.next());
      return seen;
    },
    next: async (cursor) => {
      const seen: unknown[] = [];
      for (let row = await cursor.next(); row !== null; row = await cursor.next()) seen.push(row);
      return seen;
    },
    stream: (cursor) => collect(cursor.stream()),
    map: (cursor) => collect(cursor.map((row) => row)),
  };

  test.each(Object.keys(ends))('is one Call when it is read to its end by %s', async (name) => {
    const read = ends[name] as (typeof ends)[string];
    const orders = new Orders();
    const cursor = orders.find();
    await new Promise((resolve) => setImmediate(resolve));
    expect([asked, statuses()]).toEqual([[], []]);
    expect(await read(cursor)).toEqual([{ _id: 1, done: true }, { _id: 2 }]);
    if (name !== 'stream') expect(asked).toEqual([true]);
    expect(statuses()).toEqual(['success']);
    await expect(read(orders.find(failure))).rejects.toBe(failure);
    expect(statuses()).toEqual(['success', 'failure']);
  });

  test('that is left early is cancelled, and one that is closed before it began is no Call', async () => {
    const orders = new Orders();
    for await (const _row of orders.find()) break;
    expect(statuses()).toEqual(['cancelled']);
    const cursor = orders.find();
    await cursor.next();
    await cursor.close();
    expect(statuses()).toEqual(['cancelled', 'cancelled']);
    await orders.find().close();
    expect(statuses()).toHaveLength(2);
    expect(asked).toHaveLength(2);
  });

  test('may be rewound and copied, each run of which is a Call', async () => {
    const cursor = new Orders().find();
    expect(cursor).toBeInstanceOf(AnsweredCursor);
    await cursor.toArray();
    cursor.rewind();
    expect(await cursor.next()).toMatchObject({ _id: 1 });
    expect(await cursor.next()).toMatchObject({ _id: 2 });
    expect(await cursor.clone().toArray()).toHaveLength(2);
    expect(statuses()).toEqual(['success', 'success', 'success']);
  });

  test('whose server cannot be reached is a failure, with the error that the caller sees', async () => {
    const orders = new Orders();
    const nameOf = async (rows: Promise<unknown>): Promise<string> => rows.then(String, ({ name }: Error) => name);
    const names = [
      await nameOf(orders.nowhere().toArray()),
      await nameOf(orders.nowhere().sort({ id: 1 }).limit(1).next()),
    ];
    expect(names[0]).toMatch(/^Mongo/);
    expect(runtime.events()).toMatchObject(names.map((errorType) => ({ status: 'failure', errorType })));
  });
});

describe('an iterator of a store', () => {
  test('of libsql is a Call from its first row to its last, at once, or left early until the shutdown', async () => {
    const client = new Database(':memory:');
    client.exec('CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1), (2), (3)');
    class Orders {
      @Observed({ event: 'list' })
      each(): IterableIterator<unknown> {
        return client.prepare('SELECT id FROM orders').iterate();
      }
    }
    const orders = new Orders();
    orders.each();
    expect(statuses()).toEqual([]);
    expect([...orders.each()]).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    const left = orders.each();
    for (const _row of left) break;
    expect(statuses()).toEqual(['success']);
    expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
    expect(statuses()).toEqual(['success', 'cancelled']);
    client.close();
  });

  test('of abstract-level is a Call until it has no more', async () => {
    const level = new MemoryLevel();
    await level.batch([
      { type: 'put', key: 'a', value: '1' },
      { type: 'put', key: 'b', value: '2' },
    ]);
    class Pairs {
      @Observed({ event: 'list' })
      each() {
        return level.iterator();
      }
    }
    const pairs = new Pairs();
    const seen: unknown[] = [];
    for await (const [key] of pairs.each()) seen.push(key);
    expect(await pairs.each().all()).toHaveLength(2);
    const some = pairs.each();
    expect(await some.nextv(1)).toEqual([['a', '1']]);
    expect(statuses()).toEqual(['success', 'success']);
    await some.close();
    const one = pairs.each();
    seen.push((await one.next())?.[0], (await one.next())?.[0], await one.next());
    expect(seen).toEqual(['a', 'b', 'a', 'b', undefined]);
    expect(statuses()).toEqual(['success', 'success', 'cancelled', 'success']);
    await level.close();
  });

  test('over the entries of a directory is one, by its promises and at once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trefoil-dir-'));
    for (const name of ['a', 'b']) writeFileSync(join(directory, name), '');
    class Files {
      @Observed({ event: 'list' })
      each(): Dir {
        return opendirSync(directory);
      }
    }
    const files = new Files();
    const names: string[] = [];
    for await (const { name } of files.each()) names.push(name);
    const entries = files.each();
    while (entries.readSync() !== null) names.push('read');
    entries.closeSync();
    expect(names.sort()).toEqual(['a', 'b', 'read', 'read']);
    expect(statuses()).toEqual(['success', 'success']);
    rmSync(directory, { recursive: true });
  });

  test('of events, or by hand, may be asked several times at once, and fails with its error', async () => {
    const emitter = new EventEmitter();
    const failure = new RangeError('no more');
    class Feeds {
      @Observed({ event: 'list' })
      events(): AsyncIterable<unknown> {
        return on(emitter, 'row');
      }

      @Observed({ event: 'list' })
      byHand(): AsyncIterable<number> {
        return {
          [Symbol.asyncIterator]: () => {
            let row = 0;
            return {
              next: () =>
                Promise.resolve(row < 3 ? { done: false, value: (row += 1) } : { done: true, value: undefined }),
            };
          },
        };
      }
    }
    const feeds = new Feeds();
    const events = feeds.events()[Symbol.asyncIterator]();
    const first = events.next();
    const second = events.next();
    emitter.emit('row', 1);
    expect(await first).toEqual({ done: false, value: [1] });
    emitter.emit('error', failure);
    await expect(second).rejects.toBe(failure);
    const rows: number[] = [];
    const twice = feeds.byHand();
    for await (const row of twice) rows.push(row);
    for await (const row of twice) rows.push(row);
    expect(rows).toEqual([1, 2, 3, 1, 2, 3]);
    expect(statuses()).toEqual(['failure', 'success', 'success']);
  });
});

test.each<[string, object]>([
  ['Map', new Map([[1, 2]])],
  ['iterator of a Map', new Map([[1, 2]]).values()],
  ['Set', new Set([1])],
  ['typed array', new Uint8Array(2)],
  ['URLSearchParams', new URLSearchParams('a=1')],
  ['Headers', new Headers({ a: '1' })],
  ['list with a next', { next: () => 1, items: [] }],
])('a %s is none: it stays the very same, and its call is over with the return', (_name, collection) => {
  class Collections {
    @Observed({ event: 'read' })
    get(): object {
      return collection;
    }
  }
  expect(new Collections().get()).toBe(collection);
  expect(statuses()).toEqual(['success']);
});
