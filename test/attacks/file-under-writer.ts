import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { barOf, type Bar, type Ground } from '../faults/bar';
import { eachOf } from '../faults/each-of';
import { judge } from '../faults/judge';
import { reopenTrail } from '../faults/reopen-trail';
import { startProgram, until } from '../faults/run-writer';
import type { BusyPlan } from './busy-plan';

/** What is done to the file that is written: its path, and a place outside of the trail. */
type Deed = (file: string, elsewhere: string) => void;

const deeds: Readonly<Record<string, Deed>> = {
  rm: (file) => rmSync(file),
  mv: (file) => renameSync(file, `${file}.1`),
  'mv and create': (file) => {
    renameSync(file, `${file}.1`);
    writeFileSync(file, '');
  },
  truncate: (file) => truncateSync(file),
  copytruncate: (file) => {
    cpSync(file, `${file}.1`);
    truncateSync(file);
  },
  append: (file) => writeFileSync(file, 'somebody was here\n', { flag: 'a' }),
  rmdir: (file) => rmSync(dirname(file), { recursive: true }),
  mvdir: (file, elsewhere) => renameSync(dirname(file), join(elsewhere, basename(dirname(file)))),
  rmroot: (file) => rmSync(dirname(dirname(file)), { recursive: true }),
  mvroot: (file, elsewhere) => renameSync(dirname(dirname(file)), join(elsewhere, 'root')),
};

const deliveries = ['durable', 'strict', 'buffered'] as const;

/** The file under a busy writer is removed, moved or changed: whatever was acknowledged is in the trail, or counted there. */
export async function* fileUnderWriter(ground: Ground): AsyncGenerator<Bar> {
  for (const delivery of deliveries) {
    const violations: string[] = [];
    const total = { acknowledged: 0, counted: 0, named: 0 };
    const disturbAs = async ([name, deed]: [string, Deed]): Promise<void> => {
      const seen = await disturb(
        ground,
        join(ground.folder, `${delivery}-${name.replaceAll(' ', '-')}`),
        delivery,
        deed,
      );
      total.acknowledged += seen.acknowledged;
      total.counted += seen.counted;
      if (seen.isNamed) total.named += 1;
      violations.push(...seen.violations.map((what) => `${name}: ${what}`));
    };
    await eachOf(Object.entries(deeds), disturbAs, 5);
    const of = Object.keys(deeds).length;
    const detail = `${total.acknowledged} acknowledged, ${total.counted} of them counted by gaps, ${total.named} of ${of} damages named, ${violations.length} violations`;
    yield barOf(`${delivery}: nothing is lost in silence`, total.named === of, detail, violations);
  }
}

interface Seen {
  readonly acknowledged: number;
  readonly counted: number;
  readonly isNamed: boolean;
  readonly violations: readonly string[];
}

async function disturb({ dist }: Ground, folder: string, delivery: BusyPlan['delivery'], deed: Deed): Promise<Seen> {
  rmSync(folder, { recursive: true, force: true });
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere, { recursive: true });
  const path = join(folder, 'trail');
  const plan: BusyPlan = { dist, path, delivery, name: 'busy', callers: 5, restMs: 5, maxFileSizeMb: 0.3 };
  const writer = startProgram('busy-writer', plan);
  await until(writer, ({ length }) => length > 300);
  // Longer than what is remembered: what was acknowledged before that has to be read back, or counted.
  await setTimeout(1_500);
  deed(await fileOf(path), elsewhere);
  await setTimeout(2_500);
  writer.child.kill('SIGTERM');
  const { reports, complaints } = await writer.done;
  const trail = await reopenTrail(dist, path);
  const acknowledged = reports.filter(({ is }) => is === 'acked');
  const there = new Set(trail.events.map(({ id }) => id));
  const missing = acknowledged.filter((report) => 'id' in report && !there.has(report.id)).length;
  const violations = judge(reports, trail, false).filter((what) => !isExpected(what));
  if (missing > trail.gapCount) violations.push(`${missing} are missing, and gaps count ${trail.gapCount}`);
  if (missing < trail.gapCount) violations.push(`${missing} are missing, and gaps count as many as ${trail.gapCount}`);
  const isSeen = trail.contradictions.some((what) => what.startsWith('verifies it as missing'));
  if (isSeen !== trail.gapCount > 0) violations.push(`verify ${isSeen ? 'misses events' : 'misses none'}`);
  if (reports.at(-1)?.is !== 'closed') violations.push(`it did not close: ${complaints}`);
  if (!reports.some(({ is }) => is === 'reported')) violations.push('nothing was reported');
  return {
    ...{ acknowledged: acknowledged.length, counted: trail.gapCount, isNamed: trail.damages.length > 0 },
    violations: [...violations, ...trail.contradictions.filter((what) => !isExpected(what))],
  };
}

const expected = [
  // What is missing is compared with what is counted.
  /^acknowledged, and lost/,
  /names a chain that is damaged$/,
  /lacks its segments up to/,
  // With the number of those that are.
  /^verifies it as missing: \d+ events that had been acknowledged are missing/,
  // Behind where the next file says that this one was given up.
  /line \d+ is no record$/,
];

/** What such a trail has to say. */
function isExpected(what: string): boolean {
  return expected.some((pattern) => pattern.test(what));
}

/** The file that is written: one without a seal. */
async function fileOf(root: string): Promise<string> {
  const directory = readdirSync(root).find((name) => name.endsWith('.live')) as string;
  for (;;) {
    const names = readdirSync(join(root, directory)).filter((name) => name.endsWith('.ndjson'));
    const file = join(root, directory, names.sort().at(-1) as string);
    if (!readFileSync(file, 'utf8').includes('"kind":"seal"')) return file;
    await setTimeout(1);
  }
}
