import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import { hasOwnName } from '../call/class-name';
import { isStandardContext, type DeclaringClass } from './decorate-method';

/** Whether a decorator is applied to a class, in either dialect. */
export function isOnClass(args: readonly unknown[]): boolean {
  const [target, second] = args;
  if (isStandardContext(second)) return second.kind === 'class';
  // NestJS's applyDecorators gives a standard method in this way, too: it has no prototype, or is a generator.
  return (
    typeof target === 'function' &&
    args.length === 1 &&
    typeof target.prototype === 'object' &&
    !types.isGeneratorFunction(target)
  );
}

/**
 * The class, and those above it whose methods are its own in the eyes of who wrote it: other decorators replace a class
 * by a subclass, which is nameless or declares no method itself. It ends with the first class that has a name and methods.
 */
export function* classesBehind(owner: DeclaringClass): Generator<DeclaringClass> {
  for (let written: DeclaringClass | null = owner; written !== null && isOfApplication(written);) {
    yield written;
    if (hasOwnName(written) && declaresMethods(written)) return;
    written = Object.getPrototypeOf(written) as DeclaringClass | null;
  }
}

/** The classes that a nameless class has been put in place of, as decorators do. */
export function* replacedClasses(owner: DeclaringClass): Generator<DeclaringClass> {
  for (let below = owner; !hasOwnName(below);) {
    const above = Object.getPrototypeOf(below) as DeclaringClass;
    if (!isOfApplication(above)) return;
    yield above;
    below = above;
  }
}

/** Whether anything but a constructor stands in the body of a class. */
function declaresMethods({ prototype }: DeclaringClass): boolean {
  return Reflect.ownKeys(prototype).some((key) => key !== 'constructor');
}

/** Neither the language's nor Node's: of those nobody wants the methods observed. */
function isOfApplication(constructor: DeclaringClass): boolean {
  const { prototype } = constructor as { readonly prototype?: unknown };
  if (typeof prototype !== 'object' || prototype === null) return false;
  return (
    constructor !== (EventEmitter as DeclaringClass) &&
    !/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(constructor))
  );
}
