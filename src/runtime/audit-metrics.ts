import type { AuditBackend } from '../audit/audit-backend';
import type { AuditHealth } from '../audit/audit-health';
import { isPromise, onRejection } from '../call/observe-promise';
import type { MetricDefinition, MetricsBackend, Observation } from '../metrics/metrics-backend';
import { oncePerReading } from '../metrics/one-reading';

/** What one metric says of one backend. */
type Reading = (health: AuditHealth, backend: string) => Observation[];

const one =
  (read: (health: AuditHealth) => number | undefined): Reading =>
  (health, backend) => {
    const value = read(health);
    return value === undefined ? [] : [{ labelValues: [backend], value }];
  };

function metric(
  type: MetricDefinition['type'],
  name: string,
  help: string,
  ...more: string[]
): Omit<MetricDefinition, 'buckets'> {
  return { name, type, help, labelNames: ['backend', ...more] };
}

/** The metrics of the trail itself, each with how it is read; names and labels are exact. */
const auditMetrics: readonly (readonly [MetricDefinition, Reading])[] = [
  [metric('counter', 'audit_events_accepted_total', 'Audit events taken.'), one(({ accepted }) => accepted)],
  [metric('counter', 'audit_events_written_total', 'Audit events written.'), one(({ written }) => written)],
  [
    metric('counter', 'audit_events_dropped_total', 'Audit events taken and lost, by reason.', 'reason'),
    ({ dropped }, backend) =>
      Object.entries(dropped).map(([reason, value]) => ({ labelValues: [backend, reason], value })),
  ],
  [metric('counter', 'audit_events_rejected_total', 'Audit events refused.'), one(({ rejected }) => rejected)],
  [
    metric('counter', 'audit_outcome_unknown_total', 'Intents whose outcome nobody knows.'),
    one(({ outcomeUnknown }) => outcomeUnknown),
  ],
  [metric('gauge', 'audit_queue_depth', 'Audit events not yet written.'), one(({ queueDepth }) => queueDepth)],
  [
    metric('gauge', 'audit_queue_age_seconds', 'How far a backend lags: the age of its oldest event not yet written.'),
    one(({ queueAgeSeconds }) => queueAgeSeconds),
  ],
  [
    metric('histogram', 'audit_fsync_duration_seconds', 'How long it takes to sync with the disk.'),
    ({ fsync }, backend) => (fsync === undefined ? [] : [{ labelValues: [backend], ...fsync }]),
  ],
  [
    metric('gauge', 'audit_checkpoint_age_seconds', 'How long ago the last checkpoint was made.'),
    one(({ checkpointAgeSeconds }) => checkpointAgeSeconds),
  ],
  [
    metric('gauge', 'audit_latched', 'Whether a backend takes nothing until it can write again.'),
    one(({ latched }) => (latched === undefined ? 0 : 1)),
  ],
];

/** How a backend is doing; one that cannot say, or fails to, says nothing. */
export function healthOf(backend: AuditBackend): AuditHealth | undefined {
  try {
    const health: unknown = backend.health?.();
    if (isPromise(health)) onRejection(health, () => undefined);
    else if (isHealth(health)) return health;
  } catch {
    // It is asked again; that it cannot tell is no failure of an event.
  }
  return undefined;
}

/** Whether it has at least what every backend can say. */
export function isHealth(health: unknown): health is AuditHealth {
  if (typeof health !== 'object' || health === null) return false;
  if (!('accepted' in health && 'written' in health && 'dropped' in health && 'rejected' in health)) return false;
  return typeof health.dropped === 'object' && health.dropped !== null;
}

/**
 * Lets the metrics backend read how the trail is doing whenever it is read itself: no event pays for it. A metric that it
 * refuses is told, and the others are read all the same.
 *
 * @returns ends it
 */
export function observeAudit(
  metrics: MetricsBackend,
  backend: AuditBackend,
  onRefused: (name: string, error: unknown) => void,
): () => void {
  const ends: (() => void)[] = [];
  const healthNow = oncePerReading(() => healthOf(backend));
  for (const [definition, read] of backend.health === undefined ? [] : auditMetrics) {
    const observations = (): Observation[] => {
      const health = healthNow();
      return health === undefined ? [] : observationsOf(read, health, backend.name);
    };
    try {
      const end: unknown = metrics.observe?.(definition, observations);
      if (typeof end === 'function') ends.push(end as () => void);
      else if (isPromise(end)) onRejection(end, (error) => onRefused(definition.name, error));
    } catch (error) {
      onRefused(definition.name, error);
    }
  }
  return () => {
    for (const end of ends) {
      try {
        end();
      } catch {
        // A backend that is left has nothing to say any more.
      }
    }
  };
}

/** Those behind a backend follow it, as `composite/file`. */
function observationsOf(read: Reading, health: AuditHealth, name: string): Observation[] {
  const members = Object.entries(health.members ?? {});
  return [
    ...read(health, name),
    ...members.flatMap(([member, behind]) => observationsOf(read, behind, `${name}/${member}`)),
  ];
}
