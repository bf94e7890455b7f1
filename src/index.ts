export { AuditEventType } from './call/event-type';
export type { Outcome, Settled } from './call/outcome';
export type { Delivery, OnAuditFailure } from './call/delivery';
export type { AuditChanges, CallDetails, Operation } from './call/operation';
export type { Call, CurrentCall } from './call/call';
export type { CallHandler } from './call/call-handler';
export type { RequestContext } from './call/request-context';
export { bindContext, currentCall, currentContext, runWithContext } from './call/context';

export { Audited } from './decorators/audited';
export { Counted } from './decorators/counted';
export { Observed } from './decorators/observed';
export { Store } from './decorators/store';
export { Timed } from './decorators/timed';
export { Traced } from './decorators/traced';
export { Unobserved } from './decorators/unobserved';
export { observe } from './decorators/observe';
export { observeObject } from './decorators/observe-object';
export type { ObserveMethodOptions, ObserveOptions } from './decorators/observe-options';
export type { MethodPath, ObserveObjectOptions } from './decorators/observe-object';
export type {
  AuditedOptions,
  CountedOptions,
  ObservedOptions,
  StoreOptions,
  TimedOptions,
  TracedOptions,
} from './decorators/decorator-options';

export { AuditEvent } from './audit/audit-event';
export type { AuditEventInit } from './audit/audit-event-init';
export type { ErrorLink } from './call/error-chain';
export { AsyncAuditBackend } from './audit/async-audit-backend';
export type { AsyncAuditBackendOptions } from './audit/async-audit-backend';
export { CompositeAuditBackend } from './audit/composite-audit-backend';
export type { CompositeAuditBackendOptions } from './audit/composite-audit-backend';
export { AuditLogger } from './audit/audit-logger';
export type { AuditEntry, AuditLoggerOptions, AuditLoggerStore } from './audit/audit-logger';
export { AuditStatus } from './audit/audit-status';
export type { AuditBackend, AuditGuarantees } from './audit/audit-backend';
export type { AuditFilter } from './audit/audit-filter';
export type { AuditHealth, AuditLatency } from './audit/audit-health';
export { readAnchors } from './audit/journal/read-anchors';
export type { TrailAnchor } from './audit/journal/read-anchors';
export type {
  FaultClass,
  QuarantinedWriter,
  TrailFault,
  TrailReport,
  TrailVerdict,
  WriterReport,
} from './audit/journal/trail-report';
export { verifyTrail } from './audit/journal/verify-trail';
export type { VerifyProgress, VerifyTrailOptions } from './audit/journal/verify-trail';
export { AuditOutcomeError, AuditUnavailableError } from './audit/audit-failure-errors';
export { FileAuditBackend } from './audit/file-audit-backend';
export type { FileAuditBackendOptions } from './audit/file-audit-backend';
export { JsonAuditBackend } from './audit/json-audit-backend';
export type { JsonAuditBackendOptions } from './audit/json-audit-backend';
export type { JournalBackendOptions } from './audit/journal-backend';
export type { AuditAnchor, AuditCheckpoint } from './audit/journal/anchors';
export type { JournalStatus } from './audit/journal/journal-status';
export { InMemoryAuditBackend } from './audit/in-memory-audit-backend';
export type { InMemoryAuditBackendOptions } from './audit/in-memory-audit-backend';

export { MetricType } from './metrics/metrics-backend';
export type {
  Exemplar,
  HistogramValue,
  Labels,
  Metric,
  MetricDefinition,
  MetricFamily,
  MetricsBackend,
  MetricSeries,
  MetricSnapshot,
  MetricSource,
  MetricValue,
  Observation,
  SummaryValue,
} from './metrics/metrics-backend';
export { InMemoryMetricsBackend } from './metrics/in-memory-metrics-backend';
export type { InMemoryMetricsBackendOptions } from './metrics/in-memory-metrics-backend';
export type { ReportMetricProblem } from './metrics/metric-problems';
export { OpenTelemetryMetricsBackend } from './metrics/opentelemetry-metrics-backend';
export type { OpenTelemetryMetricsBackendOptions } from './metrics/opentelemetry-metrics-backend';
export { PrometheusMetricsBackend } from './metrics/prometheus-metrics-backend';
export type { PrometheusMetricsBackendOptions } from './metrics/prometheus-metrics-backend';
export type { DefaultMetricsOptions } from './metrics/default-metrics';
export type { ExpositionFormat } from './metrics/exposition-format';
export type { GaugeAggregation } from './metrics/merge-snapshots';
export { MetricsRegistry } from './metrics/metrics-registry';
export type { MetricsRegistryOptions } from './metrics/metrics-registry';
export type { GatewayPush, PushGatewayOptions } from './metrics/push-gateway';
export { StoreMetrics } from './metrics/store-metrics';
export type { OperationRecord, StoreMetricsOptions, StoreMetricsStore } from './metrics/store-metrics';
export type { MetricsServer, MetricsServerOptions } from './metrics/metrics-server';

export { SpanKind } from '@opentelemetry/api';
export type { Span } from '@opentelemetry/api';
export { SpanStatus } from './tracing/span-status';
export { createTracer } from './tracing/create-tracer';
export type { CreatedTracer, CreateTracerOptions, TracerType } from './tracing/create-tracer';
export { GlobalTracer } from './tracing/global-tracer';
export type { GlobalTracerOptions } from './tracing/global-tracer';
export { InMemorySpan } from './tracing/in-memory-span';
export type { RecordedEvent } from './tracing/in-memory-span';
export { InMemoryTracer } from './tracing/in-memory-tracer';
export type { InMemoryTracerOptions } from './tracing/in-memory-tracer';
export { extractContext } from './tracing/extract-context';
export { injectContext } from './tracing/inject-context';
export type { PropagatorName } from './tracing/propagators';
export { SpanContext } from './tracing/span-context';
export type { HeaderValue } from './tracing/span-context';
export { NoopTracer } from './tracing/noop-tracer';
export { OpenTelemetryTracer } from './tracing/opentelemetry-tracer';
export type {
  OpenTelemetryTracerOptions,
  OtlpProtocol,
  SamplerName,
  SpanBatchOptions,
  SpanExporterType,
  SpanLimitOptions,
  SpanSampler,
} from './tracing/tracer-options';

export type { LogEntry, LogFields, Logger, LogIds, LogLevel, PreparedLine } from './logging/logger';
export type { AnyLogger } from './logging/adopt-logger';
export type { ForwardingOptions } from './logging/forwarding-logger';
export { fromConsole } from './logging/from-console';
export type { ConsoleShaped } from './logging/from-console';
export { fromPino } from './logging/from-pino';
export type { PinoShaped } from './logging/from-pino';
export { fromWinston } from './logging/from-winston';
export type { WinstonShaped } from './logging/from-winston';
export type { LogRotationOptions } from './logging/log-rotation';
export { WinstonLogger } from './logging/winston-logger';
export type { WinstonLoggerOptions } from './logging/winston-logger';

export { DataRedactor } from './redaction/data-redactor';
export type { ChangesToRedact, DataRedactorOptions, Redactable } from './redaction/data-redactor';

export { initializeObservability } from './runtime/initialize-observability';
export type { PartStatus, PropagationStatus, ShutdownReport, Trefoil, TrefoilStatus } from './runtime/trefoil';
export type { DescribedMethod, Description } from './runtime/description';
export type { Problem } from './runtime/problem';
export type { AuditSection } from './runtime/audit-section';
export type { LoggingSection } from './runtime/logging-section';
export type { ClusterSection, MetricsPushSection, MetricsSection, PushGatewaySection } from './runtime/metrics-section';
export type { TracingSection } from './runtime/tracing-section';
export type { OptionsInForce, TrefoilOptions } from './runtime/options';
export type { RedactionSection, ServiceOptions, TrefoilSections } from './runtime/sections';
export { AUDIT_BACKEND, CALL_HANDLER, LOGGER, METRICS_BACKEND, TRACER, TREFOIL } from './runtime/tokens';

export type { ExportHealth } from './export-health';
export { TrefoilError } from './errors';
export type { ErrorPath, TrefoilErrorCode, WrongValue } from './errors';
