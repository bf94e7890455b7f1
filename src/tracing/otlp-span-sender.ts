import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import type * as OtlpGrpc from '@opentelemetry/exporter-trace-otlp-grpc';
import type * as OtlpHttp from '@opentelemetry/exporter-trace-otlp-http';
import type * as OtlpProto from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { messageOf } from '../diagnostics';
import type { TrefoilError } from '../errors';
import { OtlpNumbers } from '../otlp-values';
import { peerError } from '../optional-peer';
import { otlpSignalUrl } from '../otlp-url';
import { withRetries } from './retry';
import { checkSize, exportSpans, TooManyBytesError, type SpanSender } from './span-sender';
import { resolveBatch, type OpenTelemetryTracerOptions } from './tracer-options';
import { writtenSpan } from './written-span';

const defaultTimeoutMs = 10_000;

/** Where OTLP's spans go. */
export function otlpUrl({ url, endpoint, protocol }: OpenTelemetryTracerOptions): string {
  if (url !== undefined) return url;
  if (protocol === 'grpc') return endpoint ?? 'http://localhost:4317';
  return otlpSignalUrl(endpoint, 'traces');
}

/** Sends spans by OTLP; the options decide how it is spoken. */
export function otlpSpanSender(name: string, options: OpenTelemetryTracerOptions): SpanSender {
  return options.protocol === 'grpc' ? new GrpcSpanSender(name, options) : new HttpSpanSender(name, options);
}

/** OTLP over HTTP. The exporter retries by itself, and tells of it by asking for the headers once for each attempt. */
class HttpSpanSender implements SpanSender {
  readonly name: string;
  retries = 0;
  readonly #exporter: SpanExporter;
  readonly #numbers: OtlpNumbers;
  readonly #agent = new Agent({ keepAlive: true });
  #isFirstAttempt = false;
  #isShutDown = false;

  constructor(name: string, options: OpenTelemetryTracerOptions) {
    this.name = name;
    const { OTLPTraceExporter } = options.protocol === 'http/json' ? loadOtlpHttp() : loadOtlpProto();
    this.#exporter = new OTLPTraceExporter({
      url: otlpUrl(options),
      // Asynchronous, so that what it throws ends the export.
      headers: async () => this.#headersOfAttempt(options),
      compression: (options.compression ?? 'none') as OtlpHttpCompression,
      timeoutMillis: options.timeoutMs ?? defaultTimeoutMs,
      // With TLS the agent is the exporter's, which reads the certificates that OpenTelemetry's variables name.
      ...(otlpUrl(options).startsWith('http:') ? { httpAgentOptions: () => this.#agent } : {}),
    });
    this.#numbers = numbersOf(this.#exporter, options);
  }

  send(spans: ReadableSpan[]): Promise<void> {
    this.#isFirstAttempt = true;
    return exportWritten(this.#exporter, spans, this.#numbers);
  }

  abandon(): void {
    // What is under way may still be tried again, which only the shutdown stops.
  }

  shutdown(): Promise<void> {
    this.#isShutDown = true;
    // An error that is none of the network's is not tried again.
    const ended = new Error('the exporter is shut down');
    for (const socket of Object.values(this.#agent.sockets).flat()) socket?.destroy(ended);
    this.#agent.destroy();
    return this.#exporter.shutdown();
  }

  #headersOfAttempt({ headers }: OpenTelemetryTracerOptions): Record<string, string> {
    // What is left counts as lost already: to send it would be of no use, and hold the process up.
    if (this.#isShutDown) throw new Error('the exporter is shut down');
    if (!this.#isFirstAttempt) this.retries += 1;
    this.#isFirstAttempt = false;
    return { ...headers };
  }
}

type OtlpHttpCompression = NonNullable<
  NonNullable<ConstructorParameters<typeof OtlpProto.OTLPTraceExporter>[0]>['compression']
>;

/** gRPC's codes that OTLP's specification calls retryable. */
const retryableStatuses: ReadonlySet<unknown> = new Set([1, 4, 10, 11, 14, 15]);

/** OTLP over gRPC, whose exporter makes one attempt alone. */
class GrpcSpanSender implements SpanSender {
  readonly name: string;
  retries = 0;
  readonly #exporter: SpanExporter;
  readonly #numbers: OtlpNumbers;
  readonly #timeoutMs: number;
  #ending = new AbortController();

  constructor(name: string, options: OpenTelemetryTracerOptions) {
    this.name = name;
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const { OTLPTraceExporter, newMetadata } = loadOtlpGrpc();
    const metadata = newMetadata();
    for (const [key, value] of Object.entries(options.headers ?? {})) metadata.set(key, value);
    this.#exporter = new OTLPTraceExporter({
      url: otlpUrl(options),
      metadata,
      compression: (options.compression ?? 'none') as OtlpHttpCompression,
      timeoutMillis: this.#timeoutMs,
    });
    this.#numbers = numbersOf(this.#exporter, options);
  }

  send(spans: ReadableSpan[]): Promise<void> {
    return withRetries(() => exportWritten(this.#exporter, spans, this.#numbers), {
      withinMs: this.#timeoutMs,
      isRetryable: (error) => retryableStatuses.has((error as { readonly code?: unknown } | null)?.code),
      onRetry: () => (this.retries += 1),
      signal: this.#ending.signal,
    });
  }

  abandon(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
  }

  shutdown(): Promise<void> {
    this.#ending.abort();
    return this.#exporter.shutdown();
  }
}

/** Has the exporter write no more bytes at once than a batch may have, and its numbers as OTLP has them. */
function numbersOf(exporter: SpanExporter, { batch, protocol }: OpenTelemetryTracerOptions): OtlpNumbers {
  const { maxExportBatchBytes } = resolveBatch(batch);
  return OtlpNumbers.of<readonly ReadableSpan[]>(exporter, protocol === 'http/json', ({ byteLength }, { length }) =>
    checkSize(byteLength, maxExportBatchBytes, length),
  );
}

async function exportWritten(exporter: SpanExporter, spans: ReadableSpan[], numbers: OtlpNumbers): Promise<void> {
  const written = spans.map((span) => writtenSpan(span, numbers));
  try {
    await exportSpans(exporter, written);
  } catch (error) {
    throw isTooLarge(error) ? new TooManyBytesError(messageOf(error), { cause: error }) : error;
  }
}

/** HTTP's 413, and gRPC's RESOURCE_EXHAUSTED where a message is what was too large, in the words of its implementations. */
function isTooLarge(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (code === 413) return true;
  return code === 8 && /larger than max|exceeds (the )?maximum|too large/i.test(messageOf(error));
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

type GrpcMetadata = NonNullable<NonNullable<ConstructorParameters<typeof OtlpGrpc.OTLPTraceExporter>[0]>['metadata']>;

interface LoadedOtlpGrpc {
  readonly OTLPTraceExporter: typeof OtlpGrpc.OTLPTraceExporter;
  readonly newMetadata: () => GrpcMetadata;
}

/** The metadata has to be made by the very copy of gRPC that the exporter uses, which is its own dependency. */
function loadOtlpGrpc(): LoadedOtlpGrpc {
  const packageName = '@opentelemetry/exporter-trace-otlp-grpc';
  try {
    const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-grpc') as typeof OtlpGrpc;
    const fromExporter = createRequire(require.resolve(packageName));
    const fromItsBase = createRequire(fromExporter.resolve('@opentelemetry/otlp-grpc-exporter-base'));
    const { Metadata } = fromItsBase('@grpc/grpc-js') as { readonly Metadata: new () => GrpcMetadata };
    return { OTLPTraceExporter, newMetadata: () => new Metadata() };
  } catch (error) {
    throw otlpPeerError(packageName, 'grpc', error);
  }
}

function otlpPeerError(packageName: string, protocol: string, cause: unknown): TrefoilError {
  return peerError(packageName, `tracing.exporter "otlp" with the protocol ${protocol}`, cause);
}
