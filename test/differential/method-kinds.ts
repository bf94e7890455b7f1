import { PassThrough, Readable } from 'node:stream';
import { Observable } from 'rxjs';
import type { RandomMethod } from './random-case';
import { makeWebStream } from './web-streams';
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

/** As libraries make them: with private fields, changed or copied by its methods, and run when it is awaited. */
export class QueryBuilder implements PromiseLike<unknown> {
  readonly #world: World;
  readonly #row: object;
  #conditions = 0;
  dialect = 'sql';

  constructor(world: World, row: object) {
    this.#world = world;
    this.#row = row;
  }

  where(): this {
    this.#conditions += 1;
    return this;
  }

  clone(): QueryBuilder {
    const clone = new QueryBuilder(this.#world, this.#row);
    clone.#conditions = this.#conditions;
    return clone;
  }

  toSql(): string {
    return `${this.dialect} ${this.#conditions}`;
  }

  async execute(): Promise<unknown> {
    this.#world.count(`queries with ${this.#conditions} conditions`);
    return this.#row;
  }

  then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.execute().then(onFulfilled, onRejected);
  }

  catch<B>(onRejected: (reason: unknown) => B | PromiseLike<B>): Promise<unknown> {
    return this.execute().catch(onRejected);
  }
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
    case 'thenable that a proxy hides': {
      const rejects = method.kind === 'rejecting thenable';
      const behind = (thenable: object): object => {
        if (method.kind === 'thenable behind a proxy') return new Proxy(thenable, {});
        // As stubs of remote procedures do, which answer to any key and have none.
        return method.kind === 'thenable that a proxy hides' ? new Proxy(thenable, { has: () => false }) : thenable;
      };
      return plain((strand) =>
        known(
          strand,
          behind({
            sql: 'select 1',
            then(resolve: (value: unknown) => unknown, reject: (reason: unknown) => unknown) {
              world.count('thenables started');
              const value = known(strand, {});
              queueMicrotask(() => void (rejects ? reject(value) : resolve(value)));
            },
          }),
        ),
      );
    }
    case 'query builder':
      return plain((strand) => known(strand, new QueryBuilder(world, known(strand, {}))));
    case 'observable':
    case 'failing observable': {
      const fails = method.kind === 'failing observable';
      return plain((strand) =>
        known(
          strand,
          new Observable((subscriber) => {
            world.count('subscriptions');
            subscriber.next(body.value(strand));
            subscriber.next(2);
            if (fails) subscriber.error(known(strand, new Error('the observable failed')));
            else subscriber.complete();
            return () => world.log(strand, 'the observable is torn down');
          }),
        ),
      );
    }
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
    case 'lazy promise':
      return plain((strand) => {
        const value = body.value(strand);
        return known(
          strand,
          LazyPromise.of(() => {
            world.count('lazy promises started');
            return value;
          }),
        );
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
    case 'failing readable': {
      const fails = method.kind === 'failing readable';
      return plain((strand) => {
        let left = 3;
        const stream = known(
          strand,
          new Readable({
            objectMode: true,
            read() {
              left -= 1;
              if (left > 0) this.push(`chunk ${left}`);
              else if (fails) this.destroy(known(strand, new Error('the stream failed')));
              else this.push(null);
            },
          }),
        );
        world.cleanUps.push(() => void stream.on('error', () => undefined).destroy());
        return stream;
      });
    }
    case 'pass-through':
      return plain((strand) => {
        const stream = known(strand, new PassThrough({ objectMode: true }));
        stream.write('chunk 1');
        stream.end('chunk 2');
        world.cleanUps.push(() => void stream.on('error', () => undefined).destroy());
        return stream;
      });
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
