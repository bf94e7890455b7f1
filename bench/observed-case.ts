import type { DependencyContainer } from 'tsyringe';
import { initializeObservability, InMemoryAuditBackend, TRACER, type Trefoil } from 'trefoil';
import type { BenchCase, Method, Recorded } from './bench-case';
import { batchingProvider, NullExporter } from './null-exporter';
import type { OrderStore } from './stores';

interface ObservedCaseOptions extends Pick<BenchCase, 'name' | 'records' | 'methods' | 'concurrency'> {
  /** Makes the decorated store, or several behind one, once the container has its runtime. */
  readonly resolve: (within: DependencyContainer) => OrderStore;
  /** How many audit events are kept. */
  readonly ring: number;
  /** Gets a runtime of its own. */
  readonly within: DependencyContainer;
}

/** A decorated store, resolved from a container with a runtime. */
export function observedCase({ resolve, ring, within, ...benchCase }: ObservedCaseOptions): BenchCase {
  const { records } = benchCase;
  const exporter = new NullExporter();
  const provider = records.span === undefined ? undefined : batchingProvider(exporter, records.span === 'recorded');
  if (provider !== undefined) within.register(TRACER, { useValue: provider.getTracer('bench') });
  const trefoil = initializeObservability(
    {
      service: { name: 'bench', environment: 'bench' },
      audit: { backend: 'memory', maxEvents: ring },
      metrics: { backend: 'prometheus', port: false },
      tracing: { exporter: 'none' },
      logging: { level: 'info' },
      signals: false,
    },
    within,
  );
  const audit = auditOf(trefoil);
  return {
    ...benchCase,
    store: resolve(within),
    ...(provider === undefined ? {} : { drain: () => provider.forceFlush() }),
    reset() {
      audit.clear();
      trefoil.metrics.reset();
      exporter.spanIds = [];
    },
    async recorded(method): Promise<Recorded> {
      await provider?.forceFlush();
      const recorded = {
        counter: countedCalls(trefoil, method),
        histogram: timedCalls(trefoil, method),
        auditSpanIds: audit.getAll().map(({ spanId }) => spanId),
        exportedSpanIds: exporter.spanIds ?? [],
      };
      exporter.spanIds = undefined;
      return recorded;
    },
    async close() {
      await trefoil.shutdown();
      await provider?.shutdown();
    },
  };
}

function auditOf(trefoil: Trefoil): InMemoryAuditBackend {
  if (trefoil.audit instanceof InMemoryAuditBackend) return trefoil.audit;
  throw new Error(`expected the memory backend, got ${trefoil.audit.name}`);
}

function countedCalls({ metrics }: Trefoil, method: Method): number {
  return metrics
    .getMetrics()
    .filter(({ name, labels }) => name === 'store_operations_total' && labels['operation'] === method)
    .filter(({ labels }) => labels['status'] === 'success')
    .reduce((sum, counter) => sum + (counter.type === 'histogram' ? 0 : counter.value), 0);
}

function timedCalls({ metrics }: Trefoil, method: Method): number {
  return metrics
    .getMetrics()
    .filter(({ name, labels }) => name === 'store_operation_duration_seconds' && labels['operation'] === method)
    .reduce((sum, histogram) => sum + (histogram.type === 'histogram' ? histogram.count : 0), 0);
}

type UnobservedCaseOptions = Pick<BenchCase, 'name' | 'store' | 'methods' | 'concurrency'>;

/** A store that nothing is recorded of: bare, or decorated without a runtime. */
export function unobservedCase(benchCase: UnobservedCaseOptions): BenchCase {
  return {
    ...benchCase,
    records: {},
    reset() {},
    recorded: () => Promise.resolve({ counter: 0, histogram: 0, auditSpanIds: [], exportedSpanIds: [] }),
    close: () => Promise.resolve(),
  };
}
