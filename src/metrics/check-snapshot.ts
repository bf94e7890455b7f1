import { isExemplar } from './exemplar-cells';
import { isLabelName } from './label-names';
import { writableValue } from './label-values';
import { checkDefinition } from './metric-shape';
import type { HistogramValue, Labels, Metric, MetricSnapshot, MetricType } from './metrics-backend';

const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * A metric as others tell of it, with only what can be shown: one wrong line would have a scrape refused as a whole.
 *
 * @throws TrefoilError or TypeError where it cannot be shown at all
 */
export function checkSnapshot(snapshot: MetricSnapshot): MetricSnapshot {
  const { name, type, help, unit, values } = snapshot;
  if (typeof name !== 'string' || !Array.isArray(values)) throw new TypeError('what it gave is no metric');
  // A unit that is none costs only itself.
  const hasUnit = typeof unit === 'string' && name.replace(/_total$/, '').endsWith(`_${unit}`);
  checkDefinition({ name, type, help: '', labelNames: [] });
  return {
    name,
    type,
    help: typeof help === 'string' ? help : name,
    unit: hasUnit ? unit : undefined,
    values: values.filter((value) => isShowable(value, type)).map((value: Metric) => shown(value, name, type)),
  };
}

/** Whether it is a series of a metric of this type; its own type and name need not be given. */
export function isShowable(value: unknown, type: MetricType): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as { readonly [key: string]: unknown };
  if (typeof given['labels'] !== 'object' || given['labels'] === null) return false;
  if (!Object.keys(given['labels']).every((label) => isLabelName(label, type))) return false;
  if (type === 'gauge') return typeof given['value'] === 'number';
  if (type === 'counter') return isCount(given['value']);
  if (!isCount(given['count']) || typeof given['sum'] !== 'number') return false;
  const parts = given[type === 'histogram' ? 'buckets' : 'quantiles'];
  if (typeof parts !== 'object' || parts === null) return false;
  const isBound = (at: string): boolean => numeral.test(at) || (type === 'histogram' && at === '+Inf');
  return Object.entries(parts).every(([at, number]) => isBound(at) && typeof number === 'number');
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function shown(value: Metric, name: string, type: MetricType): Metric {
  const labels: Labels = Object.fromEntries(
    Object.entries(value.labels).map(([label, text]) => [label, writableValue(String(text))]),
  );
  if (type !== 'histogram') return { ...value, name, type, labels } as Metric;
  const { exemplars, buckets, ...rest } = value as HistogramValue;
  // Some tell of the bucket that is `count` as well.
  const bounds = Object.entries(buckets).filter(([bound]) => bound !== '+Inf');
  const histogram = { ...rest, name, type, buckets: Object.fromEntries(bounds), labels };
  if (exemplars === undefined) return histogram;
  const kept = Object.entries(exemplars).filter(([, exemplar]) => isExemplar(exemplar));
  return { ...histogram, exemplars: Object.fromEntries(kept) };
}
