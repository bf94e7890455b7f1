// onResult and outcome are checked against what the method gives, a promise being read as what it resolves to.
import { Audited, Counted, Observed, Store, Traced, type Settled } from '../../src/index';

interface Order {
  readonly id: string;
}

export class Fitting {
  @Audited({ onResult: (order: Order) => ({ item: order.id, metadata: { found: true } }) })
  get(id: string): Order {
    return { id };
  }

  @Audited({ onResult: (order: Order | undefined, id: string) => ({ item: order?.id ?? id }) })
  async find(_id: string): Promise<Order | undefined> {
    return undefined;
  }

  @Traced({ onResult: (found: unknown) => (found === undefined ? undefined : { attributes: { found: true } }) })
  async load(): Promise<Order> {
    return { id: '' };
  }

  @Observed({ onResult: () => ({ user: 'ada' }) })
  async list(): Promise<void> {}

  @Audited({ onResult: ({ length }: readonly unknown[]) => ({ attributes: { length } }) })
  query(): Order[] {
    return [];
  }

  @Counted({
    outcome: (settled: Settled<Order>) => (settled.threw || settled.result.id !== '' ? undefined : 'partial'),
  })
  async read(): Promise<Order> {
    return { id: '' };
  }

  @Audited({ outcome: (settled: Settled) => (settled.threw ? 'denied' : 'success') })
  fetch(): Order {
    return { id: '' };
  }

  @Audited({ outcome: ({ threw }: { threw: boolean }, id: string) => (threw && id === '' ? 'denied' : undefined) })
  delete(_id: string): void {}

  @Audited({ outcome: () => 'success' })
  create(): void {}
}

export class NotFitting {
  // @ts-expect-error the result is another
  @Audited({ onResult: (order: Order) => ({ item: order.id }) })
  get(): string {
    return '';
  }

  // @ts-expect-error the promise's result is another
  @Audited({ onResult: (order: Order) => ({ item: order.id }) })
  async find(): Promise<string> {
    return '';
  }

  // @ts-expect-error the promise resolves to no object
  @Audited({ onResult: (found: object) => ({ attributes: { found } }) })
  async load(): Promise<string> {
    return '';
  }

  // @ts-expect-error it sees the result, not the promise
  @Audited({ onResult: (result: Promise<Order>) => ({ metadata: { result } }) })
  async list(): Promise<Order> {
    return { id: '' };
  }

  // @ts-expect-error undefined is not taken
  @Observed({ onResult: (order: Order) => ({ item: order.id }) })
  async query(): Promise<Order | undefined> {
    return undefined;
  }

  // @ts-expect-error the argument is another
  @Audited({ onResult: (_order: Order, id: number) => ({ item: id }) })
  async read(id: string): Promise<Order> {
    return { id };
  }

  // @ts-expect-error what it says of the call has no such field
  @Audited({ onResult: (order: Order): { item: Order } => ({ item: order }) })
  async fetch(): Promise<Order> {
    return { id: '' };
  }

  // @ts-expect-error the settled result is another
  @Counted({ outcome: (settled: Settled<number>) => (settled.threw ? 'failure' : 'success') })
  async count(): Promise<string> {
    return '';
  }

  // @ts-expect-error the argument of the classifier is another
  @Counted({ outcome: (_settled: Settled, id: number) => (id > 0 ? 'success' : 'partial') })
  delete(_id: string): void {}

  // @ts-expect-error no such outcome
  @Counted({ outcome: () => 'succeeded' })
  create(): void {}
}

@Store({ outcome: (settled) => (settled.threw ? 'denied' : undefined) })
export class ClassifiedStore {}

// @ts-expect-error no such outcome
@Store({ outcome: () => 'refused' })
export class WronglyClassifiedStore {}
