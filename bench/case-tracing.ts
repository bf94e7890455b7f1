import type { Tracer } from '@opentelemetry/api';
import { OpenTelemetryTracer } from 'trefoil';
import type { Records } from './bench-case';
import { batchingProvider, batchProcessor, NullExporter } from './null-exporter';

/** Where the spans of one case come from and go to. */
export interface CaseTracing {
  readonly tracer: Tracer;
  readonly exporter: NullExporter;
  /** Exports what has ended. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Whether the exporter reads what it gets. */
export interface Reading {
  readonly isRead?: boolean | undefined;
}

/** With the tracer of OpenTelemetry's SDK. */
export function sdkTracing(span: Records['span'], { isRead = false }: Reading = {}): CaseTracing | undefined {
  if (span === undefined) return undefined;
  const exporter = new NullExporter(isRead);
  const provider = batchingProvider(exporter, span === 'recorded');
  return {
    tracer: provider.getTracer('bench'),
    exporter,
    drain: () => provider.forceFlush(),
    close: () => provider.shutdown(),
  };
}

/** With the tracer that trefoil has where nobody registers another. */
export function ownTracing(span: Records['span'], { isRead = false }: Reading = {}): CaseTracing | undefined {
  if (span === undefined) return undefined;
  const exporter = new NullExporter(isRead);
  const tracer = new OpenTelemetryTracer({
    serviceName: 'bench',
    sampler: span === 'recorded' ? 'always_on' : 'always_off',
    spanProcessors: [batchProcessor(exporter)],
  });
  return { tracer, exporter, drain: () => tracer.flush(), close: () => tracer.shutdown() };
}
