/** A decorator as TypeScript's legacy dialect calls it. */
export type LegacyDecorator = (target: object, key: string | symbol, descriptor: PropertyDescriptor) => unknown;

/**
 * Decorates every method that stands on the prototypes, in place, as what TypeScript emits for `experimentalDecorators`
 * does: the last decorator is applied first.
 *
 * @returns how many methods there were
 */
export function decoratePrototypes(
  prototypes: Iterable<object>,
  decoratorsOf: (key: string | symbol) => readonly LegacyDecorator[],
): number {
  let methods = 0;
  for (const prototype of prototypes) {
    for (const key of Reflect.ownKeys(prototype)) {
      let descriptor = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
      if (key === 'constructor' || typeof descriptor.value !== 'function') continue;
      for (const decorate of decoratorsOf(key).toReversed()) {
        descriptor = (decorate(prototype, key, descriptor) as PropertyDescriptor | undefined) ?? descriptor;
      }
      Object.defineProperty(prototype, key, descriptor);
      methods += 1;
    }
  }
  return methods;
}

/** The prototypes of an object, from its own class up to, but without, `top`. */
export function prototypesBelow(top: object, object: object): object[] {
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === null || prototype === top || prototype === Object.prototype) return [];
  return [prototype, ...prototypesBelow(top, prototype)];
}
