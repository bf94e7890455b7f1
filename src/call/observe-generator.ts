import { runInContext } from './context';
import { isPromise, observePromise } from './observe-promise';
import { PullCall } from './pull-call';
import { noteStandIn } from './stand-in';
import type { Begin } from './running-call';

type Step = 'next' | 'return' | 'throw';
type StepResult = IteratorResult<unknown, unknown>;
type Inner = Record<Step, (value?: unknown) => StepResult | Promise<StepResult>>;

interface Observation {
  readonly inner: Inner;
  readonly isAsync: boolean;
  readonly call: PullCall;
}

const observations = new WeakMap<object, Observation>();
/** For each prototype of generators, one below it whose steps are observed; so that objects need no own properties. */
const observedPrototypes = new WeakMap<object, object>();

/**
 * Observes a generator: its call begins at the first `next`, its Context is entered around every step, and it ends when
 * the generator is done, throws, or is returned early (`cancelled`). One that is never asked starts nothing.
 */
export function observeGenerator(generator: object, begin: Begin): object {
  const prototype = Object.getPrototypeOf(generator) as object;
  let observed = observedPrototypes.get(prototype);
  if (observed === undefined) {
    observed = observedPrototype(prototype);
    observedPrototypes.set(prototype, observed);
  }
  const outer = Object.create(observed) as object;
  const isAsync = Symbol.asyncIterator in generator;
  observations.set(outer, { inner: generator as Inner, isAsync, call: new PullCall(outer, begin) });
  noteStandIn(outer, 'generator', generator);
  return outer;
}

function observedPrototype(prototype: object): object {
  const step = (kind: Step): PropertyDescriptor => {
    const { [kind]: value } = {
      [kind](this: object, ...args: unknown[]): unknown {
        const observation = observations.get(this);
        if (observation === undefined) throw new TypeError(`${kind} was called on something that is no generator`);
        return take(observation, kind, args);
      },
    };
    // As the language's own steps have it; the number of arguments that are passed still matters.
    Object.defineProperty(value, 'length', { value: 1, configurable: true });
    return { value, configurable: true, writable: true };
  };
  return Object.create(prototype, { next: step('next'), return: step('return'), throw: step('throw') }) as object;
}

function take({ inner, isAsync, call }: Observation, kind: Step, args: unknown[]): unknown {
  // Returned or thrown into before the first step, the body never runs.
  if (kind === 'next') call.start();
  else call.skip();
  const { running } = call;
  const advance = (): StepResult | Promise<StepResult> => inner[kind](...(args as [unknown?]));
  if (running === undefined) return advance();
  let result: StepResult | Promise<StepResult>;
  try {
    result = runInContext(running, advance);
  } catch (error) {
    call.end(true, error);
    throw error;
  }
  // The steps of a generator may have been replaced by the user's, which give what they like.
  if (!isAsync || !isPromise(result)) {
    taken(call, kind, result);
    return result;
  }
  return observePromise(result, false, {
    onFulfilled: (value) => taken(call, kind, value),
    onRejected: (reason) => call.end(true, reason),
  });
}

function taken(call: PullCall, kind: Step, step: unknown): void {
  let last: { readonly value: unknown } | undefined;
  try {
    const { done, value } = step as StepResult;
    if (done === true) last = { value };
  } catch {
    // What may not be looked at is not the end.
  }
  if (last !== undefined) call.end(false, last.value, kind === 'return' ? 'cancelled' : undefined);
}
