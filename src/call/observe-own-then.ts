import type { Context } from '@opentelemetry/api';
import { after, awaited, type AwaitedCall } from './awaited-run';
import { bringsOwnThen, observePromise, type PromiseObserver } from './observe-promise';
import { InterceptedMethods } from './stand-in';
import type { RunningCall } from './running-call';
import { UnaskedCall } from './unasked-call';

type Method = (...args: unknown[]) => unknown;
type Key = 'then' | 'catch' | 'finally';

/** What is told of the first answer, and in which Context the question is asked. */
interface Asked {
  readonly call: AwaitedCall;
  readonly within?: Context;
}

/** What takes part once a promise is asked; the innermost call is the first. */
const unasked = new WeakMap<object, (() => Asked | undefined)[]>();
/** For each prototype, one below it whose questions are observed; so that promises need no own properties. */
const observedPrototypes = new WeakMap<object, object>();

/**
 * Observes a promise that brings a `then` of its own, which may start its work: a query of postgres.js, p-lazy. It stays the very
 * same object, and neither is its `then` called, nor is a rejection handled, before the caller does it. Until then it has
 * another prototype, one that is below its own.
 *
 * @returns false where the promise cannot be observed, since it is frozen
 */
export function observeOwnThen(promise: Promise<unknown>, running: RunningCall): boolean {
  const call = new UnaskedCall(running, promise);
  const take = (): Asked | undefined => {
    const taken = call.take();
    return taken && { call: taken, within: taken };
  };
  if (!whenAsked(promise, take)) return false;
  call.open(promise);
  return true;
}

/** Observes any promise, be it one with a `then` of its own, for what is no call of a method, such as one step of a cursor. */
export function observeAnswer(promise: Promise<unknown>, same: boolean, observer: PromiseObserver): Promise<unknown> {
  const finish = (threw: boolean, value: unknown): void =>
    threw ? observer.onRejected(value) : observer.onFulfilled(value);
  if (bringsOwnThen(promise) && whenAsked(promise, () => ({ call: { finish } }))) return promise;
  return observePromise(promise, same, observer);
}

function whenAsked(promise: object, take: () => Asked | undefined): boolean {
  const known = unasked.get(promise);
  if (known !== undefined) return known.push(take) > 0;
  if (!Reflect.setPrototypeOf(promise, observedPrototypeOf(promise))) return false;
  unasked.set(promise, [take]);
  return true;
}

function observedPrototypeOf(promise: object): object {
  const prototype = Object.getPrototypeOf(promise) as object;
  let observed = observedPrototypes.get(prototype);
  if (observed === undefined) {
    observed = makeObservedPrototype(prototype);
    observedPrototypes.set(prototype, observed);
  }
  return observed;
}

function makeObservedPrototype(prototype: object): object {
  const observed = Object.create(prototype) as object;
  const question = (key: Key): PropertyDescriptor => {
    const methods = new InterceptedMethods();
    return {
      get(this: object): unknown {
        const own = read(this, key);
        if (typeof own !== 'function') return own;
        return methods.get(own as Method, (method, self, args) => ask(key, method, self as object, args));
      },
      set(this: object, value: unknown) {
        Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
      },
      configurable: true,
    };
  };
  const read = (promise: object, key: Key): unknown => {
    try {
      return Reflect.get(prototype, key, promise) as unknown;
    } catch (error) {
      if (key === 'then') for (const { call } of takeAll(promise, prototype)) call.finish(true, error);
      throw error;
    }
  };
  const ask = (key: Key, method: Method, self: object, args: unknown[]): unknown => {
    // The language's own ones call `then`.
    const asked = key !== 'then' && isOfLanguage(method) ? [] : takeAll(self, prototype);
    if (asked.length === 0) return Reflect.apply(method, self, args);
    if (key === 'then') return awaitedBy(asked, self, method, args);
    return after(awaitedBy(asked, self, Reflect.get(self, 'then') as Method, []), key, args);
  };
  return Object.defineProperties(observed, {
    then: question('then'),
    catch: question('catch'),
    finally: question('finally'),
  });
}

/** Of any realm. */
function isOfLanguage(method: Method): boolean {
  return Function.prototype.toString.call(method).includes('[native code]');
}

/** Of a promise that is asked for the first time, which is as it was from now on. */
function takeAll(promise: object, prototype: object): Asked[] {
  const takes = unasked.get(promise);
  if (takes === undefined) return [];
  unasked.delete(promise);
  Reflect.setPrototypeOf(promise, prototype);
  return takes.flatMap((take) => take() ?? []);
}

/** Each call around those before it. */
function awaitedBy(asked: readonly Asked[], promise: object, then: Method, callbacks: unknown[]): unknown {
  const own: Method = (...given) => Reflect.apply(then, promise, given);
  const observed = asked.reduce<Method>(
    (inner, { call, within }) =>
      (...given) =>
        awaited(promise, inner, call, given, within),
    own,
  );
  return observed(...callbacks);
}
