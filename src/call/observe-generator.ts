import { runInContext } from './context';
import { derivePromise } from './observe-promise';
import type { OpenEndedCall } from './instrumentation';
import type { Outcome } from './outcome';
import type { Begin, RunningCall } from './running-call';

type Step = 'next' | 'return' | 'throw';
type StepResult = IteratorResult<unknown, unknown>;
type Inner = Record<Step, (value?: unknown) => StepResult | Promise<StepResult>>;

/** A generator and its call, which begins at the first step and ends once. */
class Observation implements OpenEndedCall {
  readonly inner: Inner;
  readonly isAsync: boolean;
  /** Until the generator is done. */
  running: RunningCall | undefined;
  readonly #begin: Begin;
  #started = false;

  constructor(generator: object, begin: Begin) {
    this.inner = generator as Inner;
    this.isAsync = Symbol.asyncIterator in generator;
    this.#begin = begin;
  }

  /** Begins the call, unless it has; returned or thrown into before that, the body never runs. */
  start(kind: Step): void {
    if (this.#started) return;
    // Refused, it has not started: asked again, it asks again.
    if (kind === 'next') this.running = this.#begin();
    this.#started = true;
    this.running?.instrumentation.openEnded.add(this);
  }

  /** Several steps may be under way at once; the first that finds the end ends the call. */
  end(threw: boolean, value: unknown, byDefault?: Outcome): void {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    running.instrumentation.openEnded.delete(this);
    running.finish(threw, value, byDefault);
  }

  giveUp(): void {
    this.end(false, undefined, 'cancelled');
  }
}

const observations = new WeakMap<object, Observation>();
/** For each prototype of generators, one below it whose steps are observed; so that objects need no own properties. */
const observedPrototypes = new WeakMap<object, object>();

/** A generator that is dropped half way tells nobody; its call ends when the generator is collected. */
const dropped = new FinalizationRegistry<Observation>((observation) => observation.giveUp());

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
  const observation = new Observation(generator, begin);
  observations.set(outer, observation);
  dropped.register(outer, observation);
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

function take(observation: Observation, kind: Step, args: unknown[]): unknown {
  observation.start(kind);
  const { inner, running } = observation;
  const advance = (): StepResult | Promise<StepResult> => inner[kind](...(args as [unknown?]));
  if (running === undefined) return advance();
  let result: StepResult | Promise<StepResult>;
  try {
    result = runInContext(running, advance);
  } catch (error) {
    observation.end(true, error);
    throw error;
  }
  if (!observation.isAsync) {
    taken(observation, kind, result as StepResult);
    return result;
  }
  return derivePromise(result as Promise<unknown>, {
    onFulfilled: (value) => taken(observation, kind, value as StepResult),
    onRejected: (reason) => observation.end(true, reason),
  });
}

function taken(observation: Observation, kind: Step, { done, value }: StepResult): void {
  if (done === true) observation.end(false, value, kind === 'return' ? 'cancelled' : undefined);
}
