import type { AnyFunction } from '../call/operation';
import { isConstructor } from './observe';

/** What of an object is observed, by name: a method, or members of an object that it holds. */
export type ObservedMembers = Map<string, ObservedMember>;

interface ObservedMember {
  /** Gives the function that stands in for the one that the object has now. */
  readonly observe?: (method: AnyFunction) => AnyFunction;
  readonly members?: ObservedMembers;
}

/**
 * A stand-in for an object: what is observed is called through its wrapper, everything else is the object's own. Whatever
 * is called on the stand-in is called on the object itself, so that its private fields are there.
 *
 * @param realOf the objects by their stand-ins, of a whole tree of them: a function may be called on the one around it
 */
export function standInForObject<Client extends object>(
  client: Client,
  members: ObservedMembers,
  realOf = new WeakMap<object, object>(),
): Client {
  const nested = new WeakMap<object, object>();
  const forwarders = new WeakMap<AnyFunction, AnyFunction>();
  const real = (value: unknown): unknown => (isObject(value) ? (realOf.get(value) ?? value) : value);

  /** The function as a member of the stand-in: `this` is the object, and the object as a result is the stand-in. */
  const forwarderOf = (fn: AnyFunction): AnyFunction => {
    let forwarder = forwarders.get(fn);
    if (forwarder === undefined) {
      forwarder = new Proxy(fn, {
        apply: (target, self, args) => given(Reflect.apply(target, real(self), args)),
      });
      forwarders.set(fn, forwarder);
    }
    return forwarder;
  };
  const given = (value: unknown): unknown => (value === client ? standIn : value);

  const memberOf = (key: string | symbol, value: unknown): unknown => {
    const member = typeof key === 'string' ? members.get(key) : undefined;
    if (member?.members !== undefined && isObject(value)) {
      let inner = nested.get(value);
      if (inner === undefined) {
        const observed = typeof value === 'function' ? member.observe?.(value as AnyFunction) : undefined;
        inner = standInForObject(observed ?? value, member.members, realOf);
        nested.set(value, inner);
      }
      return inner;
    }
    if (typeof value !== 'function') return given(value);
    if (member?.observe !== undefined) return forwarderOf(member.observe(value as AnyFunction));
    return isConstructor(value) ? value : forwarderOf(value as AnyFunction);
  };

  const read = (key: string | symbol): unknown => memberOf(key, Reflect.get(client, key, client));

  const standIn = new Proxy(shadowOf(client), {
    get: (_shadow, key) => read(key),
    set: (_shadow, key, value) => Reflect.set(client, key, real(value), client),
    has: (_shadow, key) => Reflect.has(client, key),
    deleteProperty: (_shadow, key) => Reflect.deleteProperty(client, key),
    defineProperty: (_shadow, key, descriptor) => Reflect.defineProperty(client, key, { ...descriptor }),
    getOwnPropertyDescriptor(_shadow, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(client, key);
      if (descriptor === undefined) return undefined;
      // A proxy may call a property fixed only where it is its target's, too.
      const isData = 'value' in descriptor;
      return { ...descriptor, ...(isData ? { value: read(key) } : {}), configurable: true };
    },
    ownKeys: () => Reflect.ownKeys(client),
    getPrototypeOf: () => Reflect.getPrototypeOf(client),
    setPrototypeOf: (_shadow, prototype) => Reflect.setPrototypeOf(client, prototype),
    // What is fixed could not be a stand-in any more.
    preventExtensions: () => false,
    apply: (_shadow, self, args) => given(Reflect.apply(client as unknown as AnyFunction, real(self), args)),
    construct: (_shadow, args, newTarget: object) =>
      Reflect.construct<unknown[], object>(client as never, args, real(newTarget) as never),
  }) as Client;
  realOf.set(standIn, client);
  return standIn;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/**
 * What the proxy stands on, instead of the object: a frozen object would bind it to return the very values that it has. It
 * can be called where the object can, and has no property that is fixed, but for the prototype of what can be constructed.
 */
function shadowOf(client: object): object {
  if (typeof client !== 'function') return {};
  const shadow = function shadow(): void {};
  const prototype = Object.getOwnPropertyDescriptor(client, 'prototype');
  if (prototype !== undefined) {
    Object.defineProperty(shadow, 'prototype', { value: prototype.value as unknown, writable: true });
    return shadow;
  }
  return (): void => {};
}
