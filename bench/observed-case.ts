import type { DependencyContainer } from 'tsyringe';
import { initializeObservability, InMemoryAuditBackend, TRACER, type Trefoil } from 'trefoil';
import type { BenchCase, Method, Recorded } from './bench-case';
import { ownTracing, type CaseTracing } from './case-tracing';
import type { OrderStore } from './stores';

interface ObservedCaseOptions extends Pick<BenchCase, 'name' | 'records' | 'methods' | 'concurrency'> {
  /** Makes the decorated store, or several behind one, once the container has its runtime. */
  readonly resolve: (within: DependencyContainer) => OrderStore;
  /** How many audit events are kept. */
  readonly ring: number;
  /** Gets a runtime of its own. */
  readonly within: DependencyContainer;
  /** Default: trefoil's own tracer, whose spans are exported and not read. */
  readonly tracing?: CaseTracing | undefined;
}

/** A decorated store, resolved from a container with a runtime. */
export function observedCase({ resolve, ring, within, tracing: given, ...benchCase }: ObservedCaseOptions): BenchCase {
  const tracing = given ?? ownTracing(benchCase.records.span);
  if (tracing !== undefined) within.register(TRACER, { useValue: tracing.tracer });
  const trefoil = initializeObservability(
    {
      service: { name: 'bench', environment: 'bench' },
      audit: { backend: 'memory', maxEvents: ring },
      metrics: { backend: 'prometheus', port: false },
      tracing: { exporter: 'none' },
      logging: { level: 'info', format: 'json' },
      signals: false,
    },
    within,
  );
  const audit = auditOf(trefoil);
  return {
    ...benchCase,
    store: resolve(within),
    ...(tracing === undefined ? {} : { drain: () => tracing.drain() }),
    reset() {
      audit.clear();
      trefoil.metrics.reset();
      if (tracing !== undefined) tracing.exporter.spanIds = [];
    },
    async recorded(method): Promise<Recorded> {
      await tracing?.drain();
      const recorded = {
        counter: countedCalls(trefoil, method),
        histogram: timedCalls(trefoil, method),
        auditSpanIds: audit.getAll().map(({ spanId }) => spanId),
        exportedSpanIds: tracing?.exporter.spanIds ?? [],
      };
      if (tracing !== undefined) tracing.exporter.spanIds = undefined;
      return recorded;
    },
    async close() {
      await trefoil.shutdown();
      await tracing?.close();
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
    .reduce((sum, counter) => sum + ('value' in counter ? counter.value : 0), 0);
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
