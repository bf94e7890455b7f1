// observe() and observeObject() type selectors by the function's own parameters and result; nothing need be annotated.
import { observe, observeObject } from '../../src/index';

interface Order {
  readonly id: string;
  readonly total: number;
}

declare function getOrder(id: string, fresh?: boolean): Promise<Order>;
declare function findOrder(id: string): Order;
declare function findOrder(id: number, archive: boolean): Order;
declare function readOrder(path: string, callback: (error: Error | null, order?: Order) => void): void;

export const fitting: (id: string, fresh?: boolean) => Promise<Order> = observe(getOrder, {
  item: (id) => id.toUpperCase(),
  when: (_id, fresh) => fresh !== true,
  onResult: (order) => ({ metadata: { total: order.total.toFixed(2) } }),
  outcome: (settled) => (settled.threw ? 'denied' : settled.result.total > 0 ? 'success' : 'partial'),
  changes: { after: (order, id) => ({ id, total: order.total }) },
  audited: { metadata: (id) => ({ id }) },
  traced: { name: (id) => `get ${id}` },
  counted: { name: 'orders_total', labels: { fresh: (_id, fresh) => fresh === true } },
  timed: false,
  store: { name: 'orders', type: 'http', id: 'eu' },
});

export const annotated = observe(getOrder, { item: (id: string) => id });
export const alsoAnnotated = observe(readOrder, {
  callback: 'last',
  onResult: (found: unknown) => ({ metadata: { found } }),
});
export const overloaded: typeof findOrder = observe(findOrder, { item: (id: string | number) => id });

export const notFitting = [
  // @ts-expect-error the id is a string
  observe(getOrder, { item: (id: number) => id }),
  // @ts-expect-error in the last overload it is a number
  observe(findOrder, { item: (id) => id.toUpperCase() }),
  // @ts-expect-error an item is an id
  observe(getOrder, { item: (id) => ({ id }) }),
  // @ts-expect-error an order has no name
  observe(getOrder, { onResult: (order) => ({ metadata: { name: order.name } }) }),
  // @ts-expect-error the last parameter is no callback
  observe(getOrder, { callback: 'last' }),
  // @ts-expect-error no such option
  observe(getOrder, { itm: () => 'x' }),
  // @ts-expect-error no such option of @Traced
  observe(getOrder, { traced: { event: 'read' } }),
  // @ts-expect-error no function
  observe('getOrder'),
];

interface Client {
  readonly region: string;
  get(id: string): Promise<Order>;
  readonly orders: { create(order: Order): Promise<void>; readonly lines: { add(id: string, count: number): void } };
}

declare const client: Client;

export const observed: Client = observeObject(client, {
  store: { name: 'api', id: (api) => api.region },
  methods: {
    get: { item: (id) => id, onResult: (order) => ({ metadata: { total: order.total } }) },
    'orders.create': { item: (order) => order.id },
    'orders.lines.add': { attributes: (id, count) => ({ id, more: count + 1 }) },
  },
});
export const byName: Client = observeObject(client, { methods: ['get', 'orders.create'] });

export const wrong = [
  // @ts-expect-error no such method
  observeObject(client, { methods: ['gett'] }),
  // @ts-expect-error no method
  observeObject(client, { methods: ['region'] }),
  // @ts-expect-error the id is a string
  observeObject(client, { methods: { get: { item: (id: number) => id } } }),
  // @ts-expect-error the store is the client
  observeObject(client, { methods: ['get'], store: { id: (api) => api.zone } }),
];

interface Rows<Row> {
  readonly rows: readonly Row[];
}

/** As the client of PostgreSQL is typed: generic, with overloads, the last of which call back. */
interface Pool {
  readonly size: number;
  query<Stream extends { submit(): void }>(stream: Stream): Stream;
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Rows<Row>>;
  query<Row>(text: string, callback: (error: Error | null, rows: Rows<Row>) => void): void;
  query<Row>(text: string, values: readonly unknown[], callback: (error: Error | null, rows: Rows<Row>) => void): void;
  transaction<Result>(body: (pool: Pool) => Promise<Result>): Promise<Result>;
  peek(id: string): Order | undefined;
  readonly cache: { readonly name: string; get(id: string): Promise<Order>; set(id: string, value: unknown): boolean };
}

declare const pool: Pool;
declare function getFrom(this: Pool, id: string): Promise<Order>;
declare function identity<Value extends Order>(value: Value, ...more: readonly Value[]): Promise<Value>;

export const observedPool: Pool = observeObject(pool, {
  methods: {
    query: {
      audited: false,
      attributes: (text, values) => ({ text: text.toUpperCase(), count: values?.length ?? 0 }),
      onResult: ({ rows }) => ({ attributes: { count: rows.length } }),
    },
    transaction: { event: 'update', when: (body) => body.length > 0 },
    peek: {
      event: 'read',
      changes: {
        before(id) {
          return this.peek(id)?.total.toFixed(2);
        },
      },
    },
    'cache.get': {
      changes: {
        before(id) {
          return { [this.name]: id.toUpperCase() };
        },
        after: (order) => ({ total: order.total }),
      },
    },
    'cache.set': { item: (id) => id, onResult: (kept) => ({ attributes: { kept: kept === true } }) },
  },
});
export const calledBack = observe(pool.query, {
  audited: false,
  callback: 'last',
  attributes: (text) => ({ text: text.toUpperCase() }),
});
export const onlyCallingBack = observe(readOrder, {
  callback: 'last',
  item: (path) => path.toUpperCase(),
  onResult: (found) => ({ metadata: { found } }),
});
export const withThis = observe(getFrom, {
  changes: {
    before(id) {
      return [this.size, this.peek(id)];
    },
  },
});
export const generic = observe(identity, {
  item: (value) => value.id,
  onResult: (value, _first, ...more) => ({ metadata: { total: value.total, ids: more.map(({ id }) => id) } }),
});

export const wrongOfOverloads = [
  // @ts-expect-error the result has rows
  observeObject(pool, { methods: { query: { audited: false, onResult: ({ row }) => ({ attributes: { row } }) } } }),
  // @ts-expect-error the text is no number
  observe(pool.query, { audited: false, attributes: (text) => ({ text: text.toFixed() }) }),
  observe(getFrom, {
    changes: {
      before() {
        // @ts-expect-error a pool has no such method
        return this.peak();
      },
    },
  }),
];
