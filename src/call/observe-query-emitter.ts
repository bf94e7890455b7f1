import { errorMonitor, type EventEmitter } from 'node:events';
import type { RunningCall } from './running-call';
import { StreamCall } from './stream-call';

/**
 * Observes a query of `mysql`, `mysql2` or `pg` that was given no callback: it is on its way when it is returned, and tells of its
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

function isQueryEmitter(value: object): value is EventEmitter {
  if (!('once' in value) || typeof value.once !== 'function') return false;
  return isQueryOfMysql(value) || isQueryOfPostgres(value);
}

/** By what only these have: `onResult` is mysql2's callback, `_callback` and `_callSite` are mysql's. */
function isQueryOfMysql(value: object): boolean {
  if (!('sql' in value && 'stream' in value)) return false;
  if ('onResult' in value) return typeof value.onResult !== 'function';
  return '_callSite' in value && '_callback' in value && typeof value._callback !== 'function';
}

/** A `new Query()` of `pg`. What has a `read` as well is a cursor of its own, and goes on only when it is asked to. */
function isQueryOfPostgres(value: object): boolean {
  if (!('submit' in value && 'text' in value && 'callback' in value) || 'read' in value) return false;
  return typeof value.submit === 'function' && typeof value.callback !== 'function';
}
