import { randomBytes } from 'node:crypto';
import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type AttributeValue,
  type Context,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api';
import { monotonicMs } from '../call/clock';
import { messageOf } from '../diagnostics';
import { msOf } from './hr-time';
import { runActive, type ActiveSpanArguments } from './noop-tracer';

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
  readonly startTime: Date;
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  /** Milliseconds; `undefined` until the span has ended. */
  durationMs: number | undefined = undefined;
  readonly #spanContext: SpanContext;
  readonly #isGivenStart: boolean;
  readonly #startedAt = monotonicMs();
  readonly #onEnd: (span: InMemorySpan) => void;

  constructor(
    name: string,
    options: SpanOptions,
    parent: SpanContext | undefined,
    onEnd: (span: InMemorySpan) => void,
  ) {
    this.name = name;
    this.kind = options.kind ?? SpanKind.INTERNAL;
    this.attributes = { ...options.attributes };
    this.links = [...(options.links ?? [])];
    const { startTime } = options;
    this.#isGivenStart = startTime !== undefined;
    this.startTime = startTime === undefined ? new Date() : new Date(msOf(startTime));
    this.parentSpanId = parent?.spanId;
    const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
    const traceState = parent?.traceState;
    this.#spanContext = {
      traceId,
      spanId: randomBytes(8).toString('hex'),
      traceFlags: TraceFlags.SAMPLED,
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

  addEvent(name: string, attributesOrStartTime?: Attributes | TimeInput): this {
    const isAttributes =
      typeof attributesOrStartTime === 'object' &&
      !Array.isArray(attributesOrStartTime) &&
      !(attributesOrStartTime instanceof Date);
    const attributes = isAttributes ? { ...attributesOrStartTime } : {};
    if (this.isRecording()) this.events.push({ name, attributes, timestamp: new Date() });
    return this;
  }

  addLink(link: Link): this {
    this.links.push(link);
    return this;
  }

  addLinks(links: Link[]): this {
    this.links.push(...links);
    return this;
  }

  /** How the span ended; a later status replaces it. */
  setStatus(status: SpanStatus): this {
    if (this.isRecording()) this.status = status;
    return this;
  }

  /** Gives the span another name, until it has ended. */
  updateName(name: string): this {
    if (this.isRecording()) this.name = name;
    return this;
  }

  recordException(exception: Exception): void {
    const type = typeof exception === 'object' && 'name' in exception ? exception.name : undefined;
    this.addEvent('exception', {
      'exception.message': messageOf(exception),
      ...(type === undefined ? {} : { 'exception.type': type }),
    });
  }

  end(endTime?: TimeInput): void {
    if (!this.isRecording()) return;
    // The two ends of a duration have to be read from one clock.
    this.durationMs =
      endTime !== undefined && this.#isGivenStart
        ? Math.max(0, msOf(endTime) - this.startTime.getTime())
        : monotonicMs() - this.#startedAt;
    this.#onEnd(this);
  }

  isRecording(): boolean {
    return this.durationMs === undefined;
  }
}

/** Settings of an {@link InMemoryTracer}. */
export interface InMemoryTracerOptions {
  /** How many ended spans are kept; older ones go first. Default 10,000. */
  readonly maxSpans?: number;
}

/**
 * Keeps ended spans in memory, for tests and development. It is a tracer of OpenTelemetry's API.
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
  readonly #spans: InMemorySpan[] = [];

  constructor(options: InMemoryTracerOptions = {}) {
    this.#maxSpans = options.maxSpans ?? 10_000;
  }

  /** A span that is kept once it is ended; a child of the one in `parent`, where there is one. */
  startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): InMemorySpan {
    const around = options.root === true ? undefined : trace.getSpanContext(parent);
    const valid = around !== undefined && isSpanContextValid(around) ? around : undefined;
    return new InMemorySpan(name, options, valid, (span) => this.#keep(span));
  }

  startActiveSpan<Fn extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<Fn>): ReturnType<Fn> {
    return runActive(this, name, rest);
  }

  /** The ended spans, oldest first. */
  getSpans(): readonly InMemorySpan[] {
    return [...this.#spans];
  }

  getSpansByName(name: string): readonly InMemorySpan[] {
    return this.#spans.filter((span) => span.name === name);
  }

  clear(): void {
    this.#spans.length = 0;
  }

  #keep(span: InMemorySpan): void {
    this.#spans.push(span);
    // Dropped in batches: shifting an array for every span would cost more than the span.
    if (this.#spans.length >= this.#maxSpans * 2) this.#spans.splice(0, this.#spans.length - this.#maxSpans);
  }
}
