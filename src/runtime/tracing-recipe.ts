import type { Tracer } from '@opentelemetry/api';
import { InMemoryTracer } from '../tracing/in-memory-tracer';
import { NoopTracer } from '../tracing/noop-tracer';
import { OpenTelemetryTracer, type OpenTelemetryTracerOptions } from '../tracing/opentelemetry-tracer';
import type { PartInputs, Recipe } from './make-part';
import type { ResolvedOptions } from './options';
import { TRACER } from './tokens';

/** How to come by the tracer. */
export function tracingRecipe({ options }: PartInputs): Recipe<Tracer> {
  const settings = settingsOf(options);
  return {
    section: 'tracing',
    token: TRACER,
    methods: ['startSpan'],
    required: options.tracing.required,
    settings,
    build: () => build(settings),
    noop: () => new NoopTracer(),
  };
}

interface TracerSettings extends Omit<OpenTelemetryTracerOptions, 'exporterType'> {
  readonly exporter: ResolvedOptions['tracing']['exporter'];
  readonly maxSpans: number | undefined;
}

function settingsOf({ tracing, service, resource }: ResolvedOptions): TracerSettings {
  const { exporter, maxSpans, required: _required, propagators: _propagators, ...exporting } = tracing;
  // Spans in memory or nowhere do not depend on the rest.
  if (exporter === 'none' || exporter === 'memory') return { exporter, maxSpans, serviceName: '' };
  return {
    ...exporting,
    exporter,
    maxSpans: undefined,
    serviceName: service.name,
    resource: {
      ...resource,
      ...(service.version === undefined ? {} : { 'service.version': service.version }),
      'deployment.environment.name': service.environment,
    },
  };
}

function build({ exporter, maxSpans, ...exporting }: TracerSettings): Tracer {
  if (exporter === 'none') return new NoopTracer();
  if (exporter === 'memory') return new InMemoryTracer({ maxSpans });
  return new OpenTelemetryTracer({ ...exporting, exporterType: exporter });
}
