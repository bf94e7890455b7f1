import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, type Bar, type Ground } from './bar';
import { judge } from './judge';
import { reopenTrail } from './reopen-trail';
import { startWriter, until } from './run-writer';

const processes = 8;
const writers = 50;
const calls = 10_000 / writers;
/** When one of them is killed, in reports. */
const killedAt = 3_000;

/** Processes that write to one root at once; one is killed, and what it left is taken over by another. */
export async function* sharedRoot(ground: Ground): AsyncGenerator<Bar> {
  const root = join(ground.folder, 'trail');
  rmSync(root, { recursive: true, force: true });
  const plan = { dist: ground.dist, root, writers, calls: calls * ground.times, maxFileSizeMb: 1, maxFiles: 1_000_000 };
  const running = Array.from({ length: processes }, (_, index) => startWriter({ ...plan, name: `process${index}` }));
  const [victim, ...others] = running as [(typeof running)[0], ...typeof running];
  await until(victim, (reports) => reports.length >= killedAt);
  victim.child.kill('SIGKILL');
  await victim.done;
  const isAnyoneLeft = others.some(({ child }) => child.exitCode === null);
  const heir = startWriter({ ...plan, name: 'heir', calls: 20 });
  const runs = await Promise.all([victim, ...others, heir].map(({ done }) => done));
  const trail = await reopenTrail(ground.dist, root);
  const violations = new Set(trail.contradictions);
  for (const { reports, wasKilled, complaints } of runs) {
    for (const violation of judge(reports, trail, wasKilled)) violations.add(violation);
    if (!wasKilled && reports.at(-1)?.is !== 'closed')
      violations.add(`a process has not ended in order: ${complaints}`);
  }
  if (!isAnyoneLeft) violations.add('the others were done before one was killed');
  // Theirs, that of the heir, and that of whoever has just opened the root.
  const expected = processes + 2;
  if (trail.writers.length !== expected) violations.add(`expected ${expected} chains, got ${trail.writers.length}`);
  const acknowledged = runs.flatMap(({ reports }) => reports).filter(({ is }) => is === 'acked').length;
  const detail = `${acknowledged} acknowledged by ${processes} processes and an heir, ${trail.writers.length} chains, ${violations.size} violations`;
  yield barOf('one root', runs[0]?.wasKilled === true, detail, [...violations]);
}
