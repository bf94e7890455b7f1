import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCases, type Variant } from './cases';
import { callsPerCheck, checkRecords, type Check } from './check-records';
import { measure, type Effort } from './measure';
import { makeReport, renderReport, type Report } from './report';
import { renderVariants, runVariants } from './variants';

const full: Effort = { rounds: 100, warmUpCalls: 20_000, batchMs: 12 };
const quick: Effort = { rounds: 9, warmUpCalls: 3_000, batchMs: 3 };

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** A file to write the report to. */
    json: { type: 'string' },
    /** How many audit events every case keeps: what survives is what the garbage collector has to copy. */
    ring: { type: 'string', default: '10000' },
    /** Used by the bench itself: prints nothing but the report as JSON. */
    variant: { type: 'string' },
  },
});

if (!(Number(given.ring) >= callsPerCheck))
  throw new Error(`--ring: expected at least ${callsPerCheck}, got ${given.ring}`);

async function run(variant: Variant): Promise<Report> {
  const cases = makeCases(variant, Number(given.ring));
  const measured = await measure(cases, given.quick ? quick : full);
  const checks: Check[] = [];
  for (const benchCase of cases) {
    for (const method of ['get', 'read'] as const) checks.push(await checkRecords(benchCase, method));
  }
  for (const benchCase of cases) await benchCase.close();
  return makeReport(variant, measured, checks);
}

async function main(): Promise<void> {
  const report = await run((given.variant ?? 'children') as Variant);
  // A missed goal is something to work on; a record that was left out makes every number above it worthless.
  if (report.checks.some(({ mismatches }) => mismatches.length > 0)) process.exitCode = 1;
  if (given.variant !== undefined) {
    console.log(JSON.stringify(report));
    return;
  }
  console.log(renderReport(report));
  const variants = runVariants(__filename, [...(given.quick ? ['--quick'] : []), '--ring', given.ring]);
  console.log(renderVariants(variants));
  if (given.json === undefined) return;
  mkdirSync(dirname(given.json), { recursive: true });
  writeFileSync(given.json, `${JSON.stringify({ ...report, variants }, null, 2)}\n`);
}

void main();
