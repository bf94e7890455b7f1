import { observableShape, observeObservable } from './observe-observable';
import { isThenable, observeThenable } from './observe-thenable';
import type { Begin } from './running-call';

/**
 * Observes a result that does its work only when it is asked to: a query builder or lazy promise when it is awaited, an
 * observable when it is subscribed to. Each time is a Call of its own.
 *
 * @returns what stands in for the result; `undefined` for every other result
 */
export function observeLazy(result: object, begin: Begin): object | undefined {
  if (isThenable(result)) return observeThenable(result, begin);
  return observableShape(result) ? observeObservable(result, begin) : undefined;
}
