import { isSpanContextValid, propagation, trace, type Context, type Span } from '@opentelemetry/api';
import { activeContext } from '../call/context';
import { requestKey } from '../call/context-keys';
import { generateId } from '../call/generate-id';
import type { RequestContext } from '../call/request-context';
import { boundBaggage } from './bounded-baggage';
import { carriedIdOf, correlationIdHeader, requestIdHeader } from './carried-ids';
import { carrierGetter, CarrierReader } from './carrier-reader';
import { reportPropagation } from './propagation-report';
import { soundSpanContext, type SpanContext } from './span-context';

/**
 * Reads the headers of a request or message that has come in: a Context for `runWithContext`, `bindContext` or a tracer's
 * `startSpan`, in which calls are children of the remote span and carry its correlation id.
 *
 * The request in it is a new one, with its ids alone: nothing of a request around it is kept. A correlation id is taken from
 * `x-correlation-id`, else from the trace, else made; ids that are no visible ASCII of at most 200 characters count as
 * missing. Where the active span belongs to the same trace already, as that of an HTTP instrumentation does, it stays the
 * parent. It never throws; what is malformed counts as missing.
 *
 * @param headers a plain object (HTTP, Kafka, AMQP), a list of pairs, `Headers`, a `Map`, or anything with a `get`; names in
 * any case, values as text, bytes or lists of them
 * @param within default: the active Context
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { currentContext, extractContext, runWithContext } from 'trefoil';
 *
 * createServer((request, response) => {
 *   runWithContext(extractContext(request.headers), () => {
 *     response.end(currentContext()?.correlationId);
 *   });
 * });
 * ```
 */
export function extractContext(headers: object | null | undefined, within: Context = activeContext()): Context {
  const reader = new CarrierReader(headers);
  try {
    // Without the span around, for what then is in the Context has come from the headers.
    const around = trace.getSpan(within);
    const extracted = propagation.extract(withSpan(within, undefined), reader, carrierGetter);
    const remote = soundSpanContext(trace.getSpanContext(extracted));
    const parent = parentOf(around, remote, trace.getSpan(extracted));
    const request = requestOf(reader, parent?.spanContext());
    return withSpan(withBoundedBaggage(extracted), parent).setValue(requestKey, request);
  } catch (error) {
    reportPropagation('extract', error);
    return within.setValue(requestKey, requestOf(reader, trace.getSpanContext(within)));
  }
}

/** A span that an instrumentation has begun for these very headers is nearer than the one that they name. */
function parentOf(around: Span | undefined, remote: SpanContext | undefined, found?: Span): Span | undefined {
  if (remote === undefined) return around;
  const local = around?.spanContext();
  const isNearer = local?.traceId === remote.traceId && local.isRemote !== true && isSpanContextValid(local);
  if (isNearer) return around;
  return found?.spanContext() === remote ? found : trace.wrapSpanContext(remote);
}

function withSpan(within: Context, span: Span | undefined): Context {
  if (trace.getSpan(within) === span) return within;
  return span === undefined ? trace.deleteSpan(within) : trace.setSpan(within, span);
}

function withBoundedBaggage(within: Context): Context {
  const baggage = propagation.getBaggage(within);
  const bounded = baggage === undefined ? undefined : boundBaggage(baggage);
  return bounded === undefined || bounded === baggage ? within : propagation.setBaggage(within, bounded);
}

function requestOf(reader: CarrierReader, parent: SpanContext | undefined): RequestContext {
  const traceId = parent !== undefined && isSpanContextValid(parent) ? parent.traceId : undefined;
  const correlationId = onlyId(reader, correlationIdHeader) ?? traceId ?? generateId();
  const requestId = onlyId(reader, requestIdHeader);
  return { correlationId, ...(requestId === undefined ? {} : { requestId }) };
}

function onlyId(reader: CarrierReader, name: string): string | undefined {
  const texts = reader.texts(name);
  return texts.length === 1 ? carriedIdOf(texts[0]) : undefined;
}
