import type { DependencyContainer } from 'tsyringe';
import type { AuditLosses } from '../audit/audit-losses';
import type { Pillar } from '../call/call-handler';
import { guardedGenerator } from '../call/custom-id';
import { Instrumentation } from '../call/instrumentation';
import type { Diagnostics } from '../diagnostics';
import type { StoreMetricsSetting } from '../metrics/store-metrics';
import { DataRedactor } from '../redaction/data-redactor';
import { buildPropagator, type BuiltPropagator } from '../tracing/propagators';
import { buildParts, checkDelivery, pillarsOf, type Parts } from './backends';
import { callHandlersOf } from './container';
import type { Problem } from './problem';
import type { MetricsRecording } from './metrics-recording';
import type { OptionsInForce, ReadOptions, ResolvedOptions } from './options';
import type { Part } from './part';
import { showOptions } from './shown-options';
import { attempt } from './stop-parts';
import { unusedOptions } from './unused-options';

/** What a runtime works with until it is reconfigured. */
export interface InForce {
  /** What later options are laid over. */
  readonly read: ReadOptions;
  readonly options: ResolvedOptions;
  /** The same for the eyes of others. */
  readonly shown: OptionsInForce;
  readonly unused: readonly Problem[];
  readonly parts: Parts;
  /** Another one where the members of the registry change between one and several. */
  storeMetrics: StoreMetricsSetting;
  readonly propagation: BuiltPropagator;
  /** Another one where the level of the logger has been changed to silent, or back. */
  instrumentation: Instrumentation;
}

/** What outlives every change of the options. */
export interface Foundation {
  readonly container: DependencyContainer;
  readonly diagnostics: Diagnostics;
  readonly recording: MetricsRecording;
  readonly losses: AuditLosses;
}

/** Builds everything that the options ask for; leaves nothing open where it throws. */
export function buildInForce(
  { container, diagnostics, recording, losses }: Foundation,
  read: ReadOptions,
  before: Parts | undefined,
): InForce {
  const options = read.resolved;
  const redactor = new DataRedactor(options.redaction);
  const propagation = buildPropagator(options.tracing.propagators);
  const [missing] = propagation.errors;
  if (missing !== undefined && options.tracing.required) throw missing;
  const built: Part[] = [];
  try {
    const onBuilt = (part: Part): void => void built.push(part);
    const { registry, sent } = recording;
    const parts = buildParts({ container, options, redactor, diagnostics, registry, sent, onBuilt }, before);
    checkDelivery(parts, options);
    const handlers = callHandlersOf(container);
    const instrumentation = new Instrumentation({
      pillars: pillarsInForce({ diagnostics, recording, losses }, parts, options),
      handlers,
      redactor,
      diagnostics,
      generateId: guardedGenerator(options.audit.generateId, diagnostics),
      repeatedCallsLimit: options.repeatedCallsLimit,
      streamTimeoutMs: options.streamTimeoutMs,
    });
    const storeMetrics = recording.settingOf(parts, options);
    const unused = unusedOptions(read);
    return { read, options, shown: showOptions(options), unused, parts, instrumentation, propagation, storeMetrics };
  } catch (error) {
    for (const part of built) if (!part.isHandedOver) void attempt(part.close());
    throw error;
  }
}

/** The pillars that are switched on, with the metrics that there are now. */
export function pillarsInForce(
  { diagnostics, recording, losses }: Omit<Foundation, 'container'>,
  parts: Parts,
  options: ResolvedOptions,
): Pillar[] {
  const { connections } = recording;
  return pillarsOf(parts, options, { metrics: recording.backendOf(parts), connections, diagnostics, losses });
}
