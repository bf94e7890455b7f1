import {
  SpanStatusCode,
  type Attributes,
  type Span,
  type SpanKind,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import type { Call } from '../call/call';
import type { BoundHandler, CallHandler, Pillar } from '../call/call-handler';
import { activeContext } from '../call/context';
import { errorTypeOf } from '../call/error-type';
import type { HandlerTarget } from '../call/handler-target';
import type { TracedFacet } from '../call/operation';
import type { Outcome } from '../call/outcome';
import { messageOf, type Diagnostics } from '../diagnostics';
import { repeatedCallsEvent, spanAttributes, toAttributes } from './span-attributes';

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
    return [{ handler, when: traced.when, needsFields: true }];
  }
}

class TracingHandler implements CallHandler {
  readonly name = 'tracing';
  readonly #tracer: Tracer;
  readonly #diagnostics: Diagnostics;
  readonly #spanName: string;
  readonly #selectName: ((...args: readonly unknown[]) => unknown) | undefined;
  readonly #kind: SpanKind;
  readonly #attributes: Attributes;

  constructor(tracer: Tracer, diagnostics: Diagnostics, target: HandlerTarget, traced: TracedFacet) {
    this.#tracer = tracer;
    this.#diagnostics = diagnostics;
    const { spanName } = traced;
    this.#spanName = typeof spanName === 'string' ? spanName : `${target.className}.${target.operationName}`;
    this.#selectName = typeof spanName === 'function' ? spanName : undefined;
    const { functionName, storeName, storeType, operation } = spanAttributes;
    this.#attributes = {
      [functionName]: `${target.className}.${target.operation.methodName}`,
      [storeName]: target.store.name,
      [storeType]: target.store.type,
      [operation]: target.operationName,
    };
    this.#kind = traced.kind;
  }

  onStart(call: Call): void {
    // Start and end are the call's own readings: a span that disagreed with the histogram would be of no use.
    const options: SpanOptions = { kind: this.#kind, attributes: this.#attributes, startTime: call.startedAtMs };
    const span = this.#tracer.startSpan(this.#nameOf(call), options, activeContext());
    call.span = span;
    const { traceId, spanId } = span.spanContext();
    call.traceId = traceId;
    call.spanId = spanId;
  }

  onRepeated(call: Call): void {
    const { target } = call;
    call.parent?.span?.addEvent(repeatedCallsEvent, {
      [spanAttributes.storeName]: target.store.name,
      [spanAttributes.operation]: target.operationName,
    });
  }

  onSettle(call: Call): void {
    const { span } = call;
    if (span === undefined) return;
    try {
      if (span.isRecording()) {
        setSettledAttributes(span, call);
        if (call.threw) recordFailure(span, call);
        else if (call.outcome === 'success') span.setStatus({ code: SpanStatusCode.OK });
      }
    } finally {
      span.end(call.startedAtMs + call.durationMs);
    }
  }

  #nameOf(call: Call): string {
    if (this.#selectName === undefined) return this.#spanName;
    try {
      return String(this.#selectName(...call.args));
    } catch (error) {
      this.#diagnostics.report('TREFOIL_SELECTOR_FAILED', `${this.#spanName} (name)`, error);
      return this.#spanName;
    }
  }
}

/** One call each: a record of all of them would cost more than the attributes. */
function setSettledAttributes(span: Span, call: Call): void {
  const { storeId, itemId, userId, outcome, auditId, correlationId, errorType } = spanAttributes;
  if (call.attributes !== undefined) span.setAttributes(toAttributes(call.attributes));
  if (call.storeId !== undefined) span.setAttribute(storeId, call.storeId);
  if (call.item !== undefined) span.setAttribute(itemId, call.item);
  if (call.user !== undefined) span.setAttribute(userId, call.user);
  if (call.outcome === 'failure') span.setAttribute(errorType, errorTypeOf(call.error));
  if (call.target.operation.facets.audited !== undefined) span.setAttribute(auditId, call.auditId);
  span.setAttribute(outcome, call.outcome as Outcome);
  span.setAttribute(correlationId, call.correlationId);
}

/** The exception as an event, with secrets removed from its message; the status says error only for real failures. */
function recordFailure(span: Span, call: Call): void {
  const { redactor } = call.target;
  const message = redactor.redactText(messageOf(call.error));
  span.addEvent('exception', { 'exception.type': errorTypeOf(call.error), 'exception.message': message });
  if (call.outcome === 'failure') span.setStatus({ code: SpanStatusCode.ERROR, message });
}
