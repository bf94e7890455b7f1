import { otlpProtocols, samplerNames } from '../tracing/tracer-options';
import type { OtlpProtocol, SamplerName, SpanBatchOptions, SpanLimitOptions } from '../tracing/tracer-options';
import { readHeaders } from './header-variables';
import {
  anHttpUrl,
  given,
  oneOf,
  parseFromOne,
  parseFromZero,
  someOf,
  parseTimeoutMs,
  parseUrl,
  type ReadVariable,
} from './variables';

/** What OpenTelemetry's variables say of tracing. */
export interface TracingVariables {
  readonly exporter: ExporterName | 'none' | readonly ExporterName[] | undefined;
  /** The base URL of OTLP. */
  readonly endpoint: string | undefined;
  /** The URL for spans alone, which is used as it is. */
  readonly url: string | undefined;
  readonly zipkinEndpoint: string | undefined;
  readonly protocol: OtlpProtocol | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none' | undefined;
  readonly timeoutMs: number | undefined;
  readonly batch: SpanBatchOptions;
  readonly limits: SpanLimitOptions;
  readonly sampler: SamplerName | undefined;
  readonly sampleRate: number | undefined;
}

const exporters = ['otlp', 'zipkin', 'console', 'none'] as const;
type ExporterName = Exclude<(typeof exporters)[number], 'none'>;
const compressions = ['gzip', 'none'] as const;

/** Reads them, by OpenTelemetry's specifications of its SDK's and of the OTLP exporter's variables. */
export function readTracingVariables(read: ReadVariable): TracingVariables {
  /** What is said of spans wins over what is said of all signals. */
  const readOtlp = <Value>(name: string, parse: (text: string) => Value | undefined, expected: string) =>
    read(`OTEL_EXPORTER_OTLP_TRACES_${name}`, parse, expected) ?? read(`OTEL_EXPORTER_OTLP_${name}`, parse, expected);
  const sampler = read('OTEL_TRACES_SAMPLER', oneOf(samplerNames), samplerNames.join(' or '));
  return {
    exporter: read('OTEL_TRACES_EXPORTER', parseExporters, exporters.join(' or ')),
    endpoint: read('OTEL_EXPORTER_OTLP_ENDPOINT', parseUrl, anHttpUrl),
    url: read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', parseUrl, anHttpUrl),
    zipkinEndpoint: read('OTEL_EXPORTER_ZIPKIN_ENDPOINT', parseUrl, anHttpUrl),
    protocol: readOtlp('PROTOCOL', oneOf(otlpProtocols), otlpProtocols.join(' or ')),
    headers: readHeaders(read, 'TRACES'),
    compression: readOtlp('COMPRESSION', oneOf(compressions), compressions.join(' or ')),
    timeoutMs: readOtlp('TIMEOUT', parseTimeoutMs, 'milliseconds'),
    batch: readBatch(read),
    limits: readLimits(read),
    sampler,
    // OpenTelemetry specifies that it counts only together with the sampler.
    sampleRate: sampler === undefined ? undefined : read('OTEL_TRACES_SAMPLER_ARG', parseRate, 'a number from 0 to 1'),
  };
}

/** `none` beside others says nothing. */
function parseExporters(text: string, note: (complaint: string) => void): TracingVariables['exporter'] {
  const names = someOf(exporters, 'exporter')(text, note);
  if (names === undefined) return undefined;
  const several = names.filter((name) => name !== 'none');
  if (several.length < names.length && several.length > 0) note('"none" beside others');
  return several.length > 1 ? several : (several[0] ?? 'none');
}

function readBatch(read: ReadVariable): SpanBatchOptions {
  const maxQueueSize = read('OTEL_BSP_MAX_QUEUE_SIZE', parseFromOne, 'a whole number from 1 on');
  const limit = maxQueueSize ?? 2_048;
  const parseBatchSize = (text: string): number | undefined => {
    const size = parseFromOne(text);
    return size !== undefined && size <= limit ? size : undefined;
  };
  return given({
    maxQueueSize,
    maxExportBatchSize: read('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', parseBatchSize, `a whole number from 1 to ${limit}`),
    scheduledDelayMs: read('OTEL_BSP_SCHEDULE_DELAY', parseTimeoutMs, 'milliseconds'),
    exportTimeoutMs: read('OTEL_BSP_EXPORT_TIMEOUT', parseTimeoutMs, 'milliseconds'),
  });
}

function readLimits(read: ReadVariable): SpanLimitOptions {
  const readLimit = (name: string) => read(name, parseFromZero, 'a whole number from 0 on');
  return given({
    attributeValueLength:
      readLimit('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? readLimit('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
    attributeCount: readLimit('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT') ?? readLimit('OTEL_ATTRIBUTE_COUNT_LIMIT'),
    eventCount: readLimit('OTEL_SPAN_EVENT_COUNT_LIMIT'),
    linkCount: readLimit('OTEL_SPAN_LINK_COUNT_LIMIT'),
    eventAttributeCount: readLimit('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'),
    linkAttributeCount: readLimit('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'),
  });
}

function parseRate(text: string): number | undefined {
  const rate = Number(text);
  return rate >= 0 && rate <= 1 ? rate : undefined;
}
