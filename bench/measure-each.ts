import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { thisMachine } from './machine';
import { resultDescriptor, type AnyMeasurement, type Effort, type Prepared } from './measurement';
import type { Report } from './report';

/** Runs each measurement in a process of its own, so that none inherits another's heap and compiled code. */
export function measureEach(measurements: readonly AnyMeasurement[], effort: Effort): Report {
  const results: Record<string, unknown> = {};
  const skipped: Record<string, string> = {};
  const problems: string[] = [];
  for (const measurement of measurements) {
    const start = performance.now();
    const prepared: Prepared = measurement.prepare?.() ?? { node: process.execPath };
    if ('skipped' in prepared) {
      skipped[measurement.name] = prepared.skipped;
      console.error(`${measurement.name}: skipped, ${prepared.skipped}`);
      continue;
    }
    const result = measureApart(measurement, prepared.node, effort);
    results[measurement.name] = result;
    problems.push(...measurement.problems(result).map((problem) => `${measurement.name}: ${problem}`));
    console.error(`${measurement.name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    isQuick: effort.isQuick,
    ring: effort.ring,
    machine: thisMachine(),
    results,
    skipped,
    problems,
  };
}

function measureApart({ name, nodeOptions = [] }: AnyMeasurement, node: string, effort: Effort): unknown {
  const program = [join(__dirname, 'run.js'), '--measure', name, '--ring', String(effort.ring)];
  if (effort.isQuick) program.push('--quick');
  const child = spawnSync(node, ['--expose-gc', '--enable-source-maps', ...nodeOptions, ...program], {
    encoding: 'utf8',
    // The report goes to the standard output, so what is measured may not log there.
    stdio: ['ignore', 2, 2, 'pipe'],
  });
  const result = child.output[resultDescriptor];
  if (child.status !== 0 || result === undefined || result === null) {
    throw new Error(`the measurement "${name}" failed, see above`);
  }
  return JSON.parse(result);
}
