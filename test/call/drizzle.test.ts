import { asc, eq, inArray, like, sql } from 'drizzle-orm';
import { union, type SQLiteSelectDynamic } from 'drizzle-orm/sqlite-core';
import { currentCall, Observed } from '../../src/index';
import {
  customers,
  flavours,
  openCounted,
  orders,
  type CountedDatabase,
  type DrizzleDatabase,
} from '../fixtures/drizzle-database';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class CustomerStore {
  constructor(readonly database: DrizzleDatabase) {}

  @Observed({ item: (name: string) => name })
  create(name: string) {
    return this.database.insert(customers).values({ name });
  }

  @Observed()
  list() {
    return this.database.select({ id: customers.id, name: customers.name }).from(customers).orderBy(asc(customers.id));
  }

  @Observed({ event: 'query' })
  ids() {
    return this.database.select({ id: customers.id }).from(customers);
  }

  @Observed({ event: 'query' })
  dynamic() {
    return this.database.select().from(customers).$dynamic();
  }

  @Observed({ event: 'update' })
  rename(id: number, name: string) {
    return this.database.update(customers).set({ name }).where(eq(customers.id, id));
  }

  @Observed()
  delete(id: number) {
    return this.database.delete(customers).where(eq(customers.id, id));
  }

  @Observed({ event: 'query' })
  withOrders() {
    return this.database.query.customers.findMany({ with: { orders: true } });
  }

  @Observed({ event: 'query' })
  byId() {
    return this.database
      .select()
      .from(customers)
      .where(eq(customers.id, sql.placeholder('id')));
  }
}

class SortedCustomers extends CustomerStore {
  @Observed()
  override list() {
    return super.list();
  }

  @Observed({ event: 'list' })
  first() {
    return this.list().limit(1);
  }

  @Observed({ event: 'create' })
  override create(name: string) {
    return super.create(name);
  }
}

let runtime: MemoryRuntime;
let counted: CountedDatabase;
let store: CustomerStore;
let insideCalls: number;

afterEach(async () => {
  counted.client.close();
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);
const outside = currentCall();

describe.each(Object.keys(flavours) as (keyof typeof flavours)[])('a drizzle query, by %s,', (flavour) => {
  beforeEach(async () => {
    runtime = startMemoryRuntime();
    counted = openCounted();
    insideCalls = 0;
    const logger = { logQuery: () => void (insideCalls += currentCall() === outside ? 0 : 1) };
    store = new CustomerStore(flavours[flavour](counted, logger));
  });

  /** What is executed and recorded by something: as many statements and Calls as it says, each inside its Call. */
  async function expectCalls<Result>(count: number, work: () => PromiseLike<Result> | Result): Promise<Result> {
    const before = { executed: counted.executed.length, events: runtime.events().length, insideCalls };
    const result = await work();
    expect({
      executed: counted.executed.length - before.executed,
      events: runtime.events().length - before.events,
      insideCalls: insideCalls - before.insideCalls,
    }).toEqual({ executed: count, events: count, insideCalls: count });
    return result;
  }

  test('runs once, when it is awaited, in its Call', async () => {
    await expectCalls(1, () => store.create('ada'));
    await expectCalls(1, () => store.rename(1, 'bea'));
    expect(await expectCalls(1, () => store.list())).toEqual([{ id: 1, name: 'bea' }]);
    await expectCalls(1, () => store.delete(1));
    expect(await expectCalls(1, () => store.list())).toEqual([]);
    expect(runtime.events()[0]).toMatchObject({ itemId: 'ada', operation: 'CustomerStore.create' });
  });

  test('that another decorated method gave is a Call of both, one in the other', async () => {
    const sorted = new SortedCustomers(store.database);
    await sorted.create('ada');
    expect(await sorted.first()).toEqual([{ id: 1, name: 'ada' }]);
    expect(await sorted.first().execute()).toEqual([{ id: 1, name: 'ada' }]);
    await expect(Promise.resolve(sorted.create('ada'))).rejects.toThrow();
    expect(counted.executed).toHaveLength(4);
    const names = (operation: string, status: string): string[] =>
      runtime
        .events()
        .filter((event) => event.operation?.endsWith(operation) === true && event.status === status)
        .map(({ operation: name }) => name ?? '');
    expect(names('.create', 'success')).toHaveLength(2);
    expect(names('.create', 'failure')).toHaveLength(2);
    expect(names('.first', 'success')).toHaveLength(2);
    expect(names('.list', 'success')).toHaveLength(4);
    const spans = runtime.spans();
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots).toHaveLength(4);
    expect(spans.every((span) => span.parentSpanId !== span.spanContext().spanId)).toBe(true);
  });

  test('that nobody awaits runs nothing and is no Call; its text can still be read', async () => {
    const insert = store.create('ada');
    expect(insert.toSQL().sql).toContain('insert into "customers"');
    await new Promise((resolve) => setImmediate(resolve));
    expect([counted.executed, runtime.events()]).toEqual([[], []]);
    await expectCalls(1, () => insert);
  });

  test.each(['execute', 'all', 'get', 'values'] as const)('ends by `%s` as well', async (terminal) => {
    await store.create('ada');
    const row = { execute: [{ id: 1, name: 'ada' }], all: [{ id: 1, name: 'ada' }], get: { id: 1, name: 'ada' } };
    const expected = { ...row, values: [[1, 'ada']] }[terminal];
    expect(await expectCalls<unknown>(1, () => store.list()[terminal]())).toEqual(expected);
    expect(await expectCalls<unknown>(1, () => store.create(terminal).returning()[terminal]())).toBeDefined();
  });

  test('ends by `run` as well', async () => {
    await expectCalls(1, () => store.create('ada').run());
    await expectCalls(1, () => store.rename(1, 'bea').run());
    expect(await expectCalls(1, () => store.list())).toEqual([{ id: 1, name: 'bea' }]);
  });

  test('is chained after the method has returned it, also where it is dynamic', async () => {
    for (const name of ['ada', 'bea', 'cyd']) await store.create(name);
    expect(await expectCalls(1, () => store.create('dan').returning({ id: customers.id }))).toEqual([{ id: 4 }]);
    expect(await expectCalls(1, () => store.create('dan').onConflictDoNothing())).toBeDefined();
    const limited = <Query extends SQLiteSelectDynamic<ReturnType<CustomerStore['dynamic']>>>(query: Query): Query =>
      query.limit(1);
    const query = limited(store.dynamic().where(like(customers.name, '%a'))).orderBy(asc(customers.name));
    expect(await expectCalls(1, () => query)).toEqual([{ id: 1, name: 'ada' }]);
    expect(await expectCalls(1, () => store.list().then((rows) => rows.length))).toBe(4);
  });

  test('is a Call each time that it is run, prepared too', async () => {
    await store.create('ada');
    const list = store.list();
    await expectCalls(2, async () => [await list, await list]);
    const prepared = store.byId().prepare();
    expect(runtime.events()).toHaveLength(3);
    expect(await expectCalls<unknown>(1, () => prepared.get({ id: 1 }))).toEqual({ id: 1, name: 'ada' });
    expect(await expectCalls<unknown>(1, () => prepared.all({ id: 1 }))).toEqual([{ id: 1, name: 'ada' }]);
    expect(await expectCalls<unknown>(1, () => prepared.execute({ id: 2 }))).toEqual([]);
  });

  test('is part of a bigger query, which is one of its own', async () => {
    for (const name of ['ada', 'bea']) await store.create(name);
    const { database } = store;
    const before = [counted.executed.length, runtime.events().length];
    const rows = [{ id: 1, name: 'ada' }];
    const sub = store.list().where(eq(customers.name, 'ada')).as('sub');
    expect(await database.select().from(sub)).toEqual(rows);
    expect(
      await database
        .select()
        .from(customers)
        .where(inArray(customers.id, store.ids().limit(1))),
    ).toEqual(rows);
    const cte = database.$with('cte').as(store.ids());
    expect(await database.with(cte).select().from(cte)).toEqual([{ id: 1 }, { id: 2 }]);
    const total = await database
      .select({ names: sql`${store.ids().limit(1)}` })
      .from(customers)
      .limit(1);
    expect(total).toEqual([{ names: 1 }]);
    await database
      .insert(orders)
      .select(database.select({ id: customers.id, customerId: customers.id }).from(customers));
    expect([counted.executed.length, runtime.events().length]).toEqual([(before[0] as number) + 5, before[1]]);
    // These begin with one that the method has given, and so are its Calls.
    expect(await expectCalls(1, () => union(store.ids(), store.ids()))).toHaveLength(2);
    expect(await expectCalls(1, () => store.ids().unionAll(store.ids()))).toHaveLength(4);
  });

  test('may be relational', async () => {
    await store.create('ada');
    await store.database.insert(orders).values({ customerId: 1 });
    const expected = [{ id: 1, name: 'ada', orders: [{ id: 1, customerId: 1 }] }];
    expect(await expectCalls(1, () => store.withOrders())).toEqual(expected);
    expect(await expectCalls<unknown>(1, () => store.withOrders().execute())).toEqual(expected);
    expect(await expectCalls<unknown>(1, () => store.withOrders().prepare().all())).toEqual(expected);
  });

  test('that fails rejects as it does bare, by whatever it is run', async () => {
    await store.create('ada');
    const bare = store.database.insert(customers).values({ name: 'ada' });
    const ends = {
      await: (query: typeof bare) => query,
      execute: (query: typeof bare) => query.execute(),
      run: (query: typeof bare) => query.run(),
      catch: (query: typeof bare) => query.catch((error: unknown) => error),
      finally: (query: typeof bare) => query.finally(() => undefined),
    };
    for (const end of Object.values(ends)) {
      const outcomeOf = async (query: typeof bare): Promise<unknown> => {
        try {
          return await end(query);
        } catch (error) {
          return ['thrown', error];
        }
      };
      const expected = await outcomeOf(bare);
      expect([expected].flat()).toContainEqual(expect.any(Error));
      expect(await expectCalls(1, () => outcomeOf(store.create('ada')))).toEqual(expected);
      expect(statuses().at(-1)).toBe('failure');
    }
  });

  test('belongs to the transaction that its store was made with', async () => {
    const rollback = new Error('rolled back');
    const insert = (transaction: unknown, name: string): PromiseLike<unknown> =>
      new CustomerStore(transaction as DrizzleDatabase).create(name).run();
    const work: Record<typeof flavour, (name: string, error?: Error) => (transaction: unknown) => unknown> = {
      'better-sqlite3': (name, error) => (transaction) => {
        void insert(transaction, name);
        if (error !== undefined) throw error;
      },
      'sqlite-proxy': (name, error) => async (transaction) => {
        await insert(transaction, name);
        if (error !== undefined) throw error;
      },
    };
    const transact = async (...args: [string, Error?]): Promise<unknown> =>
      store.database.transaction(work[flavour](...args) as never);
    await transact('ada');
    await expect(transact('bea', rollback)).rejects.toBe(rollback);
    expect(statuses()).toEqual(['success', 'success']);
    expect(await store.list()).toEqual([{ id: 1, name: 'ada' }]);
  });
});

describe('a batch of drizzle queries', () => {
  test('runs each of them once', async () => {
    runtime = startMemoryRuntime();
    counted = openCounted();
    const database = flavours['sqlite-proxy'](counted, { logQuery: () => undefined });
    const batching = database as unknown as { batch(queries: readonly unknown[]): Promise<unknown[]> };
    store = new CustomerStore(database);
    await batching.batch([store.create('ada'), store.create('bea')]);
    expect(counted.executed).toHaveLength(2);
    // They are handed to the batch: whether it went well is known to its caller alone.
    expect(runtime.events()).toEqual([]);
    expect(await store.list()).toHaveLength(2);
  });
});
