import { types } from 'node:util';

/** How a result that does its work later is observed. */
export type LazyKind = 'thenable' | 'observable' | 'generator' | 'cursor';

interface StandIn {
  readonly kind: LazyKind;
  readonly source: object;
}

const standIns = new WeakMap<object, StandIn>();

/** Notes what is given to a caller in place of a lazy result, so that another decorated method may return it. */
export function noteStandIn(standIn: object, kind: LazyKind, source: object): void {
  standIns.set(standIn, { kind, source });
}

/** How the source of a stand-in is observed; `undefined` for every other value. */
export function standInKind(value: object): LazyKind | undefined {
  return standIns.get(value)?.kind;
}

/** What a stand-in stands in for; every other value itself. */
export function behindStandIn(value: unknown): unknown {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject ? (standIns.get(value)?.source ?? value) : value;
}

/** The same, where what it stands in for may be a stand-in itself. */
export function behindStandIns(value: object): object {
  let source = value;
  for (let next = standIns.get(source); next !== undefined; next = standIns.get(source)) ({ source } = next);
  return source;
}

type Call = (method: Method, self: unknown, args: unknown[]) => unknown;
type Method = (...args: unknown[]) => unknown;

/**
 * Makes methods of a source that run another way, one for each of its own: with the same name, length and properties, and
 * the same one each time that it is read.
 */
export class InterceptedMethods {
  readonly #made = new WeakMap<Method, Method>();

  get(method: Method, call: Call): Method {
    let made = this.#made.get(method);
    if (made === undefined) {
      made = new Proxy(method, { apply: (target, self, args) => call(target, self, args as unknown[]) });
      this.#made.set(method, made);
    }
    return made;
  }
}

/**
 * A proxy of a source. Of a proxy of the user's the language asks more than the traps here do, such as whether what is given
 * is what it has, and that may fail: then an object that only inherits from it is in between, unless it is to be called.
 */
export function proxyOf(source: object, handler: ProxyHandler<object>): object {
  if (!types.isProxy(source) || typeof source === 'function' || standIns.has(source)) return new Proxy(source, handler);
  return new Proxy(Object.create(source) as object, { ...loosened(source), ...handler });
}

/** For a source whose properties are not to be held against it: they are as they are, but need not be given like that. */
export function loosened(source: object): ProxyHandler<object> {
  return {
    getPrototypeOf: () => Reflect.getPrototypeOf(source),
    has: (_target, key) => Reflect.has(source, key),
    ownKeys: () => Reflect.ownKeys(source),
    getOwnPropertyDescriptor: (_target, key) => {
      const own = Reflect.getOwnPropertyDescriptor(source, key);
      return own && { ...own, configurable: true };
    },
    defineProperty: (_target, key, property) => Reflect.defineProperty(source, key, property),
    deleteProperty: (_target, key) => Reflect.deleteProperty(source, key),
  };
}

/** Whether the language does not let a proxy give another value than the source has; `proxyOf` sees to proxies. */
export function isFixed(source: object, key: string | symbol): boolean {
  if (types.isProxy(source) && !standIns.has(source) && typeof source !== 'function') return false;
  const own = Reflect.getOwnPropertyDescriptor(source, key);
  return own !== undefined && own.configurable === false && own.writable !== true && own.get === undefined;
}
