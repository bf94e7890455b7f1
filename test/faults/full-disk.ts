import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { barOf, cannotRun, type Bar, type Ground } from './bar';
import { fillDisk } from './fill-disk';
import { judge } from './judge';
import { reopenTrail } from './reopen-trail';
import { startWriter, until, type RunningWriter } from './run-writer';
import type { Report } from './writer-plan';
import type { StrictSeen } from './strict-store';

const runs = 5;
const resumesWithinMs = 1_000;

/** A small disk that is filled under the writers' feet, and emptied again. */
export async function* fullDisk(ground: Ground): AsyncGenerator<Bar> {
  const disk = join(ground.folder, 'disk');
  mkdirSync(disk, { recursive: true });
  const { error, status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk], {
    encoding: 'utf8',
  });
  if (error !== undefined || status !== 0) {
    yield cannotRun('full disk', `no small disk can be mounted: ${error?.message ?? stderr.trim()}`);
    return;
  }
  try {
    yield* fillAndFree(ground, disk);
    yield await strictMethods(ground, disk);
  } finally {
    spawnSync('umount', [disk]);
  }
}

async function* fillAndFree(ground: Ground, disk: string): AsyncGenerator<Bar> {
  const violations: string[] = [];
  const total = { acknowledged: 0, refused: 0, gaps: 0, resumed: 0 };
  let slowest = 0;
  for (let run = 0; run < runs * ground.times; run += 1) {
    const root = join(disk, 'trail');
    const filler = join(disk, 'filler');
    rmSync(root, { recursive: true, force: true });
    const writer = startWriter({
      dist: ground.dist,
      root,
      name: `run${run}`,
      writers: 4,
      restMs: 5,
      maxFileSizeMb: 0.5,
    });
    await until(writer, (reports) => reports.length > 50);
    await keepFull(writer, filler);
    rmSync(filler);
    const freedAt = performance.now();
    const before = writer.reports.length;
    const isNew = (report: Report): boolean => report.is === 'acked' && report.kind !== 'outcome';
    await until(writer, (reports) =>
      reports.slice(before).some((one) => isNew(one) && 'delivery' in one && one.delivery !== 'durable'),
    );
    const tookMs = performance.now() - freedAt;
    slowest = Math.max(slowest, tookMs);
    if (tookMs < resumesWithinMs) total.resumed += 1;
    await until(writer, (reports) => reports.length > before + 50);
    writer.child.kill('SIGTERM');
    const { reports, complaints } = await writer.done;
    const trail = await reopenTrail(ground.dist, root);
    total.acknowledged += reports.filter(({ is }) => is === 'acked').length;
    total.refused += reports.filter(({ is }) => is === 'refused').length;
    total.gaps += trail.gapCount;
    if (!reports.some(({ is }) => is === 'closed')) violations.push(`run ${run}: it did not close: ${complaints}`);
    if (trail.gapCount === 0) violations.push(`run ${run}: no gap is in the chain`);
    violations.push(...[...trail.contradictions, ...judge(reports, trail, false)].map((what) => `run ${run}: ${what}`));
  }
  const detail = `${total.acknowledged} acknowledged, ${total.refused} refused, ${total.gaps} in gaps, ${violations.length} violations`;
  yield barOf('full disk', total.refused > 0, detail, violations);
  const times = `${total.resumed} of ${runs * ground.times} within ${resumesWithinMs} ms, the slowest in ${Math.round(slowest)} ms`;
  yield barOf('resumes by itself', total.resumed === runs * ground.times, times);
}

/** Takes whatever room there is until calls of each kind have been refused. */
async function keepFull(writer: RunningWriter, filler: string): Promise<void> {
  const before = writer.reports.length;
  const wasRefused = (kind: string): boolean =>
    writer.reports
      .slice(before)
      .some((report) => report.is === 'refused' && `${report.kind} ${report.delivery}` === kind);
  while (writer.child.exitCode === null) {
    fillDisk(filler);
    if (['event buffered', 'event durable', 'intent strict'].every(wasRefused)) return;
    await setTimeout(5);
  }
}

async function strictMethods({ dist }: Ground, disk: string): Promise<Bar> {
  const root = join(disk, 'strict');
  const { stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'strict-store.cjs'), dist, disk, root], {
    encoding: 'utf8',
  });
  const name = 'strict methods on a full disk';
  // What stands before it is trefoil's own log.
  const last = stdout.trim().split('\n').at(-1);
  if (!last?.includes('ranRefused')) return barOf(name, false, 'the program failed', [stderr]);
  const { refused, ranRefused, outcome } = JSON.parse(last) as StrictSeen;
  const trail = await reopenTrail(dist, root);
  const statuses = trail.events
    .filter(({ id }) => id === outcome?.auditId)
    .map(({ kind, status }) => `${kind} ${status}`);
  const violations = [...trail.problems, ...trail.contradictions];
  if (refused === 0) violations.push('no call was refused');
  if (ranRefused > 0) violations.push(`${ranRefused} bodies ran whose intents could not be written`);
  if (outcome?.result !== 'done') violations.push(`the error of the outcome carries ${JSON.stringify(outcome)}`);
  if (!statuses.includes('intent unknown')) violations.push('the intent is missing whose outcome could not be written');
  if (statuses.includes('outcome success')) violations.push('the outcome is there that could not be written');
  return barOf(
    name,
    true,
    `${refused} refused, ${ranRefused} of their bodies ran, the outcome’s error carries the result`,
    violations,
  );
}
