import { types } from 'node:util';
import { isNodeStream, observeStream } from './observe-stream';
import type { RunningCall } from './running-call';

/**
 * Observes a result that goes on after the method has returned it. Whether it is one is read off its class: plain
 * objects and arrays cost nothing, and a proxy is not looked into.
 *
 * @returns whether the call will end by itself
 */
export function observeLater(result: unknown, running: RunningCall): boolean {
  if (typeof result !== 'object' || result === null || types.isProxy(result)) return false;
  const prototype = Object.getPrototypeOf(result) as object | null;
  if (prototype === null || prototype === Object.prototype || prototype === Array.prototype) return false;
  try {
    if (!isNodeStream(result)) return false;
    observeStream(result, running);
    return true;
  } catch {
    return false;
  }
}
