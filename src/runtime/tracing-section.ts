import type { Tracer } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import * as v from 'valibot';
import { tracerTypes, type CreateTracerOptions, type TracerType } from '../tracing/create-tracer';
import { isTracerProviderRegistered } from '../tracing/global-tracer';
import { propagatorNames, type PropagatorName } from '../tracing/propagators';
import {
  exporterListOption,
  exportingOptionEntries,
  type OpenTelemetryTracerOptions,
  type SamplerName,
} from '../tracing/tracer-options';
import type { Environment } from './environment';
import { flag, nameOrOwn, wholeFrom } from '../option-values';
import type { TracingVariables } from './tracing-variables';

type Exporting = Pick<
  CreateTracerOptions,
  'protocol' | 'compression' | 'timeoutMs' | 'batch' | 'limits' | 'headers' | 'sampler'
>;

/** What may be given in the place of an exporter's name. */
export type OwnTracing = SpanExporter | Tracer;

/** Several exporters at once. */
export type ExporterList = NonNullable<OpenTelemetryTracerOptions['exporters']>;

/** Where spans go. */
export interface TracingSection extends Exporting {
  /**
   * Default: `otlp` where an endpoint is given here; else `global` where the application has registered an OpenTelemetry
   * SDK of its own; else `OTEL_TRACES_EXPORTER`; else `otlp` where a variable names an endpoint, and `none` where none does.
   *
   * Instead of a name: a span exporter of OpenTelemetry's SDK, which gets batches of spans; a tracer of its API; a function
   * that makes one of them; or a list of names and span exporters, each of which gets every span. What you hand over is
   * flushed, and shut down with the runtime; what your function makes is shut down as soon as another takes its place.
   */
  readonly exporter?: TracerType | OwnTracing | (() => OwnTracing) | ExporterList;
  /**
   * The collector's base URL, to which OTLP over HTTP adds `/v1/traces`. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`, else
   * `http://localhost:4318`, with gRPC `http://localhost:4317`; for Zipkin `OTEL_EXPORTER_ZIPKIN_ENDPOINT`, else
   * `http://localhost:9411`.
   */
  readonly endpoint?: string;
  /** The whole URL that spans are sent to, used as it is. Default: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. */
  readonly url?: string;
  /** The share of traces recorded, 0 to 1. Default: `OTEL_TRACES_SAMPLER_ARG` beside `OTEL_TRACES_SAMPLER`, else 1. */
  readonly sampleRate?: number;
  /** Zipkin's base URL where it is one of several exporters. Default: `OTEL_EXPORTER_ZIPKIN_ENDPOINT`, else `http://localhost:9411`. */
  readonly zipkinEndpoint?: string;
  /** How many spans the `memory` exporter keeps. Default 10,000. */
  readonly maxSpans?: number;
  /**
   * The formats in which a context goes from service to service; none with an empty list. Default: `OTEL_PROPAGATORS`, else
   * `tracecontext` and `baggage`. They are used where the application has set up no propagator of its own.
   */
  readonly propagators?: readonly PropagatorName[];
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

/** The section in force. */
export type ResolvedTracing = TracingSection &
  Required<Pick<TracingSection, 'exporter' | 'sampler' | 'sampleRate' | 'propagators' | 'required'>>;

export const tracingSchema = v.strictObject({
  ...exportingOptionEntries,
  exporter: v.optional(
    v.lazy((given): v.GenericSchema<NonNullable<TracingSection['exporter']>> =>
      Array.isArray(given) ? exporterListOption : nameOrOwn<TracerType, OwnTracing | (() => OwnTracing)>(tracerTypes),
    ),
  ),
  zipkinEndpoint: exportingOptionEntries.endpoint,
  maxSpans: v.optional(wholeFrom(1)),
  propagators: v.optional(v.array(v.picklist(propagatorNames))),
  required: flag,
});

/**
 * A collector that is named is meant to be used, and so is an SDK that the application has set up; `OTEL_SDK_DISABLED`
 * yields to what the options name.
 */
export function exporterOf(section: TracingSection | undefined, environment: Environment): ResolvedTracing['exporter'] {
  if (section?.exporter !== undefined) return section.exporter;
  if (section?.endpoint !== undefined || section?.url !== undefined) return 'otlp';
  if (environment.tracingDisabled) return 'none';
  if (isTracerProviderRegistered()) return 'global';
  const { exporter, endpoint, url } = environment.tracing;
  return exporter ?? ((url ?? endpoint) === undefined ? 'none' : 'otlp');
}

export function resolveTracing(section: TracingSection | undefined, environment: Environment): ResolvedTracing {
  const { tracing } = environment;
  const samplerByDefault: SamplerName =
    section?.sampleRate === undefined ? (tracing.sampler ?? 'parentbased_always_on') : 'parentbased_traceidratio';
  const exporter = exporterOf(section, environment);
  const exporters: readonly unknown[] = Array.isArray(exporter) ? exporter : [exporter];
  return {
    ...section,
    ...(exporters.includes('otlp') || exporters.includes('jaeger') ? otlpSettings(section, tracing) : {}),
    ...whereZipkinIs(exporter, section, tracing),
    ...laidOver('batch', tracing.batch, section?.batch),
    ...laidOver('limits', tracing.limits, section?.limits),
    exporter,
    sampler: section?.sampler ?? samplerByDefault,
    sampleRate: section?.sampleRate ?? tracing.sampleRate ?? 1,
    propagators: section?.propagators ?? environment.propagators ?? ['tracecontext', 'baggage'],
    required: section?.required ?? false,
  };
}

/** What the options say of something over what the variables say of it; nothing where both are silent. */
function laidOver<Name extends string, Settings extends object>(
  name: Name,
  below: Settings,
  over: Settings | undefined,
): { readonly [Key in Name]?: Settings } {
  const all = { ...below, ...over };
  return Object.keys(all).length === 0 ? {} : ({ [name]: all } as { readonly [Key in Name]?: Settings });
}

function otlpSettings(section: TracingSection | undefined, variables: TracingVariables): Partial<TracingSection> {
  const protocol = section?.protocol ?? variables.protocol;
  const compression = section?.compression ?? variables.compression;
  const timeoutMs = section?.timeoutMs ?? variables.timeoutMs;
  const isNamedHere = section?.endpoint !== undefined || section?.url !== undefined;
  const { url, endpoint } = isNamedHere ? section : variables;
  return {
    ...laidOver('headers', variables.headers, section?.headers),
    ...(url === undefined ? {} : { url }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(compression === undefined ? {} : { compression }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function whereZipkinIs(
  exporter: ResolvedTracing['exporter'],
  section: TracingSection | undefined,
  { zipkinEndpoint }: TracingVariables,
): Partial<TracingSection> {
  if (Array.isArray(exporter)) {
    const at = section?.zipkinEndpoint ?? zipkinEndpoint;
    return at === undefined || !exporter.includes('zipkin') ? {} : { zipkinEndpoint: at };
  }
  const isNamedHere = section?.endpoint !== undefined || section?.url !== undefined;
  return exporter !== 'zipkin' || isNamedHere || zipkinEndpoint === undefined ? {} : { endpoint: zipkinEndpoint };
}
