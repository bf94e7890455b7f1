import type { Context } from '@opentelemetry/api';
import type { Admission } from './call-handler';
import { callMethod } from './call-method';
import { contextOutside } from './call-context';
import { activeContext } from './context';
import { admitted } from './invoke-admitted';
import { observeAnswer } from './observe-own-then';
import { isPromise } from './observe-promise';
import type { OpenEndedCall } from './instrumentation';
import type { AnyFunction } from './operation';
import type { RunningCall } from './running-call';

/** A callback that nobody holds any more cannot be called any more: its call has come to nothing. */
const uncalled = new FinalizationRegistry<Answer>((answer) => answer.giveUp());

/** Those that are watched from the next round on. To watch one costs more than its call, and most are called in time. */
const recent = new Map<Answer, AnyFunction>();
const roundMs = 1_000;
let nextRound: NodeJS.Timeout | undefined;

function watchRecent(): void {
  nextRound = undefined;
  for (const [answer, standIn] of recent) uncalled.register(standIn, answer);
  recent.clear();
}

/**
 * Runs one call of a method whose last argument is a callback, `(error, result)`. The method gets a function that
 * stands in for it: the first time it is called ends the call, and then, each time, the user's own is called with the
 * very same receiver and arguments, in the context that the bare method would call it in.
 */
export function invokeWithCallback(running: RunningCall, self: unknown, args: unknown[]): unknown {
  const { plan } = running;
  const { method, fields } = plan.operation;
  const callback = args.at(-1) as AnyFunction;
  try {
    admitted(running);
  } catch (refusal) {
    // The method has not been called, and never in the turn of its call: whoever waits for an answer is not ready yet.
    process.nextTick(callback, refusal);
    return undefined;
  }
  const answer = new Answer(running, plan.admissionOf(running), activeContext());
  // A proxy, so that the method finds the callback's name, length and properties, and may set some.
  const standIn = new Proxy(callback, {
    apply: (target, receiver: unknown, given: unknown[]) => answer.give(target, receiver, given),
  });
  let result: unknown;
  try {
    result = callMethod(method, self, [...args.slice(0, -1), standIn], running);
  } catch (error) {
    answer.end(true, error);
    throw error;
  }
  answer.expect(standIn);
  if (!isPromise(result)) return result;
  // An async method that fails may never come to its callback; that it has returned says nothing.
  return observeAnswer(result, fields.returns === 'same', {
    onFulfilled: () => undefined,
    onRejected: (reason) => void answer.end(true, reason),
  });
}

/** What a callback tells of a call, the first time. */
class Answer implements OpenEndedCall {
  #isOpen = true;
  readonly #running: RunningCall;
  readonly #admission: Admission | undefined;
  readonly #around: Context;

  constructor(running: RunningCall, admission: Admission | undefined, around: Context) {
    this.#running = running;
    this.#admission = admission;
    this.#around = around;
    running.instrumentation.openEnded.add(this);
  }

  /** The method has returned; if it has not answered yet, it may never do. */
  expect(standIn: AnyFunction): void {
    if (!this.#isOpen) return;
    recent.set(this, standIn);
    nextRound ??= setTimeout(watchRecent, roundMs).unref();
  }

  /** Ends the call, the first time, and calls the user's callback, each time. */
  give(callback: AnyFunction, self: unknown, args: unknown[]): unknown {
    const [error, result] = args;
    // As `util.promisify` reads it: an error is whatever is true.
    const failed = Boolean(error);
    const missing = this.end(failed, failed ? error : result);
    const here = activeContext();
    const outside = contextOutside(here, this.#running, this.#around);
    return callMethod(callback, self, missing ?? args, outside === here ? undefined : outside);
  }

  /**
   * Ends the call, if it has not ended.
   *
   * @returns what the callback is told instead, where a success could not be recorded as it has to be
   */
  end(threw: boolean, value: unknown): [failure: unknown] | undefined {
    if (!this.#isOpen) return undefined;
    const running = this.#running;
    this.#close();
    running.settle(threw, value);
    try {
      const admission = this.#admission;
      if (admission !== undefined) running.plan.isolated(() => admission.concludeSync(running));
    } catch (failure) {
      // The method's own error wins.
      if (!threw) return [failure];
    } finally {
      running.leave();
    }
    return undefined;
  }

  giveUp(): void {
    if (!this.#isOpen) return;
    this.#close();
    this.#running.finish(false, undefined, 'cancelled');
  }

  #close(): void {
    this.#isOpen = false;
    recent.delete(this);
    this.#running.instrumentation.openEnded.delete(this);
  }
}
