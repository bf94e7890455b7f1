import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bar, Part } from './bar';

type Parts = Readonly<Record<string, Part>>;

/** A bar, and the part that it is of. */
export interface Played {
  readonly part: string;
  readonly bar: Bar;
}

/**
 * Runs the parts of a suite, or those that `--only` names, and prints their bars. Those that take too long for every day
 * are run at night, or when they are named. What `closing` gives is the last bar where all parts of a day were run.
 */
export async function runParts(
  daily: Parts,
  nightly: Parts = {},
  closing?: (played: readonly Played[], dist: string) => Bar,
): Promise<void> {
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
  const { only } = values;
  const played: Played[] = [];
  for (const part of only ?? Object.keys(values.nightly ? parts : daily)) {
    const run = parts[part];
    if (run === undefined) throw new Error(`expected --only one of ${Object.keys(parts).join(', ')}, got ${part}`);
    const folder = join(__dirname, part);
    mkdirSync(folder, { recursive: true });
    let start = performance.now();
    for await (const bar of run({ ...ground, folder })) {
      print({ part, bar }, performance.now() - start);
      start = performance.now();
      played.push({ part, bar });
    }
  }
  if (only === undefined && closing !== undefined) {
    const last = { part: 'all', bar: closing(played, ground.dist) };
    print(last, 0);
    played.push(last);
  }
  const count = (result: Bar['result']): number => played.filter(({ bar }) => bar.result === result).length;
  console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  process.exitCode = count('failed') > 0 ? 1 : 0;
}

function print({ part, bar: { name, result, detail, violations = [] } }: Played, forMs: number): void {
  console.log(`${result.padEnd(7)} ${part}: ${name}: ${detail} (${(forMs / 1000).toFixed(1)} s)`);
  for (const violation of violations.slice(0, 40)) console.log(`        ${violation.split('\n')[0]}`);
}
