import { createContextKey, trace, type Context } from '@opentelemetry/api';

/** Where a Context holds the decorated call that its code is part of. */
export const callKey = createContextKey('trefoil call');

/** Where a Context holds what is known of the request. */
export const requestKey = createContextKey('trefoil request');

/** Where a Context holds its active span. */
export const spanKey = findSpanKey();

/** OpenTelemetry keeps the key of the active span to itself, but tells it to any Context that a span is set on. */
function findSpanKey(): symbol {
  let found = callKey;
  const probe: Context = {
    getValue: () => undefined,
    setValue: (key) => {
      found = key;
      return probe;
    },
    deleteValue: () => probe,
  };
  trace.setSpan(probe, trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 }));
  return found;
}
