import type { AuditHealth } from '../audit/audit-health';
import type { TrefoilErrorCode } from '../errors';
import type { ExportHealth } from '../export-health';
import type { Problem } from './problem';
import { exportsOf } from './export-metrics';
import type { PropagationStatus } from './global-propagator';
import type { Part } from './part';

/** How one of the four pillars is doing. */
export interface PartStatus {
  /** The backend in force; `none` where the pillar is off or could not start. */
  readonly backend: string;
  readonly state: 'running' | 'off' | 'degraded';
  /** Why it is degraded. */
  readonly error?: { readonly code: TrefoilErrorCode; readonly message: string };
  /** Where it can be reached. */
  readonly url?: string;
  /** How its exporters are doing, where it sends its records somewhere and can tell; of metrics, those of all members. */
  readonly exports?: readonly ExportHealth[];
}

/** How a runtime is doing. */
export interface TrefoilStatus {
  readonly state: 'running' | 'degraded' | 'stopped';
  readonly service: string;
  readonly environment: string;
  /** With how the trail itself is doing, where the backend can tell. */
  readonly audit: PartStatus & { readonly volatile: boolean; readonly health?: AuditHealth };
  readonly metrics: PartStatus;
  readonly tracing: PartStatus;
  readonly logging: PartStatus;
  /** How the context goes from service to service. */
  readonly propagation: PropagationStatus;
  /** Variables that are ignored, and options without effect. `describe()` lists these and more. */
  readonly problems: readonly Problem[];
  /** How often each of trefoil's own failures was reported. */
  readonly reports: Readonly<Partial<Record<TrefoilErrorCode, number>>>;
  /** Calls that ran bare because they came after the shutdown. */
  readonly callsAfterShutdown: number;
}

/** What a status says of a trail that loses events. */
export function losingTrail(message: string): Pick<PartStatus, 'state' | 'error'> {
  return { state: 'degraded', error: { code: 'TREFOIL_AUDIT_NOT_WRITTEN', message } };
}

/**
 * How one part is doing.
 *
 * @param exporting whose exports they are, where they are not the backend's alone
 */
export function partStatus(part: Part, exporting: object = part.backend): PartStatus {
  const { backendName: backend, error, url, isOff } = part;
  const exports = exportsOf(exporting) ?? [];
  return {
    backend,
    state: error !== undefined ? 'degraded' : isOff ? 'off' : 'running',
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    ...(url === undefined ? {} : { url }),
    ...(exports.length === 0 ? {} : { exports }),
  };
}
