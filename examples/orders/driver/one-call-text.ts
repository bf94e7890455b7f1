import type { OneCall } from './one-call';
import { table } from './table';

/** A call: its ids once, then what each pillar has of it. */
export function oneCallText(call: OneCall | undefined): string {
  if (call === undefined) return '  ✗ no call was found in all of them';
  const { audit, span, log, samples } = call;
  return [
    table(
      ['shared id', 'audit line', 'span', 'log line', 'value'],
      [
        ['trace', 'trace_id', 'traceId', 'trace_id', span.traceId],
        ['span', 'span_id', 'spanId', 'span_id', span.spanId],
        ['audit', 'event_id', 'audit.id', 'audit_id', String(audit['event_id'])],
        ['correlation', 'correlation_id', 'correlation.id', 'correlation_id', String(audit['correlation_id'])],
      ],
    ),
    '',
    fields('audit line', audit),
    fields('span', { name: span.name, traceId: span.traceId, spanId: span.spanId, ...span.attributes }),
    fields('log line', log),
    `  metric samples\n${samples.map(({ line }) => `    ${line}`).join('\n')}`,
  ].join('\n');
}

function fields(title: string, values: Readonly<Record<string, unknown>>): string {
  const lines = [''];
  for (const [name, value] of Object.entries(values)) {
    const text = `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
    const last = lines.length - 1;
    if ((lines[last]?.length ?? 0) + text.length > 110) lines.push(text);
    else lines[last] = `${lines[last]}${lines[last] === '' ? '' : '  '}${text}`;
  }
  return `  ${title}\n${lines.map((line) => `    ${line}`).join('\n')}`;
}
