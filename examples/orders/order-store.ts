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
import { DATABASE, inTransaction, type Database, type Statement } from './database';
import { maxQuantity, OrderDeniedError, OrderInvalidError, OrderNotFoundError } from './order';
import type { Order, OrderDraft } from './order';

/** A denial is an answer, not a breakdown: it must not raise the error rate. */
function classify(settled: Settled): Outcome | undefined {
  return settled.threw && settled.error instanceof OrderDeniedError ? 'denied' : undefined;
}

/** Orders in SQLite. Each call becomes one audit event, one metric sample, one span and one log line. */
@singleton()
@Store({ type: 'sqlite', id: 'orders.db', outcome: classify })
export class OrderStore {
  readonly #database: Database;
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #selectAll: Statement;
  readonly #update: Statement;
  readonly #delete: Statement;

  constructor(@inject(DATABASE) database: Database) {
    this.#database = database;
    this.#insert = database.prepare('INSERT INTO orders (id, customer, product, quantity) VALUES (?, ?, ?, ?)');
    this.#select = database.prepare('SELECT id, customer, product, quantity FROM orders WHERE id = ?');
    this.#selectAll = database.prepare(
      'SELECT id, customer, product, quantity FROM orders WHERE customer = ? ORDER BY id LIMIT ?',
    );
    this.#update = database.prepare('UPDATE orders SET quantity = ? WHERE id = ?');
    this.#delete = database.prepare('DELETE FROM orders WHERE id = ?');
  }

  /** The id is known only once the order is there: it is read from the result. */
  @Observed({ onResult: (order: Order) => ({ item: order.id }) })
  async create(draft: OrderDraft, customer: string): Promise<Order> {
    const order: Order = { id: randomUUID(), customer, ...checked(draft) };
    inTransaction(this.#database, () => this.#insert.run(order.id, customer, order.product, order.quantity));
    return order;
  }

  @Observed({ item: (id: string) => id })
  async get(id: string, customer: string): Promise<Order | undefined> {
    const order = this.#find(id);
    return order === undefined ? undefined : ownedBy(customer, order);
  }

  @Observed({
    item: (id: string) => id,
    attributes: (_id: string, draft: OrderDraft) => ({ quantity: draft.quantity }),
  })
  async update(id: string, draft: OrderDraft, customer: string): Promise<Order> {
    const { quantity } = checked(draft);
    return inTransaction(this.#database, () => {
      const order = ownedBy(customer, this.#existing(id));
      this.#update.run(quantity, id);
      return { ...order, quantity };
    });
  }

  /** The name stands for no event type, so the event is given. */
  @Observed({ event: AuditEventType.DELETE, item: (id: string) => id })
  async cancel(id: string, customer: string): Promise<void> {
    inTransaction(this.#database, () => {
      ownedBy(customer, this.#existing(id));
      this.#delete.run(id);
    });
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
    const orders = this.#selectAll.all(customer, limit) as Order[];
    currentCall().setAttribute('rows', orders.length);
    return orders;
  }

  #find(id: string): Order | undefined {
    return this.#select.get(id) as Order | undefined;
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
