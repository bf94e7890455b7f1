import { TrefoilError } from '../errors';
import { other } from './bounded-labels';
import { ExemplarCells } from './exemplar-cells';
import { labelText, writableValue } from './label-values';
import { defaultBuckets } from './metric-names';
import { labelNamesOf } from './metric-shape';
import type { Labels, Metric, MetricDefinition, MetricFamily, MetricSeries, MetricSnapshot } from './metrics-backend';
import { ownText } from './own-text';
import { SummaryWindow } from './summary-window';

/** The series of a metric at one moment. */
export interface StillMetric {
  readonly count: number;
  /** How many cells each series has. */
  readonly width: number;
  /** Of the first `count` series; there may be more by now. */
  readonly labels: readonly Labels[];
  readonly cells: Float64Array;
}

/** A level of the tree that label values lead through; never a joined key, in which two series could collide. */
type SeriesTree = Map<string, SeriesTree | number>;

const initialCapacity = 8;

/**
 * One metric and all its series, in a typed array: writing is an addition, everything else is done when it is read.
 * A counter or gauge has one cell per series, a histogram one per bucket, one for +Inf and one for the sum, a summary the
 * count and the sum.
 */
export class StoredMetric implements MetricFamily {
  readonly definition: MetricDefinition;
  /** Upper bounds of a histogram's buckets, without +Inf. */
  readonly bounds: readonly number[];
  readonly #onIgnored: (name: string) => void;
  readonly #width: number;
  readonly #tree: SeriesTree = new Map();
  readonly #labels: Labels[] = [];
  readonly #series: MetricSeries[] = [];
  readonly #windows: SummaryWindow[] = [];
  readonly #exemplars = new ExemplarCells();
  #cells: Float64Array;

  /** @param onIgnored told of the metric's name when a value is left out because it is no finite number */
  constructor(definition: MetricDefinition, onIgnored: (name: string) => void = () => undefined) {
    const { type, buckets } = definition;
    this.definition = definition;
    this.#onIgnored = onIgnored;
    this.bounds = type === 'histogram' ? (buckets ?? defaultBuckets) : [];
    this.#width = type === 'histogram' ? this.bounds.length + 2 : type === 'summary' ? 2 : 1;
    this.#cells = new Float64Array(initialCapacity * this.#width);
  }

  /** @throws TrefoilError `TREFOIL_METRIC_CONFLICT` where there are not as many values as labels */
  series(labelValues: readonly string[]): MetricSeries {
    const index = this.#indexOf(labelValues);
    return (this.#series[index] ??= this.#makeSeries(index));
  }

  /** For gauges. */
  set(labelValues: readonly string[], value: number): void {
    this.#cells[this.#indexOf(labelValues) * this.#width] = value;
  }

  reset(): void {
    this.#cells.fill(0);
    this.#windows.length = 0;
    this.#exemplars.clear();
  }

  has(labelValues: readonly string[]): boolean {
    return this.#find(labelValues) !== undefined || this.#find(labelValues.map(writableValue)) !== undefined;
  }

  get seriesCount(): number {
    return this.#labels.length;
  }

  /** What was given for each label, in the definition's order: nothing of those that are missing. */
  labelValues(labels: Readonly<Record<string, unknown>>): unknown[] {
    return this.definition.labelNames.map((label) => (Object.hasOwn(labels, label) ? labels[label] : ''));
  }

  /** The names among those given that are no labels of the metric. */
  unknownLabels(labels: unknown): string[] {
    const { labelNames, name } = this.definition;
    return labelNamesOf(name, labels).filter((label) => !labelNames.includes(label));
  }

  *values(): Generator<Metric> {
    const timestamp = new Date();
    for (const [index, labels] of this.#labels.entries()) yield this.#valueAt(index, labels, timestamp);
  }

  snapshot(): MetricSnapshot {
    const { name, type, help, unit } = this.definition;
    return { name, type, help, unit, values: [...this.values()] };
  }

  /** Every series as it is now: what is recorded later does not change it. */
  still(): StillMetric {
    const count = this.#labels.length;
    const width = this.#width;
    // Series are only ever added, and their labels never change.
    return { count, width, labels: this.#labels, cells: this.#cells.slice(0, count * width) };
  }

  /** Of a summary, whose cells are not all there is of a series. */
  quantilesOf(index: number): Readonly<Record<string, number>> {
    return this.#windows[index]?.quantiles() ?? {};
  }

  /** The exemplars by cell. */
  get exemplars(): Pick<ExemplarCells, 'at'> {
    return this.#exemplars;
  }

  get(labels: Labels): Metric | undefined {
    // Who asks for other labels asks for a series that nobody has recorded.
    if (this.unknownLabels(labels).length > 0) return undefined;
    const index = this.#find(this.labelValues(labels).map(String).map(writableValue));
    return index === undefined ? undefined : this.#valueAt(index, this.#labels[index] as Labels, new Date());
  }

  #makeSeries(index: number): MetricSeries {
    const at = index * this.#width;
    const { type } = this.definition;
    if (type === 'histogram') {
      return {
        record: (value) => this.#observe(at, value),
        wantsExemplar: (value, atMs) => this.#exemplars.wants(at + this.#bucketOf(value), atMs),
        keepExemplar: (exemplar) => this.#exemplars.keep(at + this.#bucketOf(exemplar.value), exemplar),
      };
    }
    if (type === 'summary') return { record: (value) => this.#sample(index, value) };
    return { record: (value) => void (this.#cells[at] = (this.#cells[at] as number) + value) };
  }

  #bucketOf(value: number): number {
    const bounds = this.bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    return bucket;
  }

  #observe(at: number, value: number): void {
    // Of anything else the difference is NaN; one such value would spoil the sum for good.
    if (value - value !== 0) return this.#onIgnored(this.definition.name);
    const cells = this.#cells;
    const cell = at + this.#bucketOf(value);
    cells[cell] = (cells[cell] as number) + 1;
    const sum = at + this.bounds.length + 1;
    cells[sum] = (cells[sum] as number) + value;
  }

  #sample(index: number, value: number): void {
    if (value - value !== 0) return this.#onIgnored(this.definition.name);
    const cells = this.#cells;
    const at = index * this.#width;
    cells[at] = (cells[at] as number) + 1;
    cells[at + 1] = (cells[at + 1] as number) + value;
    (this.#windows[index] ??= new SummaryWindow()).add(value);
  }

  #valueAt(index: number, labels: Labels, timestamp: Date): Metric {
    const { name, type } = this.definition;
    const at = index * this.#width;
    const cells = this.#cells;
    if (type === 'counter' || type === 'gauge') return { type, name, value: cells[at] as number, labels, timestamp };
    if (type === 'summary') {
      const [count, sum] = [cells[at] as number, cells[at + 1] as number];
      return { type, name, count, sum, quantiles: this.quantilesOf(index), labels, timestamp };
    }
    const buckets: Record<string, number> = {};
    let count = 0;
    for (const [offset, bound] of this.bounds.entries()) {
      count += cells[at + offset] as number;
      buckets[String(bound)] = count;
    }
    count += cells[at + this.bounds.length] as number;
    const sum = cells[at + this.bounds.length + 1] as number;
    const exemplars = this.#exemplars.read(at, this.bounds);
    return { type, name, count, sum, buckets, ...(exemplars && { exemplars }), labels, timestamp };
  }

  #find(labelValues: readonly string[]): number | undefined {
    let node: SeriesTree | number | undefined = this.#tree;
    for (const value of labelValues) node = (node as SeriesTree | undefined)?.get(value);
    return (node as SeriesTree | undefined)?.get('') as number | undefined;
  }

  /** What cannot be shown is looked for again as what it becomes: only then could two series be shown as one. */
  #indexOf(labelValues: readonly string[]): number {
    // With fewer or more the tree would be left on another level, and the series be lost or shown twice.
    if (labelValues.length !== this.definition.labelNames.length) {
      throw this.#otherLabels(`values for ${labelValues.length}`);
    }
    const known = this.#find(labelValues);
    if (known !== undefined) return known;
    const shown = labelValues.map((value) => ownText(writableValue(labelText(value) ?? other)));
    return this.#find(shown) ?? this.#add(shown);
  }

  #otherLabels(given: string): TrefoilError {
    const { labelNames, name } = this.definition;
    return new TrefoilError('TREFOIL_METRIC_CONFLICT', {
      attempted: 'Looking for a series',
      where: name,
      expected: `the labels {${labelNames.join(', ')}}`,
      given,
      todo: 'Use the labels that the metric was first declared with, or another name.',
    });
  }

  #add(labelValues: readonly string[]): number {
    let node = this.#tree;
    for (const value of labelValues) {
      let next = node.get(value) as SeriesTree | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(value, next);
      }
      node = next;
    }
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
