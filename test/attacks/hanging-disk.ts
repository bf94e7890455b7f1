import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { barOf, cannotRun, type Bar, type Ground } from '../faults/bar';
import { judge } from '../faults/judge';
import { reopenTrail } from '../faults/reopen-trail';
import { startProgram, until } from '../faults/run-writer';
import type { BusyPlan } from './busy-plan';
import { LoopDisk } from './loop-disk';

const hangMs = 8_000;
const deliveries = ['durable', 'bestEffort', 'buffered'] as const;

/** A disk that hangs for a while, as a network volume or an overloaded one does. */
export async function* hangingDisk(ground: Ground): AsyncGenerator<Bar> {
  const disk = LoopDisk.mount(ground.folder, 64);
  if (typeof disk === 'string') {
    yield cannotRun('hanging disk', disk);
    return;
  }
  try {
    yield* hang(ground, disk);
  } finally {
    disk.unmount();
  }
}

async function* hang({ dist }: Ground, disk: LoopDisk): AsyncGenerator<Bar> {
  const writers = deliveries.map((delivery) => {
    const path = join(disk.path, delivery);
    const plan: BusyPlan = { dist, path, delivery, name: delivery, callers: 5, restMs: 10, maxWaitMs: 1_000 };
    return { path, delivery, writer: startProgram('busy-writer', plan) };
  });
  await Promise.all(writers.map(({ writer }) => until(writer, ({ length }) => length > 100)));
  disk.freeze();
  await setTimeout(hangMs);
  disk.thaw();
  for (const { path, delivery, writer } of writers) {
    const { length } = writer.reports;
    await until(writer, (reports) => reports.length > length + 100);
    writer.child.kill('SIGTERM');
    const { reports, complaints } = await writer.done;
    const trail = await reopenTrail(dist, path);
    const acknowledged = reports.filter(({ is }) => is === 'acked').length;
    const violations = [...trail.contradictions, ...judge(reports, trail, false)];
    if (reports.at(-1)?.is !== 'closed') violations.push(`it did not close: ${complaints}`);
    const detail = `${acknowledged} acknowledged, ${violations.length} violations`;
    yield barOf(`${delivery}: nothing is lost`, true, detail, violations);
  }
}
