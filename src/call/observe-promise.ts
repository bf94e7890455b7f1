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

/** A promise that is nothing but a promise: not of a subclass, and without methods or fields of its own. */
function isPlainPromise(promise: Promise<unknown>): boolean {
  const prototype = Object.getPrototypeOf(promise) as object | null;
  if (prototype === null) return false;
  const isBase =
    prototype === Promise.prototype || Object.getPrototypeOf(Object.getPrototypeOf(prototype) as object) === null;
  // Symbols do not count: async hooks leave theirs on every promise.
  return isBase && Object.getOwnPropertyNames(promise).length === 0;
}

/**
 * Observes a promise without changing what the caller sees. A plain promise is answered by the one derived from it, so
 * that a forgotten rejection is reported exactly once, as before. Where identity matters (`same`, subclasses, promises
 * that carry methods), the very same object is returned and observed on the side.
 */
export function observePromise(promise: Promise<unknown>, same: boolean, observer: PromiseObserver): Promise<unknown> {
  if (!same && isPlainPromise(promise)) return derivePromise(promise, observer);
  void Promise.prototype.then.call(
    promise,
    (value) => observer.onFulfilled(value),
    (reason) => observer.onRejected(reason),
  );
  return promise;
}

/** The promise that settles like another one, once the observer has been told. */
export function derivePromise(promise: Promise<unknown>, observer: PromiseObserver): Promise<unknown> {
  return Promise.prototype.then.call(
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
