import type { AsyncLocalStorage } from 'node:async_hooks';
import { context, createContextKey, INVALID_TRACEID, ROOT_CONTEXT, type Context, type Span } from '@opentelemetry/api';
import { inheritBoundFields } from './bound-fields';
import type { Call, CurrentCall } from './call';
import { callKey, requestKey, spanKey } from './context-keys';
import { generateId } from './generate-id';
import type { RequestContext } from './request-context';

/** Where the manager that trefoil installed keeps the Context, used directly: through the API it costs more frames. */
let ownStorage: AsyncLocalStorage<Context> | undefined;

/** Use this storage; only for that of a manager registered with the API as well, so that there is one Context for all. */
export function useContextStorage(storage: AsyncLocalStorage<Context> | undefined): void {
  ownStorage = storage;
}

/** The storage that is used directly, where there is one. */
export function contextStorage(): AsyncLocalStorage<Context> | undefined {
  return ownStorage;
}

/** Whether contexts are carried at all: without a manager, OpenTelemetry's API drops them. */
export function isContextCarried(): boolean {
  const key = createContextKey('trefoil probe');
  return context.with(ROOT_CONTEXT.setValue(key, true), () => context.active().getValue(key) === true);
}

/** OpenTelemetry's active Context. */
export function activeContext(): Context {
  return ownStorage === undefined ? context.active() : (ownStorage.getStore() ?? ROOT_CONTEXT);
}

/** Calls a function inside a Context. */
export function runInContext<Args extends unknown[], Result>(
  within: Context,
  fn: (...args: Args) => Result,
  ...args: Args
): Result {
  return ownStorage === undefined ? context.with(within, fn, undefined, ...args) : ownStorage.run(within, fn, ...args);
}

/** The call that a Context belongs to. */
export function callIn(within: Context): Call | undefined {
  return within === ROOT_CONTEXT ? undefined : (within.getValue(callKey) as Call | undefined);
}

/** The active span of a Context. */
export function spanIn(within: Context): Span | undefined {
  return within === ROOT_CONTEXT ? undefined : (within.getValue(spanKey) as Span | undefined);
}

/** The id of the trace that a Context belongs to. */
function traceIdIn(within: Context): string | undefined {
  const traceId = spanIn(within)?.spanContext().traceId;
  return traceId === INVALID_TRACEID ? undefined : traceId;
}

/** The request that a Context belongs to. */
export function requestIn(within: Context): RequestContext | undefined {
  return within === ROOT_CONTEXT ? undefined : (within.getValue(requestKey) as RequestContext | undefined);
}

/**
 * Runs a function inside a request context; calls made in it, now or later, carry its ids. Fields are laid over those
 * of the context around it. Where there is no correlation id, it is that of the decorated call around, else the id of the
 * active trace, else a new one. Carrying needs a running runtime (or an
 * OpenTelemetry SDK of your own); without one the function simply runs.
 *
 * @param request what is known of the request; or a Context, such as `extractContext` gives, with more fields beside it or not
 * @returns what the function returns
 *
 * @example
 * ```ts
 * import { currentContext, runWithContext } from 'trefoil';
 *
 * runWithContext({ correlationId: 'req-1', userId: 'u-7' }, () => {
 *   currentContext()?.userId; // 'u-7'
 * });
 * ```
 */
export function runWithContext<Result>(
  request: Partial<RequestContext> | Context | null | undefined,
  fn: () => Result,
): Result {
  // What is no object says nothing of the request; the function runs all the same.
  if (typeof request !== 'object' || request === null) return runWithContext({}, fn);
  if (isContext(request)) return runInContext(withFieldsBeside(request), fn);
  const within = activeContext();
  const around = requestIn(within);
  const merged: RequestContext = {
    ...around,
    ...request,
    correlationId: request.correlationId ?? around?.correlationId ?? correlationIdIn(within) ?? generateId(),
  };
  inheritBoundFields(around, merged);
  return runInContext(within.setValue(requestKey, merged), fn);
}

/** The correlation id that code has which runs for no request. */
export function correlationIdIn(within: Context): string | undefined {
  return callIn(within)?.correlationId ?? traceIdIn(within);
}

const requestFields = [
  'correlationId',
  'requestId',
  'userId',
  'sessionId',
  'tenantId',
  'ipAddress',
  'userAgent',
  'data',
] as const satisfies readonly (keyof RequestContext)[];

/** Whoever writes `{ ...extractContext(headers), userId }` means a Context with that user. */
function withFieldsBeside(given: Context & Partial<RequestContext>): Context {
  const beside = requestFields.filter((field) => given[field] !== undefined);
  if (beside.length === 0) return given;
  const request = requestIn(given);
  const merged: RequestContext = {
    ...request,
    ...Object.fromEntries(beside.map((field) => [field, given[field]])),
    correlationId: given.correlationId ?? request?.correlationId ?? correlationIdIn(given) ?? generateId(),
  };
  inheritBoundFields(request, merged);
  return given.setValue(requestKey, merged);
}

function isContext(given: Partial<RequestContext> | Context): given is Context {
  return 'getValue' in given && typeof given.getValue === 'function';
}

/**
 * The request context of the running code, if it runs for a request.
 *
 * @example
 * ```ts
 * import { currentContext } from 'trefoil';
 *
 * const tenant = currentContext()?.tenantId ?? 'no tenant';
 * console.log(tenant);
 * ```
 */
export function currentContext(): RequestContext | undefined {
  return requestIn(activeContext());
}

/**
 * Ties a function to the context of here and now, for timers, event emitters and queues that would call it elsewhere. What
 * it is given, its `this`, its result, its name and its number of parameters stay the same.
 *
 * @param within another Context to tie it to, such as `extractContext` gives
 *
 * @example
 * ```ts
 * import { bindContext } from 'trefoil';
 *
 * setImmediate(bindContext(() => console.log('still the same request')));
 * ```
 */
export function bindContext<This, Args extends unknown[], Result>(
  fn: (this: This, ...args: Args) => Result,
  within: Context = activeContext(),
): (this: This, ...args: Args) => Result {
  const bound = function (this: This, ...args: Args): Result {
    return runInContext(within, () => fn.apply(this, args));
  };
  // Frameworks count parameters: Express knows an error handler by its four.
  return Object.defineProperties(bound, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  });
}

const noCall: CurrentCall = Object.freeze({
  setAttribute() {},
  addEvent() {},
  recordBytesRead() {},
  recordBytesWritten() {},
  cacheHit() {},
  cacheMiss() {},
  setUser() {},
});

/**
 * The decorated call that the running code is part of; outside one, an object that does nothing.
 *
 * @example
 * ```ts
 * import { currentCall } from 'trefoil';
 *
 * currentCall().setAttribute('rows', 12);
 * ```
 */
export function currentCall(): CurrentCall {
  return callIn(activeContext()) ?? noCall;
}
