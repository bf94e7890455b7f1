import type { AuditEvent } from '../audit/audit-event';
import { auditEventFields } from '../audit/audit-event';
import { escapeJson, escapeText } from '../redaction/escape-text';
import { csvRow } from './csv-row';

/** How events can be printed. */
export const outputFormats = ['human', 'ndjson', 'json', 'csv'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** Text around and between events, and that of one. All of it is safe for a terminal. */
export interface EventFormat {
  readonly begin: string;
  readonly between: string;
  readonly end: string;
  render(event: AuditEvent): string;
}

export const eventFormats: Readonly<Record<OutputFormat, EventFormat>> = {
  human: { begin: '', between: '', end: '', render: (event) => `${describeEvent(event)}\n` },
  ndjson: { begin: '', between: '', end: '', render: (event) => `${escapeJson(JSON.stringify(event))}\n` },
  json: { begin: '[', between: ',', end: '\n]\n', render: (event) => `\n  ${escapeJson(JSON.stringify(event))}` },
  csv: { begin: csvRow(auditEventFields), between: '', end: '', render: csvOf },
};

function describeEvent(event: AuditEvent): string {
  const { timestamp, status, eventType, storeName, storeId, storeType, itemId, durationMs } = event;
  const store = storeName ?? storeId ?? storeType;
  const parts = [
    timestamp.toISOString(),
    status.padEnd(9),
    eventType.padEnd(14),
    itemId === undefined ? store : `${store}/${itemId}`,
    event.operation,
    durationMs === undefined ? undefined : `${durationMs} ms`,
    named('user', event.userId),
    named('session', event.sessionId),
    named('trace', event.traceId),
    named('error', event.errorMessage ?? event.errorType),
  ];
  return escapeText(parts.filter((part) => part !== undefined).join('  '));
}

function named(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name}=${value}`;
}

function csvOf(event: AuditEvent): string {
  const json = event.toJSON();
  return csvRow(auditEventFields.map((field) => json[field]));
}
