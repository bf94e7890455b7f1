import { isLabelName } from './label-names';
import { writableValue } from './label-values';
import { checkDefinition } from './metric-shape';
import { MetricType, type Exemplar, type Labels, type Metric, type MetricSnapshot } from './metrics-backend';

const types: ReadonlySet<string> = new Set(Object.values(MetricType));
const hexadecimal = /^[0-9a-f]{16}(?:[0-9a-f]{16})?$/i;

/**
 * A metric as others tell of it, with only what can be shown: one wrong line would have a scrape refused as a whole.
 *
 * @throws TrefoilError or TypeError where it cannot be shown at all
 */
export function checkSnapshot(snapshot: MetricSnapshot): MetricSnapshot {
  const { name, type, help, unit, values } = snapshot;
  if (typeof name !== 'string' || !types.has(type) || !Array.isArray(values)) {
    throw new TypeError('what it gave is no metric');
  }
  // A unit that is none costs only itself.
  const hasUnit = typeof unit === 'string' && name.replace(/_total$/, '').endsWith(`_${unit}`);
  checkDefinition({ name, type, help: '', labelNames: [] });
  return {
    name,
    type,
    help: typeof help === 'string' ? help : name,
    unit: hasUnit ? unit : undefined,
    values: values.filter((value: Metric) => isShowable(value, type)).map(shown),
  };
}

function isShowable(value: Metric, type: MetricType): boolean {
  if (typeof value !== 'object' || value === null || typeof value.labels !== 'object') return false;
  if (!Object.keys(value.labels).every((label) => isLabelName(label, type))) return false;
  if (type === 'counter' || type === 'gauge') return 'value' in value && typeof value.value === 'number';
  if (value.type !== type || typeof value.count !== 'number' || typeof value.sum !== 'number') return false;
  const parts: unknown = value.type === 'histogram' ? value.buckets : value.quantiles;
  if (typeof parts !== 'object' || parts === null) return false;
  return Object.entries(parts).every(([at, number]) => Number.isFinite(Number(at)) && typeof number === 'number');
}

function shown(value: Metric): Metric {
  const labels: Labels = Object.fromEntries(
    Object.entries(value.labels).map(([label, text]) => [label, writableValue(String(text))]),
  );
  if (value.type !== 'histogram' || value.exemplars === undefined) return { ...value, labels };
  const exemplars = Object.entries(value.exemplars).filter(([, exemplar]) => isExemplar(exemplar));
  return { ...value, labels, exemplars: Object.fromEntries(exemplars) };
}

function isExemplar({ traceId, spanId, value, timestamp }: Exemplar): boolean {
  const isTime = timestamp instanceof Date && Number.isFinite(timestamp.getTime());
  return hexadecimal.test(traceId) && hexadecimal.test(spanId) && typeof value === 'number' && isTime;
}
