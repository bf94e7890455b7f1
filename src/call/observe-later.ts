import { types } from 'node:util';
import { isEager, observeEager } from './eager-thenable';
import { lazyShapeOf } from './lazy-shape';
import { observeLazy } from './observe-lazy';
import { observeQueryEmitter } from './observe-query-emitter';
import { observeStream } from './observe-stream';
import { observeWebStream } from './observe-web-stream';
import type { Begin, RunningCall } from './running-call';
import { isNodeStream } from './stream-state';

/**
 * Observes a result that goes on, or only begins, after the method has returned it. Arrays, and plain objects without a
 * `then` and an iterator, cost next to nothing.
 *
 * @param again starts another call of the same method, for a result that does its work when it is asked to
 * @returns what the caller gets, and whether that has made calls of its own out of this one; `undefined` where the call
 * is over with the return
 */
export function observeLater(
  result: object,
  running: RunningCall,
  again: Begin,
): { readonly value: unknown; readonly isLazy: boolean } | undefined {
  const isProxy = types.isProxy(result);
  if (!isProxy && isPlain(result)) return undefined;
  try {
    if (!isProxy && isUnderWay(result, running)) return { value: result, isLazy: false };
    if (running.plan.operation.fields.returns === 'same') return undefined;
    const shape = lazyShapeOf(result);
    if (shape === undefined) return undefined;
    if (shape.kind === 'thenable' && isEager(result)) {
      return { value: observeEager(result, running), isLazy: false };
    }
    return { value: observeLazy(result, shape, again), isLazy: true };
  } catch {
    return undefined;
  }
}

function isPlain(result: object): boolean {
  const prototype = Object.getPrototypeOf(result) as object | null;
  if (prototype === Array.prototype) return true;
  if (prototype === Function.prototype) return !Object.hasOwn(result, 'then');
  if (prototype !== Object.prototype && prototype !== null) return false;
  return !(
    Object.hasOwn(result, 'then') ||
    Object.hasOwn(result, Symbol.asyncIterator) ||
    Object.hasOwn(result, Symbol.iterator)
  );
}

/** A stream, or a query that tells by events: its work goes on without being asked. */
function isUnderWay(result: object, running: RunningCall): boolean {
  if (isNodeStream(result)) {
    observeStream(result, running);
    return true;
  }
  return observeWebStream(result, running) || observeQueryEmitter(result, running);
}
