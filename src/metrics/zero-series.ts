import type { DeclaredOperation } from '../call/declared-operations';
import { whenRejected } from '../diagnostics';
import { standardMetrics } from './metric-names';
import type { MetricDefinition, MetricsBackend } from './metrics-backend';
import { MetricsRegistry } from './metrics-registry';

/**
 * Makes the series of an operation that calls will write to: its successes and failures, and its duration. They are shown at
 * zero from then on, so that a rate or an alert sees the first failure as an increase, and not as a series that appears.
 *
 * @param onError told of what a backend does not take
 */
export function showAtZero(
  backend: MetricsBackend,
  { operation: { facets, name }, store }: DeclaredOperation,
  onError: (metric: string, error: unknown) => void,
): void {
  const { operations, duration } = standardMetrics;
  if (facets.counted !== undefined) {
    for (const outcome of ['success', 'failure']) makeSeries(backend, operations, [store.name, name, outcome], onError);
  }
  if (facets.timed !== undefined) makeSeries(backend, duration, [store.name, name], onError);
}

function makeSeries(
  backend: MetricsBackend,
  definition: MetricDefinition,
  labelValues: readonly string[],
  onError: (metric: string, error: unknown) => void,
): void {
  try {
    // A series of a registry is looked for in its members at its first record only.
    const made: unknown =
      backend instanceof MetricsRegistry
        ? backend.seriesOf(definition, labelValues)
        : backend.declare(definition).series(labelValues);
    whenRejected(made, (error) => onError(definition.name, error));
  } catch (error) {
    onError(definition.name, error);
  }
}
