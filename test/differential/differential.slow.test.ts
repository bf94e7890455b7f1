import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Summary } from './run';

/** A tenth of what CI runs. */
const cases = 10_000;
let summary: Summary;
let output = '';

beforeAll(async () => {
  const child = spawn(process.execPath, [join(__dirname, 'start.mjs'), '--cases', String(cases)]);
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (output += String(text)));
  await new Promise((resolve) => child.on('close', resolve));
  summary = JSON.parse(output.trimEnd().split('\n').at(-1) as string) as Summary;
}, 600_000);

test('what a caller can observe is the same with and without decorators, and recorded as the caller saw it', () => {
  expect(summary).toMatchObject({ failure: null, cases });
});

// In a full run all of them do, a hundred times.
test('nearly every two features meet', () => {
  expect(summary.pairs.unmet).toBeLessThan(10);
});

test('what is broken on purpose is noticed, and nothing else is', () => {
  const { 'none at all': none, 'records all right': right, ...broken } = summary.mutants;
  expect([none, right]).toEqual([null, null]);
  expect(Object.entries(broken).filter(([, at]) => at === null)).toEqual([]);
});
