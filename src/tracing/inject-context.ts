import { propagation, type Context, type TextMapSetter } from '@opentelemetry/api';
import { activeContext, callIn, requestIn } from '../call/context';
import { carriedIdOf, correlationIdHeader, requestIdHeader } from './carried-ids';
import { writeHeader } from './carrier-writer';
import { reportPropagation } from './propagation-report';

const carrierSetter: TextMapSetter = {
  set: (carrier, name, value) => writeHeader(carrier as object, name, value),
};

/**
 * Writes the ids of the running code into the headers of a request or message that goes out: the trace, in the formats of
 * `tracing.propagators`, and the ids of the request as `x-correlation-id` and `x-request-id`. Headers of the same names are
 * replaced. It never throws, and writes nothing that a header must not hold.
 *
 * @param carrier a plain object, a list of pairs, or anything with a `set` (`Headers`, a `Map`, NATS, gRPC); default: a
 * new object
 * @param within default: the active Context
 * @returns the carrier
 *
 * @example
 * ```ts
 * import { injectContext } from 'trefoil';
 *
 * await fetch('http://stock.internal/items/7', { headers: injectContext({ accept: 'application/json' }) });
 * ```
 */
export function injectContext<Carrier extends object = Record<string, string>>(
  carrier: Carrier = {} as Carrier,
  within: Context = activeContext(),
): Carrier {
  try {
    propagation.inject(within, carrier, carrierSetter);
    const request = requestIn(within);
    const correlationId = carriedIdOf(request?.correlationId ?? callIn(within)?.correlationId);
    const requestId = carriedIdOf(request?.requestId);
    if (correlationId !== undefined) writeHeader(carrier, correlationIdHeader, correlationId);
    if (requestId !== undefined) writeHeader(carrier, requestIdHeader, requestId);
  } catch (error) {
    reportPropagation('inject', error);
  }
  return carrier;
}
