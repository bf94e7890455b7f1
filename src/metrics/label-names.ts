import type { MetricType } from './metrics-backend';

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Names that Prometheus gives to the buckets of a histogram and the parts of a summary. */
const bucketLabels = new Set(['le', 'quantile']);

/** What {@link isLabelName} asks for, in the words of an error. */
export const expectedLabelName = 'a Prometheus label name that is not reserved';

/** Whether a metric of this type may have a label of this name; without a type, whether any metric may. */
export function isLabelName(name: string, type?: MetricType): boolean {
  if (!labelName.test(name) || name.startsWith('__')) return false;
  return type === 'counter' || type === 'gauge' || !bucketLabels.has(name);
}
