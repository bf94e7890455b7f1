import type { Metric, MetricSnapshot } from './metrics-backend';

/** Series by their metric, for backends that give nothing more; nobody knows their help texts any more. */
export function snapshotsOf(metrics: readonly Metric[]): MetricSnapshot[] {
  const byName = new Map<string, { readonly first: Metric; readonly values: Metric[] }>();
  for (const metric of metrics) {
    const known = byName.get(metric.name);
    if (known === undefined) byName.set(metric.name, { first: metric, values: [metric] });
    else known.values.push(metric);
  }
  return [...byName.values()].map(({ first: { name, type }, values }) => ({ name, type, help: name, values }));
}
