import { renderMachine, type Machine } from './machine';
import { markdownTable } from './markdown-table';
import { measurements } from './measurements';
import { grouped, type AnyMeasurement } from './measurement';

/** Everything that one run of the bench has found, by the name of its measurement. */
export interface Report {
  readonly date: string;
  readonly isQuick: boolean;
  readonly ring: number;
  readonly machine: Machine;
  readonly results: Readonly<Record<string, unknown>>;
  readonly skipped: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

/** The report as people read it, in Markdown: the same in a terminal and in docs/performance.md. */
export function renderReport(report: Report): string {
  const measured = measurements.filter(({ name }) => name in report.results);
  return [
    '# Performance',
    '',
    'Written by `npm run bench`; edits to this file are lost. `npm run bench -- --publish` measures anew and writes it,',
    '`npm run bench:docs` writes it from the results in `docs/performance.json`. Ratios travel between machines,',
    'nanoseconds do not.',
    '',
    `Taken on ${report.date} with ${renderMachine(report.machine)}; the last`,
    `${grouped(report.ring)} audit events are kept.`,
    ...(report.isQuick ? ['', '**A quick run: it shows that the programs work; its figures mean nothing.**'] : []),
    '',
    ...goals(measured, report),
    ...measured.flatMap((measurement) => section(measurement, report)),
    ...notMeasured(report),
    ...problems(report),
  ].join('\n');
}

function goals(measured: readonly AnyMeasurement[], { results }: Report): string[] {
  const all = measured.flatMap(({ name, goals: goalsOf }) => goalsOf?.(results[name]) ?? []);
  if (all.length === 0) return [];
  const rows = all.map(({ what, goal, measured: value, isMet }) => [what, goal, value, isMet ? 'met' : 'missed']);
  return ['## Goals', '', markdownTable(['what', 'goal', 'measured', ''], rows, 2), ''];
}

function section({ name, title, render }: AnyMeasurement, { results }: Report): string[] {
  return [`## ${title}`, '', render(results[name]), '', `Alone: \`npm run bench -- --only ${name}\``, ''];
}

function notMeasured({ skipped }: Report): string[] {
  const lines = Object.entries(skipped).map(([name, reason]) => `- ${name}: ${reason}`);
  return lines.length === 0 ? [] : ['## Skipped', '', ...lines, ''];
}

function problems({ problems: found }: Report): string[] {
  if (found.length > 0) return ['## Left out', '', ...found.map((problem) => `- ${problem}`), ''];
  return ['## Nothing left out', '', 'Every record that was promised is there.', ''];
}
