import { types } from 'node:util';
import { activeContext, runInContext } from './context';
import { closings, isLast, isStep, pulls, runs } from './cursor-shape';
import { observeAnswer, observeOwnThen } from './observe-own-then';
import { bringsOwnThen, isPromise, observePromise } from './observe-promise';
import { observeStream } from './observe-stream';
import { isNodeStream } from './stream-state';
import { PullCall } from './pull-call';
import { behindStandIns, InterceptedMethods, isFixed, noteStandIn, proxyOf } from './stand-in';
import type { Begin } from './running-call';

type Method = (...args: unknown[]) => unknown;
type Key = string | symbol;

/**
 * Stands in for a cursor or another async iterable: its call begins when the first row is asked for, its Context is entered
 * whenever one is, and it ends at the last row, at an error, or when the cursor is closed early (`cancelled`). One that is
 * never asked is no call. Methods are called on the cursor itself, which may have private fields.
 */
export function observeCursor(source: object, begin: Begin): object {
  return new Cursor(source, begin).standIn;
}

/** One run over the rows, and what those hold on to who may ask for more of them. */
class Run {
  readonly call: PullCall;

  constructor(begin: Begin) {
    this.call = new PullCall(this, begin);
  }
}

class Cursor {
  readonly standIn: object;
  readonly #source: object;
  readonly #begin: Begin;
  readonly #methods = new InterceptedMethods();
  #run: Run;

  constructor(source: object, begin: Begin, run = new Run(begin)) {
    this.#source = source;
    this.#begin = begin;
    this.#run = run;
    // A loop that is left early cannot tell it.
    if (!hasReturn(source)) run.call.isPassive = true;
    this.standIn = proxyOf(source, {
      get: (_target, key) => this.#read(key),
      set: (_target, key, value) => Reflect.set(source, key, value, source),
    });
    noteStandIn(this.standIn, 'cursor', source);
  }

  #read(key: Key): unknown {
    const source = this.#source;
    const value: unknown = Reflect.get(source, key, source);
    if (typeof value !== 'function' || key === 'constructor' || isFixed(source, key)) return value;
    return this.#methods.get(value as Method, (method, self, args) =>
      this.#take(key, args, (given) => Reflect.apply(method, self === this.standIn ? source : self, given)),
    );
  }

  #take(key: Key, args: unknown[], apply: (args: unknown[]) => unknown): unknown {
    if (pulls.has(key)) return this.#pull(key, args, apply);
    if (runs.has(key)) return this.#runToEnd(args, apply);
    if (closings.has(key)) return this.#close(key, args, apply);
    const result = apply(args);
    if (typeof result !== 'object' || result === null) {
      if (key === 'rewind') this.#renew();
      return result;
    }
    if (result === this.#source) return this.standIn;
    if (key === Symbol.asyncIterator || key === Symbol.iterator) return this.#iterator(result);
    return this.#derived(result);
  }

  /** An iteration goes on with a run that is under way, and is a run of its own where there is none. */
  #iterator(iterator: object): object {
    const isUnderWay = this.#run.call.running !== undefined;
    return new Cursor(iterator, this.#begin, isUnderWay ? this.#run : undefined).standIn;
  }

  /** What is asked for after the end of a run is another one. */
  #renew(): void {
    if (!this.#run.call.hasEnded) return;
    const { isPassive } = this.#run.call;
    this.#run = new Run(this.#begin);
    this.#run.call.isPassive = isPassive;
  }

  #pull(key: Key, args: unknown[], apply: (args: unknown[]) => unknown): unknown {
    const { call } = this.#run;
    call.start();
    const onRows = (rows: unknown): void => {
      let last: { readonly value: unknown } | undefined;
      try {
        if (isLast(key, args, rows) || isClosed(this.#source)) last = { value: isStep(rows) ? rows.value : rows };
      } catch {
        // Rows or a driver that may not be looked at: a later pull, or closing, ends the call.
      }
      if (last !== undefined) call.end(false, last.value);
    };
    return within(call, args, apply, { onFulfilled: onRows, onRejected: (reason) => call.end(true, reason) });
  }

  #runToEnd(args: unknown[], apply: (args: unknown[]) => unknown): unknown {
    this.#renew();
    const { call } = this.#run;
    call.start();
    return within(call, args, apply, {
      onFulfilled: (rows) => call.end(false, rows),
      onRejected: (reason) => call.end(true, reason),
    });
  }

  #close(key: Key, args: unknown[], apply: (args: unknown[]) => unknown): unknown {
    const { call } = this.#run;
    if (key === 'return' || key === 'throw') call.skip();
    return within(call, args, apply, {
      onFulfilled: () => call.end(false, undefined, key === 'throw' ? undefined : 'cancelled'),
      onRejected: (reason) => call.end(true, reason),
    });
  }

  /** Of methods that no driver has told us of: another cursor, its rows as a stream, or a query of its own. */
  #derived(result: object): unknown {
    if (isNodeStream(result)) {
      const running = this.#begin();
      if (running !== undefined) observeStream(result, running);
      return result;
    }
    if (isPromise(result)) {
      const running = this.#begin();
      if (running === undefined) return result;
      if (bringsOwnThen(result) && observeOwnThen(result, running)) return result;
      return observePromise(result, false, {
        onFulfilled: (value) => running.finish(false, value),
        onRejected: (reason) => running.finish(true, reason),
      });
    }
    try {
      return isRowSource(result, this.#source) ? observeCursor(result, this.#begin) : result;
    } catch {
      return result;
    }
  }
}

/** One that may not be looked at is taken for one that cannot be left. */
function hasReturn(source: object): boolean {
  try {
    return 'return' in source;
  } catch {
    return false;
  }
}

/** Whether the driver says that there are no more rows; a proxy of the user's is not read of its own accord. */
function isClosed(source: object): boolean {
  const cursor = behindStandIns(source);
  return !types.isProxy(cursor) && Reflect.get(cursor, 'closed') === true;
}

/** A copy of a cursor, or another one made from it, such as by `clone`, `map` or `byPage`. */
function isRowSource(result: object, source: object): boolean {
  return Symbol.asyncIterator in result || Object.getPrototypeOf(result) === Object.getPrototypeOf(source);
}

interface Ends {
  readonly onFulfilled: (value: unknown) => void;
  readonly onRejected: (reason: unknown) => void;
}

/** Calls a method of a cursor inside its call, and looks at what it gives: at once, by a promise or by a callback. */
function within(call: PullCall, args: unknown[], apply: (args: unknown[]) => unknown, ends: Ends): unknown {
  const { running } = call;
  if (running === undefined) return apply(args);
  const callback = args.at(-1);
  const answersBy = typeof callback === 'function' && typeof args[0] === 'number' ? (callback as Method) : undefined;
  const given = answersBy === undefined ? args : [...args.slice(0, -1), answering(answersBy, ends)];
  let result: unknown;
  try {
    result = runInContext(running, apply, given);
  } catch (error) {
    ends.onRejected(error);
    throw error;
  }
  if (isPromise(result)) return observeAnswer(result, false, ends);
  if (answersBy === undefined) ends.onFulfilled(result);
  return result;
}

/** `(error, rows)`, as `read(100, callback)` of pg-cursor has it; the callback runs where the caller is. */
function answering(callback: Method, { onFulfilled, onRejected }: Ends): Method {
  const around = activeContext();
  return function (this: unknown, ...answer: unknown[]): unknown {
    const [error, rows] = answer;
    if (error) onRejected(error);
    else onFulfilled(rows);
    return runInContext(around, () => Reflect.apply(callback, this, answer));
  };
}
