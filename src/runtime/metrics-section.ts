import * as v from 'valibot';
import { expectedLabelName, isLabelName } from '../metrics/label-names';
import type { Environment } from './environment';
import { flag, text, whole, wholeFrom } from './option-values';

/** Where metrics go. */
export interface MetricsSection {
  /** Default `prometheus`. */
  readonly backend?: 'prometheus' | 'memory' | 'none';
  /** The port of the endpoint; 0 takes any free one, false starts none. Default: `PROMETHEUS_PORT`, else 9464. */
  readonly port?: number | false;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default `/metrics`. */
  readonly path?: string;
  /** Labels that every series carries. */
  readonly defaultLabels?: Readonly<Record<string, string>>;
  /** How many values each label of a metric of your own may take. Default 200. */
  readonly labelBudget?: number;
  /** Refuse to start without it. Default false. */
  readonly required?: boolean;
}

/** The section in force. */
export type ResolvedMetrics = MetricsSection &
  Required<Pick<MetricsSection, 'backend' | 'port' | 'host' | 'path' | 'labelBudget' | 'required'>>;

const labelName = v.pipe(
  v.string(),
  v.check((name) => isLabelName(name), expectedLabelName),
);
const port = v.union([v.literal(false), whole(0, 65_535, 'a port from 0 to 65535, or false')]);
const path = v.pipe(
  v.string(),
  v.check((value) => value.startsWith('/'), 'a path that begins with /'),
);

export const metricsSchema = v.strictObject({
  backend: v.optional(v.picklist(['prometheus', 'memory', 'none'])),
  port: v.optional(port),
  host: v.optional(text),
  path: v.optional(path),
  defaultLabels: v.optional(v.record(labelName, v.string())),
  labelBudget: v.optional(wholeFrom(1)),
  required: flag,
});

export function resolveMetrics(section: MetricsSection | undefined, environment: Environment): ResolvedMetrics {
  return {
    ...section,
    backend: section?.backend ?? 'prometheus',
    port: section?.port ?? environment.metricsPort ?? 9464,
    host: section?.host ?? '127.0.0.1',
    path: section?.path ?? '/metrics',
    labelBudget: section?.labelBudget ?? 200,
    required: section?.required ?? false,
  };
}
