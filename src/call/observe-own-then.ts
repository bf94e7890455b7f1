import { after, awaited } from './awaited-run';
import { InterceptedMethods } from './stand-in';
import type { RunningCall } from './running-call';
import { UnaskedCall } from './unasked-call';

type Method = (...args: unknown[]) => unknown;
type Key = 'then' | 'catch' | 'finally';

/** The calls of promises that nobody has asked, the innermost first. */
const unasked = new WeakMap<object, UnaskedCall[]>();
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
  const known = unasked.get(promise);
  if (known !== undefined) known.push(call);
  else {
    if (!Reflect.setPrototypeOf(promise, observedPrototypeOf(promise))) return false;
    unasked.set(promise, [call]);
  }
  call.open(promise);
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
      if (key === 'then') for (const call of takeCalls(promise, prototype)) call.finish(true, error);
      throw error;
    }
  };
  const ask = (key: Key, method: Method, self: object, args: unknown[]): unknown => {
    // The language's own ones call `then`.
    const calls = key !== 'then' && isOfLanguage(method) ? [] : takeCalls(self, prototype);
    if (calls.length === 0) return Reflect.apply(method, self, args);
    if (key === 'then') return awaitedBy(calls, self, method, args);
    return after(awaitedBy(calls, self, Reflect.get(self, 'then') as Method, []), key, args);
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

/** The calls of a promise that is asked for the first time, which is as it was from now on. */
function takeCalls(promise: object, prototype: object): RunningCall[] {
  const calls = unasked.get(promise);
  if (calls === undefined) return [];
  unasked.delete(promise);
  Reflect.setPrototypeOf(promise, prototype);
  return calls.flatMap((call) => call.take() ?? []);
}

/** Each call around those before it. */
function awaitedBy(calls: readonly RunningCall[], promise: object, then: Method, callbacks: unknown[]): unknown {
  const own: Method = (...given) => Reflect.apply(then, promise, given);
  const observed = calls.reduce<Method>(
    (inner, running) =>
      (...given) =>
        awaited(promise, inner, running, given, running),
    own,
  );
  return observed(...callbacks);
}
