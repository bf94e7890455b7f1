import { container } from 'tsyringe';
import { AUDIT_BACKEND, InMemoryAuditBackend, initializeObservability, type TrefoilStatus } from '../../src/index';

/** What a runtime has recorded of a suite. */
export interface Recorded {
  /** By `Store.operation`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly counted: number;
  readonly timed: number;
  readonly audited: number;
  readonly reports: TrefoilStatus['reports'];
}

/** Starts a runtime with everything in memory. */
export function startRecording(): { stop(): Promise<Recorded> } {
  const audit = new InMemoryAuditBackend({ maxEvents: 1_000_000 });
  container.register(AUDIT_BACKEND, { useValue: audit });
  const trefoil = initializeObservability({
    service: { name: 'foreign', environment: 'test' },
    metrics: { backend: 'memory' },
    tracing: { exporter: 'memory' },
    logging: { level: 'silent' },
    signals: false,
  });
  return {
    async stop() {
      const calls: Record<string, number> = {};
      let counted = 0;
      let timed = 0;
      for (const metric of trefoil.metrics.getMetrics()) {
        if (metric.name === 'store_operation_duration_seconds' && metric.type === 'histogram') timed += metric.count;
        if (metric.name !== 'store_operations_total' || !('value' in metric)) continue;
        const place = `${metric.labels['store']}.${metric.labels['operation']}`;
        calls[place] = (calls[place] ?? 0) + metric.value;
        counted += metric.value;
      }
      const { reports } = trefoil.status();
      const recorded = { calls, counted, timed, audited: audit.getAll().length, reports };
      await trefoil.shutdown();
      return recorded;
    },
  };
}
