import type { ExpositionFormat } from './exposition-format';
import { labelsText, metricHeader, numberText } from './metric-header';
import { exemplarText, showsSum } from './metric-text';
import type { Exemplar, Labels, Metric, MetricSnapshot } from './metrics-backend';

/** One line of a metric: what its name ends in, its labels, its value, and the exemplar of a bucket. */
export interface Sample {
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

/** The lines of one series: a histogram's buckets are cumulative. */
export function* samplesOf(value: Metric): Generator<Sample> {
  const { labels } = value;
  if ('value' in value) {
    yield { suffix: '', labels, value: value.value };
    return;
  }
  if (value.type === 'summary') {
    for (const [quantile, at] of Object.entries(value.quantiles)) {
      yield { suffix: '', labels: { quantile, ...labels }, value: at };
    }
  } else {
    // An object lists its whole numbers first; the formats want the bounds ascending.
    const bounds = Object.keys(value.buckets).sort((one, other) => Number(one) - Number(other));
    for (const le of [...bounds, '+Inf']) {
      const [count, exemplar] = [value.buckets[le] ?? value.count, value.exemplars?.[le]];
      yield { suffix: '_bucket', labels: { le, ...labels }, value: count, exemplar };
    }
  }
  yield { suffix: '_sum', labels, value: value.sum };
  yield { suffix: '_count', labels, value: value.count };
}

/** One metric in either format; ends without a line break. */
export function snapshotText(
  snapshot: MetricSnapshot,
  format: ExpositionFormat,
  defaultLabels: Labels,
  taken: ReadonlySet<string>,
): string {
  const { text, lineName } = metricHeader(snapshot, format, taken);
  const lines = [text];
  // The same series twice would have the whole scrape refused.
  const shown = new Set<string>();
  for (const value of snapshot.values) {
    const of = { ...defaultLabels, ...value.labels };
    const series = labelsText(Object.entries(of).sort(([one], [other]) => (one < other ? -1 : 1)));
    if (shown.has(series)) continue;
    shown.add(series);
    const hasSum = !('buckets' in value) || showsSum(Object.keys(value.buckets).map(Number), format);
    for (const { suffix, labels, value: number, exemplar } of samplesOf(value)) {
      if (!hasSum && (suffix === '_sum' || suffix === '_count')) continue;
      const all = labelsText(Object.entries({ ...labels, ...defaultLabels, ...labels }));
      const ids = exemplar === undefined || format === 'prometheus' ? '' : exemplarText(exemplar);
      lines.push(`${lineName}${suffix}${all === '' ? '' : `{${all}}`} ${numberText(number)}${ids}`);
    }
  }
  return lines.join('\n');
}
