import 'reflect-metadata';
import { container, delay, inject, injectable, singleton } from 'tsyringe';
import { Audited, type InMemoryAuditBackend, Store, TREFOIL, type Trefoil } from '../../src/index';
import { shutDownAll, start } from './runtimes';

const made: string[] = [];

const PRICES = Symbol('Prices');

interface Prices {
  get(id: string): string;
}

@Store()
@injectable()
class PriceStore implements Prices {
  @Audited({ event: 'read', item: (id: string) => `price ${id}` })
  get(id: string): string {
    return id;
  }
}

@Store()
@injectable()
class OrderStore {
  constructor(
    @inject(PRICES) readonly prices: Prices,
    readonly more: PriceStore,
  ) {}

  @Audited({ event: 'read', item: (id: string) => `order ${id}` })
  async get(id: string): Promise<string> {
    await Promise.resolve();
    return this.more.get(this.prices.get(id));
  }
}

/** An interface, since the metadata of a class that comes later cannot be written down. */
interface Invoices {
  get(id: string): string;
}

/** Customers and invoices need each other; delay() breaks the circle. */
@Store()
@injectable()
class CustomerStore {
  constructor(@inject(delay(() => InvoiceStore)) readonly invoices: Invoices) {
    made.push('customers');
  }

  @Audited({ event: 'read', item: (id: string) => `customer ${id}` })
  get(id: string): string {
    return id;
  }

  @Audited({ event: 'read', item: (id: string) => `invoices of ${id}` })
  listInvoices(id: string): string {
    return this.invoices.get(id);
  }
}

@Store()
@injectable()
class InvoiceStore {
  constructor(@inject(delay(() => CustomerStore)) readonly customers: CustomerStore) {
    made.push('invoices');
  }

  @Audited({ event: 'read', item: (id: string) => `invoice ${id}` })
  get(id: string): string {
    return this.customers.get(id);
  }
}

@Store()
@singleton()
class SharedStore {
  constructor(readonly prices: PriceStore) {}

  @Audited({ event: 'read', item: (id: string) => `shared ${id}` })
  get(id: string): string {
    return this.prices.get(id);
  }
}

@injectable()
class Service {
  constructor(
    @inject(TREFOIL) readonly trefoil: Trefoil,
    readonly orders: OrderStore,
  ) {}
}

function items({ audit }: Trefoil): (string | undefined)[] {
  return (audit as InMemoryAuditBackend).getAll().map((event) => event.itemId);
}

beforeEach(() => {
  made.length = 0;
});

afterEach(async () => {
  await shutDownAll();
  // reset() forgets what @singleton() has registered.
  container.registerSingleton(SharedStore);
});

test('stores are injected into stores and services, by class and by token', async () => {
  container.register(PRICES, { useClass: PriceStore });
  const trefoil = start();
  const { trefoil: injected, orders } = container.resolve(Service);
  expect(await orders.get('1')).toBe('1');
  expect(injected).toBe(trefoil);
  expect(items(trefoil)).toEqual(['price 1', 'price 1', 'order 1']);
});

test('what a child resolves is its own all the way down', async () => {
  container.register(PRICES, { useClass: PriceStore });
  const root = start();
  const child = container.createChildContainer();
  const own = start({}, child);
  const service = child.resolve(Service);
  await Promise.all([service.orders.get('1'), container.resolve(Service).orders.get('2')]);
  expect(service.trefoil).toBe(own);
  expect(items(own)).toEqual(['price 1', 'price 1', 'order 1']);
  expect(items(root)).toEqual(['price 2', 'price 2', 'order 2']);
});

test.each(['the root', 'a child with a runtime', 'a grandchild'])(
  'circular stores in %s are made only when they are used, and their calls are recorded once',
  (where) => {
    const root = start();
    const child = container.createChildContainer();
    const own = start({}, child);
    const within = { 'the root': container, 'a child with a runtime': child }[where] ?? child.createChildContainer();
    const customers = within.resolve(CustomerStore);
    expect(made).toEqual(['customers']);
    expect(customers.get('1')).toBe('1');
    expect(made).toEqual(['customers']);
    expect(customers.listInvoices('2')).toBe('2');
    expect(made).toEqual(['customers', 'invoices', 'customers']);
    const [mine, other] = where === 'the root' ? [root, own] : [own, root];
    expect(items(mine)).toEqual(['customer 1', 'customer 2', 'invoice 2', 'invoices of 2']);
    expect(items(other)).toEqual([]);
  },
);

test('a delayed dependency in the hands of the user stays unmade until it is used', () => {
  const child = container.createChildContainer();
  const own = start({}, child);
  const { invoices } = child.resolve(CustomerStore);
  child.registerInstance('Invoices', invoices);
  const again = child.resolve<Invoices>('Invoices');
  expect(made).toEqual(['customers']);
  again.get('1');
  expect(made).toEqual(['customers', 'invoices', 'customers']);
  expect(items(own)).toEqual(['customer 1', 'invoice 1']);
});

test('a singleton of the root and its dependencies stay with the root, though a child asks first', () => {
  const root = start();
  const child = container.createChildContainer();
  const own = start({}, child);
  child.resolve(SharedStore).get('1');
  child.resolve(PriceStore).get('2');
  expect(child.resolve(SharedStore)).toBe(container.resolve(SharedStore));
  expect(items(root)).toEqual(['price 1', 'shared 1']);
  expect(items(own)).toEqual(['price 2']);
});
