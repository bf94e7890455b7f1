import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { baseName } from './metric-shape';
import type { MetricType } from './metrics-backend';

/** Units of UCUM, which OpenTelemetry uses, in the words of Prometheus. */
const unitWords: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tebibytes'],
  ['kBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['%', 'percent'],
]);

/** The same in the singular, after a `/`. */
const perWords: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['min', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['wk', 'week'],
  ['mo', 'month'],
  ['a', 'year'],
]);

/**
 * A unit as Prometheus spells it, `''` for none: `ms` is `milliseconds`, `By/s` is `bytes_per_second`, `{order}` is none,
 * and `1` is `ratio` for gauges. Source: OpenTelemetry, Prometheus and OpenMetrics Compatibility.
 */
export function prometheusUnit(unit: string, type: MetricType): string {
  const plain = unit.replace(/\{[^}]*\}/g, '').trim();
  if (plain === '1') return type === 'gauge' ? 'ratio' : '';
  const [of = '', per] = plain.split('/', 2).map((part) => part.trim());
  const word = cleaned(unitWords.get(of) ?? of);
  const perWord = per === undefined ? '' : cleaned(perWords.get(per) ?? per);
  if (perWord === '') return word;
  return word === '' ? `per_${perWord}` : `${word}_per_${perWord}`;
}

/**
 * The name that Prometheus knows an instrument by: what is no letter, digit, `_` or `:` becomes a `_`, the unit follows
 * where the name does not end in it, and `_total` of a counter comes last.
 */
export function prometheusName(name: string, unit: string, type: MetricType): string {
  const base = baseName(underscored(name.replace(/[^a-zA-Z0-9_:]/g, '_')), type);
  const hasUnit = unit === '' || base === unit || base.endsWith(`_${unit}`);
  return `${hasUnit ? base : `${base}_${unit}`}${type === 'counter' ? '_total' : ''}`;
}

/**
 * Attributes as labels: names are changed like those of metrics, values are texts. Attributes whose names become the same
 * are joined with `;`, in the order of their own names. What has no value is no label.
 */
export function labelsOfAttributes(attributes: Attributes, type: MetricType): Record<string, string> {
  // A label may be called like what every object has.
  const labels = new Map<string, string>();
  for (const key of Object.keys(attributes).sort()) {
    const value = textOf(attributes[key]);
    if (value === '') continue;
    const name = labelName(key, type);
    const before = labels.get(name);
    labels.set(name, before === undefined ? value : `${before};${value}`);
  }
  return Object.fromEntries(labels);
}

function labelName(key: string, type: MetricType): string {
  const name = underscored(key.replace(/[^a-zA-Z0-9_]/g, '_'));
  // Of a histogram, the first is the bucket's own.
  return type === 'histogram' && (name === 'le' || name === 'quantile') ? `exported_${name}` : name;
}

/** No run of `_`, and no digit at the beginning. */
function underscored(name: string): string {
  const single = name.replace(/_{2,}/g, '_');
  return single === '' || /^[0-9]/.test(single) ? `_${single}` : single;
}

function cleaned(unit: string): string {
  return unit.replace(/[^a-zA-Z0-9]+/g, '_').replace(/^_+|_+$/g, '');
}

function textOf(value: AttributeValue | null | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
