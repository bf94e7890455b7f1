import { TrefoilError } from '../errors';
import { expectedLabelName, isLabelName } from './label-names';
import { StoredMetric } from './metric-store';
import { ObservedMetric } from './observed-metric';
import type {
  HistogramValue,
  Labels,
  MetricDefinition,
  MetricsBackend,
  MetricType,
  MetricValue,
  Observation,
} from './metrics-backend';

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/**
 * Keeps metrics in memory, for tests and as the core of other backends.
 *
 * @example
 * ```ts
 * import { InMemoryMetricsBackend } from 'trefoil';
 *
 * const metrics = new InMemoryMetricsBackend();
 * metrics.increment('jobs_total', { kind: 'mail' });
 * metrics.get('jobs_total', { kind: 'mail' }); // 1
 * ```
 */
export class InMemoryMetricsBackend implements MetricsBackend {
  readonly name: string = 'memory';
  readonly #metrics = new Map<string, StoredMetric>();
  readonly #observed = new Map<string, ObservedMetric>();

  /** @throws TrefoilError `TREFOIL_METRIC_CONFLICT` or `TREFOIL_METRIC_INVALID` */
  declare(definition: MetricDefinition): StoredMetric {
    const known = this.#metrics.get(definition.name) ?? this.#observed.get(definition.name);
    if (known !== undefined) {
      if (known instanceof StoredMetric && sameShape(known.definition, definition)) return known;
      throw conflict(known.definition, definition);
    }
    if (!metricName.test(definition.name)) {
      throw new TrefoilError('TREFOIL_METRIC_INVALID', {
        attempted: 'Declaring a metric',
        where: JSON.stringify(definition.name),
        expected: 'letters, digits, _ and :, not beginning with a digit',
        given: 'another name',
        todo: 'Rename the metric.',
      });
    }
    const wrong = definition.labelNames.find((name) => !isLabelName(name, definition.type));
    if (wrong !== undefined) {
      throw new TrefoilError('TREFOIL_METRIC_INVALID', {
        attempted: 'Declaring a metric',
        where: `the labels of ${definition.name}`,
        expected: expectedLabelName,
        given: JSON.stringify(wrong),
        todo: 'Rename the label.',
      });
    }
    const metric = new StoredMetric(definition);
    this.#metrics.set(definition.name, metric);
    return metric;
  }

  /** @throws TrefoilError `TREFOIL_METRIC_CONFLICT` where the name is recorded already, or observed in another shape */
  observe(definition: MetricDefinition, read: () => Iterable<Observation>): () => void {
    const { name } = definition;
    const metric = this.#observed.get(name) ?? new ObservedMetric(definition);
    const known = this.#metrics.get(name)?.definition ?? metric.definition;
    if (this.#metrics.has(name) || !sameShape(known, definition)) throw conflict(known, definition);
    this.#observed.set(name, metric);
    metric.add(read);
    return () => {
      metric.delete(read);
      if (metric.isUnread && this.#observed.get(name) === metric) this.#observed.delete(name);
    };
  }

  increment(name: string, labels: Labels = {}, value = 1): void {
    if (!(value >= 0)) {
      throw new TrefoilError('TREFOIL_METRIC_INVALID', {
        attempted: 'Incrementing a counter',
        where: name,
        expected: 'a number that is not negative',
        given: String(value),
        todo: 'Use a gauge for values that go down.',
      });
    }
    const metric = this.#adHoc(name, 'counter', labels);
    metric.series(metric.labelValues(labels)).record(value);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    const metric = this.#adHoc(name, 'gauge', labels);
    metric.set(metric.labelValues(labels), value);
  }

  histogram(name: string, value: number, labels: Labels = {}): void {
    const metric = this.#adHoc(name, 'histogram', labels);
    metric.series(metric.labelValues(labels)).record(value);
  }

  get(name: string, labels: Labels = {}): number | HistogramValue | undefined {
    const value = this.#metrics.get(name)?.get(labels) ?? this.#observedValue(name, labels);
    return value === undefined || value.type === 'histogram' ? value : value.value;
  }

  /** Whether a metric is kept here or read from elsewhere. */
  has(name: string): boolean {
    return this.#metrics.has(name) || this.#observed.has(name);
  }

  /** Every series of one metric. */
  valuesOf(name: string): readonly (MetricValue | HistogramValue)[] {
    return [...(this.#metrics.get(name)?.values() ?? this.#observed.get(name)?.values() ?? [])];
  }

  getMetrics(): readonly (MetricValue | HistogramValue)[] {
    return [...this.#metrics.values(), ...this.#observed.values()].flatMap((metric) => [...metric.values()]);
  }

  /** What is kept elsewhere stays. */
  reset(): void {
    for (const metric of this.#metrics.values()) metric.reset();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #observedValue(name: string, labels: Labels): MetricValue | HistogramValue | undefined {
    const asked = Object.entries(labels);
    return this.#observed
      .get(name)
      ?.values()
      .find((value) => {
        const has = (label: string, text: string): boolean => value.labels[label] === text;
        return asked.length === Object.keys(value.labels).length && asked.every(([label, text]) => has(label, text));
      });
  }

  #adHoc(name: string, type: MetricType, labels: Labels): StoredMetric {
    const known = this.#metrics.get(name);
    const definition = { name, type, help: name, labelNames: Object.keys(labels) };
    // Labels in another order are the same labels; the metric itself says which names it takes.
    return known?.definition.type === type ? known : this.declare(definition);
  }
}

function conflict(known: MetricDefinition, definition: MetricDefinition): TrefoilError {
  return new TrefoilError('TREFOIL_METRIC_CONFLICT', {
    attempted: 'Declaring a metric',
    where: definition.name,
    expected: describeShape(known),
    given: describeShape(definition),
    todo: 'Give one of the two metrics another name.',
  });
}

function sameShape(one: MetricDefinition, other: MetricDefinition): boolean {
  return describeShape(one) === describeShape(other);
}

function describeShape({ type, labelNames, buckets }: MetricDefinition): string {
  const bounds = buckets === undefined ? '' : ` with buckets [${buckets.join(', ')}]`;
  return `a ${type} with the labels {${labelNames.join(', ')}}${bounds}`;
}
