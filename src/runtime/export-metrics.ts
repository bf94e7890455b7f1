import { isPromise, onRejection } from '../call/observe-promise';
import type { ExportHealth } from '../export-health';
import type { MetricDefinition, MetricsBackend, Observation } from '../metrics/metrics-backend';
import { oncePerReading } from '../metrics/one-reading';
import type { Section } from './part';

/** The exporters of one backend, and which signal they send. */
export interface ExportSource {
  readonly signal: Section;
  readonly backend: object;
}

/** What one metric says of one exporter, behind the labels `signal` and `exporter`. */
type Reading = (health: ExportHealth) => readonly { readonly more?: readonly string[]; readonly value: number }[];

function metric(type: 'counter' | 'gauge', name: string, help: string, ...more: string[]): MetricDefinition {
  return { name, type, help, labelNames: ['signal', 'exporter', ...more] };
}

/** The metrics of exporters, each with how it is read; names and labels are exact. */
const exportMetrics: readonly (readonly [MetricDefinition, Reading])[] = [
  [
    metric('counter', 'trefoil_export_records_total', 'Records that the far end has accepted.'),
    ({ exported }) => [{ value: exported }],
  ],
  [
    metric('counter', 'trefoil_export_dropped_total', 'Records that are lost, by reason.', 'reason'),
    ({ dropped }) => Object.entries(dropped).map(([reason, value]) => ({ more: [reason], value })),
  ],
  [
    metric('counter', 'trefoil_export_failures_total', 'Exports given up, after their retries.'),
    ({ failures }) => [{ value: failures }],
  ],
  [
    metric('counter', 'trefoil_export_retries_total', 'Further attempts at exports that had failed.'),
    ({ retries }) => [{ value: retries }],
  ],
  [
    metric('gauge', 'trefoil_export_queue_depth', 'Records that wait to be exported.'),
    ({ queueDepth }) => [{ value: queueDepth }],
  ],
];

const reportsMetric: MetricDefinition = {
  type: 'counter',
  name: 'trefoil_reports_total',
  help: 'Failures of trefoil’s own that were reported, by code.',
  labelNames: ['code'],
};

/** Whether a backend can say how its exports are doing. */
function tellsExports(backend: object): backend is { exportHealth(): unknown } {
  return 'exportHealth' in backend && typeof backend.exportHealth === 'function';
}

/** How the exports of a backend are doing; `undefined` where it cannot say, or fails to. */
export function exportsOf(backend: object): readonly ExportHealth[] | undefined {
  try {
    const exports = tellsExports(backend) ? backend.exportHealth() : undefined;
    if (isPromise(exports)) onRejection(exports, () => undefined);
    else if (Array.isArray(exports)) return exports.filter(isExportHealth);
  } catch {
    // It is asked again; that it cannot tell is no failure of a record.
  }
  return undefined;
}

function isExportHealth(health: unknown): health is ExportHealth {
  if (typeof health !== 'object' || health === null) return false;
  const { exporter, dropped, ...rest } = health as Readonly<Record<string, unknown>>;
  const numbers = [rest['exported'], rest['failures'], rest['retries'], rest['queueDepth']];
  if (typeof exporter !== 'string' || typeof dropped !== 'object' || dropped === null) return false;
  return [...numbers, ...Object.values(dropped as Readonly<Record<string, unknown>>)].every(
    (value) => typeof value === 'number',
  );
}

/**
 * Lets the metrics backend read how exports are doing, and what trefoil has reported, whenever it is read itself: no call
 * pays for it. A metric that it refuses is told, and the others are read all the same.
 *
 * @returns ends it
 */
export function observeExports(
  metrics: MetricsBackend,
  sources: readonly ExportSource[],
  reports: () => Readonly<Record<string, number>>,
  onRefused: (name: string, error: unknown) => void,
): () => void {
  const telling = sources
    .filter(({ backend }) => tellsExports(backend))
    .map(({ signal, backend }) => ({ signal, exportsNow: oncePerReading(() => exportsOf(backend) ?? []) }));
  const readReports = (): Observation[] =>
    Object.entries(reports()).map(([code, value]) => ({ labelValues: [code], value }));
  const observed: (readonly [MetricDefinition, () => Observation[]])[] = [
    [reportsMetric, readReports],
    ...(telling.length === 0 ? [] : exportMetrics).map(
      ([definition, read]) => [definition, () => observationsOf(telling, read)] as const,
    ),
  ];
  const ends = observed.map(([definition, read]) => observe(metrics, definition, read, onRefused));
  return () => {
    for (const end of ends) end();
  };
}

/** A source whose exporters are asked once for all the metrics of a reading. */
interface TellingSource {
  readonly signal: Section;
  readonly exportsNow: () => readonly ExportHealth[];
}

function observationsOf(sources: readonly TellingSource[], read: Reading): Observation[] {
  return sources.flatMap(({ signal, exportsNow }) =>
    exportsNow().flatMap((health) =>
      read(health).map(({ more = [], value }) => ({ labelValues: [signal, health.exporter, ...more], value })),
    ),
  );
}

function observe(
  metrics: MetricsBackend,
  definition: MetricDefinition,
  read: () => Observation[],
  onRefused: (name: string, error: unknown) => void,
): () => void {
  try {
    const end: unknown = metrics.observe?.(definition, read);
    if (isPromise(end)) onRejection(end, (error) => onRefused(definition.name, error));
    else if (typeof end === 'function') return () => quietly(end as () => void);
  } catch (error) {
    onRefused(definition.name, error);
  }
  return () => undefined;
}

/** A backend that is left has nothing to say any more. */
function quietly(end: () => void): void {
  try {
    end();
  } catch {
    // It is left all the same.
  }
}
