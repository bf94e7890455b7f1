import type { OpenEndedCall } from './instrumentation';
import type { Begin, RunningCall } from './running-call';
import { settledState } from './settled-state';

/** What nobody holds any more, nobody can ask. */
const dropped = new FinalizationRegistry<UnaskedCall>((call) => call.giveUp());

/** How often those that nobody has asked are looked at, in milliseconds. */
const roundMs = 1_000;

/** Those that were given in this turn of the event loop, in which most are asked; none is collected before it is looked at. */
let recent: { readonly call: UnaskedCall; readonly result: object }[] = [];
/** Those whose work was not over when they were first looked at, and how often it was looked since. */
const pending = new Map<UnaskedCall, { rounds: number; result: object | undefined }>();
let nextRound: NodeJS.Timeout | undefined;

function lookAtRecent(): void {
  const given = recent;
  recent = [];
  for (const { call, result } of given) if (call.lookFirst()) pending.set(call, { rounds: 0, result });
  if (pending.size > 0) nextRound ??= setInterval(lookAtPending, roundMs).unref();
}

function lookAtPending(): void {
  for (const [call, look] of pending) {
    look.rounds += 1;
    // What is short is over by the first round, and must not be collected before; what lasts is looked at less often.
    look.result = undefined;
    if (isPowerOfTwo(look.rounds) && !call.lookAgain()) pending.delete(call);
  }
  if (pending.size > 0) return;
  clearInterval(nextRound);
  nextRound = undefined;
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}

/**
 * A call that has begun with its method, while only the caller's first question for the result, such as its `await`, tells how it
 * ends. Nobody waits for it until then. Never asked, it is no call, or cancelled where its intent is on record; unless the
 * result says of itself that its work has ended.
 */
export class UnaskedCall implements OpenEndedCall {
  /** Until the result is asked for. */
  #running: RunningCall | undefined;
  readonly #result: WeakRef<object> | undefined;
  #wasPending = false;

  /** @param result what may say of itself that it has settled */
  constructor(running: RunningCall, result?: object) {
    this.#running = running;
    this.#result = result && new WeakRef(result);
  }

  /** What begins the calls of a lazy result: the first is the one whose intent is on record, and others begin `again`. */
  static first(running: RunningCall, again: Begin): { readonly begin: Begin; readonly open: () => void } {
    const call = new UnaskedCall(running);
    const begin: Begin = () => call.take() ?? again();
    // Whatever stands in for the result holds on to `begin`, and nothing else does.
    return { begin, open: () => call.open(begin) };
  }

  /** @param holder what lives as long as somebody may ask */
  open(holder: object): void {
    const { instrumentation } = this.#running as RunningCall;
    instrumentation.unasked.add(this);
    instrumentation.leave();
    dropped.register(holder, this, this);
    const result = this.#result?.deref();
    if (result !== undefined && recent.push({ call: this, result }) === 1) setImmediate(lookAtRecent).unref();
  }

  /** The call, for whoever asks first. */
  take(): RunningCall | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    this.#running = undefined;
    dropped.unregister(this);
    pending.delete(this);
    running.instrumentation.unasked.delete(this);
    running.instrumentation.enter();
    return running;
  }

  giveUp(): void {
    const state = this.#state();
    const running = this.take();
    if (running === undefined) return;
    if (state === 'rejected') running.finish(false, undefined, 'failure');
    else if (state === 'fulfilled' && this.#wasPending) running.finish(false, undefined);
    else if (running.plan.admissionOf(running)?.recordsIntent === true) running.finish(false, undefined, 'cancelled');
    else running.drop();
  }

  /**
   * Looks at the result in the turn after it was given. One that is fulfilled already says nothing by that: a lazy promise may
   * be one that was fulfilled with nothing.
   *
   * @returns whether to look again
   */
  lookFirst(): boolean {
    if (this.#running === undefined) return false;
    const state = this.#state();
    this.#wasPending = state === 'pending';
    if (state === 'rejected') this.giveUp();
    return this.#wasPending;
  }

  /** @returns whether to look again */
  lookAgain(): boolean {
    if (this.#running === undefined) return false;
    const state = this.#state();
    if (state === 'pending') return true;
    if (state !== undefined) this.giveUp();
    return false;
  }

  #state(): ReturnType<typeof settledState> {
    const result = this.#result?.deref();
    return result && settledState(result);
  }
}
