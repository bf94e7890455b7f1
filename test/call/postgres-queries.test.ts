import { once } from 'node:events';
import { trace } from '@opentelemetry/api';
import { Client, Query, type ClientConfig } from 'pg';
import postgres, { type Sql } from 'postgres';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';
import { startPostgresServer, type PostgresServer } from '../fixtures/postgres-server';

let runtime: MemoryRuntime;
let server: PostgresServer;

beforeEach(async () => {
  runtime = startMemoryRuntime();
  server = await startPostgresServer();
});

afterEach(async () => {
  await server.close();
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] =>
  runtime.events().map(({ operation, status }) => `${operation?.replace('Orders.', '')} ${status}`);
const caught = (awaitable: PromiseLike<unknown>): Promise<string> =>
  Promise.resolve(awaitable).then(
    () => 'nothing',
    (error: Error) => error.message,
  );

/** What all pillars have recorded of one operation. */
function everywhere(operation: string): object {
  return {
    audited: runtime.events().map(({ status, errorMessage }) => [status, errorMessage]),
    spans: runtime.spans().map(({ attributes }) => attributes['store.outcome']),
    counted: ['success', 'failure'].map((status) => runtime.counted('Orders', operation, status)),
    timed: runtime.timed('Orders', operation),
    lines: runtime.lines.map(({ level }) => level),
  };
}

const failedOnce = {
  audited: [['failure', expect.stringContaining('no such table')]],
  spans: ['failure'],
  counted: [0, 1],
  timed: 1,
  lines: ['error'],
};

describe('a query of postgres.js', () => {
  type Rows = ReturnType<Sql>;
  let sql: Sql;

  class Orders {
    @Observed({ event: 'query' })
    query(text: string): Rows {
      return sql.unsafe(text) as unknown as Rows;
    }

    @Observed({ event: 'query', delivery: 'strict' })
    strictly(text: string): Rows {
      return sql.unsafe(text) as unknown as Rows;
    }

    @Observed({ event: 'query', delivery: 'durable' })
    durably(text: string): Rows {
      return sql.unsafe(text) as unknown as Rows;
    }

    @Observed({ event: 'query', returns: 'same' })
    same(text: string): Rows {
      return sql.unsafe(text) as unknown as Rows;
    }

    @Observed({ event: 'query' })
    through(text: string): Rows {
      return this.query(text);
    }

    @Observed({ event: 'query' })
    async later(text: string): Promise<unknown> {
      return this.query(text);
    }

    @Observed({ event: 'query' })
    first(id: number): Rows {
      return sql`select id from orders where id = ${id}`;
    }
  }

  let orders: Orders;

  beforeEach(() => {
    sql = postgres({
      host: '127.0.0.1',
      port: server.port,
      user: 'test',
      database: 'test',
      max: 1,
      fetch_types: false,
    });
    orders = new Orders();
  });

  afterEach(() => sql.end({ timeout: 0 }));

  test('that fails is a failure to every pillar', async () => {
    expect(await caught(orders.query('select fail'))).toBe('no such table');
    expect(everywhere('query')).toEqual(failedOnce);
  });

  test('is the very object that the driver made, and runs once, when it is awaited', async () => {
    const query = orders.first(7);
    expect(query).toBeInstanceOf(Object.getPrototypeOf(sql`select 1`).constructor);
    expect(Object.getOwnPropertyNames(query)).toEqual(Object.getOwnPropertyNames(sql`select 1`));
    await new Promise(setImmediate);
    expect([server.ran, statuses()]).toEqual([[], []]);
    expect(await query).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await query).toHaveLength(2);
    expect(server.ran).toHaveLength(1);
    expect(statuses()).toEqual(['first success']);
    expect(Object.getPrototypeOf(query)).toBe(Object.getPrototypeOf(sql`select 1`));
  });

  test.each(['same', 'durably', 'strictly', 'later'] as const)('fails truly by the method %s', async (method) => {
    expect(await caught(orders[method]('select fail'))).toBe('no such table');
    const ends = runtime
      .events()
      .filter(({ operation, status }) => operation === `Orders.${method}` && status !== 'unknown');
    expect(ends).toMatchObject([{ status: 'failure', errorMessage: expect.stringContaining('no such table') }]);
    expect(await orders[method]('select 1')).toHaveLength(2);
    expect(runtime.counted('Orders', method)).toBe(1);
  });

  test.each(['catch', 'finally', 'then'] as const)('ends by its `%s`', async (key) => {
    const query = orders.query('select fail');
    const answer =
      key === 'then'
        ? query.then(
            () => 1,
            () => 2,
          )
        : key === 'catch'
          ? query.catch(() => 2)
          : query.finally(() => 3);
    await caught(answer);
    expect(everywhere('query')).toEqual(failedOnce);
  });

  test('given on is one call inside the other', async () => {
    expect(await caught(orders.through('select fail'))).toBe('no such table');
    expect(statuses()).toEqual(['query failure', 'through failure']);
    const [inner, outer] = runtime.spans();
    expect(inner?.parentSpanId).toBe(outer?.spanContext().spanId);
  });

  test('is in the span of its call only while it starts', async () => {
    await orders.query('select 1').then(() => expect(trace.getActiveSpan()).toBeUndefined());
    expect(runtime.spans()).toHaveLength(1);
  });

  test('that is part of another query, or is never run, is no call, and under strict is cancelled', async () => {
    const rows = await sql`select id from (${orders.first(7) as never})`;
    expect(rows).toHaveLength(2);
    void orders.query('select fail');
    void orders.strictly('select fail');
    await runtime.trefoil.shutdown();
    expect(server.ran).toHaveLength(1);
    expect(statuses()).toEqual(['strictly unknown', 'strictly cancelled']);
  });
});

describe('a query object of pg', () => {
  let client: Client;

  class Orders {
    @Observed({ event: 'query' })
    query(text: string, values: unknown[] = []): Query {
      return client.query(new Query(text, values));
    }

    @Observed({ event: 'query' })
    rows(text: string): Promise<unknown> {
      return client.query(text);
    }
  }

  beforeEach(async () => {
    client = new Client({ host: '127.0.0.1', port: server.port, user: 'test' } satisfies ClientConfig);
    await client.connect();
  });

  afterEach(() => client.end());

  test('is a call until its last row, and stays the very same', async () => {
    const query = new Orders().query('select id from orders where id = $1', ['7']);
    expect(query).toBeInstanceOf(Query);
    const rows: unknown[] = [];
    query.on('row', (row) => rows.push(row));
    expect(statuses()).toEqual([]);
    await once(query, 'end');
    expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect(statuses()).toEqual(['query success']);
  });

  test('that fails is a failure to every pillar', async () => {
    const [error] = (await once(new Orders().query('select fail'), 'error')) as [Error];
    expect(error.message).toBe('no such table');
    expect(everywhere('query')).toEqual(failedOnce);
  });

  test('that a text is made of gives a promise, as ever', async () => {
    expect(await caught(new Orders().rows('select fail'))).toBe('no such table');
    expect(await new Orders().rows('select 1')).toMatchObject({ rows: [{ id: 1 }, { id: 2 }] });
    expect(statuses()).toEqual(['rows failure', 'rows success']);
  });
});
