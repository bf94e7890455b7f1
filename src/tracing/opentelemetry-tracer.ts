import {
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';
import type * as Resources from '@opentelemetry/resources';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import type { Call } from '../call/call';
import { activeContext } from '../call/context';
import { messageOf } from '../diagnostics';
import { TrefoilError } from '../errors';
import type { ExportHealth } from '../export-health';
import { DataRedactor } from '../redaction/data-redactor';
import { validateOptions } from '../validate-options';
import { CallSpan } from './call-span';
import type { CallSpanSink, CallSpanSource, DetachedSpan } from './call-span-sink';
import { exporterName, ForeignSpanSender } from './foreign-span-sender';
import { endingProcessorsOf, GuardedSpanProcessor } from './guarded-parts';
import { runActive, type ActiveSpanArguments } from './noop-tracer';
import { otlpSpanSender, otlpUrl } from './otlp-span-sender';
import { samplerOf } from './sampler';
import { scopeName } from './scope-name';
import { attributeLimitsOf, sdkLimitsOf } from './sdk-limits';
import { SpanBatcher } from './span-batcher';
import { flagsOfTrace } from './span-context';
import { generateSpanId, generateTraceId } from './span-ids';
import type { SpanSender } from './span-sender';
import { hrTimeOn, SpanTimer, timelineOfSpan } from './span-timeline';
import {
  openTelemetryTracerSchema,
  resolveBatch,
  type OpenTelemetryTracerOptions,
  type SpanExporterType,
} from './tracer-options';
import { ZipkinSpanSender, zipkinUrl } from './zipkin-span-sender';

/** The SDK's `SamplingDecision.RECORD_AND_SAMPLED`, which its standard samplers give for every span that is recorded. */
const recordAndSampled: Sdk.SamplingDecision = 2;

const defaultFlushTimeoutMs = 5_000;

/**
 * Records spans with OpenTelemetry's SDK and exports them in batches. It is a tracer of OpenTelemetry's API and does
 * not register itself globally.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`; `TREFOIL_PEER_MISSING` where the exporter's package is not installed;
 * `TREFOIL_TRACING_START` where it refuses its settings
 *
 * @example
 * ```ts
 * import { OpenTelemetryTracer } from 'trefoil';
 *
 * const tracer = new OpenTelemetryTracer({ serviceName: 'orders', exporterType: 'console' });
 * tracer.startActiveSpan('store.read', (span) => span.end());
 * await tracer.shutdown();
 * ```
 */
export class OpenTelemetryTracer implements Tracer {
  readonly name: string;
  readonly #tracer: Tracer;
  readonly #sampler: Sdk.Sampler;
  readonly #sink: CallSpanSink;
  readonly #processors: readonly Sdk.SpanProcessor[];
  readonly #batchers: readonly SpanBatcher[];
  readonly #makesCallSpans: boolean;
  readonly #isTracingSuppressed: typeof Core.isTracingSuppressed;

  constructor(given: OpenTelemetryTracerOptions = {}) {
    const options: OpenTelemetryTracerOptions = validateOptions(openTelemetryTracerSchema, given, {
      code: 'TREFOIL_OPTIONS_INVALID',
      attempted: 'Creating an OpenTelemetryTracer',
      todo: 'Correct the option; its documentation says what it takes.',
    });
    const sdk = require('@opentelemetry/sdk-trace-node') as typeof Sdk;
    const { resourceFromAttributes } = require('@opentelemetry/resources') as typeof Resources;
    const { isTracingSuppressed } = require('@opentelemetry/core') as typeof Core;
    this.#isTracingSuppressed = isTracingSuppressed;
    this.name = nameOf(options);
    const resource = resourceFromAttributes({
      ...options.resource,
      'service.name': options.serviceName ?? 'unknown_service',
    });
    try {
      const processors = spanProcessorsOf(sdk, options);
      this.#batchers = processors.filter((processor) => processor instanceof SpanBatcher);
      this.#sampler = samplerOf(sdk, options);
      // A sampler of the application's may do more than say yes or no, which the SDK knows how to follow.
      this.#makesCallSpans = typeof (options.sampler ?? '') === 'string';
      const spanLimits = sdkLimitsOf(options);
      const provider = new sdk.BasicTracerProvider({
        resource,
        sampler: this.#sampler,
        spanLimits,
        spanProcessors: [new SpanTimer(), ...processors],
      });
      this.#processors = processors;
      this.#sink = callSpanSink(sdk, resource, processors, options);
      this.#tracer = provider.getTracer(scopeName);
    } catch (cause) {
      if (cause instanceof TrefoilError) throw cause;
      throw startError(this.name, options, cause);
    }
  }

  /**
   * A span of the SDK. It starts, ends and dates its events by the clock of the calls around it, in nanoseconds, unless it is
   * given times.
   */
  startSpan(name: string, options: SpanOptions = {}, parent: Context = activeContext()): Span {
    const startTime = hrTimeOn(timelineOfSpan(options.root === true ? undefined : parent), options.startTime);
    return this.#tracer.startSpan(name, { ...options, startTime }, parent);
  }

  startActiveSpan<Fn extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<Fn>): ReturnType<Fn> {
    return runActive(this, name, rest);
  }

  /**
   * Whether spans of calls may be made by `startCallSpan`.
   *
   * @internal
   */
  get makesCallSpans(): boolean {
    // What a subclass or an application has put in the place of startSpan is to be asked.
    return this.#makesCallSpans && this.startSpan === OpenTelemetryTracer.prototype.startSpan;
  }

  /**
   * The span of a call, made as the SDK's tracer makes one: ids, parent and sampling are the same.
   *
   * @internal
   */
  startCallSpan(source: CallSpanSource, name: string, call: Call, within: Context): Span {
    if (this.#isTracingSuppressed(within)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const around = trace.getSpanContext(within);
    const parent = around !== undefined && isSpanContextValid(around) ? around : undefined;
    const traceId = parent?.traceId ?? generateTraceId();
    const { kind, attributes } = source;
    const { decision, traceState } = this.#sampler.shouldSample(within, traceId, name, kind, attributes, []);
    const isSampled = decision === recordAndSampled;
    const traceFlags = (isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE) | flagsOfTrace(parent);
    const spanContext: SpanContext = { traceId, spanId: generateSpanId(), traceFlags };
    const state = traceState ?? parent?.traceState;
    if (state !== undefined) spanContext.traceState = state;
    if (!isSampled) return trace.wrapSpanContext(spanContext);
    const span = new CallSpan(source, this.#sink, name, spanContext, parent, call);
    for (const processor of this.#sink.processors) processor.onStart(span, within);
    return span;
  }

  /**
   * Spans of a call that no processor gets, one with a parent and one without.
   *
   * @internal
   */
  callSpanSpecimens(source: CallSpanSource, call: Call): readonly CallSpan[] {
    const sink = { ...this.#sink, processors: [], endingProcessors: [] };
    const context = INVALID_SPAN_CONTEXT;
    return [undefined, context].map((parent) => new CallSpan(source, sink, '', context, parent, call));
  }

  /** How the export of spans is doing, by exporter; empty for the console, and for span processors of your own. */
  exportHealth(): readonly ExportHealth[] {
    return this.#batchers.map((batcher) => batcher.health());
  }

  /**
   * Resolves when every ended span has been exported; rejects where some are lost, or not exported within
   * `flushTimeoutMs`: those go on waiting.
   */
  flush(): Promise<void> {
    return allOf(this.#processors.map((processor) => processor.forceFlush()));
  }

  /** Exports what is left and stops; what is not exported within `flushTimeoutMs` is dropped, and the promise rejects. */
  shutdown(): Promise<void> {
    return allOf(this.#processors.map((processor) => processor.shutdown()));
  }
}

/** Waits for all, whatever becomes of the others; rejects with the first error. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  for (const done of await Promise.allSettled(work)) if (done.status === 'rejected') throw done.reason;
}

function startError(name: string, options: OpenTelemetryTracerOptions, cause: unknown): TrefoilError {
  const url = name === 'zipkin' ? zipkinUrl(options) : otlpUrl(options);
  // A URL may hold a password, and what an exporter says of its settings the settings.
  const { redactor = new DataRedactor() } = options;
  return new TrefoilError(
    'TREFOIL_TRACING_START',
    {
      attempted: `Starting the span exporter "${name}"`,
      where: `tracing.endpoint ${redactor.redactText(url)}`,
      why: redactor.redactText(messageOf(cause)),
      todo: 'Check the tracing options against the documentation of the exporter.',
    },
    { cause },
  );
}

/** The SDK has a second provider make the detached spans, so that its limits hold for them. */
function callSpanSink(
  sdk: typeof Sdk,
  resource: Resources.Resource,
  processors: readonly Sdk.SpanProcessor[],
  options: OpenTelemetryTracerOptions,
): CallSpanSink {
  const sampler = new sdk.AlwaysOnSampler();
  const spanLimits = sdkLimitsOf(options);
  const tracer = new sdk.BasicTracerProvider({ resource, sampler, spanLimits }).getTracer(scopeName);
  const startDetached = (): DetachedSpan => tracer.startSpan('', { root: true }, ROOT_CONTEXT) as DetachedSpan;
  const { instrumentationScope } = startDetached();
  const limits = attributeLimitsOf(options);
  const endingProcessors = endingProcessorsOf(processors);
  return { resource, instrumentationScope, processors, endingProcessors, limits, startDetached };
}

function spanProcessorsOf(sdk: typeof Sdk, options: OpenTelemetryTracerOptions): Sdk.SpanProcessor[] {
  const { spanProcessors, exporters, flushTimeoutMs = defaultFlushTimeoutMs } = options;
  if (spanProcessors === undefined) {
    if (exporters === undefined) return [spanProcessorOf(sdk, options.exporterType ?? 'otlp', options)];
    return exporters.map((exporter) => spanProcessorOf(sdk, exporter, severalWith(exporter, options)));
  }
  return spanProcessors.map((processor) =>
    processor instanceof SpanBatcher ? processor : new GuardedSpanProcessor(processor, flushTimeoutMs),
  );
}

/** Zipkin and OTLP are not taken at one address. */
function severalWith(
  exporter: SpanExporterType | Sdk.SpanExporter,
  { url, endpoint, zipkinEndpoint, ...options }: OpenTelemetryTracerOptions,
): OpenTelemetryTracerOptions {
  if (exporter === 'zipkin') return zipkinEndpoint === undefined ? options : { ...options, endpoint: zipkinEndpoint };
  return { ...options, ...(url === undefined ? {} : { url }), ...(endpoint === undefined ? {} : { endpoint }) };
}

/** What the tracer is called: by its exporters. */
function nameOf({ spanProcessors, exporters, exporterType = 'otlp' }: OpenTelemetryTracerOptions): string {
  if (spanProcessors !== undefined) return 'span processors';
  if (exporters === undefined) return exporterType;
  return exporters.map((exporter) => (typeof exporter === 'string' ? exporter : exporterName(exporter))).join(', ');
}

function spanProcessorOf(
  sdk: typeof Sdk,
  exporter: SpanExporterType | Sdk.SpanExporter,
  options: OpenTelemetryTracerOptions,
): Sdk.SpanProcessor {
  if (exporter === 'console') return new sdk.SimpleSpanProcessor(new sdk.ConsoleSpanExporter());
  return new SpanBatcher({
    sender: typeof exporter === 'string' ? senderOf(exporter, options) : new ForeignSpanSender(exporter),
    batch: resolveBatch(options.batch),
    flushTimeoutMs: options.flushTimeoutMs ?? defaultFlushTimeoutMs,
    redactor: options.redactor ?? new DataRedactor(),
    onReport: options.onReport ?? (() => undefined),
  });
}

function senderOf(exporterType: SpanExporterType, options: OpenTelemetryTracerOptions): SpanSender {
  if (exporterType === 'zipkin') return new ZipkinSpanSender(options);
  if (exporterType === 'jaeger') checkJaegerUrl(options);
  return otlpSpanSender(exporterType, options);
}

/** Where Jaeger took spans before it took OTLP: those would be sent in vain. */
function checkJaegerUrl(options: OpenTelemetryTracerOptions): void {
  const given = options.url ?? options.endpoint;
  if (given === undefined || !/\/api\/traces\/?$/.test(new URL(given).pathname)) return;
  throw new TrefoilError('TREFOIL_OPTIONS_INVALID', {
    attempted: 'Creating an OpenTelemetryTracer for Jaeger',
    where: options.url === undefined ? 'endpoint' : 'url',
    expected: 'where Jaeger takes OTLP, such as http://localhost:4318',
    given: 'the path /api/traces of its former format',
    todo: 'Name the port at which Jaeger takes OTLP: 4318 for HTTP, 4317 for gRPC.',
  });
}
