import { types } from 'node:util';
import { observeLazy } from './observe-lazy';
import { observeStream } from './observe-stream';
import { observeWebStream } from './observe-web-stream';
import type { Begin, RunningCall } from './running-call';
import { isNodeStream } from './stream-state';

/**
 * Observes a result that goes on, or only begins, after the method has returned it. Plain objects without a `then` and
 * arrays cost next to nothing, and a proxy is not looked into.
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
  if (types.isProxy(result)) return undefined;
  const prototype = Object.getPrototypeOf(result) as object | null;
  if (prototype === Array.prototype) return undefined;
  if ((prototype === Object.prototype || prototype === null) && !Object.hasOwn(result, 'then')) return undefined;
  try {
    if (isNodeStream(result)) {
      observeStream(result, running);
      return { value: result, isLazy: false };
    }
    if (observeWebStream(result, running)) return { value: result, isLazy: false };
    const isLeftAlone = running.plan.operation.fields.returns === 'same';
    const lazy = isLeftAlone ? undefined : observeLazy(result, again);
    return lazy === undefined ? undefined : { value: lazy, isLazy: true };
  } catch {
    return undefined;
  }
}
