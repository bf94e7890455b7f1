import { context, type Context } from '@opentelemetry/api';
import { contextStorage } from './context';
import type { AnyFunction } from './operation';

type Apply = (method: AnyFunction, self: unknown, args: ArrayLike<unknown>) => unknown;

// Called straight from where the Context is kept, so that no closure is made per call.
const apply: Apply = Reflect.apply;

/** The one place that calls the user's function: bare, or inside the Context of its call. */
export function callMethod(method: AnyFunction, self: unknown, args: ArrayLike<unknown>, within?: Context): unknown {
  if (within === undefined) return Reflect.apply(method, self, args);
  const storage = contextStorage();
  return storage === undefined
    ? context.with(within, apply, undefined, method, self, args)
    : storage.run(within, apply, method, self, args);
}
