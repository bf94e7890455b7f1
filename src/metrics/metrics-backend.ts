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
export const MetricType = {
  COUNTER: 'counter',
  GAUGE: 'gauge',
  HISTOGRAM: 'histogram',
  SUMMARY: 'summary',
} as const;

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
  /** What is counted or measured, in the plural and in base units; the name has to end in it (`…_seconds`, `…_bytes_total`). */
  readonly unit?: string | undefined;
  /** Upper bounds of a histogram's buckets, finite and ascending, without +Inf. Default: 0.5 ms to 10 s. */
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

/** One observation that stands for its bucket, and the span of the call that it was made of. */
export interface Exemplar {
  /** 32 hexadecimal digits, as W3C Trace Context has them. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  readonly value: number;
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
  /** By upper bound, or `+Inf`: a recent observation of each bucket that has had one from a sampled trace. */
  readonly exemplars?: Readonly<Record<string, Exemplar>>;
  readonly labels: Labels;
  readonly timestamp: Date;
}

/** A summary's series at one moment. */
export interface SummaryValue {
  readonly type: 'summary';
  readonly name: string;
  readonly count: number;
  readonly sum: number;
  /** By quantile, 0.5, 0.9, 0.95 and 0.99: of the last 1,024 observations; empty where there has been none. */
  readonly quantiles: Readonly<Record<string, number>>;
  readonly labels: Labels;
  readonly timestamp: Date;
}

/** One series of a metric at one moment. */
export type Metric = MetricValue | HistogramValue | SummaryValue;

/** A metric with all its series at one moment. */
export interface MetricSnapshot {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit?: string | undefined;
  /** They need not have the same labels. */
  readonly values: readonly Metric[];
}

/** Metrics that are kept elsewhere, and told of whenever they are scraped or exported. */
export interface MetricSource {
  collect(): Promise<readonly MetricSnapshot[]> | readonly MetricSnapshot[];
}

/** One series of a metric, found once and then written to without any look-up. */
export interface MetricSeries {
  /**
   * Adds to a counter or gauge, observes in a histogram or summary. Nothing checks the value: of a counter it has to be
   * finite and not negative.
   */
  record(value: number): void;
  /** Whether {@link keepExemplar} would keep one of this value and time, in milliseconds since the Unix epoch. */
  wantsExemplar?(value: number, atMs: number): boolean;
  /** Lets the value's bucket remember the trace that a value recorded comes from. */
  keepExemplar?(exemplar: Exemplar): void;
}

/** A declared metric. */
export interface MetricFamily {
  readonly definition: MetricDefinition;
  /** The series with these values, in the order of the definition's label names. */
  series(labelValues: readonly string[]): MetricSeries;
}

/** What is read of one series when metrics are: the value of a counter or gauge, or a histogram's or summary's counts. */
export type Observation = { readonly labelValues: readonly string[] } & (
  | { readonly value: number }
  | { readonly count: number; readonly sum: number; readonly buckets: Readonly<Record<string, number>> }
  | { readonly count: number; readonly sum: number; readonly quantiles: Readonly<Record<string, number>> }
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
   * series, counters and histograms are summed, and the last of a gauge or summary counts. One that throws gives nothing,
   * and a series that cannot be shown is left out; both are counted.
   *
   * @returns ends it
   */
  observe?(definition: MetricDefinition, read: () => Iterable<Observation>): () => void;
  /**
   * Whole metrics that are kept elsewhere, asked for at every scrape and export. One that throws, or takes longer than a
   * second, is left out of that scrape; a metric of a name that is taken is left out as well.
   *
   * @returns ends it
   */
  addSource?(source: MetricSource): () => void;
  /**
   * Adds to a counter, by 1 unless told otherwise; declared at first use with the labels given. Later, here and below, a
   * label that is missing is empty, and an unknown one is left out, which is counted and reported.
   */
  increment(name: string, labels?: Labels, value?: number): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** Observes a value in a histogram. */
  histogram(name: string, value: number, labels?: Labels): void;
  /** Observes a value in a summary. */
  summary(name: string, value: number, labels?: Labels): void;
  /** The series of exactly these labels; `undefined` where nothing was recorded. */
  get(name: string, labels?: Labels): number | HistogramValue | SummaryValue | undefined;
  /** Every series that is kept here, or observed. */
  getMetrics(): readonly Metric[];
  /** Every metric there is, those of the sources included. Never rejects. */
  collect?(): Promise<readonly MetricSnapshot[]>;
  /** Puts everything back to zero; what is kept elsewhere stays. */
  reset(): void;
  /** Resolves when everything recorded so far has left the process, where it leaves it at all. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
