import type { LazyShape } from './lazy-shape';
import { observeCursor } from './observe-cursor';
import { observeGenerator } from './observe-generator';
import { observeObservable } from './observe-observable';
import { observeThenable } from './observe-thenable';
import type { Begin } from './running-call';

/**
 * Observes a result that does its work only when it is asked to: a query builder or lazy promise when it is awaited, an
 * observable when it is subscribed to, a cursor or generator when its first row is asked for. Each time is a Call of its own.
 *
 * @returns what stands in for the result
 */
export function observeLazy(result: object, { kind, ...read }: LazyShape, begin: Begin): object {
  switch (kind) {
    case 'thenable':
      return observeThenable(result, begin, read);
    case 'observable':
      return observeObservable(result, begin);
    case 'generator':
      return observeGenerator(result, begin);
    case 'cursor':
      return observeCursor(result, begin);
  }
}
