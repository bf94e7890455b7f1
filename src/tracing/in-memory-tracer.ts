import {
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  SpanKind,
  trace,
  TraceFlags,
  type Attributes,
  type AttributeValue,
  type Context,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';
import * as v from 'valibot';
import type { Timeline } from '../call/timeline';
import { validateOptions } from '../validate-options';
import { exceptionAttributes } from './exception-attributes';
import { dateOf, hrTimeOf, isTimeInput, nsBetween } from './hr-time';
import { defaultSpanLimits, keepAttribute, keptAttributes, type SpanLimits } from './kept-attributes';
import { runActive, type ActiveSpanArguments } from './noop-tracer';
import { flagsOfTrace } from './span-context';
import { generateSpanId, generateTraceId } from './span-ids';
import { timelineKey, timelineOfSpan } from './span-timeline';
import { nextStatus, unsetStatus } from './span-status';
import { limitsSchema, maxSpansOption, type SpanLimitOptions } from './tracer-options';

const schema = v.strictObject({ maxSpans: maxSpansOption, limits: v.optional(limitsSchema) });

/** Something that happened during a span. */
export interface RecordedEvent {
  readonly name: string;
  readonly attributes: Attributes;
  readonly timestamp: Date;
  /** How many attributes were too many. */
  readonly droppedAttributesCount: number;
}

/** Where a span goes once it has ended, and how much it may carry. */
interface SpanKeeper {
  readonly limits: SpanLimits;
  onEnd(span: InMemorySpan): void;
}

/** A span kept by an {@link InMemoryTracer}. */
export class InMemorySpan implements Span {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanId: string | undefined;
  readonly attributes: Attributes = {};
  readonly events: RecordedEvent[] = [];
  readonly links: Link[] = [];
  /** How many were too many. */
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  /** The start to the millisecond. */
  readonly startTime: Date;
  /** The start in seconds since the Unix epoch and nanoseconds; not before that of its parent, by one clock. */
  readonly startHrTime: HrTime;
  /** The end, in the same way; `undefined` until the span has ended. */
  endHrTime: HrTime | undefined = undefined;
  status: SpanStatus = unsetStatus;
  /** Milliseconds; `undefined` until the span has ended. */
  durationMs: number | undefined = undefined;
  readonly #spanContext: SpanContext;
  readonly #timeline: Timeline;
  /** None where tracing is suppressed: nothing is recorded then. */
  readonly #keeper: SpanKeeper | undefined;

  constructor(
    name: string,
    options: SpanOptions,
    parent: SpanContext | undefined,
    timeline: Timeline,
    keeper: SpanKeeper | undefined,
  ) {
    this.name = name;
    this.kind = options.kind ?? SpanKind.INTERNAL;
    this.#keeper = keeper;
    this.#timeline = timeline;
    this.startHrTime = hrTimeOf(options.startTime ?? timeline.now());
    this.startTime = dateOf(this.startHrTime);
    this.parentSpanId = parent?.spanId;
    this.#spanContext = keeper === undefined ? INVALID_SPAN_CONTEXT : spanContextBelow(parent);
    this.addLinks(options.links ?? []);
    this.setAttributes(options.attributes ?? {});
  }

  /** The ids that others refer to the span by. */
  spanContext(): SpanContext {
    return this.#spanContext;
  }

  setAttribute(key: string, value: AttributeValue): this {
    const keeper = this.#recordingWith;
    if (keeper === undefined) return this;
    if (!keepAttribute(this.attributes, key, value, keeper.limits)) this.droppedAttributesCount += 1;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value as AttributeValue);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const keeper = this.#recordingWith;
    if (keeper === undefined) return this;
    const [given, at] = isTimeInput(attributesOrTime) ? [{}, attributesOrTime] : [attributesOrTime, time];
    const timestamp = dateOf(hrTimeOf(at ?? this.#timeline.now()));
    const { attributes, dropped } = keptAttributes(given, keeper.limits);
    const event = { name, attributes, timestamp, droppedAttributesCount: dropped };
    this.droppedEventsCount += pushWithin(this.events, event, keeper.limits.eventCount);
    return this;
  }

  addLink(link: Link): this {
    const keeper = this.#recordingWith;
    if (keeper === undefined) return this;
    const { attributes, dropped } = keptAttributes(link.attributes, keeper.limits);
    const kept = {
      context: link.context,
      ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
      ...(dropped > 0 ? { droppedAttributesCount: dropped } : {}),
    };
    this.droppedLinksCount += pushWithin(this.links, kept, keeper.limits.linkCount);
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  /** How the span ended; a later status replaces it, but none replaces OK. */
  setStatus(status: SpanStatus): this {
    if (this.isRecording()) this.status = nextStatus(this.status, status);
    return this;
  }

  /** Gives the span another name, until it has ended. */
  updateName(name: string): this {
    if (this.isRecording()) this.name = name;
    return this;
  }

  /** Something that was thrown, as an event; nothing where it says neither what it is nor a message. */
  recordException(exception: Exception, time?: TimeInput): void {
    const attributes = exceptionAttributes(exception);
    if (attributes !== undefined) this.addEvent('exception', attributes, time);
  }

  end(endTime?: TimeInput): void {
    const keeper = this.#recordingWith;
    if (keeper === undefined) return;
    const ended = hrTimeOf(endTime ?? this.#timeline.now());
    const lastedNs = nsBetween(this.startHrTime, ended);
    this.endHrTime = lastedNs === 0 ? this.startHrTime : ended;
    this.durationMs = lastedNs / 1e6;
    keeper.onEnd(this);
  }

  isRecording(): boolean {
    return this.#recordingWith !== undefined;
  }

  get #recordingWith(): SpanKeeper | undefined {
    return this.durationMs === undefined ? this.#keeper : undefined;
  }

  /** @internal */
  get [timelineKey](): Timeline {
    return this.#timeline;
  }
}

/** Ids as the SDK gives them; each span is sampled. */
function spanContextBelow(parent: SpanContext | undefined): SpanContext {
  const traceState = parent?.traceState;
  return {
    traceId: parent?.traceId ?? generateTraceId(),
    spanId: generateSpanId(),
    traceFlags: TraceFlags.SAMPLED | flagsOfTrace(parent),
    ...(traceState === undefined ? {} : { traceState }),
  };
}

/** Adds to a list, from which the oldest goes where it is full; gives how many were dropped. */
function pushWithin<Item>(list: Item[], item: Item, limit: number): number {
  if (limit === 0) return 1;
  const dropped = list.length >= limit ? 1 : 0;
  if (dropped === 1) list.shift();
  list.push(item);
  return dropped;
}

/** Settings of an {@link InMemoryTracer}. */
export interface InMemoryTracerOptions {
  /** How many ended spans are kept; older ones go first. Default 10,000. */
  readonly maxSpans?: number;
  /** How much a span may carry. Default: 128 attributes, events and links, and texts of any length. */
  readonly limits?: SpanLimitOptions;
}

/**
 * Keeps ended spans in memory, for tests and development. It is a tracer of OpenTelemetry's API. It records every span,
 * also below a caller that is not sampled, as OpenTelemetry's sampler `always_on` does: no test has to sample first. In all
 * else its spans are as those of OpenTelemetry's SDK: what is no attribute is left out, what is too much is dropped and
 * counted, and where tracing is suppressed nothing is recorded.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { InMemoryTracer } from 'trefoil';
 *
 * const tracer = new InMemoryTracer();
 * tracer.startActiveSpan('store.read', (span) => span.end());
 * tracer.getSpansByName('store.read').length; // 1
 * ```
 */
export class InMemoryTracer implements Tracer {
  readonly name: string = 'memory';
  readonly #maxSpans: number;
  readonly #keeper: SpanKeeper;
  readonly #isTracingSuppressed: typeof Core.isTracingSuppressed;
  #spans: InMemorySpan[] = [];
  /** Where the oldest span is, once the list is full. */
  #oldest = 0;

  constructor(options: InMemoryTracerOptions = {}) {
    const { maxSpans = 10_000, limits }: InMemoryTracerOptions = validateOptions(schema, options, {
      code: 'TREFOIL_OPTIONS_INVALID',
      attempted: 'Creating an InMemoryTracer',
      todo: 'Correct the option; its documentation says what it takes.',
    });
    this.#maxSpans = maxSpans;
    this.#keeper = { limits: { ...defaultSpanLimits, ...limits }, onEnd: (span) => this.#keep(span) };
    ({ isTracingSuppressed: this.#isTracingSuppressed } = require('@opentelemetry/core') as typeof Core);
  }

  /** A span that is kept once it is ended; a child of the one in `parent`, where there is one. */
  startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): InMemorySpan {
    const around = options.root === true ? undefined : trace.getSpanContext(parent);
    const valid = around !== undefined && isSpanContextValid(around) ? around : undefined;
    const timeline = timelineOfSpan(options.root === true ? undefined : parent);
    return new InMemorySpan(
      name,
      options,
      valid,
      timeline,
      this.#isTracingSuppressed(parent) ? undefined : this.#keeper,
    );
  }

  startActiveSpan<Fn extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<Fn>): ReturnType<Fn> {
    return runActive(this, name, rest);
  }

  /** The ended spans, oldest first. */
  getSpans(): readonly InMemorySpan[] {
    return [...this.#spans.slice(this.#oldest), ...this.#spans.slice(0, this.#oldest)];
  }

  /** Those of one name, oldest first. */
  getSpansByName(name: string): readonly InMemorySpan[] {
    return this.getSpans().filter((span) => span.name === name);
  }

  /** Forgets the spans that have ended. */
  clear(): void {
    this.#spans = [];
    this.#oldest = 0;
  }

  #keep(span: InMemorySpan): void {
    if (this.#spans.length < this.#maxSpans) {
      this.#spans.push(span);
      return;
    }
    this.#spans[this.#oldest] = span;
    this.#oldest = (this.#oldest + 1) % this.#maxSpans;
  }
}
