import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { peersFolder } from './install-peers';

// As much of the peers' types as the bench uses: they are not there when the bench is compiled.

export interface NestjsOtel {
  Span(name: string): MethodDecorator;
  OtelMethodCounter(options: { readonly name: string }): MethodDecorator;
}

export interface JsDecorator {
  Traced(name: string): MethodDecorator;
}

export interface Autometrics {
  AutometricsLegacy(options: { readonly functionName: string }): MethodDecorator;
  registerExporter(exporter: { readonly metricReader: MetricReader }): void;
}

/** OpenTelemetry's metrics SDK, of which autometrics brings an older version of its own. */
export interface MetricsSdk {
  readonly MetricReader: abstract new () => MetricReader;
  readonly MeterProvider: new (options: { readonly readers: readonly MetricReader[] }) => object;
}

export interface MetricReader {
  collect(): Promise<{ readonly resourceMetrics: { readonly scopeMetrics: readonly ScopeMetrics[] } }>;
}

interface ScopeMetrics {
  readonly metrics: readonly {
    readonly descriptor: { readonly name: string };
    readonly dataPoints: readonly {
      readonly attributes: Readonly<Record<string, unknown>>;
      readonly value: number | { readonly count: number };
    }[];
  }[];
}

const peers = createRequire(join(peersFolder, 'package.json'));

export const packages = {
  nestjsOtel: 'nestjs-otel',
  jsDecorator: '@fullstackhouse/opentelemetry-js-decorator',
  autometrics: '@autometrics/autometrics',
} as const;

export function loadPeer<Peer>(name: string): Peer {
  return peers(name) as Peer;
}

/** The metrics SDK as that package finds it. */
export function loadMetricsSdk(of: string): MetricsSdk {
  return createRequire(peers.resolve(of))('@opentelemetry/sdk-metrics') as MetricsSdk;
}

/** Name and version, as the lock file has it. */
export function described(name: string): string {
  const lock = JSON.parse(readFileSync(join(peersFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string } | undefined>;
  };
  return `${name} ${lock.packages[`node_modules/${name}`]?.version}`;
}
