import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knex, { type Knex } from 'knex';
import Database from 'libsql';
import { trace } from '@opentelemetry/api';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

/** knex's dialect for better-sqlite3 on libsql, which has the same API and needs no compiler. */
const BetterSqlite = require('knex/lib/dialects/better-sqlite3') as { new (config: object): object; prototype: object };
class LibsqlDialect extends BetterSqlite {
  _driver(): unknown {
    return Database;
  }
}

let runtime: MemoryRuntime;
let directory: string;
let database: Knex;
let queries: string[];

beforeEach(async () => {
  runtime = startMemoryRuntime();
  directory = mkdtempSync(join(tmpdir(), 'trefoil-knex-'));
  database = knex({
    client: LibsqlDialect as unknown as string,
    connection: { filename: join(directory, 'orders.db') },
    useNullAsDefault: true,
  });
  await database.schema.createTable('orders', (table) => {
    table.increments('id');
    table.string('customer');
  });
  queries = [];
  database.on('query', ({ sql }: { sql: string }) => queries.push(sql));
});

afterEach(async () => {
  await database.destroy();
  rmSync(directory, { recursive: true });
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);

class OrderStore {
  constructor(readonly database: Knex) {}

  @Observed({ item: (customer: string) => customer })
  create(customer: string): Knex.QueryBuilder {
    return this.database('orders').insert({ customer });
  }

  @Observed()
  list(): Knex.QueryBuilder {
    return this.database('orders').select('customer');
  }

  @Observed({ event: 'query' })
  broken(): Knex.QueryBuilder {
    return this.database('nowhere').select();
  }
}

describe('a knex query', () => {
  test('runs once, when it is awaited, and that is the Call', async () => {
    const store = new OrderStore(database);
    const insert = store.create('ada');
    await new Promise((resolve) => setImmediate(resolve));
    expect(queries).toEqual([]);
    expect(runtime.events()).toEqual([]);
    await insert;
    expect(queries).toHaveLength(1);
    expect(runtime.events()).toMatchObject([{ status: 'success', itemId: 'ada' }]);
    expect(await database('orders').count('* as rows')).toEqual([{ rows: 1 }]);
  });

  test('is chained before it is awaited, by then, catch and finally too', async () => {
    const store = new OrderStore(database);
    await store.create('ada');
    await store.create('bea');
    expect(await store.list().where('customer', 'ada').limit(1)).toEqual([{ customer: 'ada' }]);
    expect(await store.list().first()).toEqual({ customer: 'ada' });
    expect(await store.list().then((rows: unknown[]) => rows.length)).toBe(2);
    const caught = await store.broken().catch((error: Error) => error.message);
    expect(caught).toContain('nowhere');
    let finished = 0;
    await store.list().finally(() => (finished += 1));
    expect(finished).toBe(1);
    expect(statuses()).toEqual(['success', 'success', 'success', 'success', 'success', 'failure', 'success']);
    expect(queries).toHaveLength(7);
  });

  test('is left alone, and settled at the return, where its identity matters', async () => {
    class Memoised {
      readonly query = database('orders').select();

      @Observed({ event: 'list', returns: 'same' })
      list(): Knex.QueryBuilder {
        return this.query;
      }
    }
    const memoised = new Memoised();
    expect(memoised.list() === memoised.query).toBe(true);
    expect(statuses()).toEqual(['success']);
    expect(queries).toEqual([]);
  });

  test('that nobody awaits runs nothing and is no Call; its text can still be read', () => {
    expect(new OrderStore(database).list().toQuery()).toBe('select `customer` from `orders`');
    expect(queries).toEqual([]);
    expect(runtime.events()).toEqual([]);
  });

  test('counts once towards N+1: building it is no call', async () => {
    const store = new OrderStore(database);
    class Report {
      @Observed({ event: 'list' })
      async list(times: number): Promise<void> {
        for (let time = 0; time < times; time += 1) await store.list();
      }
    }
    const marked = (): unknown =>
      runtime.trefoil.metrics.get('store_repeated_calls_total', { store: 'OrderStore', operation: 'list' });
    await new Report().list(20);
    expect(marked()).toBeUndefined();
    await new Report().list(40);
    expect(marked()).toBe(1);
  });

  test('that fails rejects with the very same error', async () => {
    await expect(new OrderStore(database).broken()).rejects.toThrow(/nowhere/);
    expect(statuses()).toEqual(['failure']);
  });
});

describe('a lazy promise', () => {
  let ran = 0;

  /** As Prisma's: an object that begins its query when its `then` is first called. */
  function lazy<T>(work: () => T): PromiseLike<T> & { readonly [Symbol.toStringTag]: string } {
    let promise: Promise<T> | undefined;
    const start = (): Promise<T> => (promise ??= Promise.resolve().then(work));
    return {
      then: (onFulfilled, onRejected) => start().then(onFulfilled, onRejected),
      [Symbol.toStringTag]: 'PrismaPromise',
    };
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
      return `${this.#filters.join(' and ')} ${trace.getActiveSpan() === undefined ? 'outside' : 'inside'}`;
    }

    /** Of a name that no adapter knows. */
    async fetchEverything(): Promise<string> {
      return this.exec();
    }

    then<A, B>(onFulfilled?: (value: string) => A, onRejected?: (reason: unknown) => B): Promise<A | B> {
      return this.exec().then(onFulfilled, onRejected);
    }
  }

  class Models {
    @Observed({ event: 'query' })
    prisma(): PromiseLike<string> {
      return lazy(() => {
        ran += 1;
        return trace.getActiveSpan() === undefined ? 'outside' : 'inside';
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
