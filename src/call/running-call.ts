import type { Call } from './call';
import type { CallContext } from './context';
import type { Instrumentation } from './instrumentation';
import type { Outcome } from './outcome';
import type { PromiseObserver } from './observe-promise';
import type { Plan } from './plan';

/** Starts a call, when a result that does its work later is put to work; `undefined` where it runs bare. */
export type Begin = () => RunningCall | undefined;

/** A call between its start and its end, with what it was started on. Ending it never throws. */
export class RunningCall implements PromiseObserver {
  readonly instrumentation: Instrumentation;
  readonly plan: Plan;
  readonly call: Call;
  readonly within: CallContext;

  constructor(instrumentation: Instrumentation, plan: Plan, call: Call, within: CallContext) {
    this.instrumentation = instrumentation;
    this.plan = plan;
    this.call = call;
    this.within = within;
    instrumentation.enter();
  }

  onFulfilled(value: unknown): void {
    this.settle(false, value);
    this.leave();
  }

  onRejected(reason: unknown): void {
    this.settle(true, reason);
    this.leave();
  }

  /**
   * Ends a call whose caller has long gone on, such as that of a stream: nobody can wait for its audit event any more, so
   * the event of a strict or durable call follows by itself.
   */
  finish(threw: boolean, value: unknown, byDefault?: Outcome): void {
    this.settle(threw, value, byDefault);
    const { plan, call } = this;
    const admission = plan.admissionOf(call);
    // What cannot be recorded has been reported by the admission.
    if (admission !== undefined) plan.isolated(() => admission.conclude(call)).catch(() => undefined);
    this.leave();
  }

  /** It has turned out to be no call: the result does its work later, in calls of its own. Nothing is recorded. */
  drop(): void {
    this.call.parent?.discountBelow(this.plan.operation);
    this.leave();
  }

  /** Its outcome is known; handlers see it. `byDefault` is the outcome where no classifier has another. */
  settle(threw: boolean, value: unknown, byDefault?: Outcome): void {
    try {
      this.plan.settle(this.call, threw, value, byDefault);
    } catch (error) {
      this.instrumentation.parts.diagnostics.report('TREFOIL_PLAN_FAILED', this.plan.operation.place, error);
    }
  }

  /** Everything about it is done. */
  leave(): void {
    this.call.release();
    this.instrumentation.leave();
  }
}
