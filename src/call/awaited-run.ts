import type { Context } from '@opentelemetry/api';
import { activeContext, runInContext } from './context';

type Callback = ((value: unknown) => unknown) | null | undefined;
type Method = (...args: unknown[]) => unknown;

/** The call, or what else is told how a run has ended. */
export interface AwaitedCall {
  finish(threw: boolean, value: unknown): void;
}

/**
 * Calls a `then` for the user, who has called it: what is told by it is the outcome of the call. The user's callbacks run
 * where the user is.
 *
 * @param within the Context of what the `then` starts
 */
export function awaited(
  source: object,
  then: Method,
  call: AwaitedCall,
  callbacks: unknown[],
  within: Context = activeContext(),
): unknown {
  const [onFulfilled, onRejected, ...others] = callbacks as [Callback?, Callback?, ...unknown[]];
  const around = activeContext();
  const run = (callback: Callback, value: unknown): unknown =>
    runInContext(around, callback as (value: unknown) => unknown, value);
  const finish = once(call);
  const observing: [Callback, Callback] = [
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
  ];
  try {
    return runInContext(within, () =>
      Reflect.apply<unknown, unknown[], unknown>(then, source, [...observing, ...others]),
    );
  } catch (error) {
    finish(true, error);
    throw error;
  }
}

/** Foreign thenables may answer twice, or answer and throw: says whether it was the first time. */
function once(call: AwaitedCall): (threw: boolean, value: unknown) => boolean {
  let isOpen = true;
  return (threw, value) => {
    const isFirst = isOpen;
    isOpen = false;
    if (isFirst) call.finish(threw, value);
    return isFirst;
  };
}

/** `catch` and `finally` of what a query gives once it runs: what their callbacks do is not the query's outcome. */
export function after(answer: unknown, key: 'catch' | 'finally', args: unknown[]): unknown {
  const own: unknown = Reflect.get(Object(answer) as object, key);
  if (typeof own === 'function') return Reflect.apply(own, answer, args);
  const promise = Promise.resolve(answer);
  const [callback] = args as [never];
  return key === 'catch' ? promise.catch(callback) : promise.finally(callback);
}
