import {
  diag,
  INVALID_SPAN_CONTEXT,
  SpanKind,
  TraceFlags,
  type Attributes,
  type AttributeValue,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
} from '@opentelemetry/api';
import type { Timeline } from '../call/timeline';
import { addException } from './exception-attributes';
import { dateOf, isTimeInput, nsBetween } from './hr-time';
import { keepAttribute, keptAttributes, type SpanLimits } from './kept-attributes';
import { flagsOfTrace } from './span-context';
import { generateSpanId, generateTraceId } from './span-ids';
import { noteDropped, noteEndedAgain, noteLate } from './span-notices';
import { hrTimeOn, timelineKey, timeOfEvent } from './span-timeline';
import { nextStatus, unsetStatus } from './span-status';

/** Something that happened during a span. */
export interface RecordedEvent {
  readonly name: string;
  readonly attributes: Attributes;
  readonly timestamp: Date;
  /** The same in seconds since the Unix epoch and nanoseconds. */
  readonly hrTime: HrTime;
  /** How many attributes were too many. */
  readonly droppedAttributesCount: number;
}

/** Where a span goes once it has ended, and how much it may carry. */
export interface SpanKeeper {
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
    this.startHrTime = hrTimeOn(timeline, options.startTime);
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
    const limits = this.#limitsIfRecording();
    if (limits === undefined) return this;
    if (!keepAttribute(this.attributes, key, value, limits)) this.droppedAttributesCount += 1;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value as AttributeValue);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const limits = this.#limitsIfRecording();
    if (limits === undefined) return this;
    if (limits.eventCount === 0) {
      diag.warn('No events allowed.');
      this.droppedEventsCount += 1;
      return this;
    }
    const given = isTimeInput(attributesOrTime) ? {} : attributesOrTime;
    const hrTime = hrTimeOn(this.#timeline, timeOfEvent(attributesOrTime, time));
    const { attributes, dropped } = keptAttributes(given, limits, limits.eventAttributeCount);
    const event = { name, attributes, timestamp: dateOf(hrTime), hrTime, droppedAttributesCount: dropped };
    if (pushWithin(this.events, event, limits.eventCount)) return this;
    if (this.droppedEventsCount === 0) diag.debug('Dropping extra events.');
    this.droppedEventsCount += 1;
    return this;
  }

  addLink(link: Link): this {
    const limits = this.#limitsIfRecording();
    if (limits === undefined) return this;
    if (limits.linkCount === 0) {
      this.droppedLinksCount += 1;
      return this;
    }
    const { attributes, dropped } = keptAttributes(link.attributes, limits, limits.linkAttributeCount);
    const kept = {
      context: link.context,
      ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
      ...(dropped > 0 ? { droppedAttributesCount: dropped } : {}),
    };
    if (pushWithin(this.links, kept, limits.linkCount)) return this;
    if (this.droppedLinksCount === 0) diag.debug('Dropping extra links.');
    this.droppedLinksCount += 1;
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  /** How the span ended; a later status replaces it, but none replaces OK. */
  setStatus(status: SpanStatus): this {
    if (this.#limitsIfRecording() !== undefined) this.status = nextStatus(this.status, status);
    return this;
  }

  /** Gives the span another name, until it has ended. */
  updateName(name: string): this {
    if (this.#limitsIfRecording() !== undefined) this.name = name;
    return this;
  }

  /** Something that was thrown, as an event; nothing where it says neither what it is nor a message. */
  recordException(exception: Exception, time?: TimeInput): void {
    addException(this, exception, time);
  }

  end(endTime?: TimeInput): void {
    const keeper = this.#recordingWith;
    if (keeper === undefined) {
      if (this.durationMs !== undefined) noteEndedAgain(this.name, this.#spanContext);
      return;
    }
    const ended = hrTimeOn(this.#timeline, endTime);
    const lastedNs = nsBetween(this.startHrTime, ended);
    this.endHrTime = lastedNs === 0 ? this.startHrTime : ended;
    noteDropped(this);
    this.durationMs = lastedNs / 1e6;
    keeper.onEnd(this);
  }

  isRecording(): boolean {
    return this.#recordingWith !== undefined;
  }

  get #recordingWith(): SpanKeeper | undefined {
    return this.durationMs === undefined ? this.#keeper : undefined;
  }

  /** How much may be said now; nothing once the span has ended, which is told, or where it is not recorded. */
  #limitsIfRecording(): SpanLimits | undefined {
    if (this.durationMs !== undefined) noteLate(this.#spanContext);
    return this.#recordingWith?.limits;
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

/** Adds to a list, from which the oldest goes where it is full; gives whether all have stayed. */
function pushWithin<Item>(list: Item[], item: Item, limit: number): boolean {
  const isFull = list.length >= limit;
  if (isFull) list.shift();
  list.push(item);
  return !isFull;
}
