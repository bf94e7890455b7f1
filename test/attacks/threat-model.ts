import { readFileSync } from 'node:fs';
import { barOf, type Bar } from '../faults/bar';
import type { Played } from '../faults/run-parts';

/** Whether the table of who can do what, and the cases that were played, agree: `<part>` or `<part>: <case>` in a row. */
export function threatModel(docs: string, played: readonly Played[]): Bar {
  const section = readFileSync(docs, 'utf8').split('## Who can do what')[1]?.split('\n## ')[0] ?? '';
  // Behind the line of titles and the one of dashes.
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  const named = new Set<string>();
  const violations: string[] = [];
  const names = new Set(played.flatMap(({ part, bar }) => [part, `${part}: ${bar.name}`]));
  for (const row of rows) {
    const cases = [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
    if (cases.length === 0) violations.push(`no case proves ${row}`);
    for (const name of cases) {
      named.add(name);
      if (!names.has(name)) violations.push(`there is no case ${name}`);
    }
  }
  for (const { part, bar } of played)
    if (!named.has(part) && !named.has(`${part}: ${bar.name}`)) violations.push(`no row names ${part}: ${bar.name}`);
  return barOf('rows and cases agree', rows.length > 0, `${rows.length} rows, ${played.length} cases`, violations);
}
