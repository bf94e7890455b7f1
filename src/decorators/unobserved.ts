import { TrefoilError } from '../errors';
import { isStandardContext } from './decorate-method';
import { givenOptions } from './given-options';
import type { MethodDecoratorFor } from './signature-check';

const unobserved = new WeakSet<object>();

/** Whether a method is marked to be left out of a class-wide `@Observed`. */
export function isUnobserved(method: object): boolean {
  return unobserved.has(method);
}

/**
 * Leaves a method out of a class-wide `@Observed`. The method itself stays as it is.
 *
 * @throws TrefoilError `TREFOIL_DECORATOR_TARGET` on anything but a method
 *
 * @example
 * ```ts
 * import { Observed, Unobserved } from 'trefoil';
 *
 * @Observed()
 * class OrderStore {
 *   async get(id: string): Promise<string> {
 *     return this.getRow(id);
 *   }
 *
 *   @Unobserved()
 *   getRow(id: string): string {
 *     return `row ${id}`;
 *   }
 * }
 * ```
 */
export function Unobserved(): MethodDecoratorFor<object>;
export function Unobserved(...given: readonly unknown[]): MethodDecoratorFor<object> {
  givenOptions('Unobserved', given);
  return (...args: readonly unknown[]) => {
    const [target, second, descriptor] = args;
    const method: unknown = isStandardContext(second) ? target : (descriptor as PropertyDescriptor | undefined)?.value;
    if (typeof method !== 'function' || (isStandardContext(second) && second.kind !== 'method')) {
      throw new TrefoilError('TREFOIL_DECORATOR_TARGET', {
        attempted: 'Decorating with @Unobserved',
        where: String(isStandardContext(second) ? second.name : second),
        expected: 'a method',
        given: 'something else',
        todo: 'Remove the decorator: only methods are ever observed.',
      });
    }
    unobserved.add(method);
  };
}
