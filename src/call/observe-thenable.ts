import { activeContext, runInContext } from './context';
import { observeGenerator } from './observe-generator';
import { derivePromise, isPromise } from './observe-promise';
import { observeStream } from './observe-stream';
import { isNodeStream } from './stream-state';
import { terminalMethods } from './terminal-methods';
import type { Begin, RunningCall } from './running-call';

type Callback = ((value: unknown) => unknown) | null | undefined;
type Method = (...args: unknown[]) => unknown;

interface Thenable {
  then(onFulfilled?: Callback, onRejected?: Callback): unknown;
}

/** Whether a value can be awaited without being a promise of the language; `then` is looked at, never called. */
export function isThenable(value: object): value is Thenable {
  return 'then' in value && typeof value.then === 'function' && !isPromise(value);
}

/**
 * Stands in for a query builder or another lazy thenable, or for a query prepared from one: the query runs exactly once,
 * when the user awaits it, and that is the Call. Methods are called on the builder itself (it may have private fields),
 * and builders that they give are stood in for as well, whether they are the same or new ones.
 */
export function observeThenable(target: object, begin: Begin): object {
  const proxy: object = new Proxy(target, {
    get(_target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = value as Method;
      if (key === 'then')
        return (...callbacks: [Callback?, Callback?]) => awaited(target as Thenable, begin(), callbacks);
      if ((key === 'catch' || key === 'finally') && isThenable(target)) {
        return (...args: unknown[]) => {
          const running = begin();
          return running === undefined ? method.apply(target, args) : after(awaited(target, running, []), key, args);
        };
      }
      return (...args: unknown[]) => step(target, proxy, { method, key }, args, begin);
    },
    set: (_target, key, value) => Reflect.set(target, key, value, target),
  });
  return proxy;
}

/** Runs the query, for it is the user who awaits it; the user's callbacks run where the user is. */
function awaited(
  target: Thenable,
  running: RunningCall | undefined,
  [onFulfilled, onRejected]: [Callback?, Callback?],
): unknown {
  if (running === undefined) return target.then(onFulfilled, onRejected);
  const around = activeContext();
  const run = (callback: Callback, value: unknown): unknown =>
    runInContext(around, callback as (value: unknown) => unknown, value);
  const finish = once(running);
  try {
    return runInContext(running, () =>
      target.then(
        (value) => {
          finish(false, value);
          return typeof onFulfilled === 'function' ? run(onFulfilled, value) : value;
        },
        (reason) => {
          const isFirst = finish(true, reason);
          if (typeof onRejected === 'function') return run(onRejected, reason);
          // What nobody handles is handed on, but not to a thenable that answers once more: it may not expect that.
          if (isFirst) throw reason;
          return undefined;
        },
      ),
    );
  } catch (error) {
    finish(true, error);
    throw error;
  }
}

/** Foreign thenables may answer twice, or answer and throw: says whether it was the first time. */
function once(running: RunningCall): (threw: boolean, value: unknown) => boolean {
  let isOpen = true;
  return (threw, value) => {
    const isFirst = isOpen;
    isOpen = false;
    if (isFirst) running.finish(threw, value);
    return isFirst;
  };
}

/** `catch` and `finally` of what a query gives once it runs: what their callbacks do is not the query's outcome. */
function after(answer: unknown, key: 'catch' | 'finally', args: unknown[]): unknown {
  const own: unknown = Reflect.get(Object(answer) as object, key);
  if (typeof own === 'function') return Reflect.apply(own, answer, args);
  const promise = Promise.resolve(answer);
  const [callback] = args as [never];
  return key === 'catch' ? promise.catch(callback) : promise.finally(callback);
}

interface Step {
  readonly method: Method;
  readonly key: string | symbol;
}

function step(target: object, proxy: object, { method, key }: Step, args: unknown[], begin: Begin): unknown {
  const running = terminalMethods.has(key) ? begin() : undefined;
  let result: unknown;
  try {
    result =
      running === undefined ? method.apply(target, args) : runInContext(running, () => method.apply(target, args));
  } catch (error) {
    running?.finish(true, error);
    throw error;
  }
  if (typeof result !== 'object' || result === null) {
    running?.finish(false, result);
    return result;
  }
  if (result === target || isThenable(result) || (key === 'prepare' && !isPromise(result))) {
    // Not the end after all, such as drizzle's `insert().values()`: the query has not run.
    dropUnlessAnnounced(running, result);
    return result === target ? proxy : observeThenable(result, begin);
  }
  return begun(result, running, begin);
}

/** What an intent has announced gets its outcome. */
function dropUnlessAnnounced(running: RunningCall | undefined, result: unknown): void {
  if (running?.plan.admissionOf(running)?.recordsIntent === true) running.finish(false, result);
  else running?.drop();
}

/** The query has begun. Where a method that nobody has told us of began it: better a Call from here on than none. */
function begun(result: object, known: RunningCall | undefined, begin: Begin): unknown {
  if (isPromise(result)) {
    const running = known ?? begin();
    if (running === undefined) return result;
    return derivePromise(result, {
      onFulfilled: (value) => running.finish(false, value),
      onRejected: (reason) => running.finish(true, reason),
    });
  }
  if (isNodeStream(result)) {
    const running = known ?? begin();
    if (running !== undefined) observeStream(result, running);
    return result;
  }
  if (known !== undefined && isAsyncIterator(result)) return observeGenerator(result, () => known);
  known?.finish(false, result);
  return result;
}

function isAsyncIterator(value: object): boolean {
  return (
    Symbol.asyncIterator in value &&
    (['next', 'return', 'throw'] as const).every((key) => typeof Reflect.get(value, key) === 'function')
  );
}
