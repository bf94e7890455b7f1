import { classNameOf } from './class-name';
import type { Operation } from './operation';
import { catalogedOperations, catalogedStores, operationOf, type Constructor } from './operation-catalog';
import { storeIdentityOf, type StoreIdentity } from './store-identity';

/** An operation of a class whose instances may be called. */
export interface DeclaredOperation {
  readonly operation: Operation;
  readonly store: StoreIdentity;
}

/** What has been declared: classes with a `@Store`, and operations of any class. */
export interface Declarations {
  readonly stores: Iterable<Constructor>;
  readonly operations: Iterable<Operation>;
}

/** The operations of every class with a `@Store` that has been looked at. */
const ofStores = new WeakSet<Operation>();

/**
 * Every operation with each store that it belongs to: each class with a `@Store` that has or inherits it, and else the class
 * that declares it. A class without a `@Store` of its own, from which such a class derives, is taken for an abstract one. In
 * the standard dialect a class without a `@Store` is not known before its first instance.
 *
 * Looks at each class once, so that the thousandth class costs what the first does.
 *
 * @param declared what to look at; everything, unless it is given
 */
export function* declaredOperations(
  { stores, operations }: Declarations = { stores: catalogedStores(), operations: catalogedOperations() },
): Generator<DeclaredOperation> {
  for (const store of stores) {
    for (const operation of operationsOf(store)) {
      ofStores.add(operation);
      yield { operation, store: storeIdentityOf(store, classNameOf(store)) };
    }
  }
  for (const operation of operations) {
    const owner = operation.declaringClass;
    if (owner === undefined || ofStores.has(operation)) continue;
    yield { operation, store: storeIdentityOf(owner, classNameOf(owner)) };
  }
}

/** The operations that calls on the class, or on an instance of it, would be calls of. */
function* operationsOf(store: Constructor): Generator<Operation> {
  for (const first of [store, store.prototype]) {
    const seen = new Set<string | symbol>();
    for (let owner: object | null = first; owner !== null && owner !== Object.prototype;) {
      for (const key of Reflect.ownKeys(owner)) {
        if (seen.has(key)) continue;
        seen.add(key);
        const operation = operationOf(Object.getOwnPropertyDescriptor(owner, key)?.value);
        if (operation !== undefined && operation.key === key) yield operation;
      }
      owner = Object.getPrototypeOf(owner) as object | null;
    }
  }
}
