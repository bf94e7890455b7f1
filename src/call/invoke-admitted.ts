import type { Admission } from './call-handler';
import { callMethod } from './call-method';
import { observeLater } from './observe-later';
import { observeOwnThen } from './observe-own-then';
import { bringsOwnThen, derivePromise, isPromise } from './observe-promise';
import { awaitSettling } from './pending-calls';
import type { Begin, RunningCall } from './running-call';
import { UnaskedCall } from './unasked-call';

/** A method that surely returns a promise: its records are awaited, without blocking the event loop. */
export async function invokeAdmitted(
  running: RunningCall,
  admission: Admission,
  self: unknown,
  args: unknown[],
): Promise<unknown> {
  const { plan } = running;
  try {
    // Without an intent the body starts in the caller's turn, as that of any async method does.
    if (admission.recordsIntent) {
      await plan
        .isolated(() => admission.admit(running))
        .catch((refusal: unknown) => {
          running.settle(true, refusal);
          throw refusal;
        });
    }
    let result: unknown;
    try {
      const returned = callMethod(plan.operation.method, self, args, running);
      if (isPromise(returned)) awaitSettling(running, returned);
      result = await returned;
    } catch (error) {
      running.settle(true, error);
      // The body's own error wins; the admission has reported that its record is missing.
      await plan.isolated(() => admission.conclude(running)).catch(() => undefined);
      throw error;
    }
    running.settle(false, result);
    await plan.isolated(() => admission.conclude(running));
    return result;
  } finally {
    running.leave();
  }
}

/** A method that may be synchronous: its records are written synchronously, so that it stays so. */
export function invokeAdmittedSync(
  running: RunningCall,
  admission: Admission,
  self: unknown,
  args: unknown[],
  again: Begin,
): unknown {
  const { plan } = running;
  const conclude = (threw: boolean, value: unknown): void => {
    running.settle(threw, value);
    try {
      plan.isolated(() => admission.concludeSync(running));
    } catch (failure) {
      // The body's own error wins.
      if (!threw) throw failure;
    } finally {
      running.leave();
    }
  };
  try {
    if (admission.recordsIntent) plan.isolated(() => admission.admitSync(running));
  } catch (refusal) {
    running.onRejected(refusal);
    throw refusal;
  }
  let result: unknown;
  try {
    result = callMethod(plan.operation.method, self, args, running);
  } catch (error) {
    conclude(true, error);
    throw error;
  }
  if (((typeof result !== 'object' || result === null) && typeof result !== 'function') || result === self) {
    conclude(false, result);
    return result;
  }
  if (isPromise(result)) {
    if (bringsOwnThen(result) && observeOwnThen(result, running)) return result;
    awaitSettling(running, result);
    return derivePromise(result, {
      onFulfilled: (value) => conclude(false, value),
      onRejected: (reason) => conclude(true, reason),
    });
  }
  // The outcome of a stream follows when it ends. A lazy result makes calls of its own, the first of which may be announced.
  const announced = admission.recordsIntent ? UnaskedCall.first(running, again) : undefined;
  const later = observeLater(result, running, announced?.begin ?? again);
  if (later === undefined) conclude(false, result);
  else if (later.isLazy && announced !== undefined) announced.open();
  else if (later.isLazy) running.drop();
  return later === undefined ? result : later.value;
}

/** For a body that begins later than its call: its intent is on disk before it does, or it does not begin. */
export function admitted(running: RunningCall | undefined): RunningCall | undefined {
  if (running === undefined) return undefined;
  const admission = running.plan.admissionOf(running);
  if (admission?.recordsIntent !== true) return running;
  try {
    running.plan.isolated(() => admission.admitSync(running));
  } catch (refusal) {
    running.onRejected(refusal);
    throw refusal;
  }
  return running;
}
