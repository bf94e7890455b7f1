import { types } from 'node:util';

/** Told when a promise settles, before whoever waits for it. What it throws replaces what the promise gives. */
export interface PromiseObserver {
  onFulfilled(value: unknown): void;
  onRejected(reason: unknown): void;
}

/** Whether a value is a promise of the language, of any realm; a thenable is not, and its `then` is never called. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && types.isPromise(value);
}

type Then = (
  this: Promise<unknown>,
  onFulfilled: (value: unknown) => unknown,
  onRejected: (reason: unknown) => unknown,
) => Promise<unknown>;

// As it is when trefoil is loaded: what is patched later must not get in between.
const then = Reflect.get(Promise.prototype, 'then') as Then;

/** A promise that is nothing but a promise: not of a subclass, and without methods or fields of its own. */
function isPlainPromise(promise: Promise<unknown>): boolean {
  const prototype = Object.getPrototypeOf(promise) as object | null;
  if (prototype !== Promise.prototype && !isForeignPrototype(prototype)) return false;
  // Symbols do not count: async hooks leave theirs on every promise.
  return Object.getOwnPropertyNames(promise).length === 0;
}

/** The `Promise.prototype` of another realm stands right on an `Object.prototype`; that of a subclass does not. */
function isForeignPrototype(prototype: object | null): boolean {
  const above = prototype === null ? null : (Object.getPrototypeOf(prototype) as object | null);
  if (above === null || types.isProxy(above)) return false;
  return Object.getPrototypeOf(above) === null && Object.hasOwn(prototype as object, 'then');
}

/**
 * Observes a promise without changing what the caller sees. A plain promise is answered by the one derived from it, so
 * that a forgotten rejection is reported exactly once, as before. Where identity matters (`same`, subclasses, promises
 * that carry methods), the very same object is returned and observed on the side. It is for promises that bring no `then`
 * of their own.
 */
export function observePromise(promise: Promise<unknown>, same: boolean, observer: PromiseObserver): Promise<unknown> {
  try {
    if (!same && isPlainPromise(promise)) return derivePromise(promise, observer);
    observeOnTheSide(promise, observer);
  } catch {
    observer.onFulfilled(promise);
  }
  return promise;
}

/** The promise that settles like another one, once the observer has been told. */
export function derivePromise(promise: Promise<unknown>, observer: PromiseObserver): Promise<unknown> {
  return then.call(
    promise,
    (value: unknown) => {
      observer.onFulfilled(value);
      return value;
    },
    (reason: unknown) => {
      observer.onRejected(reason);
      throw reason;
    },
  );
}

/** The same, with the properties that the promise has, such as the shortcuts and the `cancel` of a request. */
export function deriveAlike(promise: Promise<unknown>, observer: PromiseObserver): Promise<unknown> {
  const derived = derivePromise(promise, observer);
  for (const key of Object.getOwnPropertyNames(promise)) {
    if (key === 'then' || key === 'catch' || key === 'finally') continue;
    Reflect.defineProperty(derived, key, Object.getOwnPropertyDescriptor(promise, key) as PropertyDescriptor);
  }
  return derived;
}

/** Sees to it that a promise which nobody waits for cannot become an unhandled rejection. */
export function onRejection(promise: Promise<unknown>, report: (reason: unknown) => void): void {
  observeOnTheSide(promise, { onFulfilled: () => undefined, onRejected: report });
}

/**
 * Whether the class of a promise has a `then` that is not the language's, of any realm: to call it could start the promise's
 * work, or fail. It is looked for without being read.
 */
export function bringsOwnThen(promise: Promise<unknown>): boolean {
  let owner = Object.getPrototypeOf(promise) as object | null;
  if (owner === Promise.prototype) return false;
  // What is set on one promise alone is passed over by `await`.
  if (Object.hasOwn(promise, 'then')) return false;
  while (owner !== null && owner !== Promise.prototype) {
    if (types.isProxy(owner)) return true;
    if (Object.hasOwn(owner, 'then')) return !isForeignPrototype(owner);
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return false;
}

/** `then` would construct the promise's own class for a result that nobody wants; for its time, the class is hidden. */
function observeOnTheSide(promise: Promise<unknown>, observer: PromiseObserver): void {
  const isHidden =
    promise.constructor !== Promise &&
    !Object.hasOwn(promise, 'constructor') &&
    Reflect.defineProperty(promise, 'constructor', { value: Promise, configurable: true });
  try {
    void then.call(
      promise,
      (value) => observer.onFulfilled(value),
      (reason) => observer.onRejected(reason),
    );
  } finally {
    if (isHidden) Reflect.deleteProperty(promise, 'constructor');
  }
}
