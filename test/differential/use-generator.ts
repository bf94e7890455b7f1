import { types } from 'node:util';
import type { Caller } from './caller';
import type { Use } from './features';
import type { RandomMethod } from './random-case';
import { asRevoked } from './random-value';
import { timesEntered } from './world';

export interface Steps {
  next(value?: unknown): unknown;
  return?(value?: unknown): unknown;
  throw?(error?: unknown): unknown;
}

/** Takes the steps of a generator or iterator, and sees how the first that ends it does. */
class Stepper {
  readonly caller: Caller;
  readonly iterator: Steps;
  readonly #method: RandomMethod;
  #wasAsked = false;

  constructor(caller: Caller, method: RandomMethod, iterator: Steps) {
    this.caller = caller;
    this.iterator = iterator;
    this.#method = method;
  }

  look(self: symbol): void {
    const { caller, iterator } = this;
    caller.log(`${Object.prototype.toString.call(iterator)} own: ${Reflect.ownKeys(iterator).map(String).join()}`);
    const itself: unknown = Reflect.get(iterator, self);
    caller.log(`itself: ${String(itself !== undefined)}`);
    if (typeof itself === 'function') {
      caller.log(String((iterator as unknown as Record<symbol, () => unknown>)[self]?.() === iterator));
    }
    for (const kind of ['next', 'throw', 'return'] as const) {
      const fn = iterator[kind];
      if (fn !== undefined) caller.log(`${kind}: ${fn.name} ${Object.isExtensible(fn)}`);
    }
  }

  /** Does something in the strand of the call: that is where the body goes on. */
  inStrand<Result>(act: () => Result): Result {
    const { world, strand } = this.caller;
    const { current } = world;
    world.current = strand;
    try {
      return act();
    } finally {
      world.current = current;
    }
  }

  /** A row is asked for. */
  ask(): void {
    this.#wasAsked = true;
  }

  step(kind: keyof Steps, ...args: unknown[]): IteratorResult<unknown> | undefined {
    const { caller, iterator } = this;
    if (kind === 'next') this.ask();
    return this.inStrand(() => {
      try {
        if (iterator[kind] === undefined) {
          caller.log(`no ${kind}`);
          return undefined;
        }
        const result = iterator[kind](...args) as IteratorResult<unknown>;
        caller.log(`${kind} ${result.done} `, result.value);
        if (result.done === true) this.saw(kind);
        return result;
      } catch (error) {
        caller.log(`${kind} threw `, error);
        this.saw(kind, { error });
        return undefined;
      }
    });
  }

  /** The same where nobody waits for one step before the next: what the caller sees may be a turn later. */
  concurrentStep(...args: unknown[]): Promise<unknown> {
    const { world, strand } = this.caller;
    return this.asyncStep('next', args, world.strand(`${strand.name}/step ${(strand.calls += 1)}`));
  }

  async asyncStep(
    kind: keyof Steps,
    args: readonly unknown[] = [],
    strand = this.caller.strand,
  ): Promise<IteratorResult<unknown> | undefined> {
    const { world } = this.caller;
    const log = (text: string, value: unknown): void => world.log(strand, text + world.describe(value));
    if (kind === 'next') this.ask();
    let promise: unknown;
    try {
      promise = this.inStrand(() => this.iterator[kind]?.(...args));
    } catch (error) {
      log(`${kind} threw at once `, error);
      return undefined;
    }
    log(`${kind} is a promise: `, types.isPromise(promise));
    try {
      const result = (await promise) as IteratorResult<unknown>;
      log(`${kind} ${result.done} `, result.value);
      if (result.done === true) this.saw(kind);
      return result;
    } catch (error) {
      log(`${kind} rejected `, error);
      this.saw(kind, { error });
      return undefined;
    }
  }

  /** The first step that ends a generator whose body has begun ends its call. */
  saw(kind: keyof Steps, thrown?: { readonly error: unknown }): void {
    if (!this.#isOpen()) return;
    if (thrown !== undefined) this.caller.saw(true, thrown.error);
    else if (kind === 'return') this.caller.left();
    else this.caller.saw(false);
  }

  /** Whatever is still open now stays so. */
  leave(): void {
    if (this.#isOpen()) this.caller.leftOpen();
  }

  #isOpen(): boolean {
    const { strand } = this.caller;
    return this.#wasAsked && timesEntered(strand, this.#method) > 0 && strand.seen?.length === 0;
  }
}

export function useGenerator(caller: Caller, method: RandomMethod, iterator: Steps, use: Use): void {
  const stepper = new Stepper(caller, method, iterator);
  stepper.look(Symbol.iterator);
  try {
    takeSteps(stepper, use);
  } finally {
    stepper.leave();
  }
}

function takeSteps(stepper: Stepper, use: Use): void {
  const { caller, iterator } = stepper;
  const sent = (): unknown => caller.world.make(caller.strand, {}, 'sent');
  const rows = iterator as unknown as Iterable<unknown>;
  switch (use) {
    case 'complete':
      for (let step = 0; step < 6; step += 1) if (stepper.step('next', sent())?.done !== false) break;
      stepper.step('next');
      return;
    case 'early':
      stepper.ask();
      for (const value of rows) {
        caller.log('value ', value);
        if (iterator.return !== undefined) caller.left();
        break;
      }
      stepper.step('next');
      return;
    case 'inject':
      stepper.step('next');
      stepper.step('throw', sent());
      stepper.step('next');
      return;
    case 'first':
      stepper.step('next');
      stepper.step('return', sent());
      stepper.step('next');
      return;
    case 'forget':
      return;
    case 'twice':
      stepper.ask();
      try {
        caller.log('all ', [...rows]);
      } catch (error) {
        stepper.saw('next', { error });
        throw error;
      }
      stepper.saw('next');
      caller.log('again ', [...rows]);
      return;
    case 'late':
      stepper.step('throw', sent());
      stepper.step('next');
      return;
  }
}

export async function useAsyncGenerator(
  caller: Caller,
  method: RandomMethod,
  iterator: Steps,
  use: Use,
): Promise<void> {
  const stepper = new Stepper(caller, method, iterator);
  stepper.look(Symbol.asyncIterator);
  try {
    await takeAsyncSteps(stepper, method, use);
  } finally {
    stepper.leave();
  }
}

async function takeAsyncSteps(stepper: Stepper, { gives }: RandomMethod, use: Use): Promise<void> {
  const { caller, iterator } = stepper;
  const { world, strand } = caller;
  const sent = (): unknown => world.make(strand, {}, 'sent');
  switch (use) {
    case 'complete':
      for (let step = 0; step < 6; step += 1) {
        if ((await stepper.asyncStep('next', [sent()]))?.done !== false) break;
      }
      await stepper.asyncStep('next');
      return;
    case 'early':
      world.current = strand;
      stepper.ask();
      try {
        for await (const value of iterator as unknown as AsyncIterable<unknown>) {
          caller.log('value ', value);
          caller.left();
          break;
        }
      } catch (error) {
        stepper.saw('next', { error });
        throw error;
      }
      await stepper.asyncStep('next');
      return;
    case 'inject':
      await stepper.asyncStep('next');
      await stepper.asyncStep('throw', [sent()]);
      await stepper.asyncStep('next');
      return;
    case 'first':
      await stepper.asyncStep('next');
      await stepper.asyncStep('return', [sent()]);
      await stepper.asyncStep('next');
      return;
    case 'forget':
      // The first step, and nobody waits for it.
      world.current = strand;
      stepper.ask();
      iterator.next();
      // What it yields is awaited.
      if (gives === 'revoked proxy') stepper.saw('next', { error: asRevoked() });
      return;
    case 'twice':
      await Promise.all([
        stepper.concurrentStep(),
        stepper.concurrentStep(sent()),
        stepper.concurrentStep(),
        stepper.concurrentStep(),
      ]);
      return;
    case 'late':
      await stepper.asyncStep('throw', [sent()]);
      await stepper.asyncStep('next');
      return;
  }
}
