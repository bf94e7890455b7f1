import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import Database from 'libsql';
import knex from 'knex';
import { Observed, observeObject } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

/** knex's dialect for better-sqlite3 on libsql, which has the same API and needs no compiler. */
const BetterSqlite = require('knex/lib/dialects/better-sqlite3') as { new (config: object): object; prototype: object };
class LibsqlDialect extends BetterSqlite {
  _driver(): unknown {
    return Database;
  }
}

class Client {
  readonly #rows = new Map<string, number>();
  static readonly Cursor = class Cursor {};
  readonly Cursor = Client.Cursor;
  readonly orders = new Orders();
  mode = 'fast';

  get size(): number {
    return this.#rows.size;
  }

  set limit(value: number) {
    this.#rows.set('limit', value);
  }

  put(key: string, value: number): this {
    this.#rows.set(key, value);
    return this;
  }

  get(key: string): number | undefined {
    return this.#rows.get(key);
  }

  getTwice(key: string): (number | undefined)[] {
    return [this.get(key), this.get(key)];
  }

  [Symbol.iterator](): Iterator<[string, number]> {
    return this.#rows.entries();
  }
}

class Orders {
  #created = 0;

  create(id: string): string {
    this.#created += 1;
    return `${id}/${this.#created}`;
  }
}

describe('observeObject()', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  const operations = (): unknown[] => runtime.events().map(({ operation, itemId }) => [operation, itemId]);

  test('observes the methods that are named, on the object itself, which stays as it was', () => {
    const client = new Client();
    const observed = observeObject(client, {
      store: { name: 'cache', type: 'memory', id: (store) => store.mode },
      methods: { put: { item: (key) => key }, get: { item: (key) => key, audited: { event: 'query' } } },
    });
    expect(observed.put('a', 1).put('b', 2)).toBe(observed);
    expect(observed.get('b')).toBe(2);
    expect(observed.getTwice('a')).toEqual([1, 1]);
    expect(client.get('a')).toBe(1);
    expect(operations()).toEqual([
      ['cache.put', 'a'],
      ['cache.put', 'b'],
      ['cache.get', 'b'],
    ]);
    expect(runtime.events()[2]).toMatchObject({ eventType: 'query', storeType: 'memory', storeId: 'fast' });
    expect(runtime.counted('cache', 'put')).toBe(2);
    expect(Object.getPrototypeOf(client)).toBe(Client.prototype);
    expect(Object.keys(client)).toEqual(['Cursor', 'orders', 'mode']);
  });

  test('has everything else of the object: private state, accessors, classes, symbols, instanceof', () => {
    const client = new Client();
    const observed = observeObject(client, { methods: ['get'] });
    observed.limit = 3;
    observed.mode = 'slow';
    expect([observed.size, client.mode, observed.mode]).toEqual([1, 'slow', 'slow']);
    expect([...observed]).toEqual([['limit', 3]]);
    expect(observed).toBeInstanceOf(Client);
    expect(observed.Cursor).toBe(Client.Cursor);
    expect(observed.orders).toBe(client.orders);
    expect(observed.put).toBe(observed.put);
    expect(observed.get).toBe(observed.get);
    expect([observed.get.name, observed.get.length, observed.put.length]).toEqual(['get', 1, 2]);
    expect('get' in observed && !('gone' in observed)).toBe(true);
    expect(Object.keys(observed)).toEqual(Object.keys(client));
    expect({ ...observed }).toEqual({ ...client });
    expect(delete (observed as { mode?: string }).mode && 'mode' in client).toBe(false);
    const { get } = observed;
    expect(get.call(client, 'limit')).toBe(3);
  });

  test('leads into the objects that it holds by path', () => {
    const client = new Client();
    const observed = observeObject(client, { methods: ['orders.create', 'get'], store: { name: 'api' } });
    expect(observed.orders.create('o-1')).toBe('o-1/1');
    expect(observed.orders).toBe(observed.orders);
    expect(observed.orders).toBeInstanceOf(Orders);
    expect(runtime.events()).toMatchObject([{ operation: 'api.orders.create', eventType: 'create' }]);
  });

  test('frozen objects, plain ones and functions that are objects', () => {
    const plain = Object.freeze({ get: (id: string) => id, label: 'frozen' });
    const observed = observeObject(plain, { methods: ['get'] });
    expect([observed.get('1'), observed.label]).toEqual(['1', 'frozen']);
    expect(Object.getOwnPropertyDescriptor(observed, 'get')?.value).toBe(observed.get);
    expect(() => Object.assign(observed, { label: 'other' })).toThrow(TypeError);

    const callable = Object.assign((table: string) => `from ${table}`, { count: () => 4 });
    const called = observeObject(callable, { methods: ['count'], store: { name: 'callable' } });
    expect([called('t'), called.count(), typeof called]).toEqual(['from t', 4, 'function']);

    class Model {
      static create(): Model {
        return new this();
      }
    }
    const Watched = observeObject(Model, { methods: ['create'] });
    expect(new Watched()).toBeInstanceOf(Model);
    expect(Watched.create()).toBeInstanceOf(Model);
    expect(operations().map((entry) => (entry as string[])[0])).toEqual([
      'objects.get',
      'callable.count',
      'Model.create',
    ]);
  });

  test('a method that is replaced later is observed, too', () => {
    const client = { get: () => 1 };
    const observed = observeObject(client, { methods: ['get'], store: { name: 'swapped' } });
    observed.get();
    client.get = () => 2;
    expect(observed.get()).toBe(2);
    expect(operations()).toHaveLength(2);
  });

  test('an emitter, whose listeners are its own', () => {
    class Feed extends EventEmitter {
      readonly #name = 'feed';
      get(): string {
        this.emit('got', this.#name);
        return this.#name;
      }
    }
    const observed = observeObject(new Feed(), { methods: ['get'] });
    const seen: string[] = [];
    expect(observed.on('got', (name: string) => seen.push(name))).toBe(observed);
    observed.get();
    expect(seen).toEqual(['feed']);
    expect(operations()).toEqual([['Feed.get', undefined]]);
  });

  test('libsql, a native client with state of its own', () => {
    const database = observeObject(new Database(':memory:'), {
      store: { name: 'ledger', type: 'sqlite' },
      methods: { exec: { event: 'migrate' }, prepare: { event: 'query', item: (sql: string) => sql.slice(0, 6) } },
    });
    database.exec('create table t (id text)');
    database.prepare('insert into t values (?)').run('a');
    expect(database.prepare('select id from t').get()).toMatchObject({ id: 'a' });
    expect(operations().map((entry) => (entry as string[])[0])).toEqual([
      'ledger.exec',
      'ledger.prepare',
      'ledger.prepare',
    ]);
    database.close();
  });

  test('knex, a client that is a function, whose queries run when they are awaited', async () => {
    const builder = knex({
      client: LibsqlDialect as unknown as string,
      connection: { filename: ':memory:' },
      pool: { min: 1, max: 1 },
      useNullAsDefault: true,
    });
    const observed = observeObject(builder, {
      store: { name: 'sql' },
      methods: { raw: { event: 'query', item: (sql) => String(sql) } },
    });
    await observed.schema.createTable('orders', (table) => void table.increments('id'));
    await observed('orders').insert({ id: 7 });
    expect(await observed('orders').where('id', 7)).toEqual([{ id: 7 }]);
    expect(runtime.events()).toEqual([]);
    await observed.raw('select id from orders');
    expect(await observed.raw('select broken').catch(() => 'failed')).toBe('failed');
    expect(runtime.events()).toMatchObject([
      { operation: 'sql.raw', status: 'success', itemId: 'select id from orders' },
      { operation: 'sql.raw', status: 'failure', itemId: 'select broken' },
    ]);
    await builder.destroy();
  });

  test('describe() lists its methods', () => {
    const client = observeObject(new Client(), { methods: ['get', 'put'], store: { name: 'listed', type: 'kv' } });
    client.get('1');
    const listed = runtime.trefoil.describe().methods.filter(({ store }) => store === 'listed');
    expect(listed).toMatchObject([
      { className: 'listed', method: 'get', storeType: 'kv', eventType: 'read' },
      { className: 'listed', method: 'put', eventType: 'update' },
    ]);
  });

  class Decorated {
    @Observed()
    get(): void {}
  }

  test.each<[string, () => unknown, RegExp]>([
    [
      'a method that there is not, with the nearest',
      () => observeObject(new Client(), { methods: ['gett' as 'get'] }),
      /TREFOIL_DECORATOR_OPTIONS.*Client methods.*got "gett".*Did you mean "get"\?/,
    ],
    [
      'one that a path leads to',
      () => observeObject(new Client(), { methods: ['orders.creat' as 'orders.create'] }),
      /Did you mean "orders.create"\?/,
    ],
    [
      'no object',
      () => observeObject(3 as never, { methods: [] }),
      /TREFOIL_DECORATOR_TARGET.*expected an object, got 3/,
    ],
    ['a class as a method', () => observeObject(new Client(), { methods: ['Cursor'] as never }), /the class Cursor/],
    ['what is decorated', () => observeObject(new Decorated(), { methods: ['get'] }), /observed already/],
    ['no methods', () => observeObject(new Client(), {} as never), /TREFOIL_DECORATOR_OPTIONS.*methods/],
    [
      'a wrong option',
      () => observeObject(new Client(), { methods: { get: { itm: 1 } as never } }),
      /TREFOIL_DECORATOR_OPTIONS.*itm/,
    ],
    [
      'a name that says nothing',
      () => observeObject({ toss: () => 1 }, { methods: ['toss'] }),
      /TREFOIL_EVENT_TYPE_REQUIRED.*objects\.toss/,
    ],
  ])('refuses %s', (_name, declare, message) => {
    expect(declare).toThrow(message);
  });
});
