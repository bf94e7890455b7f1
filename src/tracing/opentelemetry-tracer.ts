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
import type * as OtlpHttp from '@opentelemetry/exporter-trace-otlp-http';
import type * as OtlpProto from '@opentelemetry/exporter-trace-otlp-proto';
import type * as Resources from '@opentelemetry/resources';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import { TrefoilError } from '../errors';
import { peerError } from '../optional-peer';
import { CallSpan, type CallSpanSink, type DetachedSpan, type CallSpanSource } from './call-span';
import { runActive, type ActiveSpanArguments } from './noop-tracer';
import { generateSpanId, generateTraceId } from './span-ids';

const scopeName = 'trefoil';

/** The SDK's `SamplingDecision.RECORD_AND_SAMPLED`, which its standard samplers give for every span that is recorded. */
const recordAndSampled: Sdk.SamplingDecision = 2;

/** Which spans are recorded; `parent…` follows the caller's decision where there is a caller. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** Settings of an {@link OpenTelemetryTracer}. */
export interface OpenTelemetryTracerOptions {
  readonly serviceName: string;
  /** Attributes of the resource beside the service's name. */
  readonly resource?: Readonly<Record<string, string>>;
  /** Default `otlp`. */
  readonly exporterType?: 'otlp' | 'console';
  /** Where spans go instead of to an exporter of trefoil's own; they are shut down with the tracer. */
  readonly spanProcessors?: readonly Sdk.SpanProcessor[];
  /** The collector's base URL; `/v1/traces` is added. Default `http://localhost:4318`. */
  readonly endpoint?: string;
  /** Default `http/protobuf`. */
  readonly protocol?: 'http/protobuf' | 'http/json';
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `parentbased_always_on`. */
  readonly sampler?: SamplerName;
  /** The share of traces recorded by the ratio samplers, 0 to 1. Default 1. */
  readonly sampleRate?: number;
}

/**
 * Records spans with OpenTelemetry's SDK and exports them in batches. It is a tracer of OpenTelemetry's API and does
 * not register itself globally.
 *
 * @throws TrefoilError `TREFOIL_PEER_MISSING` where the exporter's package is not installed, `TREFOIL_TRACING_START`
 * where it refuses its settings
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
  readonly #provider: Sdk.BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #sampler: Sdk.Sampler;
  readonly #sink: CallSpanSink;
  readonly #isTracingSuppressed: typeof Core.isTracingSuppressed;

  constructor(options: OpenTelemetryTracerOptions) {
    const sdk = require('@opentelemetry/sdk-trace-node') as typeof Sdk;
    const { resourceFromAttributes } = require('@opentelemetry/resources') as typeof Resources;
    const { isTracingSuppressed } = require('@opentelemetry/core') as typeof Core;
    this.#isTracingSuppressed = isTracingSuppressed;
    this.name = options.spanProcessors === undefined ? (options.exporterType ?? 'otlp') : 'span processors';
    const resource = resourceFromAttributes({ ...options.resource, 'service.name': options.serviceName });
    try {
      const processors = options.spanProcessors ?? [spanProcessorOf(sdk, options)];
      this.#sampler = samplerOf(sdk, options);
      this.#provider = new sdk.BasicTracerProvider({
        resource,
        sampler: this.#sampler,
        spanProcessors: [...processors],
      });
      this.#sink = callSpanSink(sdk, resource, processors);
    } catch (cause) {
      if (cause instanceof TrefoilError) throw cause;
      throw new TrefoilError(
        'TREFOIL_TRACING_START',
        {
          attempted: `Starting the span exporter "${this.name}"`,
          where: `tracing.endpoint ${options.endpoint ?? 'http://localhost:4318'}`,
          why: (cause as Error).message,
          todo: 'Check the tracing options against the documentation of the exporter.',
        },
        { cause },
      );
    }
    this.#tracer = this.#provider.getTracer(scopeName);
  }

  startSpan(name: string, options?: SpanOptions, parent?: Context): Span {
    return this.#tracer.startSpan(name, options, parent);
  }

  startActiveSpan<Fn extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<Fn>): ReturnType<Fn> {
    return runActive(this, name, rest);
  }

  /** The span of a call, made as the SDK's tracer makes one: ids, parent and sampling are the same. */
  startCallSpan(source: CallSpanSource, name: string, startedAtMs: number, within: Context): Span {
    if (this.#isTracingSuppressed(within)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const around = trace.getSpanContext(within);
    const parent = around !== undefined && isSpanContextValid(around) ? around : undefined;
    const traceId = parent?.traceId ?? generateTraceId();
    const { kind, attributes } = source;
    const { decision, traceState } = this.#sampler.shouldSample(within, traceId, name, kind, attributes, []);
    const isSampled = decision === recordAndSampled;
    const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const spanContext: SpanContext = { traceId, spanId: generateSpanId(), traceFlags };
    const state = traceState ?? parent?.traceState;
    if (state !== undefined) spanContext.traceState = state;
    if (!isSampled) return trace.wrapSpanContext(spanContext);
    const span = new CallSpan(source, this.#sink, name, spanContext, parent, startedAtMs);
    for (const processor of this.#sink.processors) processor.onStart(span, within);
    return span;
  }

  /** Resolves when every ended span has been exported; rejects where the exporter gives up. */
  flush(): Promise<void> {
    return this.#provider.forceFlush();
  }

  /** Exports what is left and stops. */
  shutdown(): Promise<void> {
    return this.#provider.shutdown();
  }
}

/** The SDK has a second provider make the detached spans, so that its limits hold for them. */
function callSpanSink(
  sdk: typeof Sdk,
  resource: Resources.Resource,
  processors: readonly Sdk.SpanProcessor[],
): CallSpanSink {
  const tracer = new sdk.BasicTracerProvider({ resource, sampler: new sdk.AlwaysOnSampler() }).getTracer(scopeName);
  const startDetached = (): DetachedSpan => tracer.startSpan('', { root: true }, ROOT_CONTEXT) as DetachedSpan;
  const { instrumentationScope } = startDetached();
  return { resource, instrumentationScope, processors, startDetached };
}

function spanProcessorOf(sdk: typeof Sdk, options: OpenTelemetryTracerOptions): Sdk.SpanProcessor {
  if (options.exporterType === 'console') return new sdk.SimpleSpanProcessor(new sdk.ConsoleSpanExporter());
  return new sdk.BatchSpanProcessor(otlpExporter(options));
}

function otlpExporter(options: OpenTelemetryTracerOptions): Sdk.SpanExporter {
  const base = (options.endpoint ?? 'http://localhost:4318').replace(/\/$/, '');
  const url = base.endsWith('/v1/traces') ? base : `${base}/v1/traces`;
  const { OTLPTraceExporter } = options.protocol === 'http/json' ? loadOtlpHttp() : loadOtlpProto();
  return new OTLPTraceExporter({ url, headers: { ...options.headers } });
}

function loadOtlpHttp(): typeof OtlpHttp {
  try {
    return require('@opentelemetry/exporter-trace-otlp-http') as typeof OtlpHttp;
  } catch (error) {
    throw otlpPeerError('@opentelemetry/exporter-trace-otlp-http', 'http/json', error);
  }
}

function loadOtlpProto(): typeof OtlpProto {
  try {
    return require('@opentelemetry/exporter-trace-otlp-proto') as typeof OtlpProto;
  } catch (error) {
    throw otlpPeerError('@opentelemetry/exporter-trace-otlp-proto', 'http/protobuf', error);
  }
}

function otlpPeerError(packageName: string, protocol: string, cause: unknown): TrefoilError {
  return peerError(packageName, `tracing.exporter "otlp" with the protocol ${protocol}`, cause);
}

function samplerOf(
  sdk: typeof Sdk,
  { sampler = 'parentbased_always_on', sampleRate = 1 }: OpenTelemetryTracerOptions,
): Sdk.Sampler {
  if (sampler.startsWith('parentbased_')) {
    return new sdk.ParentBasedSampler({ root: rootSampler(sdk, sampler.slice('parentbased_'.length), sampleRate) });
  }
  return rootSampler(sdk, sampler, sampleRate);
}

function rootSampler(sdk: typeof Sdk, sampler: string, sampleRate: number): Sdk.Sampler {
  if (sampler === 'always_on') return new sdk.AlwaysOnSampler();
  if (sampler === 'always_off') return new sdk.AlwaysOffSampler();
  return new sdk.TraceIdRatioBasedSampler(sampleRate);
}
