import { types } from 'node:util';
import { isCursor } from './cursor-shape';
import { standInKind, type LazyKind } from './stand-in';

/** How a result does its work later. */
export interface LazyShape {
  readonly kind: LazyKind;
  /** Its `then`, where that had to be read to know: it is what the caller's first reading gets. */
  readonly then?: unknown;
}

const shapes: Readonly<Record<LazyKind, LazyShape>> = {
  thenable: { kind: 'thenable' },
  observable: { kind: 'observable' },
  generator: { kind: 'generator' },
  cursor: { kind: 'cursor' },
};

const interop = (Symbol as { readonly observable?: symbol }).observable ?? '@@observable';

/**
 * Tells whether a result does its work only when it is asked to, and how it is asked. A `then` may start the work when it
 * is read, so it is looked for without being read wherever that is possible.
 */
export function lazyShapeOf(value: object): LazyShape | undefined {
  const known = standInKind(value);
  if (known !== undefined) return shapes[known];
  if (types.isProxy(value)) return shapeOfProxy(value);
  // Also one with a `then` of its own, which is left alone.
  if (types.isPromise(value)) return undefined;
  if (hasThen(value)) return shapes.thenable;
  if (isObservable(value)) return shapes.observable;
  if (types.isGeneratorObject(value)) return shapes.generator;
  return isCursor(value) ? shapes.cursor : undefined;
}

/**
 * A proxy that says it has a `then` is taken at its word. One that says it has none may give one all the same: a function
 * (a stub of a remote procedure sends its request when `then` is read) is taken for lazy, and of an object `then` is read,
 * since most of these are plain values, such as the reactive objects of Vue and MobX, which have to stay themselves.
 */
function shapeOfProxy(value: object): LazyShape | undefined {
  if (typeof value === 'function' || 'then' in value) return shapes.thenable;
  if ('subscribe' in value && (interop in value || '@@observable' in value)) return shapes.observable;
  if (Symbol.asyncIterator in value) return shapes.cursor;
  const then: unknown = Reflect.get(value, 'then');
  return typeof then === 'function' ? { kind: 'thenable', then } : undefined;
}

/** Whether a value that is no proxy has a `then` to call; one behind a getter is not read, and taken for one. */
function hasThen(value: object): boolean {
  // A promise that brings its own is left alone.
  if (!('then' in value) || types.isPromise(value)) return false;
  for (let owner: object | null = value; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    if (types.isProxy(owner)) return true;
    const own = Reflect.getOwnPropertyDescriptor(owner, 'then');
    if (own !== undefined) return own.get !== undefined || typeof own.value === 'function';
  }
  return false;
}

/** An observable as RxJS and others make them. */
function isObservable(value: object): boolean {
  return 'subscribe' in value && typeof value.subscribe === 'function' && (interop in value || '@@observable' in value);
}
