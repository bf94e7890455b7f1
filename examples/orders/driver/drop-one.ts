import { join } from 'node:path';
import type { Span } from '@opentelemetry/api';
import type { DependencyContainer } from 'tsyringe';
import {
  AUDIT_BACKEND,
  FileAuditBackend,
  LOGGER,
  METRICS_BACKEND,
  OpenTelemetryTracer,
  PrometheusMetricsBackend,
  TRACER,
  WinstonLogger,
  type AuditEvent,
  type Delivery,
  type LogFields,
  type Logger,
  type LogIds,
  type LogLevel,
  type MetricDefinition,
  type MetricFamily,
} from 'trefoil';
import type { OrdersOptions } from '../orders-options';

/** The kinds of records that can be lost on purpose. */
export const kinds = ['audit', 'counter', 'histogram', 'span', 'log'] as const;

/** One of the kinds. */
export type Kind = (typeof kinds)[number];

/** Registers a backend that loses the hundredth record of a kind, and is the ordinary one otherwise. */
export async function registerLossyBackend(
  container: DependencyContainer,
  kind: Kind,
  { directory, collectorUrl, metricsPort }: OrdersOptions,
): Promise<{ metricsUrl?: string }> {
  if (kind === 'audit') {
    container.register(AUDIT_BACKEND, { useValue: new LossyAudit({ path: join(directory, 'audit') }) });
  } else if (kind === 'span') {
    const useValue = new LossyTracer({
      serviceName: 'orders',
      exporterType: 'otlp',
      endpoint: collectorUrl,
      protocol: 'http/json',
    });
    container.register(TRACER, { useValue });
  } else if (kind === 'log') {
    const useValue = new LossyLogger({
      service: 'orders',
      environment: 'development',
      level: 'debug',
      path: join(directory, 'orders.log'),
    });
    container.register(LOGGER, { useValue });
  } else {
    const metrics = new LossyMetrics(
      kind === 'counter' ? 'store_operations_total' : 'store_operation_duration_seconds',
    );
    container.register(METRICS_BACKEND, { useValue: metrics });
    // A backend that one registers is one's own to serve, too.
    return { metricsUrl: (await metrics.startHttpServer({ port: metricsPort })).url };
  }
  return {};
}

/** True once, the hundredth time. */
function hundredth(): () => boolean {
  let count = 0;
  return () => (count += 1) === 100;
}

class LossyAudit extends FileAuditBackend {
  readonly #loses = hundredth();

  override log(event: AuditEvent, delivery?: Delivery): void | Promise<void> {
    if (!this.#loses()) return super.log(event, delivery);
  }
}

class LossyTracer extends OpenTelemetryTracer {
  readonly #loses = hundredth();

  override startSpan(...args: Parameters<OpenTelemetryTracer['startSpan']>): Span {
    const span = super.startSpan(...args);
    // A span that never ends is never exported.
    if (this.#loses()) span.end = () => undefined;
    return span;
  }
}

class LossyLogger extends WinstonLogger {
  readonly #loses = hundredth();

  override log(level: LogLevel, message: string, fields?: LogFields, ids?: LogIds): Logger {
    return this.#loses() ? this : super.log(level, message, fields, ids);
  }
}

class LossyMetrics extends PrometheusMetricsBackend {
  readonly #loses = hundredth();
  readonly #metric: string;

  constructor(metric: string) {
    super();
    this.#metric = metric;
  }

  override declare(definition: MetricDefinition): MetricFamily {
    const family = super.declare(definition);
    if (definition.name !== this.#metric) return family;
    return {
      definition,
      series: (labelValues) => {
        const series = family.series(labelValues);
        return { record: (value) => (this.#loses() ? undefined : series.record(value)) };
      },
    };
  }
}
