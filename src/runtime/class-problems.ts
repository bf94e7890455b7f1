import { classNameOf, isUnstableName } from '../call/class-name';
import type { Operation } from '../call/operation';
import { catalogedClasses } from '../call/operation-catalog';
import { storeIdentityOfDeclaring } from '../call/store-identity';
import type { Problem } from './problem';

/**
 * Whether the class still has the very method that a decorator was to replace: whoever applied it by hand has ignored
 * what it gave.
 */
export function staysBare({ declaringClass, isStatic, key, method }: Operation): boolean {
  if (declaringClass === undefined) return false;
  let holder = isStatic ? declaringClass : ((declaringClass as { readonly prototype?: object }).prototype ?? null);
  for (; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (descriptor !== undefined) return descriptor.value === method;
  }
  return false;
}

/** What is wrong with how classes are decorated or named. */
export function* problemsOfClasses(operations: readonly Operation[]): Generator<Problem> {
  const unstable = new Set<object>();
  for (const operation of operations) {
    const { declaringClass, place: where } = operation;
    if (staysBare(operation)) {
      const message = `${where} is decorated, but its class still has the bare method: whatever applied the decorator has ignored the descriptor that it gave. Define that descriptor on the class.`;
      yield { code: 'TREFOIL_DECORATOR_WITHOUT_EFFECT', where, message };
    }
    if (declaringClass !== undefined && hasUnstableName(declaringClass)) unstable.add(declaringClass);
  }
  for (const declaringClass of unstable) {
    const where = classNameOf(declaringClass);
    const message = `${where} looks like a name that a bundler has made, which the next build may change: it names the store in metrics, spans and audit events. Give the class a name by @Store({ name }), or keep names when bundling.`;
    yield { code: 'TREFOIL_NAME_UNSTABLE', where, message };
  }
  for (const { constructor, isEmpty } of catalogedClasses()) {
    if (!isEmpty) continue;
    const where = classNameOf(constructor);
    const message = `@Observed() on ${where} has found no method to cover. Turn fields that hold functions into methods, or decorate the class that declares the methods.`;
    yield { code: 'TREFOIL_DECORATOR_WITHOUT_EFFECT', where, message };
  }
}

function hasUnstableName(declaringClass: object): boolean {
  return !storeIdentityOfDeclaring(declaringClass).isNamed && isUnstableName(classNameOf(declaringClass));
}
