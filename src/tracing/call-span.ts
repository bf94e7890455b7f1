import {
  TraceFlags,
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
  type TraceState,
} from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import type { Call } from '../call/call';
import type { Outcome } from '../call/outcome';
import { monotonicNs, type Timeline } from '../call/timeline';
import { limitAttributes, sizeOf } from './attribute-limits';
import { defaultCount, type CallSpanSink, type CallSpanSource, type DetachedSpan } from './call-span-sink';
import { addException } from './exception-attributes';
import { replaceOwn, writeOut } from './ending-attributes';
import { hrTimeOfNs, nsBetween } from './hr-time';
import { factsCount, writeFacts, type SettledFacts } from './settled-facts';
import { flagsOfTrace } from './span-context';
import { noteDropped, noteEndedAgain, noteLate } from './span-notices';
import { hrTimeOn, timelineKey, timeOfEvent } from './span-timeline';
import { nextStatus, unsetStatus } from './span-status';

/**
 * The span of a call. It keeps what the call gives it and writes attributes and times out when an exporter reads them:
 * of the SDK's own, that is the greater part of the cost. It is one object, since each more that has to outlive the call
 * until the export costs about as much as all the rest of the span (bench: traced). To the SDK's processors and exporters
 * it is a span like any other.
 */
export class CallSpan implements Span, Sdk.ReadableSpan {
  name: string;
  readonly parentSpanContext?: SpanContext;
  status: SpanStatus = unsetStatus;
  #source: CallSpanSource;
  readonly #sink: CallSpanSink;
  readonly #traceId: string;
  readonly #spanId: string;
  readonly #traceState: TraceState | undefined;
  readonly #timeline: Timeline;
  /** The start by the monotonic clock, as two integers that V8 keeps in the fields themselves (bench: traced). */
  readonly #startedAtMs: number;
  readonly #startedAtNs: number;
  /** Nanoseconds; -1 while the call runs, and -2 less the duration while processors are told that the span ends. */
  #duration = -1;
  #detached: DetachedSpan | undefined = undefined;
  #outcome: Outcome | undefined = undefined;
  #callAttributes: SettledFacts['attributes'] = undefined;
  #storeId: string | undefined = undefined;
  #item: string | undefined = undefined;
  #user: string | undefined = undefined;
  #errorType: string | undefined = undefined;
  #auditId: string | undefined = undefined;
  #correlationId: string | undefined = undefined;

  constructor(
    source: CallSpanSource,
    sink: CallSpanSink,
    name: string,
    { traceId, spanId, traceState }: SpanContext,
    parent: SpanContext | undefined,
    { timeline, startedAtMonotonicMs }: Pick<Call, 'timeline' | 'startedAtMonotonicMs'>,
  ) {
    this.#source = source;
    this.#sink = sink;
    this.name = name;
    this.#traceId = traceId;
    this.#spanId = spanId;
    this.#traceState = traceState;
    if (parent !== undefined) this.parentSpanContext = parent;
    this.#timeline = timeline;
    const startedAt = monotonicNs(startedAtMonotonicMs);
    this.#startedAtMs = Math.trunc(startedAt / 1e6);
    this.#startedAtNs = startedAt - this.#startedAtMs * 1e6;
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
    return this.#timeline.hrTimeAt(this.#startedAt);
  }

  get endTime(): HrTime {
    return this.#isOpen ? [0, 0] : this.#timeline.hrTimeAt(this.#startedAt + this.#lasted);
  }

  get duration(): HrTime {
    return this.#isOpen ? [-1, -1] : hrTimeOfNs(this.#lasted);
  }

  get [timelineKey](): Timeline {
    return this.#timeline;
  }

  get ended(): boolean {
    return this.#duration >= 0;
  }

  /** What the method is, what its body said, and how the call went: a later value wins. */
  get attributes(): Attributes {
    const attributes = this.#allAttributes();
    const { limits } = this.#sink;
    if (limits.valueLength === Infinity && !this.#mayBeTooMany) return attributes;
    return limitAttributes(attributes, [this.#detached?.attributes, this.#callAttributes], limits);
  }

  get events(): Sdk.ReadableSpan['events'] {
    return this.#detached?.events ?? [];
  }

  get links(): Link[] {
    return this.#detached?.links ?? [];
  }

  get droppedAttributesCount(): number {
    const before = this.#detached?.droppedAttributesCount ?? 0;
    if (!this.#mayBeTooMany) return before;
    return before + Math.max(0, Object.keys(this.#allAttributes()).length - this.#sink.limits.count);
  }

  get droppedEventsCount(): number {
    return this.#detached?.droppedEventsCount ?? 0;
  }

  get droppedLinksCount(): number {
    return this.#detached?.droppedLinksCount ?? 0;
  }

  /** Made anew each time: it is asked for once or twice, and kept for long. */
  spanContext(): SpanContext {
    const [traceId, spanId, traceState] = [this.#traceId, this.#spanId, this.#traceState];
    const traceFlags = TraceFlags.SAMPLED | flagsOfTrace(this.parentSpanContext);
    return { traceId, spanId, traceFlags, ...(traceState === undefined ? {} : { traceState }) };
  }

  isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(key: string, value: AttributeValue): this {
    return this.setAttributes({ [key]: value });
  }

  setAttributes(attributes: Attributes): this {
    const { attributes: own } = this.#source;
    const others = this.#isEnding ? replaceOwn(own, attributes, this.#detached, this.#sink) : attributes;
    this.#whileOpen((detached) => detached.setAttributes(others));
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const at = hrTimeOn(this.#timeline, timeOfEvent(attributesOrTime, time));
    this.#whileOpen((detached) => detached.addEvent(name, attributesOrTime, at));
    return this;
  }

  addLink(link: Link): this {
    return this.addLinks([link]);
  }

  addLinks(links: Link[]): this {
    this.#whileOpen((detached) => detached.addLinks(links));
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.#whileOpen((detached) => addException(detached, exception, hrTimeOn(this.#timeline, time)));
  }

  updateName(name: string): this {
    if (this.#isStillRecording()) this.name = name;
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (this.#isStillRecording()) this.status = nextStatus(this.status, status);
    return this;
  }

  /** Takes what the call was in the end, to be written out later. */
  settle(facts: SettledFacts): void {
    if (this.ended) return;
    this.#outcome = facts.outcome;
    this.#callAttributes = facts.attributes;
    this.#storeId = facts.storeId;
    this.#item = facts.item;
    this.#user = facts.user;
    this.#errorType = facts.errorType;
    this.#auditId = facts.auditId;
    this.#correlationId = facts.correlationId;
  }

  end(endTime?: TimeInput): void {
    if (this.ended) noteEndedAgain(this.name, this.spanContext());
    this.endAt(this.#startedAt + nsBetween(this.startTime, hrTimeOn(this.#timeline, endTime)));
  }

  /** Ends at a reading of the monotonic clock in nanoseconds. */
  endAt(ns: number): void {
    if (!this.#isOpen) return;
    const duration = Math.max(0, ns - this.#startedAt);
    if (this.#detached !== undefined) noteDropped(this);
    if (this.#sink.endingProcessors.length > 0) this.#tellEnding(duration);
    this.#duration = duration;
    for (const processor of this.#sink.processors) processor.onEnd(this);
  }

  /** As the SDK does it: the end is known, the span records still, and to end it again does nothing. */
  #tellEnding(duration: number): void {
    this.#duration = -2 - duration;
    this.#writeOutFacts();
    // To a processor it is a span like any other, though not of the SDK's class.
    for (const processor of this.#sink.endingProcessors) processor.onEnding(this);
  }

  /** From here on the facts are attributes of the span's own. */
  #writeOutFacts(): void {
    const attributes = { ...this.#source.attributes };
    this.#source = { kind: this.kind, attributes };
    const facts = this.#facts;
    if (facts !== undefined) writeOut(facts, attributes, this.#detached);
    this.#outcome = undefined;
  }

  get #isOpen(): boolean {
    return this.#duration === -1;
  }

  get #isEnding(): boolean {
    return this.#duration < -1;
  }

  get #lasted(): number {
    return this.#isEnding ? -2 - this.#duration : this.#duration;
  }

  get #startedAt(): number {
    return this.#startedAtMs * 1e6 + this.#startedAtNs;
  }

  #allAttributes(): Attributes {
    const attributes: Attributes = {};
    // One by one: what is added to a spread object costs twenty times as much (bench: all four, recorded and read).
    for (const key of Object.keys(this.#source.attributes)) attributes[key] = this.#source.attributes[key];
    if (this.#detached !== undefined) Object.assign(attributes, this.#detached.attributes);
    const facts = this.#facts;
    if (facts !== undefined) writeFacts(facts, (key, value) => (attributes[key] = value));
    return attributes;
  }

  get #facts(): SettledFacts | undefined {
    if (this.#outcome === undefined || this.#correlationId === undefined) return undefined;
    return {
      attributes: this.#callAttributes,
      storeId: this.#storeId,
      item: this.#item,
      user: this.#user,
      errorType: this.#errorType,
      auditId: this.#auditId,
      outcome: this.#outcome,
      correlationId: this.#correlationId,
    };
  }

  /** At most so many may there be, some of them under one name: what is surely within the limit is not looked through. */
  get #mayBeTooMany(): boolean {
    const { count } = this.#sink.limits;
    if (count >= defaultCount && this.#detached === undefined && this.#callAttributes === undefined) return false;
    return (
      sizeOf(this.#source.attributes) + sizeOf(this.#detached?.attributes) + sizeOf(this.#callAttributes) + factsCount >
      count
    );
  }

  /** Few bodies say anything of their span, so that few spans need a place for it. */
  #whileOpen(say: (detached: Span) => unknown): void {
    if (this.#isStillRecording()) say((this.#detached ??= this.#sink.startDetached()));
  }

  /** What is said too late is told. */
  #isStillRecording(): boolean {
    if (this.ended) noteLate(this.spanContext());
    return !this.ended;
  }
}
