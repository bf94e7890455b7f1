import { trace } from '@opentelemetry/api';
import { fieldsBoundTo } from '../call/bound-fields';
import { activeContext, callIn, correlationIdIn, requestIn } from '../call/context';
import type { LogFields, LogIds } from './logger';

/** What the running code gives a line: the ids of its span, be it the application's own, and what its request binds. */
export interface Running {
  readonly ids: LogIds;
  readonly bound: LogFields | undefined;
}

export function running(): Running {
  const within = activeContext();
  const call = callIn(within);
  const span = trace.getSpanContext(within);
  const request = requestIn(within);
  return {
    ids: {
      traceId: span?.traceId ?? call?.traceId,
      spanId: span?.spanId ?? call?.spanId,
      correlationId: request?.correlationId ?? correlationIdIn(within),
      requestId: request?.requestId ?? call?.request?.requestId,
    },
    bound: fieldsBoundTo(request ?? call?.request),
  };
}
