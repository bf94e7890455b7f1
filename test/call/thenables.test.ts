import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable, type Readable } from 'node:stream';
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

class SortedOrders extends OrderStore {
  @Observed({ event: 'list' })
  sorted(): Knex.QueryBuilder {
    return this.list().orderBy('id');
  }

  @Observed({ event: 'query' })
  override broken(): Knex.QueryBuilder {
    return super.broken().limit(1);
  }
}

describe('a knex query', () => {
  test('that another decorated method gave is a Call of both, one in the other, each time that it is run', async () => {
    const store = new SortedOrders(database);
    await store.create('ada');
    const sorted = store.sorted().where('customer', 'ada');
    expect(runtime.events()).toHaveLength(1);
    expect([await sorted, await sorted]).toEqual([[{ customer: 'ada' }], [{ customer: 'ada' }]]);
    await expect(store.broken()).rejects.toThrow(/nowhere/);
    expect(queries).toHaveLength(4);
    expect(runtime.events().map(({ operation, status }) => `${operation} ${status}`)).toEqual([
      'SortedOrders.create success',
      ...['list', 'sorted', 'list', 'sorted'].map((name) => `SortedOrders.${name} success`),
      ...['broken', 'broken'].map((name) => `SortedOrders.${name} failure`),
    ]);
    const spans = runtime.spans();
    for (const at of [1, 3, 5]) expect(spans[at]?.parentSpanId).toBe(spans[at + 1]?.spanContext().spanId);
  });

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

  test('may be streamed, piped or answered by a callback: each time is a query, in a Call of its own', async () => {
    const store = new OrderStore(database);
    await store.create('ada');
    const spans = new Set<unknown>();
    database.on('query', () => spans.add(trace.getActiveSpan()));
    const rows: unknown[] = [];
    const collect = (): Writable =>
      new Writable({ objectMode: true, write: (row, _encoding, done) => (rows.push(row), done()) });
    for await (const row of store.list().stream()) rows.push(row);
    const sink = collect();
    store.list().pipe(sink);
    await once(sink, 'finish');
    await store.list().stream((stream: Readable) => void stream.pipe(collect()));
    const answer = (_error: unknown, found: unknown[]): void => void rows.push(...found);
    await store.list().asCallback(answer);
    // knex calls back after its promise.
    await new Promise((resolve) => setImmediate(resolve));
    expect(rows).toEqual(Array.from({ length: 4 }, () => ({ customer: 'ada' })));
    expect(queries).toHaveLength(5);
    expect(statuses()).toEqual(Array.from({ length: 5 }, () => 'success'));
    expect(spans.size).toBe(4);
    expect(spans).not.toContain(undefined);
  });

  test('that fails rejects with the very same error', async () => {
    await expect(new OrderStore(database).broken()).rejects.toThrow(/nowhere/);
    expect(statuses()).toEqual(['failure']);
  });
});
