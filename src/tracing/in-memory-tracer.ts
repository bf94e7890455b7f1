import {
  context,
  isSpanContextValid,
  trace,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';
import * as v from 'valibot';
import { validateOptions } from '../validate-options';
import { InMemorySpan, type SpanKeeper } from './in-memory-span';
import { defaultSpanLimits } from './kept-attributes';
import { runActive, type ActiveSpanArguments } from './noop-tracer';
import { timelineOfSpan } from './span-timeline';
import { limitsSchema, maxSpansOption, type SpanLimitOptions } from './tracer-options';

const schema = v.strictObject({ maxSpans: maxSpansOption, limits: v.optional(limitsSchema) });

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
    const valueLength = limits?.attributeValueLength ?? 0;
    // To the SDK, nothing is left to cut by a limit that is not above zero.
    const attributeValueLength = valueLength > 0 ? valueLength : Infinity;
    const inForce = { ...defaultSpanLimits, ...limits, attributeValueLength };
    this.#keeper = { limits: inForce, onEnd: (span) => this.#keep(span) };
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
