import { BoundedLabel, other } from './bounded-labels';
import { labelText } from './label-values';
import { standardMetrics } from './metric-names';
import type { MetricProblems } from './metric-problems';
import type { StoredMetric } from './metric-store';

/** How many series a metric may have for each value that one of its labels may take. */
const seriesPerValue = 10;

/**
 * Bounds what is recorded by name, where labels may be anything: by the values of each label, and by the series of each
 * metric. What is past them, too long or no text becomes `other`, and is counted.
 */
export class AdHocLabels {
  readonly #budget: number;
  readonly #problems: MetricProblems;
  readonly #bounds = new Map<StoredMetric, readonly BoundedLabel[]>();

  constructor(budget: number, problems: MetricProblems) {
    this.#budget = budget;
    this.#problems = problems;
  }

  /** The values of the labels, in the definition's order; one that is missing is empty, and an unknown one is left out. */
  of(metric: StoredMetric, labels: Readonly<Record<string, unknown>>): string[] {
    const unknown = metric.unknownLabels(labels);
    if (unknown.length > 0) {
      const { name } = metric.definition;
      const shown = unknown.slice(0, 10).map((label) => label.slice(0, 100));
      const why = `the metric was first recorded with the labels {${metric.definition.labelNames.join(', ')}}`;
      this.#problems.count('label_unknown', name, `${name}{${shown.join(',')}}`, why);
    }
    const given = metric.labelValues(labels);
    const { labelNames } = metric.definition;
    // Stores are named in code, and two of them must not overwrite each other's connections.
    const budget = metric.definition.name === standardMetrics.connectionsActive.name ? Infinity : this.#budget;
    let bounds = this.#bounds.get(metric);
    if (bounds === undefined) {
      bounds = labelNames.map(() => new BoundedLabel(undefined, budget));
      this.#bounds.set(metric, bounds);
    }
    const values = bounds.map((bound, at) => {
      const text = labelText(given[at]);
      if (text !== undefined && bound.admits(text)) return text;
      this.#count(metric, labelNames[at] ?? '', 'the value is outside the bounds of the label');
      return other;
    });
    if (metric.seriesCount < budget * seriesPerValue || metric.has(values)) return values;
    this.#count(metric, labelNames.join(','), 'the metric has as many series as it may have');
    return values.map(() => other);
  }

  #count(metric: StoredMetric, label: string, why: string): void {
    const { name } = metric.definition;
    this.#problems.count('label_folded', name, `${name}{${label}}`, why);
  }
}
