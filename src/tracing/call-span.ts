import {
  SpanStatusCode,
  type Attributes,
  type AttributeValue,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  type TimeInput,
} from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import { wallClockMs } from '../call/clock';
import { hrTimeOf, msOf } from './hr-time';
import type { SettledFacts } from './settled-facts';

/** What all spans of one method have in common. */
export interface CallSpanSource {
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** A span of the SDK that goes nowhere. */
export type DetachedSpan = Span & Sdk.ReadableSpan;

/** Where the spans of calls come from and go to. */
export interface CallSpanSink {
  readonly resource: Sdk.ReadableSpan['resource'];
  readonly instrumentationScope: Sdk.ReadableSpan['instrumentationScope'];
  readonly processors: readonly Sdk.SpanProcessor[];
  /** For what else is said of a call's span, to be kept within the SDK's limits. */
  startDetached(): DetachedSpan;
}

const unset: SpanStatus = Object.freeze({ code: SpanStatusCode.UNSET });
const ok: SpanStatus = Object.freeze({ code: SpanStatusCode.OK });

/**
 * The span of a call. It keeps what the call gives it and writes attributes and times out when an exporter reads them:
 * of the SDK's own, that is the greater part of the cost (bench: all four). To the SDK's processors and exporters it is a
 * span like any other.
 */
export class CallSpan implements Span, Sdk.ReadableSpan {
  name: string;
  readonly parentSpanContext?: SpanContext;
  status: SpanStatus = unset;
  readonly #source: CallSpanSource;
  readonly #sink: CallSpanSink;
  readonly #spanContext: SpanContext;
  /** Milliseconds since the Unix epoch. */
  readonly #startedAtMs: number;
  /** Below zero until the span has ended. */
  #durationMs = -1;
  #detached: DetachedSpan | undefined = undefined;
  #facts: SettledFacts | undefined = undefined;

  constructor(
    source: CallSpanSource,
    sink: CallSpanSink,
    name: string,
    spanContext: SpanContext,
    parent: SpanContext | undefined,
    startedAtMs: number,
  ) {
    this.#source = source;
    this.#sink = sink;
    this.name = name;
    this.#spanContext = spanContext;
    if (parent !== undefined) this.parentSpanContext = parent;
    this.#startedAtMs = startedAtMs;
  }
  get kind(): SpanKind {
    return this.#source.kind;
  }

  get resource(): Sdk.ReadableSpan['resource'] {
    return this.#sink.resource;
  }

  get instrumentationScope(): Sdk.ReadableSpan['instrumentationScope'] {
    return this.#sink.instrumentationScope;
  }

  get startTime(): HrTime {
    return hrTimeOf(this.#startedAtMs);
  }

  get endTime(): HrTime {
    return this.ended ? hrTimeOf(this.#startedAtMs + this.#durationMs) : [0, 0];
  }

  get duration(): HrTime {
    return this.ended ? hrTimeOf(this.#durationMs) : [-1, -1];
  }

  get ended(): boolean {
    return this.#durationMs >= 0;
  }

  /** What the method is, what its body said, and how the call went: a later value wins. */
  get attributes(): Attributes {
    const attributes = { ...this.#source.attributes, ...this.#detached?.attributes };
    this.#facts?.writeTo((key, value) => (attributes[key] = value));
    return attributes;
  }

  get events(): Sdk.ReadableSpan['events'] {
    return this.#detached?.events ?? [];
  }

  get links(): Link[] {
    return this.#detached?.links ?? [];
  }

  get droppedAttributesCount(): number {
    return this.#detached?.droppedAttributesCount ?? 0;
  }

  get droppedEventsCount(): number {
    return this.#detached?.droppedEventsCount ?? 0;
  }

  get droppedLinksCount(): number {
    return this.#detached?.droppedLinksCount ?? 0;
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }

  isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.#whileOpen((detached) => detached.setAttribute(key, value));
    return this;
  }

  setAttributes(attributes: Attributes): this {
    this.#whileOpen((detached) => detached.setAttributes(attributes));
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    this.#whileOpen((detached) => detached.addEvent(name, attributesOrTime, time));
    return this;
  }

  addLink(link: Link): this {
    this.#whileOpen((detached) => detached.addLink(link));
    return this;
  }

  addLinks(links: Link[]): this {
    this.#whileOpen((detached) => detached.addLinks(links));
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.#whileOpen((detached) => detached.recordException(exception, time));
  }

  updateName(name: string): this {
    if (this.isRecording()) this.name = name;
    return this;
  }

  /** As the SDK has it: nothing overrides OK. */
  setStatus(status: SpanStatus): this {
    const { code } = status;
    if (this.ended || code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK) return this;
    if (code === SpanStatusCode.OK) this.status = ok;
    else this.status = typeof status.message === 'string' ? { code, message: status.message } : { code };
    return this;
  }

  /** What the call was in the end, which the span keeps to be written out later. */
  settle(facts: SettledFacts): void {
    if (this.isRecording()) this.#facts = facts;
  }

  end(endTime?: TimeInput): void {
    if (this.ended) return;
    this.#durationMs = Math.max(0, (endTime === undefined ? wallClockMs() : msOf(endTime)) - this.#startedAtMs);
    for (const processor of this.#sink.processors) processor.onEnd(this);
  }

  /** Few bodies say anything of their span, so that few spans need a place for it. */
  #whileOpen(say: (detached: Span) => unknown): void {
    if (this.isRecording()) say((this.#detached ??= this.#sink.startDetached()));
  }
}
