import { types } from 'node:util';
import { after, awaited } from './awaited-run';
import { runInContext } from './context';
import { lazyShapeOf, type LazyShape } from './lazy-shape';
import { observeCursor } from './observe-cursor';
import { observeGenerator } from './observe-generator';
import { observeOwnThen } from './observe-own-then';
import { bringsOwnThen, deriveAlike, isPromise } from './observe-promise';
import { observeStream } from './observe-stream';
import { behindStandIn, InterceptedMethods, isFixed, loosened, noteStandIn, proxyOf, standInKind } from './stand-in';
import { settledState } from './settled-state';
import { isNodeStream } from './stream-state';
import { terminalMethods } from './terminal-methods';
import type { Begin, RunningCall } from './running-call';

type Method = (...args: unknown[]) => unknown;
type Key = string | symbol;

/** What is known of a thenable that is stood in for. */
interface Known {
  /** A `then` that has been read already, which the user's first reading gets. */
  readonly then?: unknown;
  /** The thenable that it is, or was made of, where the work of that has begun, and ends once. */
  readonly origin?: object | undefined;
}

/** While a step is taken on what another decorated method gave: begins the call of the method that gave it on. */
let beginAround: Begin | undefined;

/**
 * Stands in for a query builder or another lazy thenable, or for a query prepared from one: the query runs exactly once,
 * when the user awaits it, and that is the Call. Methods are called on the builder itself (it may have private fields),
 * and builders that they give are stood in for as well, whether they are the same or new ones. `then` is read and called
 * when the user does it, and never otherwise.
 */
export function observeThenable(source: object, begin: Begin, known: Known = {}): object {
  return new Lazy(source, begin, known).standIn;
}

class Lazy {
  readonly standIn: object;
  readonly #source: object;
  readonly #begin: Begin;
  readonly #methods = new InterceptedMethods();
  /** Whether a proxy of the user's decides what is read of it, as stubs of remote procedures do. */
  readonly #isStub: boolean;
  #isPlain = false;
  readonly #origin: object | undefined;
  #read: unknown;

  constructor(source: object, begin: Begin, { then, origin }: Known) {
    this.#source = source;
    this.#begin = begin;
    this.#read = then;
    this.#origin = origin;
    this.#isStub = types.isProxy(source) && standInKind(source) === undefined;
    const handler: ProxyHandler<object> = {
      get: (_target, key) => this.#get(key),
      set: (_target, key, value) => Reflect.set(source, key, value, source),
      apply: (_target, self, args) => this.#step(source as Method, '', behindStandIn(self), args as unknown[]),
    };
    this.standIn = isFixed(source, 'then')
      ? new Proxy(Object.create(source) as object, { ...handler, ...loosened(source) })
      : proxyOf(source, handler);
    noteStandIn(this.standIn, 'thenable', source);
  }

  #get(key: Key): unknown {
    const source = this.#source;
    const value: unknown = key === 'then' ? this.#readThen() : (Reflect.get(source, key, source) as unknown);
    if (typeof value !== 'function') {
      if (key === 'then') this.#foundPlain();
      return this.#isLazyProperty(value) ? observeThenable(value, this.#begin) : value;
    }
    const method = value as Method;
    if (key === 'then') return this.#methods.get(method, (then, _self, callbacks) => this.#await(then, callbacks));
    if (key === 'constructor' || isFixed(source, key)) return method;
    // What a stub of a remote procedure gives may be called, or read further.
    if (this.#isLazyProperty(method)) return observeThenable(method, this.#begin);
    if (key === 'catch' || key === 'finally') {
      return this.#methods.get(method, (own, _self, args) => this.#awaitAnd(key, own, args));
    }
    return this.#methods.get(method, (own, self, args) =>
      this.#step(own, key, self === this.standIn ? source : self, args),
    );
  }

  /** What stands in already, and what a stub gives that is a stub itself; an object has to say that it can be awaited. */
  #isLazyProperty(value: unknown): value is object {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
    if (standInKind(value) !== undefined) return true;
    return this.#isStub && types.isProxy(value) && (typeof value === 'function' || saysThen(value));
  }

  #readThen(): unknown {
    const read = this.#read;
    this.#read = undefined;
    if (read !== undefined) return read;
    const around = beginAround;
    let running: RunningCall | undefined;
    const isNested = standInKind(this.#source) !== undefined;
    beginAround = isNested ? () => (running ??= this.#beginInside(around)) : undefined;
    try {
      return Reflect.get(this.#source, 'then', this.#source) as unknown;
    } catch (error) {
      // Who awaits it is told, and that is all that it gives.
      (running ??= this.#beginInside(around))?.finish(true, error);
      throw error;
    } finally {
      beginAround = around;
    }
  }

  /** It is awaited like any plain value, and that is all that the method gave. */
  #foundPlain(): void {
    if (!this.#isPlain) this.#begin()?.finish(false, this.#source);
    this.#isPlain = true;
  }

  #await(then: Method, callbacks: unknown[]): unknown {
    const source = this.#source;
    const running = this.#begin();
    if (running === undefined) return Reflect.apply<unknown, unknown[], unknown>(then, source, callbacks);
    const finish = (threw: boolean, value: unknown): void => {
      // What was made of it may have dealt with a failure already, such as by Bluebird's `reflect`.
      const hasFailed = !threw && this.#origin !== undefined && settledState(this.#origin) === 'rejected';
      running.finish(threw, hasFailed ? undefined : value, hasFailed ? 'failure' : undefined);
    };
    return awaited(source, then, { finish }, callbacks, running);
  }

  /** `catch` and `finally` of what a query gives once it runs: what their callbacks do is not the query's outcome. */
  #awaitAnd(key: 'catch' | 'finally', own: Method, args: unknown[]): unknown {
    const source = this.#source;
    const then = this.#readThen();
    const running = typeof then === 'function' ? this.#begin() : undefined;
    if (running === undefined) return Reflect.apply(own, source, args);
    return after(awaited(source, then as Method, running, [], running), key, args);
  }

  #step(method: Method, key: Key, self: unknown, args: unknown[]): unknown {
    const around = beginAround;
    let running = this.#origin === undefined && terminalMethods.has(key) ? this.#beginInside(around) : undefined;
    // Where it is the step that begins the call of what it is taken on, this one begins around that.
    const isNested = running === undefined && standInKind(this.#source) !== undefined;
    beginAround = isNested ? () => (running ??= this.#beginInside(around)) : undefined;
    let result: unknown;
    try {
      result =
        running === undefined
          ? Reflect.apply<unknown, unknown[], unknown>(method, self, args)
          : runInContext(running, () => Reflect.apply<unknown, unknown[], unknown>(method, self, args));
    } catch (error) {
      running?.finish(true, error);
      throw error;
    } finally {
      beginAround = around;
    }
    if ((typeof result !== 'object' || result === null) && typeof result !== 'function') {
      running?.finish(false, result);
      return result;
    }
    if (result === this.#source) {
      dropUnlessAnnounced(running, result);
      return this.standIn;
    }
    return this.#stepped(result, key, running);
  }

  #stepped(result: object, key: Key, running: RunningCall | undefined): unknown {
    if (isPromise(result)) return begun(result, running, () => this.#beginInside(beginAround));
    const shape = isNodeStream(result) ? undefined : guardedShapeOf(result);
    if (shape?.kind === 'thenable' || (key === 'prepare' && typeof result === 'object')) {
      // Not the end after all, such as drizzle's `insert().values()`: the query has not run.
      dropUnlessAnnounced(running, result);
      return observeThenable(result, this.#begin, { then: shape?.then, origin: this.#origin });
    }
    if (shape?.kind === 'cursor') return observeCursor(result, first(running, this.#begin));
    if (shape?.kind === 'generator') return observeGenerator(result, first(running, this.#begin));
    return begun(result, running, () => this.#beginInside(beginAround));
  }

  #beginInside(around: Begin | undefined): RunningCall | undefined {
    const outer = around?.();
    return outer === undefined ? this.#begin() : runInContext(outer, this.#begin);
  }
}

/** What may not be looked at is left alone. */
function guardedShapeOf(result: object): LazyShape | undefined {
  try {
    return lazyShapeOf(result);
  } catch {
    return undefined;
  }
}

function saysThen(value: object): boolean {
  try {
    return 'then' in value;
  } catch {
    return false;
  }
}

/** The call that has begun is that of the first row; further ones begin anew. */
function first(running: RunningCall | undefined, begin: Begin): Begin {
  let known = running;
  return () => {
    const call = known ?? begin();
    known = undefined;
    return call;
  };
}

/** What an intent has announced gets its outcome. */
function dropUnlessAnnounced(running: RunningCall | undefined, result: unknown): void {
  if (running?.plan.admissionOf(running)?.recordsIntent === true) running.finish(false, result);
  else running?.drop();
}

/** The query has begun. Where a method that nobody has told us of began it: better a Call from here on than none. */
function begun(result: object, known: RunningCall | undefined, begin: Begin): unknown {
  if (isPromise(result)) {
    const running = known ?? begin();
    if (running === undefined) return result;
    if (bringsOwnThen(result) && observeOwnThen(result, running)) return result;
    return deriveAlike(result, {
      onFulfilled: (value) => running.finish(false, value),
      onRejected: (reason) => running.finish(true, reason),
    });
  }
  if (isNodeStream(result)) {
    const running = known ?? begin();
    if (running !== undefined) observeStream(result, running);
    return result;
  }
  known?.finish(false, result);
  return result;
}
