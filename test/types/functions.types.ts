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
