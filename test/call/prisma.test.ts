import { types } from 'node:util';
import { currentCall, Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';
import { openPrisma, type Customer, type PrismaDatabase, type PrismaQuery } from '../fixtures/prisma-database';

let runtime: MemoryRuntime;
let database: ReturnType<typeof openPrisma>;
let customers: CustomerStore;

class CustomerStore {
  constructor(readonly prisma: PrismaDatabase) {}

  @Observed({ item: (name: string) => name })
  create(name: string): PrismaQuery<Customer> {
    return this.prisma.customer.create({ data: { name } });
  }

  @Observed()
  find(id: number): PrismaQuery<Customer | null> {
    return this.prisma.customer.findUnique({ where: { id } });
  }

  @Observed()
  get(id: number): PrismaQuery<Customer> {
    return this.prisma.customer.findUniqueOrThrow({ where: { id } });
  }

  @Observed()
  list(): PrismaQuery<Customer[]> {
    return this.prisma.customer.findMany();
  }

  @Observed({ event: 'create' })
  register(name: string): PrismaQuery<Customer> {
    return this.create(name);
  }

  @Observed({ event: 'query' })
  raw(sql: string): PrismaQuery<unknown[]> {
    return this.prisma.$queryRawUnsafe(sql);
  }

  @Observed({ event: 'create' })
  async createLater(name: string): Promise<Customer> {
    return this.create(name);
  }
}

beforeEach(() => {
  runtime = startMemoryRuntime();
  database = openPrisma();
  customers = new CustomerStore(database.prisma);
});

afterEach(async () => {
  await database.close();
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const recorded = (): string[] => runtime.events().map(({ operation, status }) => `${operation} ${status}`);

describe('a Prisma query', () => {
  test('that is a proxy is a Call when it is awaited, with the outcome that the caller sees', async () => {
    const query = customers.create('ada');
    expect(types.isProxy(database.prisma.customer.create({ data: { name: 'never run' } }))).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorded()).toEqual([]);
    expect(await query).toEqual({ id: 1, name: 'ada' });
    await expect(customers.create('ada')).rejects.toMatchObject({ code: 'P2002' });
    expect(await customers.find(1)).toEqual({ id: 1, name: 'ada' });
    expect(await customers.find(7)).toBeNull();
    await expect(customers.get(7)).rejects.toMatchObject({ code: 'P2025' });
    expect(await customers.list()).toHaveLength(1);
    await expect(customers.raw('select nothing from nowhere')).rejects.toMatchObject({ code: 'P2010' });
    expect(recorded()).toEqual([
      'CustomerStore.create success',
      'CustomerStore.create failure',
      'CustomerStore.find success',
      'CustomerStore.find success',
      'CustomerStore.get failure',
      'CustomerStore.list success',
      'CustomerStore.raw failure',
    ]);
  });

  test('goes on to a relation, is caught, and keeps what Prisma knows it by', async () => {
    await customers.create('ada');
    await database.prisma.order.create({ data: { customerId: 1 } });
    const query = customers.find(1);
    expect(Object.prototype.toString.call(query)).toBe('[object PrismaPromise]');
    expect(query.then === query.then).toBe(true);
    expect(await query.orders()).toEqual([{ id: 1, customerId: 1 }]);
    const caught: unknown = await customers.create('ada').catch(({ code }: { code: string }) => code);
    expect(caught).toBe('P2002');
    expect(recorded()).toEqual([
      'CustomerStore.create success',
      'CustomerStore.find success',
      'CustomerStore.create failure',
    ]);
  });

  test('that another decorated method gave is a Call of both, one in the other', async () => {
    await customers.register('ada');
    await expect(customers.register('ada')).rejects.toMatchObject({ code: 'P2002' });
    await expect(customers.createLater('ada')).rejects.toMatchObject({ code: 'P2002' });
    expect(recorded()).toEqual([
      'CustomerStore.create success',
      'CustomerStore.register success',
      'CustomerStore.create failure',
      'CustomerStore.register failure',
      'CustomerStore.create failure',
      'CustomerStore.createLater failure',
    ]);
    const spans = runtime.spans();
    expect(spans).toHaveLength(6);
    for (const inner of [0, 2, 4]) {
      expect(spans[inner]?.parentSpanId).toBe(spans[inner + 1]?.spanContext().spanId);
    }
  });

  test('runs in a transaction as it does bare, as a Call', async () => {
    const queries = [customers.create('ada'), customers.create('bea')];
    expect(await database.prisma.$transaction(queries)).toHaveLength(2);
    expect(recorded()).toEqual(['CustomerStore.create success', 'CustomerStore.create success']);
    const outside = currentCall();
    const inner = database.prisma.$transaction(async (transaction) => {
      expect(currentCall()).toBe(outside);
      return new CustomerStore(transaction).create('ada');
    });
    await expect(inner).rejects.toMatchObject({ code: 'P2002' });
    expect(recorded().at(-1)).toBe('CustomerStore.create failure');
    expect(await customers.list()).toHaveLength(2);
  });
});
