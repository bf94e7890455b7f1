/**
 * The kinds of metrics, as Prometheus names them.
 *
 * @example
 * ```ts
 * import { MetricType } from 'trefoil';
 *
 * MetricType.COUNTER; // 'counter'
 * ```
 */
export const MetricType = { COUNTER: 'counter', GAUGE: 'gauge', HISTOGRAM: 'histogram' } as const;

/** One of the values of {@link MetricType}. */
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

/** Names and values of labels. */
export type Labels = Readonly<Record<string, string>>;

/** What a metric is, fixed when it is first declared. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending, without +Inf. Default: 0.5 ms to 10 s. */
  readonly buckets?: readonly number[] | undefined;
}

/** A counter or gauge at one moment. */
export interface MetricValue {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly value: number;
  readonly labels: Labels;
  readonly timestamp: Date;
}

/** A histogram's series at one moment. */
export interface HistogramValue {
  readonly type: 'histogram';
  readonly name: string;
  readonly count: number;
  readonly sum: number;
  /** How many observations were at most each upper bound: cumulative, without +Inf, which is `count`. */
  readonly buckets: Readonly<Record<string, number>>;
  readonly labels: Labels;
  readonly timestamp: Date;
}

/** One series of a metric, found once and then written to without any look-up. */
export interface MetricSeries {
  /** Adds to a counter or gauge, observes in a histogram. */
  record(value: number): void;
}

/** A declared metric. */
export interface MetricFamily {
  readonly definition: MetricDefinition;
  /** The series with these values, in the order of the definition's label names. */
  series(labelValues: readonly string[]): MetricSeries;
}

/** What is read of one series when metrics are: the value of a counter or gauge, or a histogram's counts. */
export type Observation = { readonly labelValues: readonly string[] } & (
  | { readonly value: number }
  | { readonly count: number; readonly sum: number; readonly buckets: Readonly<Record<string, number>> }
);

/**
 * Keeps metrics. Declaring is idempotent; a second declaration of a name with other labels, type or buckets is refused
 * (`TREFOIL_METRIC_CONFLICT`), so that no series is ever silently lost.
 */
export interface MetricsBackend {
  /** What `status()` calls it. */
  readonly name: string;
  declare(definition: MetricDefinition): MetricFamily;
  /**
   * A metric that is kept elsewhere, and read whenever metrics are. Readers of one name add up: where two give the same
   * series, counters and histograms are summed, and the last of a gauge counts. One that throws gives nothing.
   *
   * @returns ends it
   */
  observe?(definition: MetricDefinition, read: () => Iterable<Observation>): () => void;
  /** Adds to a counter, by 1 unless told otherwise; declared at first use with the labels given. */
  increment(name: string, labels?: Labels, value?: number): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** Observes a value in a histogram. */
  histogram(name: string, value: number, labels?: Labels): void;
  /** One series; `undefined` where nothing was recorded. */
  get(name: string, labels?: Labels): number | HistogramValue | undefined;
  getMetrics(): readonly (MetricValue | HistogramValue)[];
  /** Puts everything back to zero. */
  reset(): void;
  /** Resolves when everything recorded so far has left the process, where it leaves it at all. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
