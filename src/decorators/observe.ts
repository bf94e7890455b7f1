import { types } from 'node:util';
import { catalogOperation, operationOf } from '../call/operation-catalog';
import { Operation, type AnyFunction } from '../call/operation';
import { describedStore } from '../call/store-identity';
import { wrapMethod } from '../call/wrap-method';
import { describeValue, TrefoilError } from '../errors';
import { validateOptions } from '../validate-options';
import type { AnyCallable } from './signature-check';
import { declareObservation } from './declare-observation';
import { functionSchema, type ObserveOptions } from './observe-options';

/**
 * Makes every call of a function a Call, as the decorators do for methods: for plain functions, for a method of an object
 * that is not yours, and wherever there is no class to decorate. All four pillars record it unless the options say
 * otherwise; the event type is inferred from the function's name where `event` is not given.
 *
 * The function itself stays as it is. What is returned takes its place: it passes `this` on, keeps `name`, `length` and
 * its own properties, and gives what the function gives (promises, generators, streams, …). It cannot be called by `new`.
 * The calls belong to the root container's runtime, or to that of the container that `this` came from.
 *
 * @param fn the function; its name is the operation unless `options.name` or `options.operation` says otherwise
 * @param options those of `@Observed`, with selectors typed by the function's own parameters; `store` as `@Store` takes it
 * @throws TrefoilError `TREFOIL_DECORATOR_TARGET` for what is no function, a class, or a function that is observed already;
 * `TREFOIL_DECORATOR_OPTIONS`, `TREFOIL_DECORATOR_CONFLICT`, `TREFOIL_EVENT_TYPE_REQUIRED` or `TREFOIL_METRIC_INVALID`
 *
 * @example
 * ```ts
 * import { observe } from 'trefoil';
 *
 * async function fetchRate(currency: string): Promise<number> {
 *   return currency === 'EUR' ? 1 : 1.08;
 * }
 *
 * const observedFetchRate = observe(fetchRate, {
 *   item: (currency) => currency,
 *   store: { name: 'rates', type: 'http' },
 * });
 * console.log(await observedFetchRate('USD'));
 * ```
 */
export function observe<Observed extends AnyCallable>(fn: Observed, options?: ObserveOptions<Observed>): Observed {
  refuseUnobservable(fn, 'observe');
  const where = `observe(${describeValue(fn)})`;
  const given: unknown = options;
  const { name, store, ...method } = validateOptions(functionSchema, given === undefined ? {} : given, {
    code: 'TREFOIL_DECORATOR_OPTIONS',
    attempted: 'Reading the options of observe()',
    where,
    todo: 'See the options of observe() in the documentation.',
  });
  const key = name ?? fn.name.replace(/^(?:bound )+/, '');
  if (key === '') {
    throw new TrefoilError('TREFOIL_DECORATOR_OPTIONS', {
      attempted: 'Reading the options of observe()',
      where: `${where} name`,
      expected: 'a name, since the function has none',
      given: 'none',
      todo: "Give it one: observe(fn, { name: 'getOrder' }).",
    });
  }
  const operation = new Operation(fn, key, false);
  operation.store = describedStore('functions', store);
  declareObservation(operation, 'observe()', method);
  const wrapper = wrapMethod(operation);
  catalogOperation(operation, wrapper);
  return wrapper as unknown as Observed;
}

/**
 * Refuses what cannot be observed: no function, a class, or a function that is observed already.
 *
 * @param where what to call it in the message
 */
export function refuseUnobservable(fn: unknown, where: string): asserts fn is AnyFunction {
  const given =
    typeof fn !== 'function'
      ? describeValue(fn)
      : isConstructor(fn)
        ? `the class ${fn.name}`
        : operationOf(fn) === undefined
          ? undefined
          : `${describeValue(fn)}, which is observed already`;
  if (given === undefined) return;
  throw new TrefoilError('TREFOIL_DECORATOR_TARGET', {
    attempted: 'Observing a function',
    where,
    expected: 'a function or method',
    given,
    todo: 'Observe the methods of a class by decorators, those of an object by observeObject(), and each function once.',
  });
}

/** A class, also a built-in one or a function that is used as one; every other function can at most be called by `new`. */
export function isConstructor(fn: { readonly prototype?: unknown }): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(fn, 'prototype');
  const prototype: unknown = descriptor?.value;
  if (typeof prototype !== 'object' || prototype === null || types.isGeneratorFunction(fn)) return false;
  return descriptor?.writable === false || Reflect.ownKeys(prototype).some((key) => key !== 'constructor');
}
