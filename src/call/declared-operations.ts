import { classNameOf } from './class-name';
import type { Operation } from './operation';
import { catalogedOperations, catalogedStores, operationOf, type Constructor } from './operation-catalog';
import { isDeclaredStore, storeIdentityOf, type StoreIdentity } from './store-identity';

/** An operation of a class whose instances may be called. */
export interface DeclaredOperation {
  readonly operation: Operation;
  readonly store: StoreIdentity;
}

/**
 * Every operation with each store that it belongs to: the class that declares it, and every class with a `@Store` that
 * inherits it. A class without a `@Store` of its own, from which such a class derives, is taken for an abstract one. In the
 * standard dialect a class without a `@Store` is not known before its first instance.
 */
export function* declaredOperations(): Generator<DeclaredOperation> {
  const stores = [...catalogedStores()];
  for (const operation of catalogedOperations()) {
    const owner = operation.declaringClass;
    if (owner === undefined) continue;
    const heirs = stores.filter((store) => store !== owner && inherits(store, operation));
    const concrete = heirs.length === 0 || isDeclaredStore(owner) ? [owner, ...heirs] : heirs;
    for (const each of concrete) yield { operation, store: storeIdentityOf(each, classNameOf(each)) };
  }
}

/** Whether a call by this key on the class, or an instance of it, would be one of the operation. */
function inherits(store: Constructor, operation: Operation): boolean {
  const { key, isStatic } = operation;
  for (let owner: object | null = isStatic ? store : store.prototype; owner !== null;) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, key);
    if (descriptor !== undefined) return operationOf(descriptor.value) === operation;
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return false;
}
