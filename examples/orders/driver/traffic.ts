import type { Outcome } from 'trefoil';

/** What a request should have caused, told from the status that the client saw. */
export interface Effect {
  /** The operation of the store and how it ended; none where the request does not reach the store. */
  readonly call?: readonly [operation: string, status: Outcome];
  /** How a row must have changed. */
  readonly row?: 'insert' | 'update' | 'delete';
  /** What the answer holds: what the store has read, or has written. */
  readonly bytes?: 'read' | 'written';
  /** Whether the order was still at hand. */
  readonly cache?: 'hit' | 'miss';
  /** How the store's failure is called. */
  readonly error?: 'OrderInvalidError' | 'OrderNotFoundError' | 'of the database';
}

/** One request, as it is sent. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly user?: string;
  readonly body?: unknown;
}

/** Requests of one kind, all sent by one instance of the load generator. */
export interface Traffic {
  readonly title: string;
  readonly amount: number;
  readonly connections: number;
  readonly next: () => Request;
  /** By HTTP status; any other status is a disagreement. */
  readonly effects: Readonly<Record<number, Effect>>;
}

const order = { product: 'clover', quantity: 3 };
const stranger = 'customer-2';

/** The database was locked. */
const unavailable = (operation: string): Effect => ({ call: [operation, 'failure'], error: 'of the database' });

const notFound = (operation: string): Effect => ({ call: [operation, 'failure'], error: 'OrderNotFoundError' });

/** Orders to read, change and cancel later. */
export function seedTraffic(amount: number): Traffic {
  return { ...creates(amount), title: 'create (seed)' };
}

/** Reads and writes that succeed. */
export function plainTraffic(ids: readonly string[], reads: number, writes: number): Traffic[] {
  return [gets(ids, reads), updates(ids, writes)];
}

/** The mix, with everything that can go wrong; `ids` are those of the seed. */
export function mixedTraffic(ids: readonly string[]): Traffic[] {
  const toCancel = ids.slice(0, ids.length / 2);
  const toKeep = ids.slice(ids.length / 2);
  const kept = inTurn(toKeep);
  const canceled = inTurn(toCancel);
  return [
    creates(800),
    {
      title: 'create, too many pieces',
      amount: 200,
      connections: 1,
      next: () => ({ method: 'POST', path: '/orders', body: { ...order, quantity: 5_000 } }),
      effects: { 400: { call: ['create', 'failure'], error: 'OrderInvalidError' } },
    },
    {
      title: 'create, malformed',
      amount: 200,
      connections: 1,
      next: () => ({ method: 'POST', path: '/orders', body: { product: '' } }),
      effects: { 400: {} },
    },
    gets(toKeep, 4_000),
    {
      title: 'get, not found',
      amount: 500,
      connections: 1,
      next: () => ({ method: 'GET', path: '/orders/no-such-order' }),
      effects: { 404: { call: ['get', 'success'], cache: 'miss' } },
    },
    {
      title: 'get, denied',
      amount: 400,
      connections: 1,
      next: () => ({ method: 'GET', path: `/orders/${kept()}`, user: stranger }),
      effects: { 403: { call: ['get', 'denied'], cache: 'hit' } },
    },
    updates(toKeep, 1_000),
    {
      title: 'update, not found',
      amount: 100,
      connections: 1,
      next: () => ({ method: 'PUT', path: '/orders/no-such-order', body: order }),
      effects: { 404: notFound('update'), 503: unavailable('update') },
    },
    {
      // Each order once; where the database was locked, it stays.
      title: 'cancel',
      amount: toCancel.length,
      connections: 1,
      next: () => ({ method: 'DELETE', path: `/orders/${canceled()}` }),
      effects: { 204: { call: ['cancel', 'success'], row: 'delete' }, 503: unavailable('cancel') },
    },
    {
      title: 'cancel, denied',
      amount: 100,
      connections: 1,
      next: () => ({ method: 'DELETE', path: `/orders/${kept()}`, user: stranger }),
      effects: { 403: { call: ['cancel', 'denied'] }, 503: unavailable('cancel') },
    },
    {
      title: 'list',
      amount: 400,
      connections: 1,
      next: () => ({ method: 'GET', path: '/orders?limit=10' }),
      effects: { 200: { call: ['list', 'success'], bytes: 'read' } },
    },
  ];
}

function creates(amount: number): Traffic {
  return {
    title: 'create',
    amount,
    connections: 2,
    next: () => ({ method: 'POST', path: '/orders', body: order }),
    effects: {
      201: { call: ['create', 'success'], row: 'insert', bytes: 'written' },
      503: unavailable('create'),
    },
  };
}

function gets(ids: readonly string[], amount: number): Traffic {
  const id = inTurn(ids);
  const next = (): Request => ({ method: 'GET', path: `/orders/${id()}` });
  const found: Effect = { call: ['get', 'success'], bytes: 'read', cache: 'hit' };
  return { title: 'get', amount, connections: 6, next, effects: { 200: found } };
}

function updates(ids: readonly string[], amount: number): Traffic {
  const id = inTurn(ids);
  return {
    title: 'update',
    amount,
    connections: 2,
    next: () => ({ method: 'PUT', path: `/orders/${id()}`, body: { ...order, quantity: 5 } }),
    effects: {
      200: { call: ['update', 'success'], row: 'update', bytes: 'written' },
      503: unavailable('update'),
    },
  };
}

function inTurn(ids: readonly string[]): () => string {
  let index = 0;
  return () => ids[index++ % ids.length] ?? '';
}
