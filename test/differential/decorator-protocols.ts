import type { AnyFunction } from './method-kinds';

export type Dialect = 'legacy' | 'standard';
/** A decorator of either dialect, as the compiled code calls it. */
export type AnyDecorator = (...args: unknown[]) => unknown;
type AnyClass = abstract new (...args: never[]) => object;
type Initializer = (this: unknown) => void;

/** Decorates a method as compiled code does: the decorator that is written last comes first. */
export function decorateMethod(
  dialect: Dialect,
  owner: AnyClass,
  key: string | symbol,
  isStatic: boolean,
  decorators: readonly AnyDecorator[],
  initializers: Initializer[],
): void {
  const holder = (isStatic ? owner : owner.prototype) as object;
  let descriptor = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
  if (dialect === 'legacy') {
    for (const decorator of [...decorators].reverse()) {
      descriptor = (decorator(holder, key, descriptor) as PropertyDescriptor | undefined) ?? descriptor;
    }
    Object.defineProperty(holder, key, descriptor);
    return;
  }
  const access = {
    has: (object: object): boolean => key in object,
    get: (object: object): unknown => Reflect.get(object, key),
  };
  const own: Initializer[] = [];
  let value = descriptor.value as AnyFunction;
  for (const decorator of [...decorators].reverse()) {
    const context = {
      kind: 'method',
      name: key,
      static: isStatic,
      private: false,
      access,
      metadata: undefined,
      addInitializer: (initializer: Initializer) => void own.push(initializer),
    };
    value = (decorator(value, context) as AnyFunction | undefined) ?? value;
  }
  Object.defineProperty(holder, key, { ...descriptor, value });
  if (isStatic) for (const initializer of own) initializer.call(owner);
  else initializers.push(...own);
}

/** The same for a class; trefoil's never replace it. */
export function decorateClass(dialect: Dialect, owner: AnyClass, decorators: readonly AnyDecorator[]): void {
  for (const decorator of [...decorators].reverse()) {
    const context = { kind: 'class', name: owner.name, metadata: undefined, addInitializer: () => undefined };
    const replaced = dialect === 'legacy' ? decorator(owner) : decorator(owner, context);
    if (replaced !== undefined) throw new Error('the class was replaced');
  }
}
