import type { Tracer } from '@opentelemetry/api';
import { createTracer, type CreateTracerOptions } from '../tracing/create-tracer';
import { NoopTracer } from '../tracing/noop-tracer';
import { OpenTelemetryTracer } from '../tracing/opentelemetry-tracer';
import { isSpanExporter, type OpenTelemetryTracerOptions } from '../tracing/tracer-options';
import { withoutHeaderVariables } from './environment';
import { KeptExporter } from './kept-exporter';
import { givenBackend, type PartInputs, type Recipe } from './make-part';
import type { ResolvedOptions } from './options';
import { resourceAttributes } from './resource-attributes';
import { TRACER } from './tokens';
import type { ExporterList } from './tracing-section';

/** The share of a shutdown's time that spans may take to be flushed, and again to be closed: others come after them. */
const shareOfShutdown = 0.4;

/** How to come by the tracer. */
export function tracingRecipe({ options, redactor, diagnostics }: PartInputs): Recipe<Tracer> {
  const { exporter } = options.tracing;
  const exporters = isList(exporter) ? exporter : undefined;
  const settings = settingsOf(options, exporters);
  const onReport = (where: string, error: unknown): void => diagnostics.report('TREFOIL_EXPORT_FAILED', where, error);
  const isExporting = settings.serviceName !== undefined;
  return {
    section: 'tracing',
    token: TRACER,
    option: 'tracing.exporter',
    given: exporters === undefined ? givenBackend(exporter) : undefined,
    adopt: (given, isHandedOver) => {
      if (isTracer(given) || !isSpanExporter(given)) return undefined;
      const through = { ...exportingOf(options), redactor, onReport };
      return new OpenTelemetryTracer({ ...through, exporters: [isHandedOver ? new KeptExporter(given) : given] });
    },
    underlying: (given) =>
      [...(exporters ?? []), given].filter((each) => isSpanExporter(each) && !isTracer(each)) as object[],
    alternative: ', or a span exporter of OpenTelemetry’s SDK',
    methods: ['startSpan'],
    required: options.tracing.required,
    settings: { ...settings, redaction: isExporting ? options.redaction : undefined },
    build: () => {
      if (!isExporting) return createTracer(settings);
      return withoutHeaderVariables(() => createTracer({ ...keepingOpen(settings), redactor, onReport }));
    },
    noop: () => new NoopTracer(),
  };
}

function settingsOf(options: ResolvedOptions, exporters: ExporterList | undefined): CreateTracerOptions {
  const { exporter, maxSpans } = options.tracing;
  // Spans in memory, nowhere or with the application's SDK do not depend on the rest.
  if (exporter === 'memory') return { exporterType: exporter, ...(maxSpans === undefined ? {} : { maxSpans }) };
  if (exporter === 'none') return { exporterType: exporter };
  const exporting = exportingOf(options);
  const { flushTimeoutMs } = exporting;
  if (exporter === 'global')
    return { exporterType: exporter, ...(flushTimeoutMs === undefined ? {} : { flushTimeoutMs }) };
  if (typeof exporter === 'string') return { ...exporting, exporterType: exporter };
  return exporters === undefined ? exporting : { ...exporting, exporters };
}

function exportingOf({ tracing, service, resource, shutdownTimeoutMs }: ResolvedOptions): OpenTelemetryTracerOptions {
  const {
    exporter: _exporter,
    maxSpans: _maxSpans,
    required: _required,
    propagators: _propagators,
    ...exporting
  } = tracing;
  return {
    ...exporting,
    flushTimeoutMs: Math.max(1, Math.floor(shutdownTimeoutMs * shareOfShutdown)),
    serviceName: service.name,
    resource: resourceAttributes({ service, resource }),
  };
}

function keepingOpen({ exporters, ...settings }: CreateTracerOptions): CreateTracerOptions {
  if (exporters === undefined) return settings;
  const kept = exporters.map((each) => (typeof each === 'string' ? each : new KeptExporter(each)));
  return { ...settings, exporters: kept };
}

function isList(exporter: ResolvedOptions['tracing']['exporter']): exporter is ExporterList {
  return Array.isArray(exporter);
}

function isTracer(given: unknown): given is Tracer {
  return typeof (given as Partial<Tracer> | null | undefined)?.startSpan === 'function';
}
