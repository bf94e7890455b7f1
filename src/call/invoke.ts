import type { Call } from './call';
import type { Admission } from './call-handler';
import { callMethod } from './call-method';
import { activeContext, CallContext } from './context';
import { Instrumentation } from './instrumentation';
import { sourceFor } from './instrumentation-source';
import { isPromise, observePromise } from './observe-promise';
import type { Operation } from './operation';
import type { Plan } from './plan';

/** What a wrapper keeps of its operation: the plan of the last call, which is nearly always that of the next. */
export interface CallSite {
  readonly operation: Operation;
  instrumentation: Instrumentation | undefined;
  key: object | undefined;
  plan: Plan | undefined;
}

interface RunningCall {
  readonly instrumentation: Instrumentation;
  readonly plan: Plan;
  readonly call: Call;
  readonly within: CallContext;
}

/** Run one call of a decorated method; the caller sees what the method alone would have given. */
export function invoke(site: CallSite, self: unknown, args: unknown[]): unknown {
  const { method } = site.operation;
  const running = begin(site, self, args);
  if (running === undefined) return callMethod(method, self, args);
  const { plan, call, within } = running;
  const admission = plan.admissionOf(call);
  if (admission !== undefined) {
    return plan.isAsync
      ? invokeAdmitted(running, admission, self, args)
      : invokeAdmittedSync(running, admission, self, args);
  }
  let result: unknown;
  try {
    result = callMethod(method, self, args, within);
  } catch (error) {
    end(running, true, error);
    throw error;
  }
  if (isPromise(result)) return observe(running, result);
  end(running, false, result);
  return result;
}

/** The call, started; `undefined` where it runs bare: no runtime, nobody listening, or trefoil's own failure. */
function begin(site: CallSite, self: unknown, args: unknown[]): RunningCall | undefined {
  const source = sourceFor(self);
  const instrumentation = source.current;
  if (instrumentation === undefined) {
    if (source.wasShutDown) source.callsAfterShutdown += 1;
    return undefined;
  }
  try {
    const plan = planOf(site, instrumentation, self);
    if (plan.isOff) return undefined;
    const around = activeContext();
    const call = plan.start(around, self, args);
    instrumentation.enter();
    return { instrumentation, plan, call, within: new CallContext(around, call, call.span) };
  } catch (error) {
    instrumentation.parts.diagnostics.report('TREFOIL_PLAN_FAILED', site.operation.place, error);
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
  return plan;
}

function end(running: RunningCall, threw: boolean, value: unknown): void {
  running.plan.settle(running.call, threw, value);
  leave(running);
}

function leave({ instrumentation, call }: RunningCall): void {
  call.release();
  instrumentation.leave();
}

function observe(running: RunningCall, promise: Promise<unknown>): Promise<unknown> {
  return observePromise(promise, running.plan.operation.fields.returns === 'same', {
    onFulfilled: (value) => end(running, false, value),
    onRejected: (reason) => end(running, true, reason),
  });
}

/** A method that surely returns a promise: the records are awaited, without blocking the event loop. */
async function invokeAdmitted(
  running: RunningCall,
  admission: Admission,
  self: unknown,
  args: unknown[],
): Promise<unknown> {
  const { plan, call, within } = running;
  try {
    try {
      // Without an intent the body starts in the caller's turn, as that of any async method does.
      if (admission.recordsIntent) await admission.admit(call);
    } catch (refusal) {
      plan.settle(call, true, refusal);
      throw refusal;
    }
    let result: unknown;
    try {
      result = await callMethod(plan.operation.method, self, args, within);
    } catch (error) {
      plan.settle(call, true, error);
      try {
        await admission.conclude(call);
      } catch {
        // The body's own error wins; the admission has reported that its record is missing.
      }
      throw error;
    }
    plan.settle(call, false, result);
    await admission.conclude(call);
    return result;
  } finally {
    leave(running);
  }
}

/** A method that may be synchronous: the records are written synchronously, so that it stays so. */
function invokeAdmittedSync(running: RunningCall, admission: Admission, self: unknown, args: unknown[]): unknown {
  const { plan, call, within } = running;
  const concluded = (threw: boolean, value: unknown): void => {
    try {
      plan.settle(call, threw, value);
      admission.concludeSync(call);
    } catch (failure) {
      if (!threw) throw failure;
    } finally {
      leave(running);
    }
  };
  try {
    if (admission.recordsIntent) admission.admitSync(call);
  } catch (refusal) {
    plan.settle(call, true, refusal);
    leave(running);
    throw refusal;
  }
  let result: unknown;
  try {
    result = callMethod(plan.operation.method, self, args, within);
  } catch (error) {
    concluded(true, error);
    throw error;
  }
  if (isPromise(result)) {
    return Promise.prototype.then.call(
      result,
      (value: unknown) => {
        concluded(false, value);
        return value;
      },
      (reason: unknown) => {
        concluded(true, reason);
        throw reason;
      },
    );
  }
  concluded(false, result);
  return result;
}
