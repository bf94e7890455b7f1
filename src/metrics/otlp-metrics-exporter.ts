import type { Context } from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';
import type * as OtlpGrpc from '@opentelemetry/exporter-metrics-otlp-grpc';
import type * as OtlpHttp from '@opentelemetry/exporter-metrics-otlp-http';
import type * as OtlpProto from '@opentelemetry/exporter-metrics-otlp-proto';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { context } from '@opentelemetry/api';
import { createRequire } from 'node:module';
import { messageOf } from '../diagnostics';
import { TrefoilError } from '../errors';
import { peerError } from '../optional-peer';
import { otlpSignalUrl } from '../otlp-url';
import { OtlpNumbers } from '../otlp-values';
import { writtenMetrics } from './written-metrics';

/** How metrics are sent by OTLP. */
export interface OtlpMetricsExporterOptions {
  readonly endpoint?: string | undefined;
  readonly url?: string | undefined;
  readonly protocol?: 'http/protobuf' | 'http/json' | 'grpc' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly compression?: 'gzip' | 'none' | undefined;
}

/** How much longer than its time limit an export is waited for that does not keep to it, in milliseconds. */
const graceMs = 500;

const exportSucceeded: Core.ExportResultCode.SUCCESS = 0;

/** One of OpenTelemetry's OTLP exporters, whose exports are promises that end. */
export class OtlpMetricsExporter {
  readonly #exporter: PushMetricExporter;
  readonly #numbers: OtlpNumbers;
  readonly #timeoutMs: number;
  /** Exporting is no part of anybody's trace. */
  readonly #within: Context;

  /** @throws TrefoilError `TREFOIL_PEER_MISSING` or `TREFOIL_METRICS_EXPORTER` */
  constructor(options: OtlpMetricsExporterOptions, timeoutMs: number) {
    const { suppressTracing } = require('@opentelemetry/core') as typeof Core;
    const { ROOT_CONTEXT } = require('@opentelemetry/api') as typeof import('@opentelemetry/api');
    this.#within = suppressTracing(ROOT_CONTEXT);
    this.#timeoutMs = timeoutMs;
    try {
      this.#exporter = exporterOf(options, timeoutMs);
      this.#numbers = OtlpNumbers.of(this.#exporter, options.protocol === 'http/json');
    } catch (cause) {
      if (cause instanceof TrefoilError) throw cause;
      throw new TrefoilError(
        'TREFOIL_METRICS_EXPORTER',
        {
          attempted: 'Making the exporter of metrics',
          where: `OTLP by ${options.protocol ?? 'http/protobuf'} to ${shownDestinationOf(options)}`,
          why: messageOf(cause),
          todo: 'Check the options of metrics against the documentation of the exporter.',
        },
        { cause },
      );
    }
  }

  /** Resolves when the receiver has accepted the metrics; rejects where it has not, or not in time. */
  export(metrics: ResourceMetrics): Promise<void> {
    return new Promise((resolve, reject) => {
      const limitMs = this.#timeoutMs + graceMs;
      const late = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
      late.unref();
      const done = ({ code, error }: Core.ExportResult): void => {
        clearTimeout(late);
        if (code === exportSucceeded) resolve();
        else reject(error ?? new Error('the exporter gave no reason'));
      };
      try {
        context.with(this.#within, () => this.#exporter.export(writtenMetrics(metrics, this.#numbers), done));
      } catch (error) {
        done({ code: 1, error: error instanceof Error ? error : new Error(messageOf(error)) });
      }
    });
  }

  /** Closes what it holds open, once the export that is under way has ended. */
  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/** The URL that metrics are posted to; of gRPC, the host and port. */
export function destinationOf({ endpoint, url, protocol }: OtlpMetricsExporterOptions): string {
  if (protocol === 'grpc') return url ?? endpoint ?? 'http://localhost:4317';
  if (url !== undefined) return url;
  return otlpSignalUrl(endpoint, 'metrics');
}

/** The same for people: a URL may carry a password, or a token as its query. */
export function shownDestinationOf(options: OtlpMetricsExporterOptions): string {
  const { protocol, host, pathname } = new URL(destinationOf(options));
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function exporterOf(options: OtlpMetricsExporterOptions, timeoutMillis: number): PushMetricExporter {
  const { protocol = 'http/protobuf', headers = {}, compression } = options;
  const settings = {
    url: destinationOf(options),
    timeoutMillis,
    // The exporters read it from the environment where it is not given.
    ...(compression !== undefined && { compression: compression as OtlpHttpCompression }),
  };
  if (protocol === 'grpc') {
    const { OTLPMetricExporter } = loadGrpc();
    return new OTLPMetricExporter({ ...settings, metadata: grpcMetadata(headers) });
  }
  const { OTLPMetricExporter } = protocol === 'http/json' ? loadHttp() : loadProto();
  return new OTLPMetricExporter({ ...settings, headers: { ...headers } });
}

type HttpConfig = NonNullable<ConstructorParameters<typeof OtlpHttp.OTLPMetricExporter>[0]>;
type OtlpHttpCompression = NonNullable<HttpConfig extends { compression?: infer Value } ? Value : never>;
type GrpcConfig = NonNullable<ConstructorParameters<typeof OtlpGrpc.OTLPMetricExporter>[0]>;
type Metadata = NonNullable<GrpcConfig['metadata']>;

/** Of the copy of gRPC that the exporter itself uses: it need not be the application's. */
function grpcMetadata(headers: Readonly<Record<string, string>>): Metadata {
  // Not named in the call: a bundler would look for it, and it may be missing.
  const packageName = '@opentelemetry/exporter-metrics-otlp-grpc';
  const ofExporter = createRequire(require.resolve(packageName));
  const ofItsBase = createRequire(ofExporter.resolve('@opentelemetry/otlp-grpc-exporter-base'));
  const grpc = ofItsBase('@grpc/grpc-js') as { readonly Metadata: new () => Metadata };
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) {
    try {
      metadata.set(name, value);
    } catch {
      // What is thrown tells the value, which may be a secret.
      throw new Error(`the header ${name} has characters that gRPC cannot send`);
    }
  }
  return metadata;
}

function loadProto(): typeof OtlpProto {
  try {
    return require('@opentelemetry/exporter-metrics-otlp-proto') as typeof OtlpProto;
  } catch (error) {
    throw missing('@opentelemetry/exporter-metrics-otlp-proto', 'http/protobuf', error);
  }
}

function loadHttp(): typeof OtlpHttp {
  try {
    return require('@opentelemetry/exporter-metrics-otlp-http') as typeof OtlpHttp;
  } catch (error) {
    throw missing('@opentelemetry/exporter-metrics-otlp-http', 'http/json', error);
  }
}

function loadGrpc(): typeof OtlpGrpc {
  try {
    return require('@opentelemetry/exporter-metrics-otlp-grpc') as typeof OtlpGrpc;
  } catch (error) {
    throw missing('@opentelemetry/exporter-metrics-otlp-grpc', 'grpc', error);
  }
}

function missing(packageName: string, protocol: string, cause: unknown): TrefoilError {
  return peerError(packageName, `metrics.backend "otlp" with the protocol ${protocol}`, cause);
}
