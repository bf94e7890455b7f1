import { types } from 'node:util';
import { observeThenable } from './observe-thenable';
import type { RunningCall } from './running-call';
import { isChildProcess } from './settled-state';
import { behindStandIns } from './stand-in';
import { UnaskedCall } from './unasked-call';

/**
 * Whether a thenable stands for work that has begun and ends once, as a promise does: one of Bluebird or another library of
 * promises, a request of got, a process of execa. Awaited twice, it is one call all the same.
 */
export function isEager(value: object): boolean {
  const thenable = behindStandIns(value);
  if (types.isProxy(thenable)) return false;
  return Promise.prototype.isPrototypeOf(thenable) || isChildProcess(thenable) || isOfPromiseClass(thenable);
}

/** Whether it is of a class that has what `Promise` has. */
function isOfPromiseClass(thenable: object): boolean {
  const prototype = Object.getPrototypeOf(thenable) as object | null;
  const own = prototype === null || types.isProxy(prototype) ? undefined : ownValue(prototype, 'constructor');
  if (typeof own !== 'function' || types.isProxy(own)) return false;
  return ['resolve', 'reject', 'all'].every((key) => typeof ownValue(own, key) === 'function');
}

function ownValue(owner: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(owner, key)?.value;
}

/** Stands in for such a thenable: its call has begun with the method, and ends as the caller is told who asks first. */
export function observeEager(thenable: object, running: RunningCall): object {
  const origin = behindStandIns(thenable);
  const call = new UnaskedCall(running, origin);
  const standIn = observeThenable(thenable, () => call.take(), { origin });
  call.open(standIn);
  return standIn;
}
