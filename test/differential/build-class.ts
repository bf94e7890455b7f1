import { Unobserved } from '../../src/index';
import { inferEventType } from '../../src/decorators/infer-event-type';
import { decorateClass, decorateMethod, type AnyDecorator, type Dialect } from './decorator-protocols';
import { makeMethod, type AnyFunction, type Body } from './method-kinds';
import { classWide, methodDecorators, storeDecorators } from './random-options';
import { makeValue } from './random-value';
import { keys } from './features';
import { siblingOf, type RandomCase, type RandomMethod } from './random-case';
import { wrapperCount } from './wrappers';
import { observeCall } from './use-result';
import type { Strand, World } from './world';

/** Stands in for trefoil's wrapper, wrongly. */
export type Mutant = (method: AnyFunction) => AnyFunction;
/** How a class is run: without trefoil, with it in a dialect, or with something that is broken on purpose. */
export type Variant = 'bare' | Dialect | Mutant;

type Store = Record<string | symbol, unknown>;
type StoreClass = (new () => Store) & Store;

export interface Built {
  readonly base: StoreClass;
  /** The class that is called: the base, or one below it. */
  readonly concrete: StoreClass;
  readonly keys: readonly (string | symbol)[];
}

const symbolKey = Symbol('get a thing');
const neighbourKey = Symbol('neighbour');
const initializersOf = new WeakMap<object, ((this: unknown) => void)[]>();

/** The classes of a case, from scratch: every run has closures of its own. */
export function buildClass(world: World, random: RandomCase, variant: Variant): Built {
  const used = random.methods.map((_method, index) => {
    const key = keys[(random.key + index) % keys.length] as string;
    return key === 'symbol' ? symbolKey : key;
  });
  class Base {
    field = 1;
    calls = 0;
    constructor() {
      for (const initializer of initializersOf.get(Base) ?? []) initializer.call(this);
    }
    get neighbour(): string {
      world.count('getter');
      return 'neighbour';
    }
    set neighbour(_value: unknown) {
      world.count('setter');
    }
    static get staticNeighbour(): string {
      world.count('static getter');
      return 'static neighbour';
    }
    static staticMethod(): string {
      return 'static';
    }
    [neighbourKey](): string {
      return 'symbol';
    }
    constant(): string {
      return 'constant';
    }
  }
  const base = Base as unknown as StoreClass;
  let concrete = base;
  addMethods(world, random, variant, base, used, (method, index) =>
    makeMethod(
      bodyOf(world, random, index, used, () => concrete),
      used[index] as string | symbol,
    ),
  );
  if (random.inheritance === 'flat') return { base, concrete, keys: used };
  class Sub extends Base {
    constructor() {
      super();
      for (const initializer of initializersOf.get(Sub) ?? []) initializer.call(this);
    }
  }
  concrete = Sub as unknown as StoreClass;
  if (random.inheritance !== 'inherits') {
    const isDecorated = random.inheritance === 'decorated super';
    addMethods(world, random, isDecorated ? variant : 'bare', concrete, used, (method, index) =>
      overrideOf(world, method, used[index] as string | symbol, (method.isStatic ? base : base.prototype) as object),
    );
  }
  return { base, concrete, keys: used };
}

/** Puts the methods on a class and decorates them as the variant says. */
function addMethods(
  world: World,
  random: RandomCase,
  variant: Variant,
  owner: StoreClass,
  used: readonly (string | symbol)[],
  make: (method: RandomMethod, index: number) => AnyFunction,
): void {
  const initializers: ((this: unknown) => void)[] = [];
  initializersOf.set(owner, initializers);
  for (const [index, method] of random.methods.entries()) {
    const made = make(method, index);
    Object.defineProperty(made, 'length', { value: method.length, configurable: true });
    Object.defineProperty(made, 'note', { value: 'own', enumerable: true, configurable: true });
    Reflect.defineMetadata('kept', index, made);
    const value = typeof variant === 'function' ? variant(made) : made;
    const holder = (method.isStatic ? owner : owner.prototype) as object;
    Object.defineProperty(holder, used[index] as string, { value, writable: true, configurable: true });
  }
  const dialect = variant === 'standard' ? 'standard' : 'legacy';
  const isTrefoil = variant === 'standard' || variant === 'legacy';
  const classWideMethod = random.methods.find(({ stack }) => stack === 'class-wide');
  for (const [index, { stack, option, foreignAt, isStatic }] of random.methods.entries()) {
    if (stack === 'class-wide') continue;
    const key = used[index] as string | symbol;
    const decorators = isTrefoil ? methodDecorators(stack, option, inferEventType(key) !== undefined) : [];
    // What is foreign to trefoil is there in the bare class, too.
    if (foreignAt !== undefined) decorators.splice(foreignAt, 0, (...args) => foreign(world, args));
    if (isTrefoil && classWideMethod !== undefined && stack.length === 0) {
      decorators.unshift(Unobserved() as unknown as AnyDecorator);
    }
    if (decorators.length > 0) decorateMethod(dialect, owner, key, isStatic, decorators, initializers);
  }
  if (!isTrefoil) return;
  const ofClass = classWideMethod === undefined ? [] : [classWide(classWideMethod.option)];
  decorateClass(dialect, owner, [...storeDecorators(random.store), ...ofClass]);
}

/** A decorator that is not trefoil's, in either dialect: it wraps the method as such decorators do. */
function foreign(world: World, [target, , descriptor]: unknown[]): unknown {
  const method = ((descriptor as PropertyDescriptor | undefined)?.value ?? target) as AnyFunction;
  const { wrapper } = {
    wrapper(this: unknown, ...args: unknown[]): unknown {
      world.log(world.current, `through a foreign decorator on ${world.describe(this)}`);
      return Reflect.apply(method, this, args);
    },
  };
  for (const name of ['name', 'length']) {
    Object.defineProperty(wrapper, name, { value: Reflect.get(method, name) as unknown, configurable: true });
  }
  return descriptor === undefined ? wrapper : { ...descriptor, value: wrapper };
}

/** An override that calls what it overrides. */
function overrideOf(world: World, method: RandomMethod, key: string | symbol, above: object): AnyFunction {
  const holder = {
    [key](this: unknown, ...args: unknown[]): unknown {
      const strand = world.current;
      strand.derived += wrapperCount(method);
      world.log(strand, `override on ${world.describe(this)}`);
      return (super[key as never] as AnyFunction).apply(this, args);
    },
  };
  const { [key as string]: override } = holder;
  // `super` is looked up from where a method was written.
  Object.setPrototypeOf(holder, above);
  return override as AnyFunction;
}

const deepest = 2;

function bodyOf(
  world: World,
  random: RandomCase,
  index: number,
  used: readonly (string | symbol)[],
  concrete: () => StoreClass,
): Body {
  const method = random.methods[index] as RandomMethod;
  /** A method of the class as the receiver has it; another object may have something else under that name. */
  const methodOn = (self: unknown, called: number): AnyFunction | undefined => {
    if ((typeof self !== 'object' && typeof self !== 'function') || self === null) return undefined;
    const key = used[called] as string;
    const fn: unknown = Reflect.get(self, key);
    const owner = concrete();
    const holder = random.methods[called]?.isStatic === true ? owner : (owner.prototype as object);
    return typeof fn === 'function' && fn === Reflect.get(holder, key) ? (fn as AnyFunction) : undefined;
  };
  const callInner = (self: unknown, strand: Strand, called: number): void => {
    if (strand.depth >= deepest || typeof self !== 'object') return;
    const fn = methodOn(self, called);
    if (fn === undefined) return;
    const inner = world.strand(`${strand.name}/${(strand.calls += 1)}`, strand.depth + 1, strand);
    observeCall(world, inner, random.state, random.methods[called] as RandomMethod, 'complete', () =>
      Reflect.apply(fn, self, []),
    );
  };
  const neighbour = (index + 1) % random.methods.length;
  return {
    world,
    method,
    enter(self, args, count) {
      const strand = world.current;
      strand.entered.push(method);
      strand.derived += wrapperCount(method);
      strand.waitsForRecord ||= method.option === 'durable' || method.option === 'strict';
      const given = args.map((arg) => world.describe(arg)).join(', ');
      world.log(strand, `method ${index} on ${world.describe(self)} with ${count}: ${given}`);
      if (typeof self === 'object' && self !== null) {
        world.log(strand, `writes: ${Reflect.set(self, 'calls', strand.name)}`);
        if (method.inner === 'getter') world.log(strand, String(Reflect.get(self, 'neighbour')));
      }
      if (method.inner === 'itself') callInner(self, strand, index);
      if (method.inner === 'neighbour') callInner(self, strand, neighbour);
      world.current = strand;
      return strand;
    },
    later(self, strand) {
      if (method.inner === 'after a while') callInner(self, strand, neighbour);
    },
    value: (strand) => (strand.lastValue = makeValue(world, strand, method.gives)),
    sibling(self, strand) {
      const sibling = siblingOf(random.methods, method);
      const fn = methodOn(self, sibling);
      if (fn === undefined) return undefined;
      strand.sibling = random.methods[sibling];
      return Reflect.apply(fn, self, []);
    },
  };
}
