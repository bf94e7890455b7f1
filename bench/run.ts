import 'reflect-metadata';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { callsPerCheck } from './check-records';
import { measurements } from './measurements';
import { resultDescriptor, type AnyMeasurement, type Effort } from './measurement';
import { renderReport, type Report } from './report';
import { measureEach } from './measure-each';

const published = { json: 'docs/performance.json', markdown: 'docs/performance.md' };

const { values: given } = parseArgs({
  options: {
    /** Runs every program once, in a minute: to see that they work. */
    quick: { type: 'boolean', default: false },
    /** Only these measurements, by name and separated by commas. */
    only: { type: 'string' },
    /** A file to write the results to. */
    json: { type: 'string' },
    /** Writes the results and the report on them to docs/. */
    publish: { type: 'boolean', default: false },
    /** Measures nothing: writes the report on the published results anew. */
    render: { type: 'boolean', default: false },
    /** Measures nothing: fails where the published report is not what this program makes of the published results. */
    check: { type: 'boolean', default: false },
    ring: { type: 'string', default: '10000' },
    /** Used by the bench itself: measures in this process and prints the result as JSON. */
    measure: { type: 'string' },
  },
});

async function main(): Promise<void> {
  const effort: Effort = { isQuick: given.quick, ring: ringSize(given.ring) };
  if (given.measure !== undefined) return measureHere(named(given.measure), effort);
  if (given.check) return checkPublished();
  if (given.render) return writeFileSync(published.markdown, renderReport(readPublished()));
  if (given.publish && (given.quick || given.only !== undefined)) {
    throw new Error('--publish: expected a full run, got --quick or --only');
  }

  const report = measureEach(given.only?.split(',').map(named) ?? measurements, effort);
  const text = renderReport(report);
  process.stdout.write(text);
  if (given.json !== undefined) writeJson(given.json, report);
  // A missed goal is something to work on; a record that was left out makes every figure above it worthless.
  if (report.problems.length > 0) process.exitCode = 1;
  else if (given.publish) {
    writeJson(published.json, report);
    writeFileSync(published.markdown, text);
  }
}

async function measureHere(measurement: AnyMeasurement, effort: Effort): Promise<void> {
  writeFileSync(resultDescriptor, JSON.stringify(await measurement.run(effort)));
}

function checkPublished(): void {
  if (readFileSync(published.markdown, 'utf8') === renderReport(readPublished())) return;
  console.error(
    `${published.markdown} is not made of ${published.json} by this bench: npm run bench:docs writes it anew.`,
  );
  process.exitCode = 1;
}

function readPublished(): Report {
  return JSON.parse(readFileSync(published.json, 'utf8')) as Report;
}

function writeJson(file: string, report: Report): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

function named(name: string): AnyMeasurement {
  const found = measurements.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new Error(`expected one of ${measurements.map((one) => one.name).join(', ')}, got ${name}`);
}

function ringSize(text: string): number {
  const ring = Number(text);
  if (Number.isSafeInteger(ring) && ring >= callsPerCheck) return ring;
  throw new Error(`--ring: expected at least ${callsPerCheck}, got ${text}`);
}

void main();
