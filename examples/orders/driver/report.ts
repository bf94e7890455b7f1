import { relative } from 'node:path';
import type { Comparison } from './comparison';
import type { Cost } from './cost';
import { percentile, type Load } from './load';
import type { OneCall } from './one-call';
import { oneCallText } from './one-call-text';
import type { PairRow } from './pair';
import type { ServiceReady } from './service-task';
import { mark, table } from './table';

/** What the report is made of. */
export interface Findings {
  readonly loads: readonly Load[];
  readonly comparison: Comparison;
  readonly call: OneCall | undefined;
  readonly costs: readonly Cost[];
  readonly service: ServiceReady;
  readonly dropped: string | undefined;
}

/** The whole report, as text. */
export function report({ loads, comparison, call, costs, service, dropped }: Findings): string {
  return [
    heading('Requests, as the load generator counted them (latency in ms)'),
    requests(loads, comparison),
    heading('One call, one record everywhere: per operation and status'),
    table(
      ['operation', 'status', 'requests', 'audit file', '/metrics counter', 'OTLP spans', 'log lines', ''],
      comparison.calls.map(({ operation, status, requests: sent, counts, agrees }) => [
        ...[
          operation,
          status,
          sent,
          counts.audit ?? '',
          counts.counter ?? '',
          counts.spans ?? '',
          counts.log ?? '',
          mark(agrees),
        ],
      ]),
    ),
    heading('Histogram of durations: per operation'),
    pairs(['operation', 'requests', '/metrics histogram count'], comparison.histogram),
    heading('Bytes, cache, failures and connections'),
    pairs(['metric', "the client's count", '/metrics'], comparison.metrics),
    heading("Rows changed: the client's successes and the database's own triggers"),
    pairs(['change', 'requests', 'SQLite trigger'], comparison.rows),
    heading('Calls whose trace, span, audit and correlation ids are the same in audit file, span and log line'),
    pairs(['', 'requests', 'calls'], [comparison.linked]),
    heading('One call through all four pillars'),
    oneCallText(call),
    heading('What instrumentation costs (the same load against the same service, in turn)'),
    costTable(costs),
    heading('Files'),
    table(
      ['what', 'where'],
      [
        ['audit trail', relative('', service.auditDirectory)],
        ['log', relative('', service.logFile)],
        ['database', relative('', service.databaseFile)],
      ],
    ),
    '',
    verdict(comparison, dropped),
  ].join('\n');
}

function requests(loads: readonly Load[], { answers }: Comparison): string {
  const rows = loads.map(({ traffic, sent, byStatus, latencies }, index) => [
    ...[traffic.title, sent],
    Object.entries(byStatus)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
    ...[milliseconds(percentile(latencies, 0.5)), milliseconds(percentile(latencies, 0.99))],
    mark(answers[index]?.agrees ?? false),
  ]);
  const all = loads.flatMap(({ latencies }) => latencies).sort((a, b) => a - b);
  const sent = loads.reduce((sum, load) => sum + load.sent, 0);
  const total = ['all', sent, '', milliseconds(percentile(all, 0.5)), milliseconds(percentile(all, 0.99)), ''];
  return table(['kind', 'sent', 'answers by status', 'p50', 'p99', ''], [...rows, total]);
}

function pairs([subject = '', expected = '', found = '']: readonly string[], rows: readonly PairRow[]): string {
  return table(
    [subject, expected, found, ''],
    rows.map((row) => [row.subject, row.expected, row.found, mark(row.agrees)]),
  );
}

function costTable(costs: readonly Cost[]): string {
  const base = costs[0]?.cpuMicroseconds ?? Number.NaN;
  return table(
    ['observability', 'p50 ms', 'p99 ms', 'CPU µs per request', 'more than off'],
    costs.map(({ title, p50, p99, cpuMicroseconds }, index) => [
      ...[title, milliseconds(p50), milliseconds(p99), Math.round(cpuMicroseconds)],
      index === 0 ? '' : `${Math.round(cpuMicroseconds - base)} µs`,
    ]),
  );
}

function verdict({ disagreements }: Comparison, dropped: string | undefined): string {
  const asked = dropped === undefined ? '' : ` (one ${dropped} record was lost on purpose)`;
  if (disagreements === 0) return `✓ Everything agrees${asked}.`;
  return `✗ ${disagreements} ${disagreements === 1 ? 'figure does' : 'figures do'} not agree${asked}.`;
}

function heading(text: string): string {
  return `\n${text}\n`;
}

function milliseconds(value: number): string {
  return value.toFixed(2);
}
