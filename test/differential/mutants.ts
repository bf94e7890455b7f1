import { types } from 'node:util';
import type { Mutant } from './build-class';
import { Cursor } from './cursors';
import { QueryBuilder } from './lazy-results';
import type { AnyFunction } from './method-kinds';

/** A wrapper that is right in all but one point: it has the method's name, length and properties. */
function mutant(call: (method: AnyFunction, self: unknown, args: unknown[]) => unknown): Mutant {
  return (method) => {
    const { wrapper } = {
      wrapper(this: unknown, ...args: unknown[]): unknown {
        return call(method, this, args);
      },
    };
    for (const key of Reflect.ownKeys(method)) {
      if (key !== 'prototype') {
        Object.defineProperty(wrapper, key, Object.getOwnPropertyDescriptor(method, key) as PropertyDescriptor);
      }
    }
    Reflect.defineMetadata('kept', Reflect.getOwnMetadata('kept', method), wrapper);
    return wrapper;
  };
}

const right = Reflect.apply as (method: AnyFunction, self: unknown, args: unknown[]) => unknown;

/** What must be noticed; the first is none, to show that it is the mutation which is. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'none at all': mutant(right),
  'awaits what the method returns': mutant(async (method, self, args) => await right(method, self, args)),
  'awaits promises twice': mutant((method, self, args) => {
    const result = right(method, self, args);
    if (!types.isPromise(result) || Object.getPrototypeOf(result) !== Promise.prototype) return result;
    return Promise.resolve(result)
      .then((value) => value)
      .then((value) => value);
  }),
  'calls then on a thenable': mutant((method, self, args) => {
    const result = right(method, self, args) as { then?: unknown } | undefined;
    if (!types.isPromise(result) && !types.isProxy(result) && typeof result?.then === 'function') {
      (result as PromiseLike<unknown>).then(
        () => undefined,
        () => undefined,
      );
    }
    return result;
  }),
  'swallows undefined': mutant((method, self, args) => right(method, self, args) ?? null),
  'swallows a thrown null': mutant((method, self, args) => {
    try {
      return right(method, self, args);
    } catch (error) {
      if (error === null) return undefined;
      throw error;
    }
  }),
  'wraps what is thrown': mutant((method, self, args) => {
    try {
      return right(method, self, args);
    } catch (cause) {
      throw cause instanceof Error ? new Error(cause.message, { cause }) : cause;
    }
  }),
  'loses this': mutant((method, _self, args) => right(method, undefined, args)),
  'passes missing arguments': mutant((method, self, args) => right(method, self, [args[0], ...args.slice(1)])),
  'changes the name': (method) =>
    Object.defineProperty(mutant(right)(method), 'name', { value: 'wrapper', configurable: true }),
  'is a plain function': (method) => {
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      return right(method, this, args);
    };
    for (const key of Reflect.ownKeys(method)) {
      if (key === 'prototype') continue;
      Object.defineProperty(wrapper, key, Object.getOwnPropertyDescriptor(method, key) as PropertyDescriptor);
    }
    Reflect.defineMetadata('kept', Reflect.getOwnMetadata('kept', method), wrapper);
    return wrapper;
  },
  'handles rejections': mutant((method, self, args) => {
    const result = right(method, self, args);
    if (types.isPromise(result)) void Promise.prototype.then.call(result, undefined, () => undefined);
    return result;
  }),
  'starts generators at once': mutant((method, self, args) => {
    const result = right(method, self, args);
    if (types.isGeneratorObject(result)) result.next();
    return result;
  }),
  'handles errors of streams': mutant((method, self, args) => {
    const result = right(method, self, args) as { on?: unknown } | undefined;
    if (types.isProxy(result) || typeof result?.on !== 'function') return result;
    (result as NodeJS.ReadableStream).on('error', () => undefined);
    return result;
  }),
  'asks stubs for their then': mutant((method, self, args) => {
    const result = right(method, self, args);
    if (types.isProxy(result) && typeof result === 'function') Reflect.get(result, 'then');
    return result;
  }),
  'asks cursors for a row': mutant((method, self, args) => {
    const result = right(method, self, args);
    if (result instanceof Cursor) result.hasNext().catch(() => undefined);
    return result;
  }),
  'runs queries at once': mutant((method, self, args) => {
    const result = right(method, self, args);
    return result instanceof QueryBuilder ? result.execute() : result;
  }),
  'lets streams flow': mutant((method, self, args) => {
    const result = right(method, self, args) as { resume?: unknown } | undefined;
    if (!types.isProxy(result) && typeof result?.resume === 'function') (result as NodeJS.ReadableStream).resume();
    return result;
  }),
  'reads ahead in web streams': mutant((method, self, args) => {
    const result = right(method, self, args);
    if (!types.isProxy(result) && result instanceof ReadableStream && !result.locked) {
      const reader = result.getReader();
      const release = (): void => reader.releaseLock();
      reader.read().then(release, release);
    }
    return result;
  }),
};
