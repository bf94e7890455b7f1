import type { Tracer } from '@opentelemetry/api';
import { canDeliver, type AuditBackend } from '../audit/audit-backend';
import type { AuditLosses } from '../audit/audit-losses';
import { AuditPillar } from '../audit/audit-pillar';
import { deliveryError } from '../audit/delivery-error';
import { journalDefaults } from '../audit/journal/journal-options';
import type { Pillar } from '../call/call-handler';
import type { Diagnostics } from '../diagnostics';
import type { Logger } from '../logging/logger';
import { LoggingPillar } from '../logging/logging-pillar';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { MetricsPillar } from '../metrics/metrics-pillar';
import type { OpenConnections } from '../metrics/open-connections';
import { TracingPillar } from '../tracing/tracing-pillar';
import { auditRecipe } from './audit-recipe';
import { writesErrors } from './diagnostic-sinks';
import { isForeign } from './foreign-backends';
import { loggingRecipe } from './logging-recipe';
import { makePart, type PartInputs } from './make-part';
import { metricsRecipe } from './metrics-recipe';
import type { ResolvedOptions } from './options';
import type { Part } from './part';
import { tracingRecipe } from './tracing-recipe';

/** The backends in force. */
export interface Parts {
  readonly logging: Part<Logger>;
  readonly metrics: Part<MetricsBackend>;
  readonly tracing: Part<Tracer>;
  readonly audit: Part<AuditBackend>;
}

/** In the order of starting; they are flushed and closed in the reverse order, so that the logger is there to the end. */
export const partNames = ['logging', 'metrics', 'tracing', 'audit'] as const;

/** The parts, last in first out. */
export function lastInFirstOut(parts: Parts): Part[] {
  return partNames.map((name): Part => parts[name]).reverse();
}

/**
 * Builds the four backends, or takes them from the container or from before.
 *
 * @param before backends that nothing has changed for are taken over from here
 * @throws TrefoilError `TREFOIL_BACKEND_INVALID`, or the error of a `required` part
 */
export function buildParts(init: PartInputs, before: Parts | undefined): Parts {
  return {
    logging: makePart(init, loggingRecipe(init), before?.logging),
    metrics: makePart(init, metricsRecipe(init), before?.metrics),
    tracing: makePart(init, tracingRecipe(init), before?.tracing),
    audit: makePart(init, auditRecipe(init), before?.audit),
  };
}

/** What pillars take from the runtime beside its parts. */
export interface PillarInputs {
  /** What metrics are recorded in; `undefined` where they are off. */
  readonly metrics: MetricsBackend | undefined;
  readonly connections: OpenConnections;
  readonly diagnostics: Diagnostics;
  readonly losses: AuditLosses;
}

/** The pillars that are switched on. */
export function pillarsOf(
  parts: Parts,
  options: ResolvedOptions,
  { metrics, connections, diagnostics, losses }: PillarInputs,
): Pillar[] {
  const { service, audit } = options;
  const pillars: Pillar[] = [];
  if (!parts.tracing.isOff) pillars.push(new TracingPillar(parts.tracing.backend, diagnostics));
  // One that could not be had has not been switched off: what asks for a record must not go without.
  if (!parts.audit.isOff || parts.audit.buildError !== undefined) {
    const { backend } = parts.audit;
    const origin = { service: service.name, environment: service.environment };
    const { delivery, onFailure, maxWaitMs = journalDefaults.maxWaitMs } = audit;
    pillars.push(
      new AuditPillar({
        ...{ backend, isForeign: isForeign(backend), delivery, onFailure, maxWaitMs, origin },
        ...{ diagnostics, losses },
      }),
    );
  }
  if (metrics !== undefined) {
    const { labelBudget } = options.metrics;
    pillars.push(
      new MetricsPillar({ backend: metrics, isForeign: isForeign(metrics), diagnostics, labelBudget, connections }),
    );
  }
  // Where all four are off, calls are not even looked at.
  const { backend: logger, isUsers } = parts.logging;
  // Nothing is more urgent than a failure; a logger that drops those has no use for any call. One of the user's may change
  // its level without a word.
  const isSilent = !isUsers && !writesErrors(logger);
  if (!isSilent)
    pillars.push(new LoggingPillar(logger, diagnostics, { ...options.logging, isForeign: isForeign(logger) }));
  return pillars;
}

/** More is asked of the audit backend than it can give: a mistake in the options, refused at once. */
export function checkDelivery(parts: Parts, options: ResolvedOptions): void {
  const { backend } = parts.audit;
  if (!canDeliver(backend.guarantees, options.audit.delivery)) {
    throw deliveryError(backend, options.audit.delivery, 'audit.delivery');
  }
}
