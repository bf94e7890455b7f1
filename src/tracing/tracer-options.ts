import type * as Sdk from '@opentelemetry/sdk-trace-node';
import * as v from 'valibot';
import type { TextRedactor } from '../diagnostics';
import { isHeader } from './carrier-writer';

/** Which spans are recorded; `parent…` follows the caller's decision where there is a caller. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** The names of the samplers, as `OTEL_TRACES_SAMPLER` has them. */
export const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const satisfies SamplerName[];

/** A sampler of OpenTelemetry's SDK, or one of your own; by its own name, since the SDK's leads to where it happens to be defined. */
export interface SpanSampler {
  readonly shouldSample: Sdk.Sampler['shouldSample'];
  toString(): string;
}

/** Where an {@link OpenTelemetryTracer} sends its spans; `jaeger` is OTLP, which Jaeger takes at the same ports. */
export type SpanExporterType = 'otlp' | 'jaeger' | 'zipkin' | 'console';

/** How OTLP is spoken. */
export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc';

/** The protocols of OTLP. */
export const otlpProtocols = ['http/protobuf', 'http/json', 'grpc'] as const satisfies OtlpProtocol[];

/** How spans are gathered before they are sent. */
export interface SpanBatchOptions {
  /** How many ended spans may wait; more are dropped, and counted. Default 2,048. */
  readonly maxQueueSize?: number;
  /** How many are sent at once, at most `maxQueueSize`. Default 512. */
  readonly maxExportBatchSize?: number;
  /**
   * How many bytes a request may have before compression, a single span apart; of more, two are made. Default 4,194,304,
   * which is what collectors take by gRPC.
   */
  readonly maxExportBatchBytes?: number;
  /** How long a span waits for a batch to fill up, in milliseconds. Default 5,000. */
  readonly scheduledDelayMs?: number;
  /** How long one export may take, with its retries, in milliseconds. Default 30,000. */
  readonly exportTimeoutMs?: number;
}

/** How much a span may carry; what is more is cut off or left out, and counted on the span. */
export interface SpanLimitOptions {
  /** Characters of a text among the attributes. Default: no limit. */
  readonly attributeValueLength?: number;
  /** Attributes of a span. Default 128. */
  readonly attributeCount?: number;
  /** Events of a span. Default 128. */
  readonly eventCount?: number;
  /** Links of a span. Default 128. */
  readonly linkCount?: number;
  /** Attributes of an event. Default 128. */
  readonly eventAttributeCount?: number;
  /** Attributes of a link. Default 128. */
  readonly linkAttributeCount?: number;
}

/** Settings of an {@link OpenTelemetryTracer}. */
export interface OpenTelemetryTracerOptions {
  /** Default `unknown_service`. */
  readonly serviceName?: string;
  /** Attributes of the resource beside the service's name. */
  readonly resource?: Readonly<Record<string, string>>;
  /** Default `otlp`. */
  readonly exporterType?: SpanExporterType;
  /**
   * Several exporters at once, by name or of OpenTelemetry's SDK, in the place of `exporterType`: each gets every span, has
   * a queue of its own, and is shut down with the tracer. One that fails or hangs harms none of the others.
   */
  readonly exporters?: readonly (SpanExporterType | Sdk.SpanExporter)[];
  /** Where Zipkin is, where it is one of several `exporters`. Default `http://localhost:9411`. */
  readonly zipkinEndpoint?: string;
  /** Where spans go instead of to an exporter of trefoil's own; they are flushed and shut down with the tracer, and guarded. */
  readonly spanProcessors?: readonly Sdk.SpanProcessor[];
  /**
   * The collector's base URL. For OTLP over HTTP, `/v1/traces` is added where it is missing; gRPC takes the host and port
   * alone, with TLS for `https`; for Zipkin a URL without a path gets `/api/v2/spans`. Default `http://localhost:4318`,
   * with gRPC `http://localhost:4317`, for Zipkin `http://localhost:9411`.
   */
  readonly endpoint?: string;
  /** The whole URL that spans are posted to, used as it is; it wins over `endpoint`. */
  readonly url?: string;
  /** Of OTLP. Default `http/protobuf`. */
  readonly protocol?: OtlpProtocol;
  /** Sent with each export; with gRPC, as metadata. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of OTLP's bodies. Default `none`. */
  readonly compression?: 'gzip' | 'none';
  /** How long the collector may take for an export, its retries included, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  readonly batch?: SpanBatchOptions;
  /** How long `flush()` and `shutdown()` wait for the collector, or for each span processor, in milliseconds. Default 5,000. */
  readonly flushTimeoutMs?: number;
  /** One of the six by its name, or one of your own. Default `parentbased_always_on`. */
  readonly sampler?: SamplerName | SpanSampler;
  /** The share of traces recorded by the ratio samplers, 0 to 1. Default 1. */
  readonly sampleRate?: number;
  readonly limits?: SpanLimitOptions;
  /** Removes secrets from what `exportHealth()` says of errors. Default: a `DataRedactor` without rules of its own. */
  readonly redactor?: TextRedactor;
  /** Told when spans are lost, once for each kind of loss until an export succeeds again. */
  readonly onReport?: (where: string, error: unknown) => void;
}

/** What is in force where nothing is said. */
const batchDefaults = Object.freeze({
  maxQueueSize: 2_048,
  maxExportBatchSize: 512,
  maxExportBatchBytes: 4 * 1024 * 1024,
  scheduledDelayMs: 5_000,
  exportTimeoutMs: 30_000,
});

/** The batch in force: where only the queue is made smaller, a batch is no larger. */
export function resolveBatch(options: SpanBatchOptions = {}): Required<SpanBatchOptions> {
  const maxQueueSize = options.maxQueueSize ?? batchDefaults.maxQueueSize;
  return {
    maxQueueSize,
    maxExportBatchSize: options.maxExportBatchSize ?? Math.min(batchDefaults.maxExportBatchSize, maxQueueSize),
    maxExportBatchBytes: options.maxExportBatchBytes ?? batchDefaults.maxExportBatchBytes,
    scheduledDelayMs: options.scheduledDelayMs ?? batchDefaults.scheduledDelayMs,
    exportTimeoutMs: options.exportTimeoutMs ?? batchDefaults.exportTimeoutMs,
  };
}

/** `localhost:4318` is a URL, too, but one of the scheme `localhost:`. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

// Checks rather than valibot's own actions: their issues carry the message as what was expected.
const whole = (minimum: number, maximum: number, expected: string) =>
  v.optional(
    v.pipe(
      v.number(),
      v.check((value) => Number.isInteger(value) && value >= minimum && value <= maximum, expected),
    ),
  );
const wholeFrom = (minimum: number) => whole(minimum, Number.MAX_SAFE_INTEGER, `a whole number from ${minimum} on`);

/** The longest that Node's timers can wait. */
const longestTimeoutMs = 2 ** 31 - 1;
const timeoutMs = whole(1, longestTimeoutMs, `a whole number from 1 to ${longestTimeoutMs}`);
const url = v.optional(v.pipe(v.string(), v.check(isHttpUrl, 'an http or https URL')));

/** Any object with the methods is one: the application's may come from another copy of the SDK. */
function has(method: string): (value: unknown) => boolean {
  return (value) => typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === 'function';
}

const batchSchema = v.pipe(
  v.strictObject({
    maxQueueSize: wholeFrom(1),
    maxExportBatchSize: wholeFrom(1),
    maxExportBatchBytes: wholeFrom(1),
    scheduledDelayMs: timeoutMs,
    exportTimeoutMs: timeoutMs,
  }),
  v.check((batch) => {
    const { maxQueueSize, maxExportBatchSize } = resolveBatch(batch);
    return maxExportBatchSize <= maxQueueSize;
  }, 'a maxExportBatchSize that is no more than maxQueueSize'),
);

/** What the limits of spans have to be. */
export const limitsSchema = v.strictObject({
  attributeValueLength: wholeFrom(0),
  attributeCount: wholeFrom(0),
  eventCount: wholeFrom(0),
  linkCount: wholeFrom(0),
  eventAttributeCount: wholeFrom(0),
  linkAttributeCount: wholeFrom(0),
});

/** What the settings of an exporter have to be, for the tracers and for the runtime's section `tracing`. */
export const exportingOptionEntries = {
  endpoint: url,
  url,
  protocol: v.optional(v.picklist(otlpProtocols)),
  headers: v.optional(
    v.pipe(
      v.record(v.string(), v.string()),
      // A line feed behind a token would fail each export or, with gRPC, be told together with the token.
      v.check(
        (headers) => Object.entries(headers).every(([name, value]) => isHeader(name, value)),
        'headers of visible ASCII, without line feeds',
      ),
    ),
  ),
  compression: v.optional(v.picklist(['gzip', 'none'])),
  timeoutMs,
  batch: v.optional(batchSchema),
  limits: v.optional(limitsSchema),
  sampler: v.optional(
    v.custom<SamplerName | SpanSampler>(
      (value) => samplerNames.some((name) => name === value) || has('shouldSample')(value),
      `${samplerNames.join(' or ')}, or an object with shouldSample`,
    ),
  ),
  sampleRate: v.optional(
    v.pipe(
      v.number(),
      v.check((value) => value >= 0 && value <= 1, 'a number from 0 to 1'),
    ),
  ),
};

/** The names of the exporters that there may be several of. */
const spanExporterTypes = ['otlp', 'jaeger', 'zipkin', 'console'] as const satisfies SpanExporterType[];

/** Whether something is an exporter of OpenTelemetry's SDK, of any copy of it. */
export function isSpanExporter(value: unknown): value is Sdk.SpanExporter {
  return has('export')(value) && has('shutdown')(value);
}

/** Exporters by name, each once, or of OpenTelemetry's SDK. */
export const exporterListOption = v.pipe(
  v.array(
    v.custom<SpanExporterType | Sdk.SpanExporter>(
      (value) => spanExporterTypes.some((name) => name === value) || isSpanExporter(value),
      `${spanExporterTypes.join(' or ')}, or a span exporter`,
    ),
  ),
  v.check((list) => list.length > 0 && new Set(list).size === list.length, 'at least one exporter, and none twice'),
);

/** How long a tracer waits for what is behind it. */
export const flushTimeoutOption = timeoutMs;

/** How many spans are kept in memory. */
export const maxSpansOption = wholeFrom(1);

/** What the options of the tracers have to be, beside the exporter's type. */
export const tracerOptionEntries = {
  ...exportingOptionEntries,
  serviceName: v.optional(v.string()),
  resource: v.optional(v.record(v.string(), v.string())),
  exporters: v.optional(exporterListOption),
  zipkinEndpoint: url,
  spanProcessors: v.optional(
    v.array(v.custom<Sdk.SpanProcessor>(has('onEnd'), 'a span processor of OpenTelemetry’s SDK')),
  ),
  flushTimeoutMs: timeoutMs,
  redactor: v.optional(v.custom<TextRedactor>(has('redactText'), 'an object with redactText')),
  onReport: v.optional(v.custom<(where: string, error: unknown) => void>((value) => typeof value === 'function')),
};

export const openTelemetryTracerSchema = v.strictObject({
  ...tracerOptionEntries,
  exporterType: v.optional(v.picklist(spanExporterTypes)),
});
