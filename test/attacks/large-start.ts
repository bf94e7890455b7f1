import { join } from 'node:path';
import { barOf, type Bar, type Ground } from '../faults/bar';
import { judge } from '../faults/judge';
import { reopenTrail } from '../faults/reopen-trail';
import { startProgram, type WriterRun } from '../faults/run-writer';
import type { LargePlan } from './large-plan';

const megabytes = 420;
const mostBlockedMs = 300;

/** A start on a trail of many files that a killed process has left. */
export async function* largeStart({ dist, folder }: Ground): AsyncGenerator<Bar> {
  const plan: LargePlan = { dist, path: join(folder, 'trail') };
  const left = await startProgram('large-writer', { ...plan, megabytes }).done;
  const before = blockedIn(await startProgram('large-writer', { ...plan, path: join(folder, 'empty') }).done);
  const { reports, complaints } = await startProgram('large-writer', plan).done;
  const trail = await reopenTrail(dist, plan.path);
  const violations = [...trail.contradictions, ...judge(left.reports, trail, left.wasKilled)];
  if (reports.at(-1)?.is !== 'closed') violations.push(`it did not close: ${complaints}`);
  const blocked = blockedIn({ reports });
  const detail = `${(trail.bytes / 1e6).toFixed(0)} MB in ${trail.files} files, blocked for ${blocked.toFixed(0)} ms at worst (${before.toFixed(0)} ms without it), ${violations.length} violations`;
  // A machine that has no time for the process blocks the other start as well.
  yield barOf('a start on what was left', blocked <= Math.max(mostBlockedMs, 2 * before), detail, violations);
}

function blockedIn({ reports }: Pick<WriterRun, 'reports'>): number {
  return reports.find((report) => report.is === 'blocked')?.forMs ?? Number.POSITIVE_INFINITY;
}
