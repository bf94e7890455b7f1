import { describeValue, TrefoilError } from '../errors';
import { expectedLabelName, isLabelName } from './label-names';
import { standardMetricOf } from './metric-names';
import { MetricType, type MetricDefinition } from './metrics-backend';

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const metricTypes: readonly unknown[] = Object.values(MetricType);

/** Whether Prometheus takes a metric of this name. */
export function isMetricName(name: string): boolean {
  return metricName.test(name);
}

/** Why a list is no list of buckets; `undefined` where it is one. */
export function wrongBuckets(buckets: readonly number[]): string | undefined {
  if (buckets.length === 0) return 'an empty list';
  const wrong = buckets.findIndex((bound, index) => {
    const before = index === 0 ? Number.NEGATIVE_INFINITY : (buckets[index - 1] as number);
    return !Number.isFinite(bound) || bound <= before;
  });
  return wrong === -1 ? undefined : `${String(buckets[wrong])} at position ${wrong + 1}`;
}

/** What {@link wrongBuckets} asks for, in the words of an error. */
export const expectedBuckets = 'finite upper bounds in ascending order, without +Inf';

/** @throws TrefoilError `TREFOIL_METRIC_INVALID` where Prometheus would not take the metric */
export function checkDefinition(definition: MetricDefinition): void {
  const { name, type, labelNames, unit, buckets } = definition;
  if (typeof name !== 'string' || !metricName.test(name)) {
    const expected = 'letters, digits, _ and :, not beginning with a digit';
    throw invalid(
      typeof name === 'string' ? JSON.stringify(name) : describeValue(name),
      expected,
      'another name',
      'Rename the metric.',
    );
  }
  checkParts(definition);
  const labels = `the labels of ${name}`;
  const wrong = labelNames.find((label) => !isLabelName(label, type));
  if (wrong !== undefined) throw invalid(labels, expectedLabelName, JSON.stringify(wrong), 'Rename the label.');
  const twice = labelNames.find((label, index) => labelNames.indexOf(label) !== index);
  if (twice !== undefined) throw invalid(labels, 'each label once', `${twice} twice`, 'Leave one of them out.');
  const notBuckets = buckets === undefined ? undefined : wrongBuckets(buckets);
  if (notBuckets !== undefined) {
    throw invalid(`the buckets of ${name}`, expectedBuckets, notBuckets, 'Correct the list.');
  }
  if (unit !== undefined && !(metricName.test(unit) && baseName(name, type).endsWith(`_${unit}`))) {
    throw invalid(`the unit of ${name}`, 'what the name ends in', JSON.stringify(unit), 'Rename one of the two.');
  }
}

/** What the compiler sees to, but not in JavaScript: each of these would end in a line that Prometheus does not take. */
function checkParts({ name, type, help, labelNames, buckets }: MetricDefinition): void {
  if (!metricTypes.includes(type)) {
    throw invalid(`the type of ${name}`, metricTypes.join(', '), describeValue(type), 'Choose one of them.');
  }
  if (typeof help !== 'string')
    throw invalid(`the help of ${name}`, 'a text', describeValue(help), 'Say what it tells.');
  if (!Array.isArray(labelNames) || !labelNames.every((label) => typeof label === 'string')) {
    throw invalid(`the labels of ${name}`, 'a list of names', describeValue(labelNames), 'Correct the list.');
  }
  if (buckets !== undefined && !Array.isArray(buckets)) {
    throw invalid(`the buckets of ${name}`, expectedBuckets, describeValue(buckets), 'Correct the list.');
  }
}

/** The names of labels that are given by name. */
export function labelNamesOf(name: string, labels: unknown): string[] {
  if (typeof labels === 'object' && labels !== null) return Object.keys(labels);
  throw new TrefoilError('TREFOIL_METRIC_INVALID', {
    attempted: 'Recording a metric',
    where: `the labels of ${name}`,
    expected: 'an object of names and values',
    given: describeValue(labels),
    todo: 'Give an object, or nothing where there are none.',
  });
}

/** What is recorded by name alone: a standard metric by its own definition, whatever the order of the labels. */
export function adHocDefinition(name: string, type: MetricType, labels: unknown): MetricDefinition {
  const standard = standardMetricOf(name);
  return standard?.type === type ? standard : { name, type, help: name, labelNames: labelNamesOf(name, labels) };
}

/**
 * Calls have to find the standard metrics as they are, whoever declares them first; buckets may be others.
 *
 * @throws TrefoilError `TREFOIL_METRIC_CONFLICT`
 */
export function checkStandard(definition: MetricDefinition): void {
  const standard = standardMetricOf(definition.name);
  if (standard === undefined || sameShape(standard, { ...definition, buckets: undefined })) return;
  throw shapeConflict(standard, definition);
}

/** The name without the `_total` of a counter, which OpenMetrics counts as a suffix. */
export function baseName(name: string, type: MetricDefinition['type']): string {
  return type === 'counter' && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
}

/** The names that the lines of a metric have, or that are reserved for it. */
export function lineNames({ name, type }: Pick<MetricDefinition, 'name' | 'type'>): readonly string[] {
  if (type === 'histogram') return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`, `${name}_created`];
  if (type === 'summary') return [name, `${name}_sum`, `${name}_count`, `${name}_created`];
  return [name];
}

export function sameShape(one: MetricDefinition, other: MetricDefinition): boolean {
  const isSame = one.type === other.type && one.unit === other.unit;
  return isSame && sameList(one.labelNames, other.labelNames) && sameList(one.buckets, other.buckets);
}

function sameList(one: readonly unknown[] | undefined, other: readonly unknown[] | undefined): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** What it is now: whoever gave it may use it again for another metric. */
export function copyOf({ labelNames, buckets, ...rest }: MetricDefinition): MetricDefinition {
  return { ...rest, labelNames: [...labelNames], buckets: buckets && [...buckets] };
}

export function shapeConflict(known: MetricDefinition, definition: MetricDefinition): TrefoilError {
  return conflict(definition.name, describeShape(known), describeShape(definition));
}

/** Two metrics would have lines of the same name. */
export function lineConflict(
  taken: string,
  known: string,
  definition: Pick<MetricDefinition, 'name' | 'type'>,
): TrefoilError {
  const given = `a ${definition.type} whose lines include ${taken}, as do those of ${known}`;
  return conflict(definition.name, 'lines that no other metric has', given);
}

function conflict(where: string, expected: string, given: string): TrefoilError {
  const todo = 'Give one of the two metrics another name.';
  return new TrefoilError('TREFOIL_METRIC_CONFLICT', {
    attempted: 'Declaring a metric',
    where,
    expected,
    given,
    todo,
  });
}

function invalid(where: string, expected: string, given: string, todo: string): TrefoilError {
  return new TrefoilError('TREFOIL_METRIC_INVALID', { attempted: 'Declaring a metric', where, expected, given, todo });
}

function describeShape({ type, labelNames, buckets, unit }: MetricDefinition): string {
  const bounds = buckets === undefined ? '' : ` with buckets [${buckets.join(', ')}]`;
  return `a ${type} with the labels {${labelNames.join(', ')}}${bounds}${unit === undefined ? '' : ` in ${unit}`}`;
}
