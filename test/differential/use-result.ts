import { errorMonitor } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { types } from 'node:util';
import { map, Observable, take } from 'rxjs';
import { runWithContext } from '../../src/index';
import { QueryBuilder } from './method-kinds';
import { familyOf, keepsIdentity, wrapperCount, type RandomCall, type RandomMethod, type State } from './random-case';
import { correlationOf } from './recorded-outcome';
import { useWebStream, type AnyWebStream } from './web-streams';
import type { Seen, Strand, World } from './world';

type Use = RandomCall['use'];

/** Makes one call and uses what it gives, the way a caller might; everything seen goes into the strand. */
export function observeCall(
  world: World,
  strand: Strand,
  state: State,
  method: RandomMethod,
  use: Use,
  call: () => unknown,
): void {
  const before = world.current;
  world.current = strand;
  strand.method = method;
  // A default that throws is no call of a generator yet, but one of what stands on top of it.
  if (strand.isBlind || method.kind === 'generator with a throwing default') strand.seen = undefined;
  const callAndUse = (): void => {
    const turns = world.clock();
    let result: unknown;
    try {
      result = call();
    } catch (error) {
      world.log(strand, `threw ${world.describe(error)}`);
      // Where it was called twice, the first call gave nothing; where its body did not begin, it was not called.
      const calls = Array.from({ length: strand.entered }, (): Seen => ({ threw: false }));
      if (calls.length > 0) strand.seen?.push(...calls.slice(1), { threw: true, error });
      return;
    }
    try {
      world.log(strand, 'returned');
      new Usage(world, strand, keepsIdentity(state, method), turns).use(method, result, use);
    } catch (error) {
      world.log(strand, `threw ${world.describe(error)}`);
    }
  };
  try {
    if (world.isRecorded) runWithContext({ correlationId: correlationOf(world, strand) }, callAndUse);
    else callAndUse();
  } finally {
    world.current = before;
  }
}

interface Steps {
  next(value?: unknown): unknown;
  return?(value?: unknown): unknown;
  throw?(error?: unknown): unknown;
}

function isDrained(stream: Readable): boolean {
  const { _readableState: state } = stream as unknown as { _readableState: { ended: boolean; length: number } };
  return state.ended && state.length === 0;
}

class Usage {
  readonly #world: World;
  readonly #strand: Strand;
  readonly #keepsIdentity: boolean;
  readonly #turns: () => number;

  constructor(world: World, strand: Strand, keepsIdentity: boolean, turns: () => number) {
    this.#world = world;
    this.#strand = strand;
    this.#keepsIdentity = keepsIdentity;
    this.#turns = turns;
  }

  use(method: RandomMethod, result: unknown, use: Use): void {
    switch (familyOf(method.kind)) {
      case 'promise':
        return types.isPromise(result) ? this.#promise(result, method, use) : this.#noPromise(result);
      case 'generator':
        if (wrapperCount(method) * (this.#world.isLayered ? 2 : 1) > 1) this.#lookAway();
        if (method.option === 'same' || method.option === 'strict') this.#lookAway();
        this.#generator(result as Steps, use);
        // One without a `return` that was left early is found by the garbage collector.
        if (use !== 'forget' && this.#strand.seen?.length === 0) this.#lookAway();
        return;
      case 'asyncGenerator':
        if (wrapperCount(method) * (this.#world.isLayered ? 2 : 1) > 1) this.#lookAway();
        // Below a foreign decorator it is known only when it is returned, where \`same\` ends its call.
        if (method.foreignAt !== undefined && method.option === 'same') this.#lookAway();
        return this.#begin(this.#asyncGenerator(result as Steps, use));
      case 'stream':
        this.#log('stream ', result);
        return this.#begin(this.#stream(result as Readable, use));
      case 'webStream':
        this.#log('web stream ', result);
        this.#lookAway();
        this.#log(
          `own: ${Reflect.ownKeys(result as object)
            .map(String)
            .join()}`,
        );
        if (use !== 'forget') this.#begin(useWebStream(this.#world, this.#strand, result as AnyWebStream, use));
        return;
      case 'thenable':
        return this.#thenable(method, result as QueryBuilder, use);
      case 'observable':
        return this.#observable(method, result as Observable<unknown>, use);
      case 'value':
        return this.#value(method, result, use);
    }
  }

  #log(text: string, ...values: unknown[]): void {
    this.#world.log(this.#strand, text + values.map((value) => this.#world.describe(value)).join(', '));
  }

  #noPromise(result: unknown): void {
    this.#log('no promise: ', result);
    this.#sawReturns();
  }

  /** A use of the result has ended. */
  #saw(threw: boolean, error?: unknown): void {
    this.#strand.seen?.push(threw ? { threw, error } : { threw });
  }

  /** It was left before its end. */
  #left(): void {
    this.#strand.seen?.push({ threw: false, isCancelled: true });
  }

  /** Nothing is seen of how the call ends. */
  #lookAway(): void {
    this.#strand.seen = undefined;
  }

  /** Each call of the method was over with its return. */
  #sawReturns(): void {
    for (let call = 0; call < this.#strand.entered; call += 1) this.#saw(false);
  }

  /** Whether the result does its work later, in calls of their own; if it is not, the call was over with its return. */
  #isLazy(method: RandomMethod, hasUse: boolean): boolean {
    // What another decorated method gives, and what is announced and never used.
    if (wrapperCount(method) * (this.#world.isLayered ? 2 : 1) > 1) this.#lookAway();
    if (method.option === 'strict' && !hasUse) this.#lookAway();
    if (method.option === 'same') this.#sawReturns();
    return method.option !== 'same';
  }

  #begin(work: Promise<unknown>): void {
    this.#world.pending += 1;
    const done = (): void => void (this.#world.pending -= 1);
    work.then(done, (error: unknown) => {
      this.#log('ended with ', error);
      done();
    });
  }

  #value(method: RandomMethod, result: unknown, use: Use): void {
    if (types.isPromise(result) && !this.#world.isKnown(result)) return this.#log('a promise instead');
    // A thenable, whatever it is to the method, is stood in for.
    if (method.kind === 'returns' && method.gives === 'thenable')
      return this.#thenable(method, result as QueryBuilder, use);
    this.#log('gave ', result);
    this.#sawReturns();
    if (use === 'forget') return;
    if (method.kind === 'returns a function') this.#log('which gave ', (result as () => unknown)());
    if (method.kind === 'subscribable by hand') {
      (result as { subscribe(next: (value: unknown) => void): void }).subscribe((value) => this.#log('next ', value));
    }
  }

  #thenable(method: RandomMethod, result: QueryBuilder, use: Use): void {
    if (this.#keepsIdentity) this.#log('the very ', result);
    this.#log(`${typeof result.then} ${result instanceof QueryBuilder} ${Reflect.ownKeys(result).map(String).join()}`);
    const isBuilder = result instanceof QueryBuilder;
    const isUsed = use !== 'forget' && (isBuilder ? use !== 'inject' : !['early', 'inject', 'first'].includes(use));
    const isLazy = this.#isLazy(method, isUsed);
    const wait = async (thenable: PromiseLike<unknown>): Promise<void> => {
      try {
        this.#log('awaited ', await thenable);
        if (isLazy) this.#saw(false);
      } catch (error) {
        this.#log('awaited, rejected ', error);
        if (isLazy) this.#saw(true, error);
      }
    };
    switch (use) {
      case 'complete':
        return this.#begin(wait(result));
      case 'early':
        if (isBuilder) this.#begin(wait(result.where().where()));
        return;
      case 'inject':
        if (isBuilder) {
          result.dialect = 'other';
          this.#log(result.clone().where().toSql());
          this.#log(`the same: ${result.where() === result}`);
        }
        return;
      case 'first':
        if (isBuilder) this.#begin(wait(result.execute()));
        return;
      case 'forget':
        return;
      case 'twice':
        return this.#begin(wait(result).then(() => wait(result)));
      case 'late':
        setImmediate(() => this.#begin(isBuilder ? wait(result.catch(() => undefined)) : wait(result)));
        return;
    }
  }

  #observable(method: RandomMethod, observable: Observable<unknown>, use: Use): void {
    if (this.#keepsIdentity) this.#log('the very ', observable);
    this.#log(`${observable instanceof Observable} ${Reflect.ownKeys(observable).map(String).join()}`);
    const isLazy = this.#isLazy(method, use !== 'forget');
    const observer = {
      next: (value: unknown) => this.#log('next ', value),
      error: (error: unknown) => {
        this.#log('error ', error);
        if (isLazy) this.#saw(true, error);
      },
      complete: () => {
        this.#log('complete');
        if (isLazy) this.#saw(false);
      },
    };
    switch (use) {
      case 'complete':
        observable.subscribe(observer);
        return;
      case 'early':
        observable.pipe(take(1)).subscribe({ ...observer, complete: () => this.#log('complete') });
        if (isLazy) this.#left();
        return;
      case 'inject':
        observable.pipe(map((value) => [value])).subscribe(observer);
        return;
      case 'first':
        observable.subscribe(observer.next, observer.error, observer.complete).unsubscribe();
        return;
      case 'forget':
        return;
      case 'twice':
        observable.subscribe(observer);
        observable.subscribe(observer);
        return;
      case 'late':
        this.#lookAway();
        // An error that nobody handles stays fatal.
        this.#begin(
          new Promise((resolve) => {
            setImmediate(() => {
              observable.subscribe({ next: observer.next });
              // Its error is reported by a timer, which comes before this one.
              if (method.kind === 'failing observable') setTimeout(resolve, 1);
              else resolve(undefined);
            });
          }),
        );
        return;
    }
  }

  #promise(promise: Promise<unknown>, method: RandomMethod, use: Use): void {
    const prototype = Object.getPrototypeOf(promise) as object;
    this.#log(prototype === Promise.prototype ? 'Promise' : prototype.constructor.name);
    if (this.#keepsIdentity) this.#log('the very ', promise);
    if (this.#keepsIdentity || !method.kind.endsWith('with a method')) {
      this.#log(`own properties: ${Object.getOwnPropertyNames(promise).join()}`);
    }
    let isToSee = ['complete', 'twice', 'late'].includes(use);
    // What it gives is not what it settles to, or nobody asks.
    if (!isToSee) this.#lookAway();
    // It has a `then` of its own, which is never called: its call is over with its return.
    if (method.kind === 'lazy promise') this.#sawReturns();
    if (method.kind === 'lazy promise') isToSee = false;
    const see = (threw: boolean, error?: unknown): void => {
      if (isToSee) this.#saw(threw, error);
      isToSee = false;
    };
    const settled = (): [(value: unknown) => void, (error: unknown) => void] => {
      this.#world.pending += 1;
      return [
        (value) => {
          this.#world.pending -= 1;
          this.#log('fulfilled ', value);
          see(false);
        },
        (error) => {
          this.#world.pending -= 1;
          this.#log('rejected ', error);
          see(true, error);
        },
      ];
    };
    const nextTurn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
    switch (use) {
      case 'complete': {
        const [fulfilled, rejected] = settled();
        promise.then(
          (value) => {
            this.#strand.turns.push(this.#turns());
            fulfilled(value);
          },
          (error: unknown) => {
            this.#strand.turns.push(this.#turns());
            rejected(error);
          },
        );
        return;
      }
      case 'early':
        void Promise.race([promise, nextTurn().then(nextTurn).then(nextTurn)]).then(...settled());
        return;
      case 'inject':
        void promise
          .finally(() => {
            throw new Error('from finally');
          })
          .then(...settled());
        return;
      case 'first':
        void promise.catch(() => 'caught').then(...settled());
        return;
      case 'forget':
        return;
      case 'twice':
        void promise.then(...settled());
        void Promise.resolve(promise).then(...settled());
        return;
      case 'late':
        setImmediate(() => void promise.then(...settled()));
        this.#world.pending += 1;
        setImmediate(() => void (this.#world.pending -= 1));
        return;
    }
  }

  /** One step, in the strand of the call: that is where the body goes on. */
  #step(iterator: Steps, kind: keyof Steps, ...args: unknown[]): IteratorResult<unknown> | undefined {
    const { current } = this.#world;
    this.#world.current = this.#strand;
    try {
      if (iterator[kind] === undefined) {
        this.#log(`no ${kind}`);
        return undefined;
      }
      const result = iterator[kind](...args) as IteratorResult<unknown>;
      this.#log(`${kind} ${result.done} `, result.value);
      if (result.done === true) this.#sawStep(kind);
      return result;
    } catch (error) {
      this.#log(`${kind} threw `, error);
      this.#sawStep(kind, { error });
      return undefined;
    } finally {
      this.#world.current = current;
    }
  }

  /** The first step that ends a generator whose body has begun ends its call. */
  #sawStep(kind: keyof Steps, thrown?: { readonly error: unknown }): void {
    const { seen, entered } = this.#strand;
    if (entered === 0 || seen === undefined || seen.length > 0) return;
    if (thrown !== undefined) this.#saw(true, thrown.error);
    else if (kind === 'return') this.#left();
    else this.#saw(false);
  }

  #look(iterator: Steps, self: symbol): void {
    this.#log(`${Object.prototype.toString.call(iterator)} own: ${Reflect.ownKeys(iterator).map(String).join()}`);
    this.#log(`itself: ${String(Reflect.get(iterator, self) !== undefined)}`);
    if (Reflect.get(iterator, self) !== undefined) {
      this.#log(String((iterator as unknown as Record<symbol, () => unknown>)[self]?.() === iterator));
    }
    for (const kind of ['next', 'throw', 'return'] as const) {
      const fn = iterator[kind];
      if (fn !== undefined) this.#log(`${kind}: ${fn.name} ${Object.isExtensible(fn)}`);
    }
  }

  #generator(iterator: Steps, use: Use): void {
    this.#look(iterator, Symbol.iterator);
    const sent = (): unknown => this.#world.make(this.#strand, {}, 'sent');
    switch (use) {
      case 'complete':
        for (let step = 0; step < 6; step += 1) if (this.#step(iterator, 'next', sent())?.done !== false) break;
        this.#step(iterator, 'next');
        return;
      case 'early':
        for (const value of iterator as unknown as Iterable<unknown>) {
          this.#log('value ', value);
          if (iterator.return !== undefined) this.#left();
          break;
        }
        this.#step(iterator, 'next');
        return;
      case 'inject':
        this.#step(iterator, 'next');
        this.#step(iterator, 'throw', sent());
        this.#step(iterator, 'next');
        return;
      case 'first':
        this.#step(iterator, 'next');
        this.#step(iterator, 'return', sent());
        this.#step(iterator, 'next');
        return;
      case 'forget':
        return;
      case 'twice':
        try {
          this.#log('all ', [...(iterator as unknown as Iterable<unknown>)]);
        } catch (error) {
          this.#sawStep('next', { error });
          throw error;
        }
        this.#sawStep('next');
        this.#log('again ', [...(iterator as unknown as Iterable<unknown>)]);
        return;
      case 'late':
        this.#step(iterator, 'throw', sent());
        this.#step(iterator, 'next');
        return;
    }
  }

  /** The same where nobody waits for one step before the next: what the caller sees may be a turn later. */
  #concurrentStep(iterator: Steps, ...args: unknown[]): Promise<unknown> {
    const caller = this.#world.strand(`${this.#strand.name}/step ${(this.#strand.calls += 1)}`);
    return this.#asyncStep(iterator, 'next', args, caller);
  }

  async #asyncStep(
    iterator: Steps,
    kind: keyof Steps,
    args: readonly unknown[] = [],
    caller = this.#strand,
  ): Promise<IteratorResult<unknown> | undefined> {
    const { current } = this.#world;
    const log = (text: string, value: unknown): void => this.#world.log(caller, text + this.#world.describe(value));
    this.#world.current = this.#strand;
    let promise: unknown;
    try {
      promise = iterator[kind]?.(...args);
    } catch (error) {
      log(`${kind} threw at once `, error);
      return undefined;
    } finally {
      this.#world.current = current;
    }
    log(`${kind} is a promise: `, types.isPromise(promise));
    try {
      const result = (await promise) as IteratorResult<unknown>;
      log(`${kind} ${result.done} `, result.value);
      if (result.done === true) this.#sawStep(kind);
      return result;
    } catch (error) {
      log(`${kind} rejected `, error);
      this.#sawStep(kind, { error });
      return undefined;
    }
  }

  async #asyncGenerator(iterator: Steps, use: Use): Promise<void> {
    this.#look(iterator, Symbol.asyncIterator);
    const sent = (): unknown => this.#world.make(this.#strand, {}, 'sent');
    switch (use) {
      case 'complete':
        for (let step = 0; step < 6; step += 1) {
          if ((await this.#asyncStep(iterator, 'next', [sent()]))?.done !== false) break;
        }
        await this.#asyncStep(iterator, 'next');
        return;
      case 'early':
        this.#world.current = this.#strand;
        try {
          for await (const value of iterator as unknown as AsyncIterable<unknown>) {
            this.#log('value ', value);
            this.#left();
            break;
          }
        } catch (error) {
          this.#sawStep('next', { error });
          throw error;
        }
        await this.#asyncStep(iterator, 'next');
        return;
      case 'inject':
        await this.#asyncStep(iterator, 'next');
        await this.#asyncStep(iterator, 'throw', [sent()]);
        await this.#asyncStep(iterator, 'next');
        return;
      case 'first':
        await this.#asyncStep(iterator, 'next');
        await this.#asyncStep(iterator, 'return', [sent()]);
        await this.#asyncStep(iterator, 'next');
        return;
      case 'forget':
        // The first step, and nobody waits for it.
        this.#lookAway();
        this.#world.current = this.#strand;
        iterator.next();
        return;
      case 'twice':
        await Promise.all([
          this.#concurrentStep(iterator),
          this.#concurrentStep(iterator, sent()),
          this.#concurrentStep(iterator),
          this.#concurrentStep(iterator),
        ]);
        return;
      case 'late':
        await this.#asyncStep(iterator, 'throw', [sent()]);
        await this.#asyncStep(iterator, 'next');
        return;
    }
  }

  async #stream(stream: Readable, use: Use): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (use !== 'forget') stream.on('close', () => resolve());
      else resolve();
    });
    if (use === 'forget') return this.#lookAway();
    for (const event of ['end', 'finish', 'close']) stream.on(event, () => this.#log(event));
    let failure: { readonly error: unknown } | undefined;
    let hasEnded = false;
    stream.on('end', () => (hasEnded = true)).on(errorMonitor, (error) => (failure ??= { error }));
    const see = (): void => {
      if (failure !== undefined) this.#saw(true, failure.error);
      // As `finished()` of node:stream has it: destroyed when all was delivered, only the event is missing.
      else if (hasEnded || isDrained(stream)) this.#saw(false);
      else this.#left();
    };
    // Without this listener an error is fatal, as it must stay: see the caller's count of those.
    if (use !== 'late') stream.on('error', (error) => this.#log('error ', error));
    switch (use) {
      case 'complete':
        stream.on('data', (chunk) => this.#log('data ', chunk));
        break;
      case 'early':
        for await (const chunk of stream) {
          this.#log('data ', chunk);
          break;
        }
        break;
      case 'inject':
        stream.destroy(this.#world.make(this.#strand, new Error('destroyed'), 'destroyed'));
        break;
      case 'first':
        stream.once('data', (chunk) => {
          this.#log('data ', chunk);
          stream.destroy();
        });
        break;
      case 'twice': {
        const piped = stream.pipe(new PassThrough({ objectMode: true }));
        piped.on('data', (chunk) => this.#log('piped ', chunk)).on('end', () => this.#log('piped to the end'));
        break;
      }
      case 'late':
        await new Promise((resolve) => setImmediate(resolve));
        stream.resume();
        // Where its error is fatal, it does not come to its close.
        for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        see();
        return this.#log(`${stream.destroyed} ${stream.readableEnded} ${stream.errored === null}`);
    }
    await closed;
    see();
    this.#log(`${stream.destroyed} ${stream.readableEnded} ${stream.errored === null}`);
  }
}
