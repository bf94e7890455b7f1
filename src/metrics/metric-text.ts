import type { ExpositionFormat } from './exposition-format';
import { labelsText, metricHeader, numberText } from './metric-header';
import type { StoredMetric } from './metric-store';
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

  /** Ends without a line break. */
  render(format: ExpositionFormat, defaultLabels: Labels, taken: ReadonlySet<string>): string {
    const { definition } = this.metric;
    const { type, labelNames } = definition;
    const trailer = labelsText(Object.entries(defaultLabels).filter(([label]) => !labelNames.includes(label)));
    const bounds = this.metric.bounds.map(String);
    const header = metricHeader(definition, format, taken);
    const { lineName: name } = header;
    let { text } = header;
    const exemplars = format === 'openmetrics' ? this.metric.exemplars : undefined;
    this.metric.each((index, labels, cells, at) => {
      const own = (this.#labels[index] ??= labelsText(Object.entries(labels)));
      const all = own === '' || trailer === '' ? own + trailer : `${own},${trailer}`;
      const set = all === '' ? '' : `{${all}}`;
      if (type === 'counter' || type === 'gauge') {
        text += `\n${name}${set} ${numberText(cells[at] as number)}`;
        return;
      }
      const rest = all === '' ? '} ' : `,${all}} `;
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
          const exemplar = exemplars?.at(at + bucket);
          if (exemplar !== undefined) text += exemplarText(exemplar);
        }
      }
      if (type === 'histogram' && !showsSum(this.metric.bounds, format)) return;
      const sum = numberText(cells[at + (type === 'summary' ? 1 : bounds.length + 1)] as number);
      text += `\n${name}_sum${set} ${sum}\n${name}_count${set} ${count}`;
    });
    return text;
  }
}

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
