import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, cannotRun, type Bar, type Ground } from './bar';
import { buildMutant, mutants, type Mutant } from './build-mutant';
import { checkOrder } from './order-of-calls';
import { judge } from './judge';
import { leaveBehind, type LeftBehind } from './leave-behind';
import { reopenTrail } from './reopen-trail';
import { startWriter } from './run-writer';
import { straceTo, traceChanging, whyNoStrace } from './strace';

interface Seen {
  readonly acknowledged: number;
  readonly violations: readonly string[];
}

/** Whether nothing is acknowledged before its sync, and whether that would be noticed. */
export async function* syncOrder(ground: Ground): AsyncGenerator<Bar> {
  const why = whyNoStrace();
  if (why !== undefined) {
    yield cannotRun('order of syncs', why);
    return;
  }
  const left = await leaveBehind(ground.dist, join(ground.folder, 'left'));
  let caught = 0;
  const missed: string[] = [];
  for (const mutant of mutants) {
    const dist = buildMutant(ground.dist, join(ground.folder, 'mutant'), mutant);
    const seen = await look(ground, dist, left, mutant);
    if (mutant.from === '') {
      const detail = `${seen.acknowledged} acknowledgements, ${seen.violations.length} violations`;
      yield barOf('order of syncs', seen.acknowledged >= 100 * ground.times, detail, seen.violations);
    } else if (seen.violations.length > 0) caught += 1;
    else missed.push(`${mutant.name}: not noticed`);
  }
  yield barOf('mutants', caught === mutants.length - 1, `${caught} of ${mutants.length - 1} noticed`, missed);
}

/** A run in a new root, one in a root that has to be recovered, and one on a disk that cannot sync for a while. */
async function look(ground: Ground, dist: string, left: LeftBehind, mutant: Mutant): Promise<Seen> {
  const calls = 12 * (mutant.from === '' ? ground.times : 1);
  let acknowledged = 0;
  const violations = new Set<string>();
  for (const kind of ['new', 'recovered', 'failing'] as const) {
    const folder = join(ground.folder, kind);
    const root = join(folder, 'deep/trail');
    const log = `${folder}.log`;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    if (kind === 'recovered') cpSync(left.root, root, { recursive: true, preserveTimestamps: true });
    const fail = kind === 'failing' ? ['-e', 'inject=fdatasync:error=EIO:when=2+3'] : [];
    const tracer = straceTo(log, '-y', '-s', '1000000', ...traceChanging, ...fail);
    const plan = { dist, root, name: kind, writers: 5, calls, maxFileSizeMb: 0.01, maxFiles: 1_000 };
    const run = await startWriter(plan, tracer).done;
    const order = checkOrder(log, folder);
    acknowledged += order.acknowledged;
    for (const violation of order.violations) violations.add(`${kind}: ${violation}`);
    const trail = await reopenTrail(dist, root);
    for (const violation of [...trail.contradictions, ...judge(run.reports, trail, false)]) violations.add(violation);
    if (kind !== 'recovered') continue;
    for (const violation of judge(left.reports, trail, true)) violations.add(violation);
  }
  return { acknowledged, violations: [...violations] };
}
