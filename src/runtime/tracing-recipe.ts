import type { Tracer } from '@opentelemetry/api';
import { createTracer, type CreateTracerOptions } from '../tracing/create-tracer';
import { NoopTracer } from '../tracing/noop-tracer';
import type { PartInputs, Recipe } from './make-part';
import type { ResolvedOptions } from './options';
import { resourceAttributes } from './resource-attributes';
import { TRACER } from './tokens';

/** The share of a shutdown's time that spans may take to be flushed, and again to be closed: others come after them. */
const shareOfShutdown = 0.4;

/** How to come by the tracer. */
export function tracingRecipe({ options, redactor, diagnostics }: PartInputs): Recipe<Tracer> {
  const settings = settingsOf(options);
  const onReport = (where: string, error: unknown): void => diagnostics.report('TREFOIL_EXPORT_FAILED', where, error);
  const isExporting = settings.serviceName !== undefined;
  return {
    section: 'tracing',
    token: TRACER,
    methods: ['startSpan'],
    required: options.tracing.required,
    settings: { ...settings, redaction: isExporting ? options.redaction : undefined },
    build: () => createTracer(isExporting ? { ...settings, redactor, onReport } : settings),
    noop: () => new NoopTracer(),
  };
}

function settingsOf(options: ResolvedOptions): CreateTracerOptions {
  const { tracing, service, shutdownTimeoutMs } = options;
  const { exporter: exporterType, maxSpans, required: _required, propagators: _propagators, ...exporting } = tracing;
  // Spans in memory, nowhere or with the application's SDK do not depend on the rest.
  if (exporterType === 'memory') return { exporterType, ...(maxSpans === undefined ? {} : { maxSpans }) };
  if (exporterType === 'none') return { exporterType };
  const flushTimeoutMs = Math.max(1, Math.floor(shutdownTimeoutMs * shareOfShutdown));
  if (exporterType === 'global') return { exporterType, flushTimeoutMs };
  return {
    ...exporting,
    exporterType,
    flushTimeoutMs,
    serviceName: service.name,
    resource: resourceAttributes(options),
  };
}
