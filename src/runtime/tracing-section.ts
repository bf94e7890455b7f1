import * as v from 'valibot';
import type { SamplerName } from '../tracing/opentelemetry-tracer';
import { propagatorNames, type PropagatorName } from '../tracing/propagators';
import { isHttpUrl, type Environment } from './environment';
import { flag, share, texts, wholeFrom } from './option-values';

/** Where spans go. */
export interface TracingSection {
  /** Default: `otlp` where an endpoint is given here or in `OTEL_EXPORTER_OTLP_ENDPOINT`, else `none`. */
  readonly exporter?: 'otlp' | 'console' | 'memory' | 'none';
  /** The collector's base URL. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318`. */
  readonly endpoint?: string;
  /** Default `http/protobuf`. */
  readonly protocol?: 'http/protobuf' | 'http/json';
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `OTEL_TRACES_SAMPLER`, else by ratio where a rate is given, else everything; parent-based. */
  readonly sampler?: SamplerName;
  /** The share of traces recorded, 0 to 1. Default: `OTEL_TRACES_SAMPLER_ARG` beside `OTEL_TRACES_SAMPLER`, else 1. */
  readonly sampleRate?: number;
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
  exporter: v.optional(v.picklist(['otlp', 'console', 'memory', 'none'])),
  endpoint: v.optional(v.pipe(v.string(), v.check(isHttpUrl, 'an http or https URL'))),
  protocol: v.optional(v.picklist(['http/protobuf', 'http/json'])),
  headers: v.optional(texts),
  sampler: v.optional(
    v.picklist([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ]),
  ),
  sampleRate: v.optional(share),
  maxSpans: v.optional(wholeFrom(1)),
  propagators: v.optional(v.array(v.picklist(propagatorNames))),
  required: flag,
});

/** A collector that is named is meant to be used; `OTEL_SDK_DISABLED` yields to an exporter that is named. */
export function exporterOf(section: TracingSection | undefined, environment: Environment): ResolvedTracing['exporter'] {
  if (section?.exporter !== undefined) return section.exporter;
  if (environment.tracingDisabled) return 'none';
  return (section?.endpoint ?? environment.otlpEndpoint) === undefined ? 'none' : 'otlp';
}

export function resolveTracing(section: TracingSection | undefined, environment: Environment): ResolvedTracing {
  const samplerByDefault: SamplerName =
    section?.sampleRate === undefined ? (environment.sampler ?? 'parentbased_always_on') : 'parentbased_traceidratio';
  const endpoint = section?.endpoint ?? environment.otlpEndpoint;
  return {
    ...section,
    ...(endpoint === undefined ? {} : { endpoint }),
    exporter: exporterOf(section, environment),
    sampler: section?.sampler ?? samplerByDefault,
    sampleRate: section?.sampleRate ?? environment.sampleRate ?? 1,
    propagators: section?.propagators ?? environment.propagators ?? ['tracecontext', 'baggage'],
    required: section?.required ?? false,
  };
}
