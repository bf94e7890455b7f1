import type { ExpositionFormat } from './exposition-format';
import { labelsText, metricHeader, numberText } from './metric-header';
import type { StillMetric, StoredMetric } from './metric-store';
import type { Exemplar, Labels } from './metrics-backend';

/**
 * One metric in either format, straight from its cells: through prom-client each line would be an object first (bench:
 * scrape).
 *
 * Sources of the formats: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format and
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export class MetricText {
  readonly metric: StoredMetric;
  /** Of each series, in its order; labels never change. */
  readonly #labels: string[] = [];

  constructor(metric: StoredMetric) {
    this.metric = metric;
  }

  /**
   * Its text in pieces, so that whoever puts them together can let other work have its turn in between; ends without a line
   * break. The quantiles of a summary and the exemplars are those of the moment at which they are read.
   *
   * @param still the values that are shown
   */
  *render(
    still: StillMetric,
    format: ExpositionFormat,
    defaultLabels: Labels,
    taken: ReadonlySet<string>,
  ): Generator<string> {
    const { definition } = this.metric;
    const { labelNames } = definition;
    const trailer = labelsText(Object.entries(defaultLabels).filter(([label]) => !labelNames.includes(label)));
    const { lineName, text: header } = metricHeader(definition, format, taken);
    const bounds = this.metric.bounds.map(String);
    const hasSum = showsSum(this.metric.bounds, format);
    let lines = [header];
    for (let index = 0; index < still.count; index += 1) {
      const own = (this.#labels[index] ??= labelsText(Object.entries(still.labels[index] as Labels)));
      const all = own === '' || trailer === '' ? own + trailer : `${own},${trailer}`;
      lines.push(this.#linesOf(index, { still, format, lineName, all, bounds, hasSum }));
      if (index % seriesPerPiece !== seriesPerPiece - 1) continue;
      // Joined here rather than by concatenation, which would put the work off until all is put together.
      yield lines.join('');
      lines = [];
    }
    yield lines.join('');
  }

  #linesOf(index: number, { still, format, lineName: name, all, bounds, hasSum }: Rendering): string {
    const { type } = this.metric.definition;
    const { cells, width } = still;
    const at = index * width;
    const set = all === '' ? '' : `{${all}}`;
    if (type === 'counter' || type === 'gauge') return `\n${name}${set} ${numberText(cells[at] as number)}`;
    const rest = all === '' ? '} ' : `,${all}} `;
    let text = '';
    let count = 0;
    if (type === 'summary') {
      for (const [quantile, value] of Object.entries(this.metric.quantilesOf(index))) {
        text += `\n${name}{quantile="${quantile}"${rest}${numberText(value)}`;
      }
      count = cells[at] as number;
    } else {
      for (let bucket = 0; bucket <= bounds.length; bucket += 1) {
        count += cells[at + bucket] as number;
        text += `\n${name}_bucket{le="${bounds[bucket] ?? '+Inf'}"${rest}${count}`;
        const exemplar = format === 'openmetrics' ? this.metric.exemplars.at(at + bucket) : undefined;
        if (exemplar !== undefined) text += exemplarText(exemplar);
      }
      if (!hasSum) return text;
    }
    const sum = numberText(cells[at + (type === 'summary' ? 1 : bounds.length + 1)] as number);
    return `${text}\n${name}_sum${set} ${sum}\n${name}_count${set} ${count}`;
  }
}

/** What the lines of one series are made with. */
interface Rendering {
  readonly still: StillMetric;
  readonly format: ExpositionFormat;
  readonly lineName: string;
  /** All labels, as a text. */
  readonly all: string;
  readonly bounds: readonly string[];
  readonly hasSum: boolean;
}

const seriesPerPiece = 256;

/**
 * Whether a histogram has lines for its sum and its count. In OpenMetrics the sum of one with negative buckets may fall, and
 * so must not be told, nor the count without it; the count is that of `+Inf`.
 */
export function showsSum(bounds: readonly number[], format: ExpositionFormat): boolean {
  return format === 'prometheus' || bounds.every((bound) => bound >= 0);
}

/** What stands behind the value of a bucket; its labels are fewer than the 128 characters that the format allows. */
export function exemplarText({ traceId, spanId, value, timestamp }: Exemplar): string {
  const seconds = (timestamp.getTime() / 1000).toFixed(3);
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${numberText(value)} ${seconds}`;
}
