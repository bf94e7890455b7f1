import { ROOT_CONTEXT, type Context, type Span } from '@opentelemetry/api';
import { Call, noArguments } from './call';
import { CallContext } from './call-context';
import { callIn, requestIn, spanIn } from './context';
import { callKey, spanKey } from './context-keys';
import type { Instrumentation } from './instrumentation';
import type { Outcome } from './outcome';
import type { PromiseObserver } from './observe-promise';
import type { Plan } from './plan';

/** Starts a call, when a result that does its work later is put to work; `undefined` where it runs bare. */
export type Begin = () => RunningCall | undefined;

/** What sees to it that a call ends which may never settle. */
export interface Watch {
  /** The call has ended. */
  forget(call: RunningCall): void;
}

/**
 * A call between its start and its end, which never throws. It is the Context of its body as well, and what observes its
 * promise: one object where there could be three, as every call pays for each of them (bench: all four).
 */
export class RunningCall extends Call implements Context, PromiseObserver {
  readonly instrumentation: Instrumentation;
  readonly plan: Plan;
  /** While a promise is waited for, or whatever else may never come. */
  watch: Watch | undefined = undefined;
  /** Where it stands among the calls whose promise is waited for, and that promise. */
  older: RunningCall | undefined = undefined;
  newer: RunningCall | undefined = undefined;
  promise: object | undefined = undefined;
  /** The Context around it, without the call and the span there: a Context is flat, however many calls led to it. */
  readonly #values: Context;
  /** The span around it, until it is over; then the one that code which is still running in it is left with. */
  #spanAround: Span | undefined;

  constructor(instrumentation: Instrumentation, plan: Plan, around: Context, args: readonly unknown[]) {
    super(plan, callIn(around), requestIn(around), args);
    this.instrumentation = instrumentation;
    this.plan = plan;
    if (around instanceof RunningCall) this.#values = around.#values;
    else this.#values = around instanceof CallContext ? around.values : around;
    this.#spanAround = spanIn(around);
    instrumentation.enter();
  }

  /** A call that never runs, and looks like one that has ended. */
  static specimen(instrumentation: Instrumentation, plan: Plan): RunningCall {
    const specimen = new RunningCall(instrumentation, plan, ROOT_CONTEXT, noArguments);
    // Durations have fractions, which changes the hidden class; this has happened once the first call has ended.
    specimen.durationMs = 0.5;
    specimen.outcome = 'success';
    specimen.leave();
    return specimen;
  }

  getValue(key: symbol): unknown {
    if (key === callKey) return this;
    return key === spanKey ? (this.span ?? this.#spanAround) : this.#values.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#copy().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#copy().deleteValue(key);
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
    const { plan } = this;
    const admission = plan.admissionOf(this);
    // What cannot be recorded has been reported by the admission.
    if (admission !== undefined) plan.isolated(() => admission.conclude(this)).catch(() => undefined);
    this.leave();
  }

  /** It has turned out to be no call: the result does its work later, in calls of its own. Nothing is recorded. */
  drop(): void {
    this.parent?.discountBelow(this.plan.operation);
    this.leave();
  }

  /** Its outcome is known; handlers see it. `byDefault` is the outcome where no classifier has another. */
  settle(threw: boolean, value: unknown, byDefault?: Outcome): void {
    try {
      this.plan.settle(this, threw, value, byDefault);
    } catch (error) {
      const { place, lossLevel } = this.plan.operation;
      this.instrumentation.parts.diagnostics.report('TREFOIL_PLAN_FAILED', place, error, lossLevel);
    }
  }

  /** Everything about it is done. */
  leave(): void {
    if (this.watch !== undefined) this.watch.forget(this);
    this.#spanAround = this.span ?? this.#spanAround;
    this.release();
    this.instrumentation.leave();
  }

  #copy(): CallContext {
    return new CallContext(this.#values, this, this.span ?? this.#spanAround);
  }
}
