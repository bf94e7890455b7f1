import type { ExpositionFormat } from './exposition-format';
import { writableValue } from './label-values';
import { baseName, lineNames } from './metric-shape';
import type { MetricDefinition } from './metrics-backend';

/** What a metric is called in one of the formats. */
export interface MetricHeader {
  readonly text: string;
  /** What stands in the lines of a metric that has one line per series. */
  readonly lineName: string;
}

type Described = Pick<MetricDefinition, 'name' | 'type' | 'help' | 'unit'>;

/**
 * The lines that say what a metric is.
 *
 * In OpenMetrics a counter is called by its name without `_total`, and reserves that and `…_created` too. One that has
 * no `_total`, or whose reserved names another metric has, is shown as of unknown type: so its lines have the same name
 * in both formats, and none is lost.
 *
 * @param taken the names of lines of all metrics that are shown together
 */
export function metricHeader(metric: Described, format: ExpositionFormat, taken: ReadonlySet<string>): MetricHeader {
  const { name, type, unit } = metric;
  const help = writableValue(metric.help);
  if (format === 'prometheus') {
    return { text: `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}`, lineName: name };
  }
  const base = baseName(name, type);
  const isFree = type !== 'counter' || isFreeBase(base, name, taken);
  const [shown, shownType] = isFree ? [base, type] : [name, 'unknown'];
  const unitLine = unit === undefined || !shown.endsWith(`_${unit}`) ? '' : `# UNIT ${shown} ${unit}\n`;
  const helpLine = `# HELP ${shown} ${escapeText(help).replaceAll('"', '\\"')}`;
  return { text: `# TYPE ${shown} ${shownType}\n${unitLine}${helpLine}`, lineName: name };
}

function isFreeBase(base: string, name: string, taken: ReadonlySet<string>): boolean {
  if (base === name || taken.has(base) || taken.has(`${base}_created`)) return false;
  // `jobs_created_total` would be called as `jobs_total` reserves it.
  return !(base.endsWith('_created') && taken.has(base.replace(/_created$/, '_total')));
}

/** The names of the lines of all these metrics. */
export function takenNames(metrics: Iterable<Pick<MetricDefinition, 'name' | 'type'>>): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const metric of metrics) for (const line of lineNames(metric)) taken.add(line);
  return taken;
}

/** What stands between the braces. */
export function labelsText(labels: readonly (readonly [string, string])[]): string {
  return labels.map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`).join(',');
}

export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
