import type { ExpositionFormat } from './exposition-format';
import { isLabelName } from './label-names';
import { labelsText } from './metric-header';
import type { Labels } from './metrics-backend';

/** What a scrape says of the resource that it is of. */
export type TargetInfo = Readonly<Record<string, string>>;

/** The name of its line, which no other metric may have. */
export const targetInfoName = 'target_info';

/**
 * The attributes of the resource as one line, in the names that Prometheus takes: `service.name` as `service_name`.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes-1
 */
export function targetInfoText(target: TargetInfo, format: ExpositionFormat, defaultLabels: Labels): string {
  const attributes = Object.entries(target).map(([name, value]) => [labelNameOf(name), value] as const);
  const labels = labelsText(Object.entries({ ...Object.fromEntries(attributes), ...defaultLabels }));
  const [name, type] = format === 'openmetrics' ? ['target', 'info'] : [targetInfoName, 'gauge'];
  const [help, kind] = [`# HELP ${name} What the metrics are of.`, `# TYPE ${name} ${type}`];
  const header = format === 'openmetrics' ? `${kind}\n${help}` : `${help}\n${kind}`;
  return `${header}\n${targetInfoName}{${labels}} 1`;
}

function labelNameOf(attribute: string): string {
  const name = attribute.replaceAll(/[^a-zA-Z0-9_]+/g, '_').replaceAll(/_{2,}/g, '_');
  const begun = /^[0-9]/.test(name) ? `_${name}` : name;
  return isLabelName(begun) ? begun : `attribute_${begun}`;
}
