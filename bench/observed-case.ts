import type { DependencyContainer } from 'tsyringe';
import { initializeObservability, InMemoryAuditBackend, TRACER, type HistogramValue, type Trefoil } from 'trefoil';
import type { BenchCase, Recorded, Records } from './bench-case';
import { batchingProvider, NullExporter } from './null-exporter';
import type { OrderStoreClass } from './stores';

interface ObservedCaseOptions {
  readonly name: string;
  readonly records: Records;
  readonly storeClass: OrderStoreClass;
  /** How many audit events are kept. */
  readonly ring: number;
  /** Gets a runtime of its own. */
  readonly within: DependencyContainer;
}

/** A decorated store, resolved from a container with a runtime. */
export function observedCase({ name, records, storeClass, ring, within }: ObservedCaseOptions): BenchCase {
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
    name,
    store: within.resolve(storeClass),
    records,
    ...(provider === undefined ? {} : { drain: () => provider.forceFlush() }),
    reset() {
      audit.clear();
      trefoil.metrics.reset();
      exporter.spanIds = [];
    },
    async recorded(method): Promise<Recorded> {
      await provider?.forceFlush();
      const labels = { store: 'OrderStore', operation: method };
      const histogram = trefoil.metrics.get('store_operation_duration_seconds', labels) as HistogramValue | undefined;
      const recorded = {
        counter: (trefoil.metrics.get('store_operations_total', { ...labels, status: 'success' }) ?? 0) as number,
        histogram: histogram?.count ?? 0,
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

/** A store that nothing is recorded of: bare, or decorated without a runtime. */
export function unobservedCase(name: string, storeClass: OrderStoreClass): BenchCase {
  return {
    name,
    store: new storeClass(),
    records: {},
    reset() {},
    recorded: () => Promise.resolve({ counter: 0, histogram: 0, auditSpanIds: [], exportedSpanIds: [] }),
    close: () => Promise.resolve(),
  };
}
