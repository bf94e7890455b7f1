import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, cannotRun, type Bar, type Ground } from './bar';
import { eachOf } from './each-of';
import { judge } from './judge';
import { leaveBehind, type LeftBehind } from './leave-behind';
import { reopenTrail } from './reopen-trail';
import { startWriter, type WriterRun } from './run-writer';
import { changingCalls, slowStraceTo, straceTo, traceChanging, whyNoStrace } from './strace';
import type { WriterPlan } from './writer-plan';

/** A run that is repeated with one fault each. */
interface Scenario {
  readonly name: string;
  readonly left: LeftBehind | undefined;
  readonly plan: Omit<WriterPlan, 'dist' | 'root' | 'anchor'>;
}

/** One run: the occurrence of a system call, and what happens instead of it. */
interface Fault {
  readonly scenario: Scenario;
  readonly call: string;
  /** As strace counts: in each thread. */
  readonly occurrence: number;
  readonly instead: string;
  /** Whether it happens to all that come after it, too. */
  readonly lasts?: boolean;
  /** What fails besides, for as long as the run lasts. */
  readonly besides?: string;
}

interface Enumerated {
  /** What concerns the trail, relative to the folder of the run. */
  readonly paths: readonly string[];
  readonly occurrences: Readonly<Record<string, number>>;
}

const errors = ['error=EIO', 'error=ENOSPC'];
const kill = 'signal=SIGKILL';
const instead = [...errors, kill];
/** After a failure of these, a file is cut back to what is known of it. */
const rescued = ['write', 'fdatasync'];
const least = 500;

/** Every system call on the trail's files, failing or killing the process; then the trail is opened again. */
export async function* faultMatrix(ground: Ground): AsyncGenerator<Bar> {
  const name = 'syscall faults';
  const why = whyNoStrace();
  if (why !== undefined) {
    yield cannotRun(name, why);
    return;
  }
  const faults: Fault[] = [];
  const paths = new Map<Scenario, readonly string[]>();
  for (const scenario of await scenariosFor(ground)) {
    const enumerated = await enumerate(ground, scenario);
    paths.set(scenario, enumerated.paths);
    faults.push(...faultsOf(scenario, enumerated, ground.times));
  }
  const total = { hit: 0, missed: 0, unsure: 0 };
  const violations: string[] = [];
  await eachOf(faults, async (fault, worker) => {
    const folder = join(ground.folder, `run-${worker}`);
    const seen = await runWith(ground, fault, folder, paths.get(fault.scenario) ?? []);
    if (seen.wasHit) total.hit += 1;
    else total.missed += 1;
    total.unsure += seen.unsure;
    violations.push(...seen.violations.map((violation) => `${textOf(fault)}: ${violation}`));
  });
  const once = faults.filter(({ lasts, besides }) => lasts !== true && besides === undefined).length;
  const detail = `${total.hit} triples of ${faults.length} (${once} with one fault), ${total.missed} not reached, ${total.unsure} unsure, ${violations.length} violations`;
  yield barOf(name, total.hit >= least, detail, violations);
}

async function scenariosFor(ground: Ground): Promise<Scenario[]> {
  const plan = { name: 'new', writers: 3, calls: 6, maxFileSizeMb: 0.004, seed: 'faults' };
  const left = await leaveBehind(ground.dist, join(ground.folder, 'left'));
  return [
    { name: 'a new root', left: undefined, plan },
    { name: 'a root with others in it', left, plan: { ...plan, maxFiles: left.files } },
  ];
}

/** Runs without a fault, first to learn the names, then to count what concerns them. */
async function enumerate(ground: Ground, scenario: Scenario): Promise<Enumerated> {
  const folder = join(ground.folder, 'enumerate');
  const log = join(ground.folder, 'enumerate.log');
  await runIn(ground, scenario, folder, straceTo(log, '-y', '-s', '4096', ...traceChanging));
  const found = readFileSync(log, 'utf8').matchAll(new RegExp(`["<](${folder}/[^">]*)[">]`, 'g'));
  const paths = [...new Set([...found].map(([, path]) => (path as string).slice(folder.length + 1)))];
  await runIn(ground, scenario, folder, straceTo(log, ...traceChanging, ...only(folder, paths)));
  const byThread = new Map<string, number>();
  for (const [, thread, call] of readFileSync(log, 'utf8').matchAll(/^(\d+) +(\w+)\(/gm)) {
    byThread.set(`${thread} ${call}`, (byThread.get(`${thread} ${call}`) ?? 0) + 1);
  }
  const occurrences: Record<string, number> = {};
  for (const [key, count] of byThread) {
    const call = key.split(' ')[1] as string;
    occurrences[call] = Math.max(occurrences[call] ?? 0, count);
  }
  return { paths, occurrences };
}

function* faultsOf(scenario: Scenario, { occurrences }: Enumerated, times: number): Generator<Fault> {
  for (const call of changingCalls) {
    for (let occurrence = 1; occurrence <= (occurrences[call] ?? 0); occurrence += 1) {
      for (const what of instead) yield { scenario, call, occurrence, instead: what };
      if (rescued.includes(call)) yield { scenario, call, occurrence, instead: 'error=EIO', besides: 'ftruncate' };
      // A disk that goes on failing: all of them at night, some in between.
      if (occurrence % (times > 1 ? 1 : 8) !== 0) continue;
      for (const what of errors) yield { scenario, call, occurrence, instead: what, lasts: true };
    }
  }
}

async function runWith(
  ground: Ground,
  fault: Fault,
  folder: string,
  paths: readonly string[],
): Promise<{ wasHit: boolean; unsure: number; violations: string[] }> {
  const log = `${folder}.log`;
  const when = `${fault.occurrence}${fault.lasts ? '+' : ''}`;
  const inject = ['-e', `inject=${fault.call}:${fault.instead}:when=${when}`];
  if (fault.besides !== undefined) inject.push('-e', `inject=${fault.besides}:error=EIO`);
  const traced = ['-e', `trace=${[fault.call, fault.besides ?? []].flat().join(',')}`, ...only(folder, paths)];
  const tracer = (fault.instead === kill ? slowStraceTo : straceTo)(log, ...inject, ...traced);
  const run = await runIn(ground, fault.scenario, folder, tracer);
  // What is killed gets no further than the call, and leaves nothing in the log.
  const wasHit = run.wasKilled || readFileSync(log, 'utf8').includes('(INJECTED)');
  const violations: string[] = [];
  if (run.complaints !== '') violations.push(`said ${run.complaints}`);
  try {
    const trail = await reopenTrail(ground.dist, join(folder, 'deep/trail'));
    violations.push(...trail.contradictions, ...judge(run.reports, trail, run.wasKilled));
    if (fault.scenario.left !== undefined) violations.push(...judge(fault.scenario.left.reports, trail, true));
  } catch (error) {
    violations.push(`cannot be opened again: ${(error as Error).message}`);
  }
  return {
    wasHit,
    unsure: run.reports.filter(({ is }) => is === 'unsure').length,
    violations: [...new Set(violations)],
  };
}

function runIn(
  ground: Ground,
  { left, plan }: Scenario,
  folder: string,
  tracer: readonly string[],
): Promise<WriterRun> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const root = join(folder, 'deep/trail');
  // Retention goes by the times of files.
  if (left !== undefined) cpSync(left.root, root, { recursive: true, preserveTimestamps: true });
  return startWriter({ ...plan, dist: ground.dist, root, anchor: join(folder, 'anchors') }, tracer).done;
}

function only(folder: string, paths: readonly string[]): string[] {
  return paths.flatMap((path) => ['-P', join(folder, path)]);
}

function textOf({ scenario, call, occurrence, instead: what, lasts, besides }: Fault): string {
  const also = lasts ? ' and after' : besides === undefined ? '' : ` and ${besides}`;
  return `${scenario.name}, ${call} ${occurrence}${also}, ${what}`;
}
