import { metrics, trace } from '@opentelemetry/api';
import type { BenchCase, Method, Records } from './bench-case';
import { batchingProvider, NullExporter } from './null-exporter';
import {
  described,
  loadMetricsSdk,
  loadPeer,
  packages,
  type Autometrics,
  type JsDecorator,
  type MetricReader,
  type MetricsSdk,
  type NestjsOtel,
} from './peer-packages';
import { autometricsStore, jsDecoratorStore, nestjsOtelStore, stackedStore } from './peer-stores';
import type { OrderStoreClass } from './stores';

/** Counters and histograms of a peer: how many calls of a method they have seen since the process began. */
interface PeerMetrics {
  counted(method: Method): Promise<number>;
  timed(method: Method): Promise<number>;
}

/** The peers write to OpenTelemetry's global providers, as they do in an application. */
export function makePeerCases(): BenchCase[] {
  const exporter = new NullExporter(true);
  const provider = batchingProvider(exporter, true);
  trace.setGlobalTracerProvider(provider);
  const nestjsOtel = loadPeer<NestjsOtel>(packages.nestjsOtel);
  const jsDecorator = loadPeer<JsDecorator>(packages.jsDecorator);
  const autometrics = loadPeer<Autometrics>(packages.autometrics);

  const sdk = loadMetricsSdk(packages.nestjsOtel);
  const globalReader = makeReader(sdk);
  metrics.setGlobalMeterProvider(new sdk.MeterProvider({ readers: [globalReader] }) as typeof metrics);
  const ownReader = makeReader(loadMetricsSdk(packages.autometrics));
  autometrics.registerExporter({ metricReader: ownReader });

  const peer = (name: string, records: Records, storeClass: OrderStoreClass, of?: PeerMetrics): BenchCase =>
    peerCase({ name, records, storeClass, metrics: of, exporter, provider });
  const recordsOfAutometrics = { counter: true, histogram: true } as const;
  return [
    peer(
      described(packages.nestjsOtel),
      { span: 'recorded', counter: true },
      nestjsOtelStore(nestjsOtel, 'orders'),
      metricsByName(globalReader, 'orders'),
    ),
    peer(described(packages.jsDecorator), { span: 'recorded' }, jsDecoratorStore(jsDecorator)),
    peer(
      described(packages.autometrics),
      recordsOfAutometrics,
      autometricsStore(autometrics, 'alone'),
      metricsByFunction(ownReader, 'alone'),
    ),
    peer(
      'the two above, stacked',
      { ...recordsOfAutometrics, span: 'recorded' },
      stackedStore(jsDecorator, autometrics, 'stacked'),
      metricsByFunction(ownReader, 'stacked'),
    ),
  ];
}

interface PeerCaseOptions {
  readonly name: string;
  readonly records: Records;
  readonly storeClass: OrderStoreClass;
  readonly metrics: PeerMetrics | undefined;
  readonly exporter: NullExporter;
  readonly provider: ReturnType<typeof batchingProvider>;
}

function peerCase({ name, records, storeClass, metrics: of, exporter, provider }: PeerCaseOptions): BenchCase {
  const totals = async (method: Method): Promise<{ counter: number; histogram: number }> => ({
    counter: (await of?.counted(method)) ?? 0,
    histogram: (await of?.timed(method)) ?? 0,
  });
  // Their counters cannot be put back to zero.
  let before = { get: { counter: 0, histogram: 0 }, read: { counter: 0, histogram: 0 } };
  return {
    name,
    store: new storeClass(),
    records,
    ...(records.span === undefined ? {} : { drain: () => provider.forceFlush() }),
    async reset() {
      before = { get: await totals('get'), read: await totals('read') };
      exporter.spanIds = [];
    },
    async recorded(method) {
      await provider.forceFlush();
      const { counter, histogram } = await totals(method);
      const exportedSpanIds = exporter.spanIds ?? [];
      exporter.spanIds = undefined;
      return {
        counter: counter - before[method].counter,
        histogram: histogram - before[method].histogram,
        auditSpanIds: [],
        exportedSpanIds,
      };
    },
    close: () => provider.shutdown(),
  };
}

function makeReader({ MetricReader: Reader }: MetricsSdk): MetricReader {
  return new (class extends Reader {
    onForceFlush(): Promise<void> {
      return Promise.resolve();
    }

    onShutdown(): Promise<void> {
      return Promise.resolve();
    }
  })();
}

/** nestjs-otel: a counter for each method. */
function metricsByName(reader: MetricReader, prefix: string): PeerMetrics {
  return {
    counted: (method) => total(reader, `${prefix}.${method}`),
    timed: () => Promise.resolve(0),
  };
}

/** autometrics: one counter and one histogram, whose series say which function was called. */
function metricsByFunction(reader: MetricReader, prefix: string): PeerMetrics {
  return {
    counted: (method) => total(reader, 'function.calls', `${prefix}.${method}`),
    timed: (method) => total(reader, 'function.calls.duration', `${prefix}.${method}`),
  };
}

async function total(reader: MetricReader, name: string, functionName?: string): Promise<number> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints)
    .filter(({ attributes }) => functionName === undefined || attributes['function'] === functionName)
    .reduce((sum, { value }) => sum + (typeof value === 'number' ? value : value.count), 0);
}
