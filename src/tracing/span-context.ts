import {
  INVALID_SPANID,
  INVALID_TRACEID,
  isSpanContextValid,
  TraceFlags,
  trace,
  type Context,
  type SpanContext as ApiSpanContext,
} from '@opentelemetry/api';
import { activeContext } from '../call/context';
import { parseTraceState } from './trace-state';
import { trimBlanks } from './trim-blanks';

/** The ids that a span is referred to by: OpenTelemetry's own type. */
export type SpanContext = ApiSpanContext;

/** A header as servers give it: once, or once for each time that it was sent. */
export type HeaderValue = string | readonly string[] | null | undefined;

/** What every version begins with; a later one may say more behind another dash. */
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

const traceparentLength = 55;

/** That the trace id is random (Level 2). */
const randomFlag = 0x02;

/** Sampled and random; the others have no meaning yet, and are not passed on. */
const knownFlags = TraceFlags.SAMPLED | randomFlag;

/**
 * Reads and writes span contexts as W3C Trace Context headers, and makes parents of them. Nothing here ever throws,
 * whatever it is given.
 *
 * @example
 * ```ts
 * import { InMemoryTracer, SpanContext } from 'trefoil';
 *
 * const incoming = SpanContext.fromTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
 * const span = new InMemoryTracer().startSpan('operation', {}, SpanContext.asParent(incoming));
 * SpanContext.toTraceparent(span.spanContext()); // 00-0af7651916cd43dd8448eb211c80319c-…-01
 * ```
 */
export const SpanContext = Object.freeze({
  /**
   * The remote span that a `traceparent` header refers to, strictly as W3C Trace Context (Level 1 and 2) has it: lower-case
   * hexadecimal digits, no id of zeros alone, no version `ff`, one header only; of later versions what is known is read.
   *
   * @param tracestate kept with it; one that is malformed is dropped, and does no harm to the rest
   * @returns `undefined` where the header is missing or malformed
   */
  fromTraceparent(traceparent: HeaderValue, tracestate?: HeaderValue): SpanContext | undefined {
    const spanContext = guarded(() => parse(traceparent));
    if (spanContext === undefined || tracestate === undefined) return spanContext;
    const traceState = guarded(() => parseTraceState(joined(tracestate) ?? ''));
    if (traceState !== undefined) spanContext.traceState = traceState;
    return spanContext;
  },

  /** A `traceparent` header of version 00; `undefined` for a span that has no valid ids, such as one of a no-op tracer. */
  toTraceparent(spanContext: SpanContext | null | undefined): string | undefined {
    const sound = guarded(() => soundSpanContext(spanContext ?? undefined));
    if (sound === undefined) return undefined;
    const flags = (sound.traceFlags & knownFlags).toString(16).padStart(2, '0');
    return `00-${sound.traceId}-${sound.spanId}-${flags}`;
  },

  /**
   * The Context to start a child span in, as the third argument of a tracer's `startSpan`.
   *
   * @param spanContext without one, the Context stays as it is
   * @param within default: the active Context
   */
  asParent(spanContext: SpanContext | undefined, within: Context = activeContext()): Context {
    return spanContext === undefined ? within : trace.setSpanContext(within, spanContext);
  },
});

/** A list may be a proxy, and anything may have getters that throw. */
function guarded<Value>(read: () => Value | undefined): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function parse(traceparent: unknown): SpanContext | undefined {
  const text = onlyText(traceparent);
  if (text === undefined) return undefined;
  const header = trimBlanks(text);
  if (!traceparentForm.test(header) || header.startsWith('ff')) return undefined;
  if (header.startsWith('00') && header.length !== traceparentLength) return undefined;
  const traceId = header.slice(3, 35);
  const spanId = header.slice(36, 52);
  if (!hasNoZeroId(traceId, spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(header.slice(53, 55), 16) & knownFlags, isRemote: true };
}

/** More than one `traceparent` is as good as none. */
function onlyText(value: unknown): string | undefined {
  const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof only === 'string' ? only : undefined;
}

/** Of a list, several headers are one, by the rules of HTTP. */
function joined(value: unknown): string | undefined {
  if (!Array.isArray(value)) return typeof value === 'string' ? value : undefined;
  const texts = value.slice(0, 64) as unknown[];
  return value.length <= texts.length && texts.every((text) => typeof text === 'string') ? texts.join(',') : undefined;
}

function hasNoZeroId(traceId: string, spanId: string): boolean {
  return traceId !== INVALID_TRACEID && spanId !== INVALID_SPANID;
}

/** What holds for all of a trace, so that a child's flags say it as its parent's did. */
export function flagsOfTrace(parent: SpanContext | undefined): number {
  return (parent?.traceFlags ?? TraceFlags.NONE) & randomFlag;
}

const lowerTraceId = /^[0-9a-f]{32}$/;
const lowerSpanId = /^[0-9a-f]{16}$/;

/** A span context that can be written to a log or a header: its ids valid and in lower case. Not every propagator looks. */
export function soundSpanContext(spanContext: SpanContext | undefined): SpanContext | undefined {
  if (spanContext === undefined) return undefined;
  const { traceId, spanId, traceFlags, isRemote = false, traceState }: Unchecked = spanContext;
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return undefined;
  const isLower = lowerTraceId.test(traceId) && lowerSpanId.test(spanId);
  if (isLower && hasNoZeroId(traceId, spanId) && typeof traceFlags === 'number') return spanContext;
  const sound: SpanContext = {
    traceId: traceId.toLowerCase(),
    spanId: spanId.toLowerCase(),
    traceFlags: typeof traceFlags === 'number' ? traceFlags & 0xff : TraceFlags.NONE,
    isRemote,
  };
  if (traceState !== undefined) sound.traceState = traceState;
  return isSpanContextValid(sound) ? sound : undefined;
}

/** What a propagator, or a tracer of somebody's own, may have put in the place of one. */
type Unchecked = Omit<SpanContext, 'traceId' | 'spanId' | 'traceFlags'> & {
  readonly traceId: unknown;
  readonly spanId: unknown;
  readonly traceFlags: unknown;
};
