import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, type Bar } from '../faults/bar';
import { expositionProblems, parsedSamples } from './exposition';
import { oddTexts, writable } from './odd-texts';
import { startProgram } from './program-process';
import type { OddReport } from './programs/odd-input';

const rounds = 12;
const values = 1_000;
/** Rounds until caches, budgets and compiled code are what they will be. */
const warmUp = 4;
/** In MB: far less than the texts of the rounds after the warm-up, if any of them were kept. */
const mayGrowMb = 2;

/** Odd and ever new texts as labels, items, users, attributes and errors. */
export async function* pathologicalInput(folder: string): AsyncGenerator<Bar> {
  const logFile = join(folder, 'odd.log');
  const program = startProgram('odd-input', { rounds, values, logFile }, { nodeOptions: ['--expose-gc'] });
  try {
    const report = await program.next<OddReport>();
    const exposition = await (await fetch(report.metricsUrl, { headers: { accept: 'text/plain' } })).text();
    program.tell('stop');
    await program.next();
    const calls = `${report.extracted} headers of 64 KB, ${report.recorded} texts`;
    yield barOf(
      'calls',
      report.harmed.length === 0,
      `${calls}, each given to three methods; ${report.harmed.length} harmed`,
    );
    yield labelsBar(report, exposition);
    yield barOf(
      'exposition',
      true,
      `${exposition.length} bytes, read by promtool and npm's parser`,
      expositionProblems(exposition),
    );
    yield logBar(report, readFileSync(logFile, 'utf8'));
    yield heapBar(report);
  } finally {
    await program.stop();
  }
}

/** Nothing that was counted is lost; what is past the bounds of a label is counted as `other`. */
function labelsBar({ recorded }: OddReport, exposition: string): Bar {
  let series = 0;
  const violations = ['odd_reads_total', 'odd_texts_total'].flatMap((name) => {
    const samples = parsedSamples(exposition, name);
    series += samples.length;
    const counted = samples.reduce((sum, { value }) => sum + value, 0);
    const written = new Set(samples.map(({ labels }) => labels['text']));
    const missing = oddTexts.map(writable).filter((text) => !written.has(text));
    return [
      ...(counted === recorded ? [] : [`${name}: ${counted} instead of ${recorded}`]),
      ...(samples.length <= 250 ? [] : [`${name}: ${samples.length} series`]),
      ...(written.has('other') ? [] : [`${name}: none is other`]),
      ...missing.map((text) => `${name}: ${JSON.stringify(text)} is not read back`),
    ];
  });
  const failures = parsedSamples(exposition, 'store_errors_total').reduce((sum, { value }) => sum + value, 0);
  if (failures !== recorded) violations.push(`store_errors_total: ${failures} instead of ${recorded}`);
  return barOf(
    'labels',
    true,
    `2 times ${recorded} counted in ${series} series, ${oddTexts.length} odd ones read back`,
    violations,
  );
}

/** A line for each call that is logged, each JSON, each as trefoil has written it. */
function logBar({ recorded, extracted }: OddReport, text: string): Bar {
  const lines = text.split('\n');
  const last = lines.pop();
  const violations = last === '' ? [] : ['the last line is cut'];
  const levels: Record<string, number> = {};
  for (const line of lines) {
    const { level, service, operation } = JSON.parse(line) as Readonly<Record<string, string>>;
    if (service !== 'odd-input') violations.push(`forged: ${line.slice(0, 200)}`);
    if (/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u.test(line))
      violations.push(`raw: ${JSON.stringify(line).slice(0, 200)}`);
    if (operation !== undefined) levels[`${operation} ${level}`] = (levels[`${operation} ${level}`] ?? 0) + 1;
  }
  const expected = { 'get debug': recorded, 'find debug': recorded, 'load error': recorded, 'count debug': extracted };
  for (const [key, count] of Object.entries({ ...levels, ...expected })) {
    if (levels[key] !== count || !(key in expected)) violations.push(`${key}: ${levels[key]} lines`);
  }
  return barOf('log', extracted > 0, `${lines.length} lines, each JSON and each of trefoil`, violations);
}

function heapBar({ heapMb }: OddReport): Bar {
  const [first = Number.NaN, last = Number.NaN] = [heapMb[warmUp - 1], heapMb.at(-1)];
  const detail = `${first.toFixed(1)} MB after round ${warmUp}, ${last.toFixed(1)} MB after round ${rounds}`;
  return barOf('heap', last - first <= mayGrowMb, `${detail}, of ${values} new values each`);
}
