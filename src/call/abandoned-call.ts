import type { Call } from './call';
import type { OpenEndedCall } from './instrumentation';
import type { RunningCall, Watch } from './running-call';

/** Told when nobody is left who could end a call. */
const abandoned = new FinalizationRegistry<AbandonedCall>((call) => call.giveUp());

/**
 * Ends a call as cancelled once nobody can end it any more: when what it waits for has been garbage-collected. Until then it
 * keeps alive neither that nor anything else of the user's.
 */
export class AbandonedCall implements OpenEndedCall, Watch {
  readonly isPassive = true;
  readonly #running: WeakRef<RunningCall>;
  readonly #copy: Call;
  readonly #instrumentation: RunningCall['instrumentation'];
  readonly #plan: RunningCall['plan'];
  #isOpen = true;

  /** @param ender what lives as long as somebody may end the call; it alone may hold on to the call */
  constructor(running: RunningCall, ender: object) {
    this.#running = new WeakRef(running);
    this.#copy = running.copyToEnd();
    this.#instrumentation = running.instrumentation;
    this.#plan = running.plan;
    running.watch = this;
    abandoned.register(ender, this, this);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  forget(): void {
    this.#isOpen = false;
    abandoned.unregister(this);
    this.#instrumentation.openEnded.delete(this);
  }

  giveUp(): void {
    if (!this.#isOpen) return;
    const running = this.#running.deref();
    if (running !== undefined) return running.finish(false, undefined, 'cancelled');
    this.forget();
    const copy = this.#copy;
    const plan = this.#plan;
    try {
      plan.settle(copy, false, undefined, 'cancelled');
      const admission = plan.admissionOf(copy);
      // What cannot be recorded has been reported by the admission.
      if (admission !== undefined) plan.isolated(() => admission.conclude(copy)).catch(() => undefined);
    } catch (error) {
      const { place, lossLevel } = plan.operation;
      this.#instrumentation.parts.diagnostics.report('TREFOIL_PLAN_FAILED', place, error, lossLevel);
    }
    copy.release();
    this.#instrumentation.leave();
  }
}
