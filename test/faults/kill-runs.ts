import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { barOf, type Bar, type Ground } from './bar';
import { eachOf } from './each-of';
import { judge } from './judge';
import { reopenTrail } from './reopen-trail';
import { startWriter, until } from './run-writer';

const runs = 200;
const writers = 50;
/** How long a writer lives at most after its first acknowledgement, in milliseconds. */
const longestMs = 150;

/** Writers that are killed at any moment, each root opened again afterwards. */
export async function* killRuns(ground: Ground): AsyncGenerator<Bar> {
  const violations: string[] = [];
  let acknowledged = 0;
  let killed = 0;
  await eachOf(Array.from({ length: runs * ground.times }).keys(), async (run, worker) => {
    const root = join(ground.folder, `root-${worker}`);
    rmSync(root, { recursive: true, force: true });
    // Every other one rotates all the time, so that it is killed in the middle of that, too.
    const maxFileSizeMb = run % 2 === 0 ? 0.02 : 100;
    const writer = startWriter({
      dist: ground.dist,
      root,
      name: `run${run}`,
      writers,
      maxFileSizeMb,
      maxFiles: 10_000,
    });
    await until(writer, (reports) => reports.length > 0);
    await setTimeout(Math.random() * longestMs);
    writer.child.kill('SIGKILL');
    const { reports, wasKilled, complaints } = await writer.done;
    if (wasKilled) killed += 1;
    else violations.push(`run ${run} has ended by itself: ${complaints}`);
    acknowledged += reports.filter(({ is }) => is === 'acked').length;
    const trail = await reopenTrail(ground.dist, root);
    violations.push(...[...trail.contradictions, ...judge(reports, trail, true)].map((what) => `run ${run}: ${what}`));
  });
  const detail = `${killed} runs, ${acknowledged} acknowledged, ${violations.length} violations`;
  yield barOf('kill -9', killed >= runs * ground.times, detail, violations);
}
