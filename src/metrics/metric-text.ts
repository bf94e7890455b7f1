import type { Labels } from './metrics-backend';
import type { StoredMetric } from './metric-store';

/**
 * One metric in the Prometheus text format, version 0.0.4, straight from its cells: through prom-client each line would be
 * an object first (bench: scrape).
 *
 * Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export class MetricText {
  readonly #metric: StoredMetric;
  /** Of each series, in its order; labels never change. */
  readonly #labels: string[] = [];

  constructor(metric: StoredMetric) {
    this.#metric = metric;
  }

  /** Ends without a line break. */
  render(defaultLabels: Labels): string {
    const { name, help, type, labelNames } = this.#metric.definition;
    const defaults = Object.entries(defaultLabels).filter(([label]) => !labelNames.includes(label));
    const trailer = labelsText(defaults);
    const bounds = this.#metric.bounds.map(String);
    let text = `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}`;
    this.#metric.each((index, labels, cells, at) => {
      const own = (this.#labels[index] ??= labelsText(Object.entries(labels)));
      const all = own === '' || trailer === '' ? own + trailer : `${own},${trailer}`;
      const set = all === '' ? '' : `{${all}}`;
      if (type !== 'histogram') {
        text += `\n${name}${set} ${numberText(cells[at] as number)}`;
        return;
      }
      const rest = all === '' ? '} ' : `,${all}} `;
      let count = 0;
      for (let bucket = 0; bucket < bounds.length; bucket += 1) {
        count += cells[at + bucket] as number;
        text += `\n${name}_bucket{le="${bounds[bucket]}"${rest}${count}`;
      }
      count += cells[at + bounds.length] as number;
      const sum = numberText(cells[at + bounds.length + 1] as number);
      text += `\n${name}_bucket{le="+Inf"${rest}${count}\n${name}_sum${set} ${sum}\n${name}_count${set} ${count}`;
    });
    return text;
  }
}

/** What stands between the braces. */
export function labelsText(labels: readonly (readonly [string, string])[]): string {
  return labels.map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`).join(',');
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
