import { classNameOf } from '../call/class-name';
import { TrefoilError } from '../errors';
import { isStandardContext } from './decorate-method';

/**
 * The options out of what a decorator's function was called with. Without its parentheses (`@Observed`) it is called as
 * the decorator itself, and what it returns is lost: that is refused in both dialects.
 */
export function givenOptions(decorator: string, args: readonly unknown[]): unknown {
  const where = placeOfTarget(args);
  if (where === undefined) return args[0];
  throw new TrefoilError('TREFOIL_DECORATOR_OPTIONS', {
    attempted: `Decorating with @${decorator}`,
    where,
    expected: `@${decorator}()`,
    given: `@${decorator} without its parentheses`,
    todo: `Write @${decorator}().`,
  });
}

/** What a decorator is applied to; `undefined` for what can only be options. */
function placeOfTarget([target, second]: readonly unknown[]): string | undefined {
  if (isStandardContext(second)) {
    return second.kind === 'class' ? classNameOf(target as object) : `the ${second.kind} ${String(second.name)}`;
  }
  if (typeof second === 'string' || typeof second === 'symbol') {
    const owner: unknown = typeof target === 'object' && target !== null ? target.constructor : target;
    return `${typeof owner === 'function' ? classNameOf(owner) : 'a class'}.${String(second)}`;
  }
  return typeof target === 'function' ? classNameOf(target) : undefined;
}
