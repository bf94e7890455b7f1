import type { Evidence, Line } from './evidence';
import type { Sample } from './prometheus-text';
import type { ReceivedSpan } from './span-receiver';

/** One call as each of the four pillars has kept it. */
export interface OneCall {
  readonly audit: Line;
  readonly span: ReceivedSpan;
  readonly log: Line;
  /** The counter that it is part of, and the bucket that it lies in. */
  readonly samples: readonly Sample[];
}

/** Puts each audit event beside the span and the log line that carry the same ids. */
export function linkCalls({ auditEvents, spans, logLines, samples }: Evidence): OneCall[] {
  const spanOf = new Map(spans.map((span) => [span.spanId, span]));
  const logOf = new Map(logLines.map((line) => [line['span_id'], line]));
  const calls: OneCall[] = [];
  for (const audit of auditEvents) {
    const span = spanOf.get(String(audit['span_id']));
    const log = logOf.get(audit['span_id']);
    if (span === undefined || log === undefined || !shareIds(audit, span, log)) continue;
    calls.push({ audit, span, log, samples });
  }
  return calls;
}

/** A successful update with the samples that it is part of. */
export function pickCall(calls: readonly OneCall[]): OneCall | undefined {
  const call = calls.find(({ audit }) => audit['event_type'] === 'update' && audit['status'] === 'success');
  if (call === undefined) return undefined;
  const seconds = Number(call.audit['duration_ms']) / 1_000;
  const samples = call.samples.filter(({ labels }) => labels['operation'] === 'update');
  const counter = samples.filter(
    ({ name, labels }) => name === 'store_operations_total' && labels['status'] === 'success',
  );
  const [bucket] = samples
    .filter(({ name }) => name === 'store_operation_duration_seconds_bucket')
    .filter(({ labels }) => seconds <= upperBound(labels))
    .sort((a, b) => upperBound(a.labels) - upperBound(b.labels));
  return { ...call, samples: [...counter, ...(bucket === undefined ? [] : [bucket])] };
}

function upperBound(labels: Sample['labels']): number {
  return labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
}

function shareIds(audit: Line, span: ReceivedSpan, log: Line): boolean {
  const same = (...values: readonly unknown[]): boolean =>
    values.every((value) => value !== undefined && value === values[0]);
  return (
    same(audit['trace_id'], span.traceId, log['trace_id']) &&
    same(audit['span_id'], span.spanId, log['span_id']) &&
    same(audit['event_id'], span.attributes['audit.id'], log['audit_id']) &&
    same(audit['correlation_id'], span.attributes['correlation.id'], log['correlation_id'])
  );
}
