import { writableValue } from './label-values';
import type { Metric, MetricDefinition, MetricSnapshot, Observation } from './metrics-backend';

/** A metric that is kept elsewhere: whoever keeps it is asked whenever it is read. */
export class ObservedMetric {
  readonly definition: MetricDefinition;
  readonly #readers = new Set<() => Iterable<Observation>>();

  constructor(definition: MetricDefinition) {
    this.definition = definition;
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
    const found: Observation[] = [];
    for (const observation of this.#observations()) {
      const index = found.findIndex(({ labelValues }) => sameValues(labelValues, observation.labelValues));
      if (index === -1) found.push(observation);
      else found[index] = this.#together(found[index] as Observation, observation);
    }
    const timestamp = new Date();
    return found.map((observation) => this.#valueOf(observation, timestamp));
  }

  snapshot(): MetricSnapshot {
    const { name, type, help, unit } = this.definition;
    return { name, type, help, unit, values: this.values() };
  }

  *#observations(): Generator<Observation> {
    for (const read of this.#readers) {
      try {
        yield* [...read()];
      } catch {
        // The scrape has to show everything else.
      }
    }
  }

  #together(one: Observation, other: Observation): Observation {
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
      labelNames.map((label, index) => [label, writableValue(labelValues[index] ?? '')]),
    );
    if ('value' in rest)
      return { type: type === 'gauge' ? 'gauge' : 'counter', name, value: rest.value, labels, timestamp };
    if ('quantiles' in rest) return { type: 'summary', name, ...rest, labels, timestamp };
    return { type: 'histogram', name, ...rest, labels, timestamp };
  }
}

function sameValues(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
