import 'reflect-metadata';
import { DataSource, EntitySchema, type Repository } from 'typeorm';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

interface Customer {
  readonly id: number;
  name: string;
}

const customerSchema = new EntitySchema<Customer>({
  name: 'customer',
  columns: { id: { type: Number, primary: true, generated: true }, name: { type: String, unique: true } },
});

class CustomerStore {
  constructor(readonly customers: Repository<Customer>) {}

  @Observed({ event: 'create' })
  create(name: string): Promise<Customer> {
    return this.customers.save({ name } as Customer);
  }

  @Observed({ event: 'read' })
  get(id: number): Promise<Customer> {
    return this.customers.findOneByOrFail({ id });
  }

  @Observed({ event: 'query' })
  query() {
    return this.customers.createQueryBuilder('customer').where('customer.id > 0');
  }
}

let runtime: MemoryRuntime;
let source: DataSource;

beforeEach(async () => {
  runtime = startMemoryRuntime();
  source = new DataSource({ type: 'sqljs', synchronize: true, entities: [customerSchema] });
  await source.initialize();
});

afterEach(async () => {
  await source.destroy();
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

describe('TypeORM', () => {
  test('has the outcome that the caller sees, where methods that are not async return its promises', async () => {
    const customers = new CustomerStore(source.getRepository(customerSchema));
    expect(await customers.create('ada')).toMatchObject({ id: 1 });
    await expect(customers.create('ada')).rejects.toThrow(/UNIQUE/);
    await expect(customers.get(7)).rejects.toMatchObject({ name: 'EntityNotFoundError' });
    expect(await customers.query().getMany()).toHaveLength(1);
    const recorded = runtime.events().map(({ operation, status }) => `${operation} ${status}`);
    expect(recorded).toEqual([
      'CustomerStore.create success',
      'CustomerStore.create failure',
      'CustomerStore.get failure',
      // A builder that cannot be awaited is a plain value: what is made of it is no call of the method.
      'CustomerStore.query success',
    ]);
  });
});
