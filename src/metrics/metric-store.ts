import { TrefoilError } from '../errors';
import { defaultBuckets } from './metric-names';
import type {
  HistogramValue,
  Labels,
  MetricDefinition,
  MetricFamily,
  MetricSeries,
  MetricValue,
} from './metrics-backend';

/** A level of the tree that label values lead through; never a joined key, in which two series could collide. */
type SeriesTree = Map<string, SeriesTree | number>;

const initialCapacity = 8;

/**
 * One metric and all its series, in a typed array: writing is an addition, everything else is done when it is read.
 * A counter or gauge has one cell per series, a histogram one per bucket, one for +Inf and one for the sum.
 */
export class StoredMetric implements MetricFamily {
  readonly definition: MetricDefinition;
  /** Upper bounds of a histogram's buckets, without +Inf. */
  readonly bounds: readonly number[];
  readonly #width: number;
  readonly #tree: SeriesTree = new Map();
  readonly #labels: Labels[] = [];
  #cells: Float64Array;

  constructor(definition: MetricDefinition) {
    this.definition = definition;
    this.bounds = definition.type === 'histogram' ? (definition.buckets ?? defaultBuckets) : [];
    this.#width = definition.type === 'histogram' ? this.bounds.length + 2 : 1;
    this.#cells = new Float64Array(initialCapacity * this.#width);
  }

  series(labelValues: readonly string[]): MetricSeries {
    const at = this.#indexOf(labelValues) * this.#width;
    return this.definition.type === 'histogram'
      ? { record: (value) => this.#observe(at, value) }
      : { record: (value) => void (this.#cells[at] = (this.#cells[at] as number) + value) };
  }

  /** For gauges. */
  set(labelValues: readonly string[], value: number): void {
    this.#cells[this.#indexOf(labelValues) * this.#width] = value;
  }

  reset(): void {
    this.#cells.fill(0);
  }

  /** The label values of a record of labels, in the definition's order; other names are refused. */
  labelValues(labels: Labels): string[] {
    const names = Object.keys(labels);
    const { labelNames, name } = this.definition;
    if (names.length !== labelNames.length || !labelNames.every((label) => Object.hasOwn(labels, label))) {
      throw new TrefoilError('TREFOIL_METRIC_CONFLICT', {
        attempted: 'Recording a metric',
        where: name,
        expected: `the labels {${labelNames.join(', ')}}`,
        given: `{${names.join(', ')}}`,
        todo: 'Use the labels that the metric was first declared with, or another name.',
      });
    }
    return labelNames.map((label) => String(labels[label]));
  }

  *values(): Generator<MetricValue | HistogramValue> {
    const timestamp = new Date();
    for (const [index, labels] of this.#labels.entries()) yield this.#valueAt(index, labels, timestamp);
  }

  /** Every series as it is kept: its place, its labels, and the cells with the index of its first. */
  each(visit: (index: number, labels: Labels, cells: Float64Array, at: number) => void): void {
    for (const [index, labels] of this.#labels.entries()) visit(index, labels, this.#cells, index * this.#width);
  }

  get(labels: Labels): MetricValue | HistogramValue | undefined {
    const index = this.#find(this.labelValues(labels));
    return index === undefined ? undefined : this.#valueAt(index, this.#labels[index] as Labels, new Date());
  }

  #observe(at: number, value: number): void {
    const cells = this.#cells;
    const bounds = this.bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    cells[at + bucket] = (cells[at + bucket] as number) + 1;
    const sum = at + bounds.length + 1;
    cells[sum] = (cells[sum] as number) + value;
  }

  #valueAt(index: number, labels: Labels, timestamp: Date): MetricValue | HistogramValue {
    const { name, type } = this.definition;
    const at = index * this.#width;
    if (type !== 'histogram') return { type, name, value: this.#cells[at] as number, labels, timestamp };
    const buckets: Record<string, number> = {};
    let count = 0;
    for (const [offset, bound] of this.bounds.entries()) {
      count += this.#cells[at + offset] as number;
      buckets[String(bound)] = count;
    }
    count += this.#cells[at + this.bounds.length] as number;
    return { type, name, count, sum: this.#cells[at + this.bounds.length + 1] as number, buckets, labels, timestamp };
  }

  #find(labelValues: readonly string[]): number | undefined {
    let node: SeriesTree | number | undefined = this.#tree;
    for (const value of [...labelValues, '']) node = (node as SeriesTree | undefined)?.get(value);
    return node as number | undefined;
  }

  #indexOf(labelValues: readonly string[]): number {
    let node = this.#tree;
    for (const value of labelValues) {
      let next = node.get(value) as SeriesTree | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(value, next);
      }
      node = next;
    }
    const known = node.get('');
    if (typeof known === 'number') return known;
    const index = this.#labels.length;
    node.set('', index);
    this.#labels.push(
      Object.fromEntries(this.definition.labelNames.map((label, at) => [label, labelValues[at] ?? ''])),
    );
    if ((index + 1) * this.#width > this.#cells.length) {
      const grown = new Float64Array(this.#cells.length * 2);
      grown.set(this.#cells);
      this.#cells = grown;
    }
    return index;
  }
}
