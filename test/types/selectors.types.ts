// Selectors are checked against the parameters of the method below them, each on its own.
import { Audited, Counted, Observed, Timed, Traced, type AuditedOptions } from '../../src/index';

interface Order {
  readonly id: string;
  readonly region: string;
}

export class Fitting {
  @Audited({ item: (id: string) => id })
  get(id: string): string {
    return id;
  }

  @Audited({ item: () => 'the only one', user: () => undefined, metadata: () => ({}) })
  getWithFewerParameters(_id: string, _version: number): void {}

  @Audited({ item: (id: string) => id, user: (_id: string, user: string) => user })
  getWithAListEach(_id: string, _user: string): void {}

  @Audited({ item: (id: unknown) => String(id), user: (id: string | number) => id })
  getWithWiderTypes(_id: string): void {}

  @Audited({ item: (id: string, version?: number) => `${id}@${version ?? 'latest'}` })
  getOptional(_id: string, _version?: number): void {}

  @Audited({ item: (id: string, version?: number) => `${id}@${version ?? 'latest'}` })
  getWithoutWhatIsOptionalInTheSelector(_id: string): void {}

  @Audited({ item: (...ids: string[]) => ids.join(), attributes: (...ids: readonly unknown[]) => ({ n: ids.length }) })
  getRest(..._ids: string[]): void {}

  @Audited({ item: (first: string) => first, user: (_first: string, ...ids: number[]) => ids[0] })
  getLeadAndRest(_first: string, ..._ids: number[]): void {}

  @Audited({ item: (order: { readonly id: string }) => order.id, when: ({ region }: Order) => region === 'eu' })
  update(_order: Order): void {}

  @Traced({ name: (id: string) => `get ${id}`, attributes: (id: string) => ({ id }), when: (id: string) => id !== '' })
  span(_id: string): void {}

  @Audited({
    changes: {
      before(this: Fitting, id: string) {
        return this.get(id);
      },
      after: (saved: Order, id: string) => [saved, id],
    },
  })
  async upsert(_id: string, order: Order): Promise<Order> {
    return order;
  }

  @Audited({ changes: { after: () => null } })
  patch(_id: string): void {}

  @Traced({ name: 'a fixed name' })
  fixedName(): void {}

  @Counted({
    name: 'orders_total',
    labels: {
      source: 'api',
      region: (order: Order) => order.region,
      tier: { values: ['gold', 'silver'], select: (_order: unknown, tier: string) => tier },
    },
  })
  createLabelled(_order: Order, _tier: string): void {}

  @Timed({
    name: 'lookup_seconds',
    buckets: [0.1, 1],
    labels: { big: (n: number) => n > 10 },
    when: (n: number) => n > 0,
  })
  timed(_n: number): void {}

  @Observed({ event: 'read', item: (n: bigint) => n, user: () => null, onResult: (n: bigint) => ({ item: n }) })
  async observed(n: bigint): Promise<bigint> {
    return n;
  }
}

/** Options typed by their interface have lost the parameters of their selectors: nothing is left to check. */
const durable: AuditedOptions = { delivery: 'durable', item: (id: string) => id };

export class WithSharedOptions {
  @Audited(durable)
  delete(_id: string): void {}

  @Audited({ ...durable, event: 'read' })
  peek(_id: string): void {}
}

export class NotFitting {
  // @ts-expect-error what was before is read from the arguments
  @Audited({ changes: { before: (id: number) => id } })
  updateBefore(_id: string): void {}

  // @ts-expect-error what is after is read from the result
  @Audited({ changes: { after: (saved: Order) => saved } })
  async updateAfter(_id: string): Promise<string> {
    return '';
  }

  // @ts-expect-error and from nothing else
  @Audited({ changes: { meanwhile: () => 1 } })
  updateMeanwhile(_id: string): void {}

  // @ts-expect-error item
  @Audited({ item: (id: number) => id })
  get(_id: string): void {}

  // @ts-expect-error user
  @Audited({ item: (id: string) => id, user: (id: string, user: string) => user + id })
  getUser(_id: string): void {}

  // @ts-expect-error metadata
  @Audited({ metadata: (order: Order) => ({ region: order.region }) })
  getMetadata(_id: string): void {}

  // @ts-expect-error attributes
  @Traced({ attributes: (order: Order) => ({ region: order.region }) })
  getAttributes(_id: string): void {}

  // @ts-expect-error name
  @Traced({ name: (id: number) => String(id) })
  getName(_id: string): void {}

  // @ts-expect-error when, in each of the decorators
  @Audited({ when: (id: number) => id > 0 })
  // @ts-expect-error
  @Traced({ when: (id: number) => id > 0 })
  // @ts-expect-error
  @Timed({ when: (id: number) => id > 0 })
  // @ts-expect-error
  @Counted({ when: (id: number) => id > 0 })
  getWhen(_id: string): void {}

  // @ts-expect-error a label's function
  @Counted({ name: 'a_total', labels: { region: (order: Order) => order.region } })
  getLabel(_id: string): void {}

  // @ts-expect-error a label's select
  @Timed({ name: 'a_seconds', labels: { region: { values: ['eu'], select: (order: Order) => order.region } } })
  getSelect(_id: string): void {}

  // @ts-expect-error one label of two
  @Counted({ name: 'b_total', labels: { id: (id: string) => id, region: (order: Order) => order.region } })
  getOneLabel(_id: string): void {}

  // @ts-expect-error narrower than the method's
  @Observed({ item: (id: 'a' | 'b') => id })
  getNarrower(_id: string): void {}

  // @ts-expect-error what is optional may be missing
  @Audited({ item: (id: string, version: number) => id + version.toFixed() })
  getOptional(_id: string, _version?: number): void {}

  // @ts-expect-error there is no second parameter
  @Audited({ item: (id: string, version: number) => id + version.toFixed() })
  getTooMany(_id: string): void {}

  // @ts-expect-error the rest has another type
  @Audited({ item: (...ids: number[]) => ids.length })
  getRest(..._ids: string[]): void {}

  // @ts-expect-error null is not taken
  @Audited({ item: (order: Order) => order.id })
  getNullable(_order: Order | null): void {}

  // @ts-expect-error parameters have to be annotated: a decorator does not see the method while it is made
  @Audited({ item: (id) => 'unannotated' })
  getUnannotated(_id: string): void {}
}

export class WrongValues {
  // @ts-expect-error an id is a text or a number
  @Audited({ item: (id: string) => ({ id }) })
  get(_id: string): void {}

  // @ts-expect-error a condition says yes or no
  @Audited({ when: (id: string) => id })
  getWhen(_id: string): void {}

  // @ts-expect-error attributes are an object
  @Audited({ attributes: (id: string) => id })
  getAttributes(_id: string): void {}

  // @ts-expect-error a span's name is a text
  @Traced({ name: (id: number) => id })
  getName(_id: number): void {}

  // @ts-expect-error a label is something that can be written out
  @Counted({ name: 'c_total', labels: { id: (id: string) => ({ id }) } })
  getLabel(_id: string): void {}
}
