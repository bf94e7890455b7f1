import type { Operation } from './operation';

/**
 * Which operations exist, for `describe()`; held weakly, so that a class which is no longer used is not kept alive.
 * A wrapper leads to its operation, a class to the methods that its class-wide `@Observed` left out.
 */
const operations = new Set<WeakRef<Operation>>();
const collected = new FinalizationRegistry<WeakRef<Operation>>((reference) => operations.delete(reference));
const operationsByWrapper = new WeakMap<object, Operation>();
const instrumentedPrototypes = new WeakSet<object>();

/** A method that a class-wide decorator did not cover, and why. */
export interface LeftOutMethod {
  readonly method: string;
  readonly reason: string;
}

interface LeftOutOfClass {
  readonly constructor: WeakRef<object>;
  readonly methods: readonly LeftOutMethod[];
}

const leftOut = new Set<LeftOutOfClass>();

/** Enter an operation with the wrapper that stands in for its method. */
export function catalogOperation(operation: Operation, wrapper: object): void {
  const reference = new WeakRef(operation);
  operations.add(reference);
  collected.register(operation, reference);
  operationsByWrapper.set(wrapper, operation);
}

/** The operation behind a wrapper; `undefined` for every other function. */
export function operationOf(wrapper: unknown): Operation | undefined {
  return typeof wrapper === 'function' ? operationsByWrapper.get(wrapper) : undefined;
}

/** Every operation whose class still exists. */
export function* catalogedOperations(): Generator<Operation> {
  for (const reference of operations) {
    const operation = reference.deref();
    if (operation !== undefined) yield operation;
  }
}

/** Note that a class has decorated methods of its own; set when it is declared or, at the latest, first built. */
export function claimOperation(operation: Operation, declaringClass: object, prototype: object): void {
  operation.declaringClass ??= declaringClass;
  instrumentedPrototypes.add(prototype);
}

/** Whether instances with this prototype have decorated methods, own or inherited. */
export function isInstrumented(instance: object): boolean {
  for (let owner: unknown = instance; typeof owner === 'object' && owner !== null;) {
    if (instrumentedPrototypes.has(owner)) return true;
    owner = Object.getPrototypeOf(owner);
  }
  return false;
}

/** Note what a class-wide decorator did not cover. */
export function catalogLeftOut(constructor: object, methods: readonly LeftOutMethod[]): void {
  if (methods.length > 0) leftOut.add({ constructor: new WeakRef(constructor), methods });
}

/** What class-wide decorators did not cover, by class. */
export function* catalogedLeftOut(): Generator<{
  readonly constructor: object;
  readonly methods: readonly LeftOutMethod[];
}> {
  for (const entry of leftOut) {
    const constructor = entry.constructor.deref();
    if (constructor === undefined) leftOut.delete(entry);
    else yield { constructor, methods: entry.methods };
  }
}
