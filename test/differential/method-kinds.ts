import { makeCursor } from './cursors';
import { makeLazyResult, stepOn } from './lazy-results';
import { makeNodeStream } from './node-streams';
import type { RandomMethod } from './random-case';
import { makeWebStream } from './web-streams';
import { createContext, runInContext } from 'node:vm';
import type { Strand, World } from './world';

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** What the bodies of one method do on entry, and what they give. */
export interface Body {
  readonly world: World;
  readonly method: RandomMethod;
  enter(self: unknown, args: readonly unknown[], count: number): Strand;
  /** Calls another method after the first `await`; for kinds that have one. */
  later(self: unknown, strand: Strand): unknown;
  /** Every call gives a value of its own, known to the world. */
  value(strand: Strand): unknown;
  /** What the next method of the class gives; `undefined` where the receiver has none. */
  sibling(self: unknown, strand: Strand): unknown;
}

/** A promise that says how often its class was constructed. */
function countedPromise(world: World): PromiseConstructor {
  return class CountedPromise<T> extends Promise<T> {
    constructor(run: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void) {
      super(run);
      world.count('constructions of a promise subclass');
    }
    extra(): string {
      return 'extra';
    }
  };
}

/** Its work starts when somebody waits for it. */
class LazyPromise<T> extends Promise<T> {
  #start: () => T = () => undefined as T;
  static of<T>(start: () => T): LazyPromise<T> {
    const lazy = new LazyPromise<T>((resolve) => resolve(undefined as T));
    lazy.#start = start;
    return lazy;
  }
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return Promise.resolve().then(this.#start).then(onFulfilled, onRejected);
  }
}

/** The same, of a realm that has a `Promise` of its own. */
const foreign = runInContext(
  `class Foreign extends Promise {}
  class ForeignLazy extends Promise {
    static of(start) { return Object.assign(new ForeignLazy((resolve) => resolve()), { start }); }
    then(...callbacks) { return Promise.resolve().then(this.start).then(...callbacks); }
  }
  ({ Foreign, ForeignLazy });`,
  createContext({}),
) as { readonly Foreign: PromiseConstructor; readonly ForeignLazy: typeof LazyPromise };

/** Fails as soon as it is read whether it can be awaited. */
function throwingThen<Value extends object>(strand: Strand, { world }: Body, value: Value): Value {
  const error = world.make(strand, new Error('no then'), 'failure');
  return Object.defineProperty(value, 'then', {
    get: () => {
      world.count('reads of a throwing then');
      throw error;
    },
  });
}

/** With a class of its own, or `await` would not look for a `then`. */
function subclassed(prototype: object): object {
  return Object.defineProperty(prototype, 'constructor', { value: class Throwing extends Promise<unknown> {} });
}

function turn(): Promise<void> {
  return Promise.resolve();
}

function later(): Promise<void> {
  return Promise.resolve()
    .then(() => undefined)
    .then(() => undefined);
}

/** Makes the method: written as a method, since only then it is no constructor and has no `prototype`. */
export function makeMethod(body: Body, key: string | symbol): AnyFunction {
  const { world, method } = body;
  const known = <Value>(strand: Strand, value: Value): Value => world.make(strand, value, method.kind);
  const plain = (give: (strand: Strand, self: unknown) => unknown): AnyFunction => {
    const { [key as string]: made } = {
      [key](this: unknown, ...args: unknown[]): unknown {
        const strand = body.enter(this, args, arguments.length);
        return give(strand, this);
      },
    };
    return made as AnyFunction;
  };
  const asynchronous = (give: (strand: Strand, self: unknown) => unknown, awaits: boolean): AnyFunction => {
    const { [key as string]: made } = {
      async [key](this: unknown, ...args: unknown[]): Promise<unknown> {
        const strand = body.enter(this, args, arguments.length);
        if (awaits) {
          await later();
          await body.later(this, strand);
          world.log(strand, 'after a while');
        }
        return give(strand, this);
      },
    };
    return made as unknown as AnyFunction;
  };
  const raise = (strand: Strand): never => {
    throw body.value(strand);
  };

  switch (method.kind) {
    case 'returns':
      return plain((strand) => body.value(strand));
    case 'throws':
    case 'throws before its promise':
      return plain(raise);
    case 'returns this':
      return plain((_strand, self) => self);
    case 'returns a function':
      return plain((strand) => known(strand, () => body.value(strand)));
    case 'subscribable by hand':
      return plain((strand) =>
        known(strand, {
          subscribe(next: (value: unknown) => void) {
            world.count('subscriptions');
            next(body.value(strand));
          },
        }),
      );
    case 'thenable':
    case 'rejecting thenable':
    case 'thenable behind a proxy':
    case 'thenable that a proxy hides':
    case 'thenable that settles twice':
    case 'query builder':
    case 'remote stub':
    case 'observable':
    case 'failing observable':
      return plain((strand) => known(strand, makeLazyResult(body, strand)));
    case 'thenable with a throwing then':
      return plain((strand) => known(strand, throwingThen(strand, body, {})));
    case 'driver cursor':
    case 'async iterable':
    case 'async iterator':
      return plain((strand) => known(strand, makeCursor(world, strand, method)));
    case "a sibling's result":
      return plain((strand, self) => body.sibling(self, strand));
    case "a step of a sibling's result":
      return plain((strand, self) => stepOn(body.sibling(self, strand)));
    case 'async':
      return asynchronous((strand) => body.value(strand), false);
    case 'async, throws':
      return asynchronous(raise, false);
    case 'async, later':
      return asynchronous((strand) => body.value(strand), true);
    case 'async, throws later':
      return asynchronous(raise, true);
    case 'resolves':
      return plain((strand) => known(strand, Promise.resolve(body.value(strand))));
    case 'rejects':
      return plain((strand) => known(strand, Promise.reject(body.value(strand))));
    case 'resolves later':
      return plain((strand) => {
        const value = body.value(strand);
        return known(
          strand,
          turn().then(() => value),
        );
      });
    case 'shared promise':
      return plain((strand) => {
        let promise = world.shared.get(0);
        if (promise === undefined) {
          promise = known(strand, Promise.resolve('shared'));
          world.shared.set(0, promise);
        }
        return promise;
      });
    case 'promise of a subclass':
      return plain((strand) => known(strand, countedPromise(world).resolve(body.value(strand))));
    case 'rejected promise of a subclass':
      return plain((strand) => known(strand, countedPromise(world).reject(body.value(strand))));
    case 'promise with a method':
      return plain((strand) => known(strand, Object.assign(Promise.resolve(body.value(strand)), { cancel() {} })));
    case 'rejected promise with a method':
      return plain((strand) => known(strand, Object.assign(Promise.reject(body.value(strand)), { cancel() {} })));
    case 'promise of another realm':
      return plain((strand) => known(strand, foreign.Foreign.resolve(body.value(strand))));
    case 'rejected promise of another realm':
      return plain((strand) => known(strand, foreign.Foreign.reject(body.value(strand))));
    case 'lazy promise':
    case 'rejecting lazy promise':
    case 'lazy promise of another realm':
      return plain((strand) => {
        const value = body.value(strand);
        const of = method.kind === 'lazy promise of another realm' ? foreign.ForeignLazy : LazyPromise;
        return known(
          strand,
          of.of(() => {
            world.count('lazy promises started');
            if (method.kind === 'rejecting lazy promise') throw value;
            return value;
          }),
        );
      });
    case 'promise with a throwing then':
      // Of its class, as `await` passes over what one promise alone has.
      return plain((strand) => {
        const prototype = throwingThen(strand, body, Object.create(Promise.prototype) as object);
        return known(strand, Object.setPrototypeOf(Promise.resolve(), subclassed(prototype)) as object);
      });
    case 'generator':
    case 'generator, throws': {
      const throwing = method.kind === 'generator, throws';
      const { [key as string]: made } = {
        *[key](this: unknown, ...args: unknown[]): Generator<unknown, unknown, unknown> {
          const strand = body.enter(this, args, arguments.length);
          try {
            const sent = yield body.value(strand);
            world.log(strand, `sent ${world.describe(sent)}`);
            yield* [1, 2];
            if (throwing) throw body.value(strand);
            return body.value(strand);
          } finally {
            world.log(strand, 'the generator cleans up');
          }
        },
      };
      return made as unknown as AnyFunction;
    }
    case 'generator with a throwing default': {
      const { [key as string]: made } = {
        *[key](this: unknown, given: unknown, other: unknown = raise(world.current)): Generator<unknown> {
          const strand = body.enter(this, [given, other], arguments.length);
          yield body.value(strand);
        },
      };
      return made as unknown as AnyFunction;
    }
    case 'iterator by hand':
      return plain((strand) => {
        let left = 2;
        const iterator = {
          next: () => (left-- > 0 ? { done: false, value: left } : { done: true, value: undefined }),
          [Symbol.iterator]: (): object => iterator,
        };
        return known(strand, iterator);
      });
    case 'async generator':
    case 'async generator, throws': {
      const throwing = method.kind === 'async generator, throws';
      const { [key as string]: made } = {
        async *[key](this: unknown, ...args: unknown[]): AsyncGenerator<unknown, unknown, unknown> {
          const strand = body.enter(this, args, arguments.length);
          try {
            const sent = yield body.value(strand);
            world.log(strand, `sent ${world.describe(sent)}`);
            await turn();
            await body.later(this, strand);
            yield 2;
            if (throwing) throw body.value(strand);
            return body.value(strand);
          } finally {
            world.log(strand, 'the generator cleans up');
          }
        },
      };
      return made as unknown as AnyFunction;
    }
    case 'readable':
    case 'failing readable':
    case 'pass-through':
    case 'stream of node':
    case 'stream of readable-stream 2':
    case 'stream of readable-stream 3':
    case 'stream of readable-stream 4':
    case 'stream of streamx':
    case 'stream of through2 2':
    case 'stream of through2 4':
    case 'stream of from2':
    case 'stream of duplexify':
      return plain((strand) => makeNodeStream(world, strand, method));
    case 'web stream':
    case 'failing web stream':
    case 'web stream of bytes':
    case 'writable web stream':
    case 'transform stream': {
      const { kind } = method;
      return plain((strand) => known(strand, makeWebStream(world, strand, kind)));
    }
  }
}
