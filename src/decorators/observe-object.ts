import * as v from 'valibot';
import { classNameOf } from '../call/class-name';
import { Operation, type AnyFunction } from '../call/operation';
import { catalogOperation } from '../call/operation-catalog';
import { describedStore, type StoreIdentity } from '../call/store-identity';
import { wrapMethod } from '../call/wrap-method';
import { describeValue, TrefoilError } from '../errors';
import { nearestName } from '../nearest-name';
import { validateOptions } from '../validate-options';
import type { AnyCallable } from './signature-check';
import { declareObservation } from './declare-observation';
import type { StoreOptions } from './decorator-options';
import { methodSchema, type ObserveMethodOptions, type ValidMethodOptions } from './observe-options';
import { refuseUnobservable } from './observe';
import { optionSchemas } from './option-schemas';
import { standInForObject, type ObservedMembers } from './object-stand-in';

/** How many objects deep a path may lead: `client.chat.completions.create` is three. */
type OneLess = { 3: 2; 2: 1; 1: 0 };

/** The names of an object's methods, with those of the objects that it holds by path: `get`, `orders.create`. */
export type MethodPath<Client, Depth extends number = 3> = Depth extends keyof OneLess
  ? {
      [Key in keyof Client & string]: NonNullable<Client[Key]> extends AnyCallable
        ? Key
        : NonNullable<Client[Key]> extends object
          ? `${Key}.${MethodPath<NonNullable<Client[Key]>, OneLess[Depth]>}`
          : never;
    }[keyof Client & string]
  : never;

/** What a path leads to. */
type MethodAt<Client, Path extends string> = Path extends keyof Client
  ? NonNullable<Client[Path]> extends AnyCallable
    ? NonNullable<Client[Path]>
    : AnyCallable
  : Path extends `${infer Key}.${infer Rest}`
    ? Key extends keyof Client
      ? MethodAt<NonNullable<Client[Key]>, Rest>
      : AnyCallable
    : AnyCallable;

/** What a method is called on. */
type HolderOf<Client, Path extends string> = Path extends `${infer Key}.${infer Rest}`
  ? Key extends keyof Client
    ? HolderOf<NonNullable<Client[Key]>, Rest>
    : unknown
  : Client;

/** Options of {@link observeObject}. */
export interface ObserveObjectOptions<Client extends object> {
  /** The methods to observe: their names, or by name the options of each (`{}`: none). A path leads into nested objects. */
  readonly methods:
    | readonly MethodPath<Client>[]
    | { readonly [Path in MethodPath<Client>]?: ObserveMethodOptions<MethodAt<Client, Path>, HolderOf<Client, Path>> };
  /** The store that the object stands for, as `@Store` says it of a class. Default: named after the object's class. */
  readonly store?: StoreOptions<Client>;
}

const record = v.record(v.string(), methodSchema);

const objectSchema = v.strictObject({
  methods: v.union([v.array(v.string()), record]),
  store: v.optional(optionSchemas.Store),
});

/**
 * Makes every call of some methods of an object a Call, as the decorators do for a class of yours: for the client of a
 * database, a queue or an API. All four pillars record it unless the method's options say otherwise; event types are
 * inferred from the methods' names.
 *
 * The object stays as it is. What is returned stands in for it: the methods that are named are observed when they are called
 * through it, and everything else is the object's own, so that private fields, getters, `instanceof` and what other code
 * holds of it work as before. A method that returns the object itself, as fluent ones do, returns the stand-in. Calls that
 * the object makes of its own methods are not observed. The calls belong to the root container's runtime, or to that of
 * the container that the object itself came from.
 *
 * @throws TrefoilError `TREFOIL_DECORATOR_TARGET` for what is no object, or a method that is observed already;
 * `TREFOIL_DECORATOR_OPTIONS` for a method that the object does not have, and other wrong options;
 * `TREFOIL_DECORATOR_CONFLICT`, `TREFOIL_EVENT_TYPE_REQUIRED` or `TREFOIL_METRIC_INVALID`
 *
 * @example
 * ```ts
 * import { observeObject } from 'trefoil';
 *
 * const cache = observeObject(new Map<string, number>(), {
 *   store: { name: 'rates', type: 'memory' },
 *   methods: { get: { item: (key) => key }, set: { item: (key) => key, audited: false } },
 * });
 * cache.set('EUR', 1).get('EUR');
 * ```
 */
export function observeObject<Client extends object>(client: Client, options: ObserveObjectOptions<Client>): Client {
  const given: unknown = client;
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) {
    throw new TrefoilError('TREFOIL_DECORATOR_TARGET', {
      attempted: 'Observing an object',
      where: 'observeObject()',
      expected: 'an object',
      given: describeValue(given),
      todo: 'Give the object whose methods are to be observed.',
    });
  }
  const valid = validateOptions(objectSchema, options, {
    code: 'TREFOIL_DECORATOR_OPTIONS',
    attempted: 'Reading the options of observeObject()',
    where: `observeObject(${nameOf(client)})`,
    todo: 'See the options of observeObject() in the documentation.',
  });
  const store = describedStore(nameOf(client), valid.store);
  const methods: readonly (readonly [string, ValidMethodOptions])[] = Array.isArray(valid.methods)
    ? valid.methods.map((path) => [path, {}])
    : Object.entries(valid.methods);
  const members: ObservedMembers = new Map();
  for (const [path, methodOptions] of methods) enter(members, client, path, methodOptions, store);
  return standInForObject(client, members);
}

/** Enters a method where its path leads, and observes the function that is there now. */
function enter(
  members: ObservedMembers,
  client: object,
  path: string,
  options: ValidMethodOptions,
  store: StoreIdentity,
): void {
  let [holder, within]: [object, ObservedMembers] = [client, members];
  const keys = path in client ? [path] : path.split('.');
  for (const key of keys.slice(0, -1)) {
    const nested: unknown = Reflect.get(holder, key);
    if ((typeof nested !== 'object' && typeof nested !== 'function') || nested === null)
      throw unknownMethod(path, store, holder);
    const inner: ObservedMembers = within.get(key)?.members ?? new Map<string, never>();
    within.set(key, { ...within.get(key), members: inner });
    [holder, within] = [nested, inner];
  }
  const key = keys.at(-1) ?? path;
  const method: unknown = Reflect.get(holder, key);
  if (typeof method !== 'function') throw unknownMethod(path, store, holder);
  const observeMethod = (found: AnyFunction): AnyFunction => {
    const operation = new Operation(found, path, false);
    operation.store = store;
    declareObservation(operation, 'observeObject()', options);
    const wrapper = wrapMethod(operation);
    catalogOperation(operation, wrapper);
    return wrapper;
  };
  refuseUnobservable(method, `${store.name}.${path}`);
  within.set(key, { ...within.get(key), observe: remembering(observeMethod, method) });
}

/**
 * Observes each function once, beginning with the one that is there now: others may take its place later. Those that are
 * observed already, or cannot be, are called as they are.
 */
function remembering(observeMethod: (found: AnyFunction) => AnyFunction, first: AnyFunction): typeof observeMethod {
  const known = new WeakMap<AnyFunction, AnyFunction>([[first, observeMethod(first)]]);
  const observedOrBare = (found: AnyFunction): AnyFunction => {
    try {
      refuseUnobservable(found, 'observeObject()');
      return observeMethod(found);
    } catch {
      return found;
    }
  };
  return (found) => {
    let wrapper = known.get(found);
    if (wrapper === undefined) {
      wrapper = observedOrBare(found);
      known.set(found, wrapper);
    }
    return wrapper;
  };
}

/** The class of an object, or `objects` for one that has none. */
function nameOf(client: object): string {
  if (typeof client === 'function') return client.name === '' ? 'objects' : client.name;
  const constructor: unknown = (client as { readonly constructor?: unknown }).constructor;
  return typeof constructor === 'function' && constructor !== Object ? classNameOf(constructor) : 'objects';
}

/** What the holder that a path leads to has instead. */
function unknownMethod(path: string, store: StoreIdentity, holder: object): TrefoilError {
  const before = path.slice(0, path.lastIndexOf('.') + 1);
  const nearest = nearestName(
    path,
    methodNamesOf(holder).map((name) => before + name),
  );
  return new TrefoilError('TREFOIL_DECORATOR_OPTIONS', {
    attempted: 'Reading the options of observeObject()',
    where: `${store.name} methods`,
    expected: 'names of methods that the object has',
    given: JSON.stringify(path),
    todo: nearest === undefined ? 'Name a method that it has.' : `Did you mean ${JSON.stringify(nearest)}?`,
  });
}

/** Its methods and those of its classes, and the objects that it holds; no getter is called. */
function methodNamesOf(holder: object): string[] {
  const names = new Set<string>();
  for (let owner: object | null = holder; owner !== null && owner !== Object.prototype;) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (name !== 'constructor' && typeof value === 'function') names.add(name);
    }
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return [...names];
}
