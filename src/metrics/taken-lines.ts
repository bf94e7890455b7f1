import { standardMetrics } from './metric-names';
import { lineConflict, lineNames } from './metric-shape';
import type { MetricDefinition } from './metrics-backend';

type Lined = Pick<MetricDefinition, 'name' | 'type'>;

/** Kept for the standard metrics from the start, whoever comes first. */
const standardLines: ReadonlyMap<string, string> = new Map(
  Object.values(standardMetrics).flatMap((metric) => lineNames(metric).map((line) => [line, metric.name] as const)),
);

/** Which metric has the lines of a name: two of one name would have a scrape refused. */
export class TakenLines {
  readonly #metrics = new Map(standardLines);

  /** @throws TrefoilError `TREFOIL_METRIC_CONFLICT` where another metric has one of its lines */
  take(metric: Lined): void {
    const names = lineNames(metric);
    for (const line of names) {
      const known = this.#metrics.get(line);
      const isOwn = known === metric.name && known !== standardMetrics.problems.name;
      if (known !== undefined && !isOwn) throw lineConflict(line, known, metric);
    }
    for (const line of names) this.#metrics.set(line, metric.name);
  }

  release(metric: Lined): void {
    for (const line of lineNames(metric)) if (!standardLines.has(line)) this.#metrics.delete(line);
  }

  /** Those of the metrics that are there, with the metric that has them. */
  of(isThere: (name: string) => boolean): Map<string, string> {
    return new Map([...this.#metrics].filter(([, name]) => isThere(name)));
  }
}
