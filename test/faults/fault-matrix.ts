import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, cannotRun, type Bar, type Ground } from './bar';
import { eachOf } from './each-of';
import { FaultScenario, onlyPaths, type EnumeratedCalls } from './fault-scenario';
import { changingCalls, slowStraceTo, straceTo, whyNoStrace } from './strace';

/** One run: the occurrence of a system call, and what happens instead of it. */
interface Fault {
  readonly scenario: FaultScenario;
  readonly paths: readonly string[];
  readonly call: string;
  /** As strace counts: in each thread. */
  readonly occurrence: number;
  readonly instead: string;
  /** What makes it worse: it happens to all that come after it, or another call fails for good. */
  readonly besides?: 'and after' | 'and ftruncate';
}

const errors = ['error=EIO', 'error=ENOSPC'];
const kill = 'signal=SIGKILL';
/** After a failure of these, a file is cut back to what is known of it. */
const rescued = ['write', 'fdatasync'];
/** So many with nothing besides. */
const leastTriples = 500;

/** Every system call on the trail's files, failing or killing the process; then the trail is opened again. */
export async function* faultMatrix(ground: Ground): AsyncGenerator<Bar> {
  const name = 'syscall faults';
  const why = whyNoStrace();
  if (why !== undefined) {
    yield cannotRun(name, why);
    return;
  }
  const faults: Fault[] = [];
  const violations: string[] = [];
  for (const scenario of await FaultScenario.all(ground)) {
    const calls = await scenario.enumerate(join(ground.folder, 'enumerate'));
    violations.push(...calls.violations.map((what) => `${scenario.name}, without a fault: ${what}`));
    faults.push(...faultsOf(scenario, calls, ground));
  }
  const reached = { triples: 0, worse: 0 };
  let unsure = 0;
  await eachOf(faults, async (fault, worker) => {
    const seen = await runWith(fault, join(ground.folder, `run-${worker}`));
    if (seen.wasHit) reached[fault.besides === undefined ? 'triples' : 'worse'] += 1;
    unsure += seen.unsure;
    violations.push(...seen.violations.map((what) => `${textOf(fault)}: ${what}`));
  });
  const { triples, worse } = reached;
  const detail = `${triples} triples and ${worse} with a second fault, ${faults.length - triples - worse} not reached, ${unsure} unsure, ${violations.length} violations`;
  const isEnough = ground.faults === undefined ? triples >= leastTriples * ground.times : triples + worse > 0;
  yield barOf(name, isEnough, detail, violations);
}

function faultsOf(scenario: FaultScenario, calls: EnumeratedCalls, { times, faults }: Ground): Fault[] {
  if (faults === undefined) return [...allFaultsOf(scenario, calls, times > 1 ? 1 : 8)];
  return [...allFaultsOf(scenario, calls, 1)].filter((fault) => faults.test(textOf(fault)));
}

/** From every `step`-th call on, the disk also goes on failing. */
function* allFaultsOf(
  scenario: FaultScenario,
  { occurrences, paths }: EnumeratedCalls,
  step: number,
): Generator<Fault> {
  for (const call of changingCalls) {
    for (let occurrence = 1; occurrence <= (occurrences[call] ?? 0); occurrence += 1) {
      const fault = { scenario, paths, call, occurrence };
      for (const instead of [...errors, kill]) yield { ...fault, instead };
      if (rescued.includes(call)) yield { ...fault, instead: 'error=EIO', besides: 'and ftruncate' };
      if (occurrence % step !== 0) continue;
      for (const instead of errors) yield { ...fault, instead, besides: 'and after' };
    }
  }
}

async function runWith(
  fault: Fault,
  folder: string,
): Promise<{ readonly wasHit: boolean; readonly unsure: number; readonly violations: readonly string[] }> {
  const { scenario, call, occurrence, instead, besides, paths } = fault;
  const log = `${folder}.log`;
  const when = besides === 'and after' ? `${occurrence}+` : occurrence;
  const options = ['-e', `inject=${call}:${instead}:when=${when}`];
  if (besides === 'and ftruncate') options.push('-e', 'inject=ftruncate:error=EIO');
  options.push('-e', `trace=${besides === 'and ftruncate' ? `${call},ftruncate` : call}`, ...onlyPaths(folder, paths));
  const run = await scenario.run(folder, (instead === kill ? slowStraceTo : straceTo)(log, ...options));
  return {
    // What is killed gets no further than the call, and leaves nothing in the log.
    wasHit: run.wasKilled || readFileSync(log, 'utf8').includes('(INJECTED)'),
    unsure: run.reports.filter(({ is }) => is === 'unsure').length,
    violations: await scenario.judge(folder, run),
  };
}

function textOf({ scenario, call, occurrence, instead, besides }: Fault): string {
  return `${scenario.name}, ${call} ${occurrence}${besides === undefined ? '' : ` ${besides}`}, ${instead}`;
}
