import type { Tracer } from '@opentelemetry/api';
import * as v from 'valibot';
import { validateOptions } from '../validate-options';
import { GlobalTracer } from './global-tracer';
import { InMemoryTracer } from './in-memory-tracer';
import { NoopTracer } from './noop-tracer';
import { OpenTelemetryTracer } from './opentelemetry-tracer';
import {
  maxSpansOption,
  tracerOptionEntries,
  type OpenTelemetryTracerOptions,
  type SpanExporterType,
} from './tracer-options';

/** Where spans go: to an exporter, to memory, nowhere, or to the SDK that the application has set up (`global`). */
export type TracerType = SpanExporterType | 'memory' | 'none' | 'global';

/** The names of them. */
export const tracerTypes = [
  'otlp',
  'jaeger',
  'zipkin',
  'console',
  'memory',
  'none',
  'global',
] as const satisfies TracerType[];

/** Settings of {@link createTracer}. */
export interface CreateTracerOptions extends Omit<OpenTelemetryTracerOptions, 'exporterType'> {
  /** Whether anything is recorded. Default true. */
  readonly enabled?: boolean;
  /** Default `otlp`. */
  readonly exporterType?: TracerType;
  /** How many spans `memory` keeps. Default 10,000. */
  readonly maxSpans?: number;
}

/** A tracer of OpenTelemetry's API, with what can be done to it besides: what there is nothing to do for is missing. */
export type CreatedTracer = Tracer & {
  readonly name: string;
  flush?(): Promise<void>;
  shutdown?(): Promise<void>;
};

const schema = v.strictObject({
  ...tracerOptionEntries,
  enabled: v.optional(v.boolean()),
  exporterType: v.optional(v.picklist(tracerTypes)),
  maxSpans: maxSpansOption,
});

/**
 * Makes the tracer that the options ask for: a {@link NoopTracer} where it is not enabled, an {@link InMemoryTracer}, a
 * {@link GlobalTracer} or an {@link OpenTelemetryTracer}.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, and what the constructor of an OpenTelemetryTracer throws
 *
 * @example
 * ```ts
 * import { createTracer } from 'trefoil';
 *
 * const tracer = createTracer({ serviceName: 'orders', exporterType: 'otlp', sampleRate: 0.1 });
 * tracer.startActiveSpan('store.read', (span) => span.end());
 * await tracer.shutdown?.();
 * ```
 */
export function createTracer(options: CreateTracerOptions = {}): CreatedTracer {
  const {
    enabled = true,
    exporterType = 'otlp',
    maxSpans,
    ...exporting
  }: CreateTracerOptions = validateOptions(schema, options, {
    code: 'TREFOIL_OPTIONS_INVALID',
    attempted: 'Creating a tracer',
    todo: 'Correct the option; its documentation says what it takes.',
  });
  if (!enabled || exporterType === 'none') return new NoopTracer();
  if (exporterType === 'memory') return new InMemoryTracer({ maxSpans, limits: exporting.limits });
  const { flushTimeoutMs } = exporting;
  if (exporterType === 'global') return new GlobalTracer(flushTimeoutMs === undefined ? {} : { flushTimeoutMs });
  return new OpenTelemetryTracer({ ...exporting, exporterType });
}
