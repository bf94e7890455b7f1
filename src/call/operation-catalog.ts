import { enterCopy } from './loaded-copies';
import type { Operation } from './operation';

/**
 * Which operations exist, for `describe()`; held weakly, so that a class which is no longer used is not kept alive.
 * A wrapper leads to its operation, a class to the methods that its class-wide `@Observed` left out.
 */
const operations = new Set<WeakRef<Operation>>();
const collected = new FinalizationRegistry<WeakRef<Operation>>((reference) => operations.delete(reference));
const stores = new Set<WeakRef<Constructor>>();
const listeners = new Set<CatalogListener>();
const operationsByWrapper = new WeakMap<object, Operation>();
const instrumentedPrototypes = new WeakSet<object>();

/** A class as it is catalogued. */
export interface Constructor {
  readonly name: string;
  readonly prototype: object;
}

/** Told of an operation that is declared, or that is given its class; and of a class that is given a `@Store`. */
export interface CatalogListener {
  onOperation(operation: Operation): void;
  onStore(store: Constructor): void;
}

/** A method that a class-wide decorator did not cover, and why. */
export interface LeftOutMethod {
  readonly method: string;
  readonly reason: string;
}

/** What a class-wide `@Observed` has found. */
interface ClassCoverage {
  readonly leftOut: readonly LeftOutMethod[];
  /** Whether there was no method at all. */
  readonly isEmpty: boolean;
}

const classes = new Set<{ readonly constructor: WeakRef<object>; readonly coverage: ClassCoverage }>();

/** Enter an operation with the wrapper that stands in for its method. */
export function catalogOperation(operation: Operation, wrapper: object): void {
  const reference = new WeakRef(operation);
  operations.add(reference);
  collected.register(operation, reference);
  operationsByWrapper.set(wrapper, operation);
  enterThisCopy();
  for (const listener of listeners) listener.onOperation(operation);
}

/** Enter a class that carries a `@Store`. */
export function catalogStore(constructor: Constructor): void {
  stores.add(new WeakRef(constructor));
  for (const listener of listeners) listener.onStore(constructor);
}

/** Every class with a `@Store` that still exists. */
export function* catalogedStores(): Generator<Constructor> {
  for (const reference of stores) {
    const constructor = reference.deref();
    if (constructor === undefined) stores.delete(reference);
    else yield constructor;
  }
}

/**
 * Follows what is declared. The listener is told while a class is being defined, with more to come, and must not throw.
 *
 * @returns ends it
 */
export function onCatalogChange(listener: CatalogListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Lets other copies of trefoil know of this one, and of what it has decorated. */
export function enterThisCopy(): void {
  enterCopy(() => [...catalogedOperations()].map(({ place }) => place));
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
  const isNews = operation.declaringClass === undefined;
  operation.declaringClass ??= declaringClass;
  instrumentedPrototypes.add(prototype);
  if (isNews) for (const listener of listeners) listener.onOperation(operation);
}

/** Whether instances with this prototype have decorated methods, own or inherited. */
export function isInstrumented(instance: object): boolean {
  for (let owner: unknown = instance; typeof owner === 'object' && owner !== null;) {
    if (instrumentedPrototypes.has(owner)) return true;
    owner = Object.getPrototypeOf(owner);
  }
  return false;
}

/** Note what a class-wide decorator has found, where it did not cover everything. */
export function catalogClass(constructor: object, coverage: ClassCoverage): void {
  if (coverage.isEmpty || coverage.leftOut.length > 0) {
    classes.add({ constructor: new WeakRef(constructor), coverage });
  }
}

/** What class-wide decorators did not cover, by class. */
export function* catalogedClasses(): Generator<ClassCoverage & { readonly constructor: object }> {
  for (const entry of classes) {
    const constructor = entry.constructor.deref();
    if (constructor === undefined) classes.delete(entry);
    else yield { constructor, ...entry.coverage };
  }
}
