import { callMethod } from './call-method';
import { activeContext } from './context';
import { Instrumentation } from './instrumentation';
import { rootSource, sourceFor } from './instrumentation-source';
import { admitted, invokeAdmitted, invokeAdmittedSync } from './invoke-admitted';
import { observeLater } from './observe-later';
import { observeOwnThen } from './observe-own-then';
import { bringsOwnThen, derivePromise, isPromise, observePromise } from './observe-promise';
import type { Operation } from './operation';
import { awaitSettling } from './pending-calls';
import type { Plan } from './plan';
import { RunningCall } from './running-call';
import { isSuppressed } from './suppression';

/** What a wrapper keeps of its operation: the plan of the last call, which is nearly always that of the next. */
export interface CallSite {
  readonly operation: Operation;
  /** Whether a call is over when its result is: neither a generator nor answered by a callback. Known at its first call. */
  isPlain: boolean;
  instrumentation: Instrumentation | undefined;
  key: object | undefined;
  plan: Plan | undefined;
}

/** Run one call of a decorated method by what it returns; the caller sees what the method alone would have given. */
export function invoke(site: CallSite, self: unknown, args: unknown[]): unknown {
  const { method } = site.operation;
  const running = begin(site, self, args);
  if (running === undefined) return callMethod(method, self, args);
  const { plan } = running;
  const admission = plan.admissionOf(running);
  if (admission !== undefined) {
    return plan.isAsync
      ? invokeAdmitted(running, admission, self, args)
      : invokeAdmittedSync(running, admission, self, args, () => admitted(begin(site, self, args)));
  }
  let result: unknown;
  try {
    result = callMethod(method, self, args, running);
  } catch (error) {
    running.onRejected(error);
    throw error;
  }
  // What an async function returns need not be looked at: it is a plain promise.
  if (plan.returnsPlainPromise) {
    awaitSettling(running, result as object);
    return derivePromise(result as Promise<unknown>, running);
  }
  // A store that gives itself, to be called again, is no result that goes on, whatever it may be besides.
  if (((typeof result !== 'object' || result === null) && typeof result !== 'function') || result === self) {
    running.onFulfilled(result);
    return result;
  }
  if (isPromise(result)) {
    if (bringsOwnThen(result) && observeOwnThen(result, running)) return result;
    awaitSettling(running, result);
    return observePromise(result, plan.operation.fields.returns === 'same', running);
  }
  const later = observeLater(result, running, () => admitted(begin(site, self, args)));
  if (later === undefined) running.onFulfilled(result);
  else if (later.isLazy) running.drop();
  return later === undefined ? result : later.value;
}

/** The call, started; `undefined` where it runs bare: no runtime, nobody listening, or trefoil's own failure. */
export function begin(site: CallSite, self: unknown, args: unknown[]): RunningCall | undefined {
  let instrumentation: Instrumentation | undefined;
  let running: RunningCall | undefined;
  try {
    const source = sourceFor(self);
    instrumentation = source.current;
    if (instrumentation === undefined) {
      if (source.wasShutDown) source.callsAfterShutdown += 1;
      return undefined;
    }
    const plan = planOf(site, instrumentation, self);
    if (plan.isOff) return undefined;
    const around = activeContext();
    if (isSuppressed(around)) {
      plan.onSuppressed();
      return undefined;
    }
    running = new RunningCall(instrumentation, plan, around, plan.seen(args));
    plan.start(running, around, self);
    return running;
  } catch (error) {
    const { diagnostics } = instrumentation?.parts ?? rootSource.current?.parts ?? {};
    const { place, lossLevel } = site.operation;
    diagnostics?.report('TREFOIL_PLAN_FAILED', place, error, lossLevel);
    running?.leave();
    return undefined;
  }
}

function planOf(site: CallSite, instrumentation: Instrumentation, self: unknown): Plan {
  const key = Instrumentation.planKey(self);
  if (site.plan !== undefined && site.instrumentation === instrumentation && site.key === key) return site.plan;
  const plan = instrumentation.planFor(site.operation, key);
  site.instrumentation = instrumentation;
  site.key = key;
  site.plan = plan;
  plan.keepSpecimens(() => RunningCall.specimen(instrumentation, plan));
  return plan;
}
