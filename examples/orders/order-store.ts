import { randomUUID } from 'node:crypto';
import {
  Audited,
  AuditEventType,
  Counted,
  currentCall,
  Observed,
  SpanKind,
  Store,
  Timed,
  Traced,
  type Outcome,
  type Settled,
} from 'trefoil';
import { inject, singleton } from 'tsyringe';
import { inTransaction, OPEN_DATABASE, type Database, type Statement } from './database';
import { maxQuantity, OrderDeniedError, OrderInvalidError, OrderNotFoundError } from './order';
import type { Order, OrderDraft } from './order';

/** A denial is an answer, not a breakdown: it must not raise the error rate. */
function classify(settled: Settled): Outcome | undefined {
  return settled.threw && settled.error instanceof OrderDeniedError ? 'denied' : undefined;
}

/** The statements of an open database. */
interface Connection {
  readonly database: Database;
  readonly insert: Statement;
  readonly select: Statement;
  readonly selectAll: Statement;
  readonly update: Statement;
  readonly delete: Statement;
}

/** How many orders are kept at hand. */
const recentLimit = 10_000;

/** Orders in SQLite. Each call becomes one audit event, one metric sample, one span and one log line. */
@singleton()
@Store({ type: 'sqlite', id: 'orders.db', outcome: classify })
export class OrderStore {
  readonly #openDatabase: () => Database;
  #connection: Connection | undefined;
  /** What was written lately: customers look at their orders right after they have placed them. Nobody else writes. */
  readonly #recent = new Map<string, Order>();

  constructor(@inject(OPEN_DATABASE) open: () => Database) {
    this.#openDatabase = open;
  }

  /** A store that opens adds one to `store_connections_active`; one that closes takes it away. */
  @Observed()
  open(): void {
    const database = this.#openDatabase();
    this.#connection = {
      database,
      insert: database.prepare('INSERT INTO orders (id, customer, product, quantity) VALUES (?, ?, ?, ?)'),
      select: database.prepare('SELECT id, customer, product, quantity FROM orders WHERE id = ?'),
      selectAll: database.prepare(
        'SELECT id, customer, product, quantity FROM orders WHERE customer = ? ORDER BY id LIMIT ?',
      ),
      update: database.prepare('UPDATE orders SET quantity = ? WHERE id = ?'),
      delete: database.prepare('DELETE FROM orders WHERE id = ?'),
    };
  }

  @Observed()
  close(): void {
    this.#connection?.database.close();
    this.#connection = undefined;
    this.#recent.clear();
  }

  /** The id is known only once the order is there: it is read from the result. */
  @Observed({ onResult: (order: Order) => ({ item: order.id }) })
  async create(draft: OrderDraft, customer: string): Promise<Order> {
    const order: Order = { id: randomUUID(), customer, ...checked(draft) };
    const { database, insert } = this.#opened;
    inTransaction(database, () => insert.run(order.id, customer, order.product, order.quantity));
    return this.#written(order);
  }

  @Observed({ item: (id: string) => id })
  async get(id: string, customer: string): Promise<Order | undefined> {
    const call = currentCall();
    const recent = this.#recent.get(id);
    if (recent === undefined) call.cacheMiss();
    else call.cacheHit();
    const order = recent ?? this.#find(id);
    if (order === undefined) return undefined;
    call.recordBytesRead(sizeOf(ownedBy(customer, order)));
    return order;
  }

  @Observed({
    item: (id: string) => id,
    attributes: (_id: string, draft: OrderDraft) => ({ quantity: draft.quantity }),
  })
  async update(id: string, draft: OrderDraft, customer: string): Promise<Order> {
    const { quantity } = checked(draft);
    const { database, update } = this.#opened;
    const order = inTransaction(database, () => {
      const existing = ownedBy(customer, this.#existing(id));
      update.run(quantity, id);
      return { ...existing, quantity };
    });
    return this.#written(order);
  }

  /** The name stands for no event type, so the event is given. */
  @Observed({ event: AuditEventType.DELETE, item: (id: string) => id })
  async cancel(id: string, customer: string): Promise<void> {
    const { database, delete: remove } = this.#opened;
    inTransaction(database, () => {
      ownedBy(customer, this.#existing(id));
      remove.run(id);
    });
    this.#recent.delete(id);
  }

  /** The four decorators that `@Observed` stands for, one by one, where each has options of its own. */
  @Audited({ event: AuditEventType.LIST, metadata: (_customer: string, limit: number) => ({ limit }) })
  @Traced({ kind: SpanKind.CLIENT, name: 'orders of a customer' })
  @Timed({ name: 'orders_list_seconds', buckets: [0.0001, 0.001, 0.01, 0.1] })
  @Counted({
    name: 'orders_lists_total',
    labels: { size: { values: ['page', 'all'], select: (_: string, limit: number) => (limit > 20 ? 'all' : 'page') } },
  })
  async list(customer: string, limit: number): Promise<Order[]> {
    const orders = this.#opened.selectAll.all(customer, limit) as Order[];
    currentCall().setAttribute('rows', orders.length);
    currentCall().recordBytesRead(sizeOf(orders));
    return orders;
  }

  get #opened(): Connection {
    if (this.#connection === undefined) throw new Error('The store of the orders is not open');
    return this.#connection;
  }

  #find(id: string): Order | undefined {
    return this.#opened.select.get(id) as Order | undefined;
  }

  #written(order: Order): Order {
    currentCall().recordBytesWritten(sizeOf(order));
    this.#recent.set(order.id, order);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > recentLimit && oldest !== undefined) this.#recent.delete(oldest);
    return order;
  }

  #existing(id: string): Order {
    const order = this.#find(id);
    if (order === undefined) throw new OrderNotFoundError(`There is no order ${id}`);
    return order;
  }
}

function ownedBy(customer: string, order: Order): Order {
  if (order.customer !== customer) throw new OrderDeniedError(`The order ${order.id} belongs to another customer`);
  return order;
}

function checked({ product, quantity }: OrderDraft): OrderDraft {
  if (quantity > maxQuantity) throw new OrderInvalidError(`At most ${maxQuantity} pieces can be ordered`);
  return { product, quantity };
}

/** In bytes, as JSON. */
function sizeOf(value: Order | readonly Order[]): number {
  return Buffer.byteLength(JSON.stringify(value));
}
