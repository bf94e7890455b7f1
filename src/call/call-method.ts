import { context, type Context } from '@opentelemetry/api';
import { contextStorage } from './context';
import { runsBare } from './instrumentation-source';
import type { AnyFunction } from './operation';

type Apply = (method: AnyFunction, self: unknown, args: unknown[]) => unknown;

// Called straight from where the Context is kept, so that no closure is made per call.
const apply: Apply = Reflect.apply;

/**
 * The method that stands in for the user's. Where nothing is to be recorded it passes the call on: from right here and by
 * `arguments`, so that V8 can inline the user's method where the stand-in is called, which then costs nothing (bench: off).
 */
export function standInFor(method: AnyFunction, record: (self: unknown, args: unknown[]) => unknown): AnyFunction {
  const { method: standIn } = {
    method(this: unknown): unknown {
      // eslint-disable-next-line prefer-rest-params
      return runsBare(this) ? Reflect.apply(method, this, arguments) : record(this, listOf(arguments));
    },
  } satisfies Record<string, AnyFunction> as Record<'method', AnyFunction>;
  return standIn;
}

/** Spreading `arguments` would take ten times as long. */
function listOf(args: ArrayLike<unknown>): unknown[] {
  const list = new Array<unknown>(args.length);
  for (let index = 0; index < args.length; index += 1) list[index] = args[index];
  return list;
}

/** The one place that calls the user's function otherwise: bare, or inside the Context of its call. */
export function callMethod(method: AnyFunction, self: unknown, args: unknown[], within?: Context): unknown {
  if (within === undefined) return Reflect.apply(method, self, args);
  const storage = contextStorage();
  return storage === undefined
    ? context.with(within, apply, undefined, method, self, args)
    : storage.run(within, apply, method, self, args);
}
