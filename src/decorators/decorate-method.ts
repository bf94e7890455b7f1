import { describeValue, TrefoilError } from '../errors';
import { catalogOperation, claimOperation, operationOf } from '../call/operation-catalog';
import { Operation, type AnyFunction } from '../call/operation';
import { classNameOf } from '../call/class-name';
import { wrapMethod } from '../call/wrap-method';

/** Adds what one decorator asks for to the operation of its method. */
export type Declare = (operation: Operation) => void;

/** A standard decorator's context, as far as it is read; it says of itself what it stands on. */
interface StandardContext {
  readonly kind: string;
  readonly name: string | symbol;
  readonly static?: boolean;
  readonly access?: { readonly get?: object };
  readonly metadata?: object;
  addInitializer(initializer: (this: unknown) => void): void;
}

/** Which dialect calls: a standard decorator's second argument is an object that says its kind. */
export function isStandardContext(argument: unknown): argument is StandardContext {
  return typeof argument === 'object' && argument !== null && 'kind' in argument && typeof argument.kind === 'string';
}

/**
 * Applies a method decorator in either dialect. Contiguous decorators find each other's wrapper and add to the same
 * operation, so that a stack is one wrapper and one Call.
 */
export function decorateMethod(decorator: string, args: readonly unknown[], declare: Declare): unknown {
  return isStandardContext(args[1])
    ? decorateStandard(decorator, args[0], args[1], declare)
    : decorateLegacy(decorator, args, declare);
}

function decorateStandard(decorator: string, value: unknown, context: StandardContext, declare: Declare): unknown {
  if (context.kind !== 'method' || typeof value !== 'function') {
    throw wrongTarget(
      decorator,
      String(context.name),
      context.kind === 'method' ? describeValue(value) : `a ${context.kind}`,
    );
  }
  const isStatic = context.static === true;
  const known = operationOf(value);
  if (known?.key === context.name && known.isStatic === isStatic) {
    declare(known);
    return undefined;
  }
  const operation = new Operation(value as AnyFunction, context.name, isStatic);
  declare(operation);
  noteElement(standardElements(context), operation);
  const wrapper = wrapMethod(operation);
  catalogOperation(operation, wrapper);
  context.addInitializer(function claim(this: unknown) {
    if (operation.declaringClass === undefined) claimFrom(this, operation);
  });
  return wrapper;
}

function decorateLegacy(decorator: string, args: readonly unknown[], declare: Declare): unknown {
  const [target, key, descriptor] = args as [unknown, string | symbol | undefined, PropertyDescriptor | undefined];
  const owner = ownerOf(target);
  if (key === undefined || owner === undefined) throw wrongTarget(decorator, describeValue(target), 'a class');
  const place = `${classNameOf(owner)}.${String(key)}`;
  if (typeof descriptor === 'number') throw wrongTarget(decorator, place, 'a parameter');
  if (typeof descriptor?.value !== 'function') {
    const isAccessor = descriptor?.get !== undefined || descriptor?.set !== undefined;
    throw wrongTarget(decorator, place, isAccessor ? 'a getter or setter' : 'a field');
  }
  const isStatic = typeof target === 'function';
  const known = operationOf(descriptor.value);
  if (known?.key === key && known.declaringClass === owner) {
    declare(known);
    return descriptor;
  }
  const operation = new Operation(descriptor.value as AnyFunction, key, isStatic, owner);
  declare(operation);
  noteElement(elementsOf(target as object), operation);
  const wrapper = wrapMethod(operation);
  catalogOperation(operation, wrapper);
  claimOperation(operation, owner, owner.prototype);
  // In place, too: NestJS's applyDecorators and others that apply decorators by hand ignore what is returned.
  return Reflect.set(descriptor, 'value', wrapper) ? descriptor : { ...descriptor, value: wrapper };
}

/**
 * Wraps a method for a class-wide decorator and puts it on the class's prototype; the flags of its descriptor are kept.
 *
 * @param descriptor the class's own, or that of a class above it, which stays as it is
 */
export function decorateForClass(
  owner: DeclaringClass,
  key: string | symbol,
  descriptor: PropertyDescriptor,
  declare: Declare,
): void {
  const operation = new Operation(descriptor.value as AnyFunction, key, false, owner);
  declare(operation);
  const wrapper = wrapMethod(operation);
  catalogOperation(operation, wrapper);
  claimOperation(operation, owner, owner.prototype);
  Object.defineProperty(owner.prototype, key, { ...descriptor, value: wrapper });
}

/** A class as decorators see it. */
export interface DeclaringClass {
  readonly name: string;
  readonly prototype: object;
}

function ownerOf(target: unknown): DeclaringClass | undefined {
  if (typeof target === 'function') return target;
  if (typeof target !== 'object' || target === null) return undefined;
  const { constructor } = target;
  return typeof constructor === 'function' ? constructor : undefined;
}

/** Operations by the class element that they stand on; a second one on an element has a foreign decorator below it. */
type Elements = Map<string | symbol, Operation>;

const elements = new WeakMap<object, Elements>();

/** Whether a method has decorators of its own, also where a foreign one above them hides that. */
export function isDecorated(prototype: object, key: string | symbol): boolean {
  return elements.get(prototype)?.has(key) === true;
}

function elementsOf(owner: object): Elements {
  let known = elements.get(owner);
  if (known === undefined) {
    known = new Map();
    elements.set(owner, known);
  }
  return known;
}

/**
 * A standard decorator does not see its class, but all decorators of one element share an object: the class's metadata
 * where the runtime has it, else the accessor that the compiler made for the element.
 */
function standardElements(context: StandardContext): Elements {
  const owner = context.metadata ?? context.access?.get ?? context;
  const all = elementsOf(owner);
  if (context.static !== true) return all;
  let ofStatics = staticElements.get(all);
  if (ofStatics === undefined) {
    ofStatics = new Map();
    staticElements.set(all, ofStatics);
  }
  return ofStatics;
}

const staticElements = new WeakMap<Elements, Elements>();

function noteElement(known: Elements, operation: Operation): void {
  const below = known.get(operation.key);
  if (below !== undefined) {
    below.foreignDecorator = true;
    operation.foreignDecorator = true;
  }
  known.set(operation.key, operation);
}

/**
 * Find the class that declares an operation, from the instance (or, for a static method, the class) being set up. It
 * runs in the user's constructor, on whatever is built there, and so must never throw.
 */
function claimFrom(self: unknown, operation: Operation): void {
  try {
    if (typeof self === 'function') claimOperation(operation, self, (self as unknown as DeclaringClass).prototype);
    else if (typeof self === 'object' && self !== null) claimFromInstance(self, operation);
  } catch {
    // describe() calls the class unknown; its calls are labelled all the same.
  }
}

function claimFromInstance(instance: object, operation: Operation): void {
  const nearest = Object.getPrototypeOf(instance) as object;
  for (let owner: object | null = nearest; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const value: unknown = Object.getOwnPropertyDescriptor(owner, operation.key)?.value;
    if (operationOf(value) === operation) return claimOperation(operation, owner.constructor, owner);
  }
  // A private method, or one under a foreign decorator, is on no prototype: the class being built is the best guess.
  claimOperation(operation, nearest.constructor, nearest);
}

function wrongTarget(decorator: string, where: string, given: string): TrefoilError {
  return new TrefoilError('TREFOIL_DECORATOR_TARGET', {
    attempted: `Decorating with @${decorator}`,
    where,
    expected: 'a method',
    given,
    todo: 'Move the decorator to a method; turn a field that holds a function into a method first.',
  });
}
