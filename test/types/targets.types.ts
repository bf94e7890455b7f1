// Decorators stand on methods and classes; where the type system can tell, anything else is an error.
import { Audited, Counted, Observed, Store, Timed, Traced, Unobserved } from '../../src/index';

export class Members {
  // @ts-expect-error a field
  @Audited({ event: 'read' })
  field = 1;

  // @ts-expect-error a field that holds a function
  @Traced()
  readonly functionField = (id: string): string => id;

  // @ts-expect-error a field without a value
  @Counted()
  declared: string | undefined;

  // @ts-expect-error a static field
  @Observed()
  static readonly count = 1;

  // @ts-expect-error a getter
  @Timed()
  get size(): number {
    return 1;
  }

  // @ts-expect-error a setter
  @Audited({ event: 'update' })
  set name(_name: string) {}

  // @ts-expect-error a getter cannot be left out: it is never observed
  @Unobserved()
  get length(): number {
    return 1;
  }
}

export abstract class Abstract {
  abstract get(): string;

  @Audited()
  find(): string {
    return this.get();
  }
}

// @ts-expect-error only @Observed and @Store stand on classes
@Audited({ event: 'read' })
export class AuditedClass {}

// @ts-expect-error
@Timed()
export class TimedClass {}

@Observed()
@Store()
export abstract class ObservedAbstract {
  protected constructor(readonly bucket: string) {}
}

@Observed({ user: () => 'ada' })
@Store({ type: 's3', id: (store: ObservedPrivate) => store.bucket })
export class ObservedPrivate {
  static readonly name = 5;

  static open(): ObservedPrivate {
    return new ObservedPrivate('orders');
  }

  private constructor(readonly bucket: string) {}
}

@Store({ id: (store: Generic<unknown>) => store.bucket })
export class Generic<T> {
  constructor(
    readonly bucket: string,
    readonly value: T,
  ) {}
}

@Store({ id: (store: { readonly bucket: string }) => store.bucket })
export class Structural {
  readonly bucket: string = 'orders';
}

@Store({ id: () => 7 })
export class Fixed {}

// @ts-expect-error the instance's bucket is a number
@Store({ id: (store: { readonly bucket: string }) => store.bucket })
export class NumberedBucket {
  readonly bucket: number = 1;
}

// @ts-expect-error another store's instance
@Store({ id: (store: ObservedPrivate) => store.bucket })
export class Bucketless {}

// @ts-expect-error an id is a text or a number
@Store({ id: (store: ObjectId) => store.key })
export class ObjectId {
  readonly key = {};
}

export class StoreOnMethod {
  // @ts-expect-error a store is a class
  @Store()
  method(): void {}
}
