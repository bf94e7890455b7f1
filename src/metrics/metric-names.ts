import type { MetricDefinition } from './metrics-backend';

const counter = (name: string, help: string, ...labelNames: string[]): MetricDefinition => ({
  name,
  type: 'counter',
  help,
  labelNames,
});

/** The standard metrics of stores; names and labels are exact. */
export const standardMetrics = {
  operations: counter('store_operations_total', 'Store operations by outcome.', 'store', 'operation', 'status'),
  duration: {
    name: 'store_operation_duration_seconds',
    type: 'histogram',
    help: 'Duration of store operations in seconds.',
    labelNames: ['store', 'operation'],
    unit: 'seconds',
  },
  bytesRead: counter('store_bytes_read_total', 'Bytes read from the store.', 'store'),
  bytesWritten: counter('store_bytes_written_total', 'Bytes written to the store.', 'store'),
  connectionsActive: {
    name: 'store_connections_active',
    type: 'gauge',
    help: 'Connections to the store that are open.',
    labelNames: ['store'],
  },
  cacheHits: counter('store_cache_hits_total', 'Reads answered from a cache.', 'store'),
  cacheMisses: counter('store_cache_misses_total', 'Reads that no cache could answer.', 'store'),
  repeatedCalls: counter(
    'store_repeated_calls_total',
    'Calls under which one operation was called more often than the limit allows.',
    'store',
    'operation',
  ),
  errors: counter('store_errors_total', 'Failed store operations by type of error.', 'store', 'error_type'),
  problems: counter(
    'trefoil_metric_problems_total',
    'What of metrics was folded, ignored or left out, by metric.',
    'metric',
    'problem',
  ),
} as const satisfies Record<string, MetricDefinition>;

const byName: ReadonlyMap<string, MetricDefinition> = new Map(
  Object.values(standardMetrics).map((definition) => [definition.name, definition]),
);

/** The standard metric of a name, before which no prefix is put. */
export function standardMetricOf(name: string): MetricDefinition | undefined {
  return byName.get(name);
}

/** Upper bounds in seconds that suit a store: half a millisecond to ten seconds. */
export const defaultBuckets: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
