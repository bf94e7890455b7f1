import { errorMonitor, type EventEmitter } from 'node:events';
import type { RunningCall } from './running-call';
import { StreamCall } from './stream-call';

/**
 * Observes a query of `mysql` or `mysql2` that was given no callback: it is on its way when it is returned, and tells of its
 * rows, its error and its end by events. Nothing listens in a way that would change it: an error that nobody handles stays fatal.
 *
 * @returns false where the value is none
 */
export function observeQueryEmitter(value: object, running: RunningCall): boolean {
  if (!isQueryEmitter(value)) return false;
  const call = new StreamCall(value, running);
  value.once(errorMonitor, (error) => call.end(true, error)).once('end', () => call.end(false, value));
  return true;
}

/** By what only these have: `onResult` is mysql2's callback, `_callback` and `_callSite` are mysql's. */
function isQueryEmitter(value: object): value is EventEmitter {
  if (!('sql' in value && 'once' in value && 'stream' in value) || typeof value.once !== 'function') return false;
  if ('onResult' in value) return typeof value.onResult !== 'function';
  return '_callSite' in value && '_callback' in value && typeof value._callback !== 'function';
}
