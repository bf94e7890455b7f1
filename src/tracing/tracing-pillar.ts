import { INVALID_TRACEID, SpanStatusCode, type Context, type Span, type Tracer } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import type { Call } from '../call/call';
import type { BoundHandler, CallHandler, Pillar } from '../call/call-handler';
import { activeContext } from '../call/context';
import { errorMessageOf } from '../call/error-chain';
import { stackTraceOf } from '../call/error-stack';
import { errorTypeOf } from '../call/error-type';
import type { HandlerTarget } from '../call/handler-target';
import type { TracedFacet } from '../call/operation';
import { monotonicNs } from '../call/timeline';
import type { Diagnostics } from '../diagnostics';
import { CallSpan } from './call-span';
import type { CallSpanSource } from './call-span-sink';
import { OpenTelemetryTracer } from './opentelemetry-tracer';
import { settledFactsOf, writeFacts } from './settled-facts';
import { repeatedCallsEvent, spanAttributes, targetAttributes } from './span-attributes';
import { timelineIn } from './span-timeline';

/** Makes spans of calls, with any tracer of OpenTelemetry's API. */
export class TracingPillar implements Pillar {
  readonly name = 'tracing';
  readonly #tracer: Tracer;
  readonly #diagnostics: Diagnostics;

  constructor(tracer: Tracer, diagnostics: Diagnostics) {
    this.#tracer = tracer;
    this.#diagnostics = diagnostics;
  }

  bind(target: HandlerTarget): readonly BoundHandler[] {
    const { traced } = target.operation.facets;
    if (traced === undefined) return [];
    const handler = new TracingHandler(this.#tracer, this.#diagnostics, target, traced);
    return [{ handler, when: traced.when, needsFields: true, specimenOf: (call) => handler.specimensOf(call) }];
  }
}

class TracingHandler implements CallHandler {
  readonly name = 'tracing';
  readonly #tracer: Tracer;
  readonly #diagnostics: Diagnostics;
  readonly #spanName: string;
  readonly #selectName: ((...args: readonly unknown[]) => unknown) | undefined;
  readonly #source: CallSpanSource;
  /** The tracer, where it makes spans of calls itself. */
  readonly #callTracer: OpenTelemetryTracer | undefined;

  constructor(tracer: Tracer, diagnostics: Diagnostics, target: HandlerTarget, traced: TracedFacet) {
    this.#tracer = tracer;
    this.#diagnostics = diagnostics;
    const { spanName } = traced;
    this.#spanName = typeof spanName === 'string' ? spanName : `${target.ownerName}.${target.operationName}`;
    this.#selectName = typeof spanName === 'function' ? spanName : undefined;
    this.#source = { kind: traced.kind, attributes: targetAttributes(target) };
    this.#callTracer = tracer instanceof OpenTelemetryTracer && tracer.makesCallSpans ? tracer : undefined;
  }

  /** Spans that go nowhere, and look like those of calls that have ended. */
  specimensOf(call: Call): readonly unknown[] {
    const spans = this.#callTracer?.callSpanSpecimens(this.#source, call) ?? [];
    for (const span of spans) {
      span.settle(settledFactsOf(call));
      span.endAt(call.endedAtNs);
    }
    return spans;
  }

  onStart(call: Call): void {
    const within = activeContext();
    if (call.parent === undefined) call.joinTimeline(timelineIn(within));
    const span = this.#startSpan(call, within);
    call.span = span;
    const { traceId, spanId } = span.spanContext();
    // Where tracing is suppressed, there is no trace whose ids the records of the call could have.
    if (traceId === INVALID_TRACEID) return;
    call.traceId = traceId;
    call.spanId = spanId;
  }

  onRepeated({ target, parent }: Call): void {
    const attributes = {
      [spanAttributes.storeName]: target.store.name,
      [spanAttributes.operation]: target.operationName,
    };
    if (parent?.span?.isRecording()) parent.span.addEvent(repeatedCallsEvent, attributes, parent.timeline.now());
  }

  onSettle(call: Call): void {
    const { span } = call;
    if (span === undefined) return;
    try {
      if (span.isRecording()) {
        const facts = settledFactsOf(call);
        if (span instanceof CallSpan) span.settle(facts);
        else writeFacts(facts, (key, value) => span.setAttribute(key, value));
        if (call.threw) recordException(span, call);
        if (call.outcome === 'failure' && !hasStatus(span)) setError(span, call);
      }
    } finally {
      if (span instanceof CallSpan) span.endAt(call.endedAtNs);
      else span.end(call.timeline.hrTimeAt(call.endedAtNs));
    }
  }

  /** Start and end are the call's own readings: a span that disagreed with the histogram would be of no use. */
  #startSpan(call: Call, within: Context): Span {
    const name = this.#nameOf(call);
    if (this.#callTracer !== undefined) return this.#callTracer.startCallSpan(this.#source, name, call, within);
    const { kind, attributes } = this.#source;
    const startTime = call.timeline.hrTimeAt(monotonicNs(call.startedAtMonotonicMs));
    return this.#tracer.startSpan(name, { kind, attributes, startTime }, within);
  }

  #nameOf(call: Call): string {
    if (this.#selectName === undefined) return this.#spanName;
    try {
      return call.target.redactor.redactText(String(this.#selectName(...call.args)));
    } catch (error) {
      this.#diagnostics.report('TREFOIL_SELECTOR_FAILED', `${this.#spanName} (name)`, error);
      return this.#spanName;
    }
  }
}

/** What the application has said of its span stands: neither another error nor a success of ours takes its place. */
function hasStatus(span: Span): boolean {
  const { status } = span as Partial<Pick<ReadableSpan, 'status'>>;
  return status !== undefined && status.code !== SpanStatusCode.UNSET;
}

/** A success is left UNSET, as OpenTelemetry's specification asks of instrumentation. */
function setError(span: Span, call: Call): void {
  const code = SpanStatusCode.ERROR;
  if (call.threw) span.setStatus({ code, message: errorMessageOf(call.error, call.target.redactor) });
  else span.setStatus({ code });
}

/** What was thrown as an event, with secrets removed from its texts. */
function recordException(span: Span, call: Call): void {
  const { redactor } = call.target;
  const message = errorMessageOf(call.error, redactor);
  const stacktrace = stackTraceOf(call.error, redactor);
  const exception = {
    'exception.type': errorTypeOf(call.error),
    'exception.message': message,
    ...(stacktrace === undefined ? {} : { 'exception.stacktrace': stacktrace }),
  };
  // At its end, and not after it, as another clock might have it.
  span.addEvent('exception', exception, call.timeline.hrTimeAt(call.endedAtNs));
}
