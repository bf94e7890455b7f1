import type { Context, Span, SpanOptions, Tracer } from '@opentelemetry/api';
import type * as OtlpHttp from '@opentelemetry/exporter-trace-otlp-http';
import type * as OtlpProto from '@opentelemetry/exporter-trace-otlp-proto';
import type * as Resources from '@opentelemetry/resources';
import type * as Sdk from '@opentelemetry/sdk-trace-node';
import { TrefoilError } from '../errors';
import { loadOptionalPeer } from '../optional-peer';
import { runActive, type ActiveSpanArguments } from './noop-tracer';

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
  readonly exporterType: 'otlp' | 'console';
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

  constructor(options: OpenTelemetryTracerOptions) {
    const sdk = require('@opentelemetry/sdk-trace-node') as typeof Sdk;
    const { resourceFromAttributes } = require('@opentelemetry/resources') as typeof Resources;
    this.name = options.exporterType;
    try {
      this.#provider = new sdk.BasicTracerProvider({
        resource: resourceFromAttributes({ ...options.resource, 'service.name': options.serviceName }),
        sampler: samplerOf(sdk, options),
        spanProcessors: [spanProcessorOf(sdk, options)],
      });
    } catch (cause) {
      if (cause instanceof TrefoilError) throw cause;
      throw new TrefoilError(
        'TREFOIL_TRACING_START',
        {
          attempted: `Starting the span exporter "${options.exporterType}"`,
          where: `tracing.endpoint ${options.endpoint ?? 'http://localhost:4318'}`,
          why: (cause as Error).message,
          todo: 'Check the tracing options against the documentation of the exporter.',
        },
        { cause },
      );
    }
    this.#tracer = this.#provider.getTracer('trefoil');
  }

  startSpan(name: string, options?: SpanOptions, parent?: Context): Span {
    return this.#tracer.startSpan(name, options, parent);
  }

  startActiveSpan<Fn extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<Fn>): ReturnType<Fn> {
    return runActive(this, name, rest);
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

function spanProcessorOf(sdk: typeof Sdk, options: OpenTelemetryTracerOptions): Sdk.SpanProcessor {
  if (options.exporterType === 'console') return new sdk.SimpleSpanProcessor(new sdk.ConsoleSpanExporter());
  return new sdk.BatchSpanProcessor(otlpExporter(options));
}

function otlpExporter(options: OpenTelemetryTracerOptions): Sdk.SpanExporter {
  const base = (options.endpoint ?? 'http://localhost:4318').replace(/\/$/, '');
  const url = base.endsWith('/v1/traces') ? base : `${base}/v1/traces`;
  const settings = { url, headers: { ...options.headers } };
  const neededFor = `tracing.exporter "otlp" with the protocol ${options.protocol ?? 'http/protobuf'}`;
  if (options.protocol === 'http/json') {
    const packageName = '@opentelemetry/exporter-trace-otlp-http';
    const load = (): typeof OtlpHttp => require('@opentelemetry/exporter-trace-otlp-http') as typeof OtlpHttp;
    return new (loadOptionalPeer(packageName, neededFor, load).OTLPTraceExporter)(settings);
  }
  const packageName = '@opentelemetry/exporter-trace-otlp-proto';
  const load = (): typeof OtlpProto => require('@opentelemetry/exporter-trace-otlp-proto') as typeof OtlpProto;
  return new (loadOptionalPeer(packageName, neededFor, load).OTLPTraceExporter)(settings);
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
