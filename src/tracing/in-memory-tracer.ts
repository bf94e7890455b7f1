import { randomBytes } from 'node:crypto';
import {
  context,
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
import * as v from 'valibot';
import type { Timeline } from '../call/timeline';
import { messageOf } from '../diagnostics';
import { validateOptions } from '../validate-options';
import { dateOf, hrTimeOf, isTimeInput, nsBetween } from './hr-time';
import { runActive, type ActiveSpanArguments } from './noop-tracer';
import { flagsOfTrace } from './span-context';
import { timelineKey, timelineOfSpan } from './span-timeline';
import { nextStatus, unsetStatus } from './span-status';
import { maxSpansOption } from './tracer-options';

const schema = v.strictObject({ maxSpans: maxSpansOption });

/** Something that happened during a span. */
export interface RecordedEvent {
  readonly name: string;
  readonly attributes: Attributes;
  readonly timestamp: Date;
}

/** A span kept by an {@link InMemoryTracer}. */
export class InMemorySpan implements Span {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanId: string | undefined;
  readonly attributes: Attributes;
  readonly events: RecordedEvent[] = [];
  readonly links: Link[];
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
  readonly #onEnd: (span: InMemorySpan) => void;

  constructor(
    name: string,
    options: SpanOptions,
    parent: SpanContext | undefined,
    timeline: Timeline,
    onEnd: (span: InMemorySpan) => void,
  ) {
    this.name = name;
    this.kind = options.kind ?? SpanKind.INTERNAL;
    this.attributes = { ...options.attributes };
    this.links = [...(options.links ?? [])];
    this.#timeline = timeline;
    this.startHrTime = hrTimeOf(options.startTime ?? timeline.now());
    this.startTime = dateOf(this.startHrTime);
    this.parentSpanId = parent?.spanId;
    const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
    const traceState = parent?.traceState;
    this.#spanContext = {
      traceId,
      spanId: randomBytes(8).toString('hex'),
      traceFlags: TraceFlags.SAMPLED | flagsOfTrace(parent),
      ...(traceState === undefined ? {} : { traceState }),
    };
    this.#onEnd = onEnd;
  }

  /** The ids that others refer to the span by. */
  spanContext(): SpanContext {
    return this.#spanContext;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.isRecording()) this.attributes[key] = value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.isRecording()) Object.assign(this.attributes, attributes);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.isRecording()) return this;
    const [attributes, at] = isTimeInput(attributesOrTime) ? [{}, attributesOrTime] : [attributesOrTime, time];
    const timestamp = dateOf(hrTimeOf(at ?? this.#timeline.now()));
    this.events.push({ name, attributes: { ...attributes }, timestamp });
    return this;
  }

  addLink(link: Link): this {
    if (this.isRecording()) this.links.push(link);
    return this;
  }

  addLinks(links: Link[]): this {
    if (this.isRecording()) this.links.push(...links);
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

  recordException(exception: Exception, time?: TimeInput): void {
    const { name, stack } = typeof exception === 'object' ? exception : {};
    const attributes = {
      'exception.message': messageOf(exception),
      ...(name === undefined ? {} : { 'exception.type': name }),
      ...(stack === undefined ? {} : { 'exception.stacktrace': stack }),
    };
    this.addEvent('exception', attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (!this.isRecording()) return;
    const ended = hrTimeOf(endTime ?? this.#timeline.now());
    const lastedNs = nsBetween(this.startHrTime, ended);
    this.endHrTime = lastedNs === 0 ? this.startHrTime : ended;
    this.durationMs = lastedNs / 1e6;
    this.#onEnd(this);
  }

  isRecording(): boolean {
    return this.durationMs === undefined;
  }

  /** @internal */
  get [timelineKey](): Timeline {
    return this.#timeline;
  }
}

/** Settings of an {@link InMemoryTracer}. */
export interface InMemoryTracerOptions {
  /** How many ended spans are kept; older ones go first. Default 10,000. */
  readonly maxSpans?: number;
}

/**
 * Keeps ended spans in memory, for tests and development. It is a tracer of OpenTelemetry's API. It records every span,
 * also below a caller that is not sampled, as OpenTelemetry's sampler `always_on` does: no test has to sample first.
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
  #spans: InMemorySpan[] = [];
  /** Where the oldest span is, once the list is full. */
  #oldest = 0;

  constructor(options: InMemoryTracerOptions = {}) {
    const { maxSpans = 10_000 }: InMemoryTracerOptions = validateOptions(schema, options, {
      code: 'TREFOIL_OPTIONS_INVALID',
      attempted: 'Creating an InMemoryTracer',
      todo: 'Correct the option; its documentation says what it takes.',
    });
    this.#maxSpans = maxSpans;
  }

  /** A span that is kept once it is ended; a child of the one in `parent`, where there is one. */
  startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): InMemorySpan {
    const around = options.root === true ? undefined : trace.getSpanContext(parent);
    const valid = around !== undefined && isSpanContextValid(around) ? around : undefined;
    const timeline = timelineOfSpan(options.root === true ? undefined : parent);
    return new InMemorySpan(name, options, valid, timeline, (span) => this.#keep(span));
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
