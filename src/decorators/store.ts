import { catalogStore, claimOperation, operationOf } from '../call/operation-catalog';
import { classNameOf } from '../call/class-name';
import { declareReplacement, declareStore, isDeclaredStore, type StoreDeclaration } from '../call/store-identity';
import { TrefoilError } from '../errors';
import type { StoreOptions } from './decorator-options';
import { isOnClass, replacedClasses } from './class-target';
import { isStandardContext, type DeclaringClass } from './decorate-method';
import { givenOptions } from './given-options';
import { decoratorOptions } from './option-schemas';
import type { AnyClass, StandardClassContext } from './signature-check';

/** A class decorator in both dialects, checked against the class's instances. */
export type StoreDecoratorFor<Instance> = (
  value: AnyClass & { readonly prototype: Instance },
  context?: StandardClassContext,
) => void;

/**
 * Says which store a class stands for: the `store` label of its metrics, `store_type` and `store_id` of its audit
 * events. The class is left as it is. A subclass without a `@Store` of its own is labelled with the nearest above it.
 *
 * @throws TrefoilError `TREFOIL_DECORATOR_TARGET`, `TREFOIL_DECORATOR_OPTIONS` or `TREFOIL_DECORATOR_CONFLICT`, when
 * the class is defined
 *
 * @example
 * ```ts
 * import { Store } from 'trefoil';
 *
 * @Store({ type: 's3', id: (store: ReportStore) => store.bucket })
 * class ReportStore {
 *   constructor(readonly bucket: string) {}
 * }
 * ```
 */
export function Store<Instance = unknown>(options?: StoreOptions<Instance>): StoreDecoratorFor<Instance>;
export function Store(...given: readonly unknown[]): StoreDecoratorFor<unknown> {
  const optionsAt = decoratorOptions('Store', givenOptions('Store', given));
  return (...args: readonly unknown[]) => {
    const [target, second] = args;
    if (!isOnClass(args)) {
      throw new TrefoilError('TREFOIL_DECORATOR_TARGET', {
        attempted: 'Decorating with @Store',
        where: String(isStandardContext(second) ? second.name : second),
        expected: 'a class',
        given: 'a class member',
        todo: 'Move @Store to the class.',
      });
    }
    const owner = target as DeclaringClass;
    const valid = optionsAt(classNameOf(owner)) as StoreDeclaration;
    if (isDeclaredStore(owner)) {
      throw new TrefoilError('TREFOIL_DECORATOR_CONFLICT', {
        attempted: 'Declaring a store',
        where: classNameOf(owner),
        expected: 'one @Store on a class',
        given: '@Store twice',
        todo: 'Keep one of the two.',
      });
    }
    declareStore(owner, valid);
    claimOwnOperations(owner);
    catalogStore(owner);
    for (const replaced of replacedClasses(owner)) {
      declareReplacement(replaced, owner);
      claimOwnOperations(replaced);
    }
  };
}

/** In the standard dialect methods are decorated before their class is known; here it is. */
function claimOwnOperations(owner: DeclaringClass): void {
  for (const holder of [owner.prototype, owner]) {
    for (const key of Reflect.ownKeys(holder)) {
      const operation = operationOf(Object.getOwnPropertyDescriptor(holder, key)?.value);
      if (operation !== undefined) claimOperation(operation, owner, owner.prototype);
    }
  }
}
