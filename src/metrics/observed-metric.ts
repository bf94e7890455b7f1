import { isShowable } from './check-snapshot';
import { labelText, writableValue } from './label-values';
import type { Metric, MetricDefinition, MetricSnapshot, Observation } from './metrics-backend';

/** A metric that is kept elsewhere: whoever keeps it is asked whenever it is read. */
export class ObservedMetric {
  readonly definition: MetricDefinition;
  readonly #onFailure: (name: string, error: unknown) => void;
  readonly #readers = new Set<() => Iterable<Observation>>();

  /** @param onFailure told of the metric's name when a reader throws, or gives what cannot be shown */
  constructor(definition: MetricDefinition, onFailure: (name: string, error: unknown) => void) {
    this.definition = definition;
    this.#onFailure = onFailure;
  }

  get isUnread(): boolean {
    return this.#readers.size === 0;
  }

  add(read: () => Iterable<Observation>): void {
    this.#readers.add(read);
  }

  delete(read: () => Iterable<Observation>): void {
    this.#readers.delete(read);
  }

  /** One value for each series. */
  values(): Metric[] {
    const found = new Map<string, Metric>();
    const timestamp = new Date();
    for (const read of this.#readers) {
      for (const value of this.#valuesOf(read, timestamp)) {
        const key = JSON.stringify(Object.values(value.labels));
        const known = found.get(key);
        found.set(key, known === undefined ? value : this.#together(known, value));
      }
    }
    return [...found.values()];
  }

  snapshot(): MetricSnapshot {
    const { name, type, help, unit } = this.definition;
    return { name, type, help, unit, values: this.values() };
  }

  /** Of one reader; whatever it does, the scrape has to show everything else. */
  #valuesOf(read: () => Iterable<Observation>, timestamp: Date): Metric[] {
    return this.#attempt(() => [...read()]).flatMap((observation) =>
      this.#attempt(() => [this.#valueOf(observation, timestamp)]),
    );
  }

  #attempt<Value>(give: () => Value[]): Value[] {
    try {
      return give();
    } catch (error) {
      this.#onFailure(this.definition.name, error);
      return [];
    }
  }

  #together(one: Metric, other: Metric): Metric {
    if ('value' in one && 'value' in other) {
      return this.definition.type === 'gauge' ? other : { ...one, value: one.value + other.value };
    }
    if (!('buckets' in one && 'buckets' in other)) return other;
    const buckets = Object.entries(one.buckets).map(([bound, count]) => [bound, count + (other.buckets[bound] ?? 0)]);
    const [count, sum] = [one.count + other.count, one.sum + other.sum];
    return { ...one, count, sum, buckets: Object.fromEntries(buckets) as Record<string, number> };
  }

  #valueOf(observation: Observation, timestamp: Date): Metric {
    const { name, type, labelNames } = this.definition;
    const { labelValues, ...rest } = observation;
    const labels = Object.fromEntries(
      labelNames.map((label, index) => [label, writableValue(labelText(labelValues[index]) ?? '')]),
    );
    const value = { type, name, ...rest, labels, timestamp };
    if (!isShowable(value, type)) throw new TypeError('what it gave is no series of the metric');
    return value as Metric;
  }
}
