import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Part } from './bar';

type Parts = Readonly<Record<string, Part>>;

/**
 * Runs the parts of a suite, or those that `--only` names, and prints their bars. Those that take too long for every day
 * are run at night, or when they are named.
 */
export async function runParts(daily: Parts, nightly: Parts = {}): Promise<void> {
  const parts = { ...daily, ...nightly };
  const { values } = parseArgs({
    options: {
      dist: { type: 'string' },
      faults: { type: 'string' },
      nightly: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
    },
  });
  const ground = {
    dist: values.dist as string,
    times: values.nightly ? 10 : 1,
    faults: values.faults === undefined ? undefined : new RegExp(values.faults),
  };
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const name of values.only ?? Object.keys(values.nightly ? parts : daily)) {
    const part = parts[name];
    if (part === undefined) throw new Error(`expected --only one of ${Object.keys(parts).join(', ')}, got ${name}`);
    const folder = join(__dirname, name);
    mkdirSync(folder, { recursive: true });
    let start = performance.now();
    for await (const bar of part({ ...ground, folder })) {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      start = performance.now();
      total[bar.result] += 1;
      console.log(`${bar.result.padEnd(7)} ${name}: ${bar.name}: ${bar.detail} (${seconds} s)`);
      for (const violation of (bar.violations ?? []).slice(0, 40)) console.log(`        ${violation.split('\n')[0]}`);
    }
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}
