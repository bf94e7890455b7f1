import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attributesOf, type SpanMessage } from '../fixtures/otlp-messages';

type Line = Readonly<Record<string, unknown>>;

/** A call as one pillar has kept it. */
export interface Kept {
  readonly key: string;
  readonly traceId: unknown;
  readonly spanId: unknown;
  readonly correlationId: unknown;
  readonly durationMs: number;
}

/** An event of the trail. */
export function keptInAudit(event: Line): Kept {
  const [, operation] = String(event['operation']).split('.');
  return {
    key: `${event['store_name'] as string} ${operation} ${event['status'] as string}`,
    traceId: event['trace_id'],
    spanId: event['span_id'],
    correlationId: event['correlation_id'],
    durationMs: Number(event['duration_ms']),
  };
}

/** A line of the log. */
export function keptInLog(line: Line): Kept {
  return {
    key: `${line['store'] as string} ${line['operation'] as string} ${line['outcome'] as string}`,
    traceId: line['trace_id'],
    spanId: line['span_id'],
    correlationId: line['correlation_id'],
    durationMs: Number(line['duration_ms']),
  };
}

/** A span that was received. */
export function keptInSpan(span: SpanMessage): Kept {
  const facts = attributesOf(span.attributes);
  return {
    key: `${facts['store.name'] as string} ${facts['store.operation'] as string} ${facts['store.outcome'] as string}`,
    traceId: span.traceId,
    spanId: span.spanId,
    correlationId: facts['correlation.id'],
    durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
  };
}

/** The events of a trail; beside them, the journal has records of its own. */
export function readAudit(directory: string): Line[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readLines(join(directory, name)))
    .flatMap(({ b: record }): Line[] => {
      const { event } = record as { readonly event?: Line };
      return event === undefined ? [] : [event];
    });
}

/** Lines of JSON. */
export function readLines(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}
