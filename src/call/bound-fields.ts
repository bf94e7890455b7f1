import type { RequestContext } from './request-context';

/** Fields by name. */
type Fields = Readonly<Record<string, unknown>>;

const boundTo = new WeakMap<RequestContext, Fields>();
/** Most applications bind nothing; theirs is not even looked for. */
let isAnyBound = false;

/** Ties fields to a request, without secrets. Requests that were begun inside it before keep what they have. */
export function bindFields(request: RequestContext, fields: Fields): void {
  isAnyBound = true;
  boundTo.set(request, { ...boundTo.get(request), ...fields });
}

/** What is tied to a request. */
export function fieldsBoundTo(request: RequestContext | undefined): Fields | undefined {
  return isAnyBound && request !== undefined ? boundTo.get(request) : undefined;
}

/** A request that is begun inside of another carries on with what is tied to that one. */
export function inheritBoundFields(around: RequestContext | undefined, inside: RequestContext): void {
  const fields = fieldsBoundTo(around);
  if (fields !== undefined) boundTo.set(inside, fields);
}
