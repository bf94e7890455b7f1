import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { barOf, cannotRun, type Bar, type Ground } from '../faults/bar';
import { buildMutant } from '../faults/build-mutant';
import { judge } from '../faults/judge';
import { reopenTrail } from '../faults/reopen-trail';
import { startProgram, until } from '../faults/run-writer';
import { straceTo, whyNoStrace } from '../faults/strace';
import { adoptedOnce, eachOnce, lookedMs, untilAdopted } from './adopted';
import type { BusyPlan } from './busy-plan';
import { inContainer, onAnotherMachine, processIn, whyNoContainer } from './container';
import { looksNowhere } from './mutants';
import { WitnessedTrail } from './witnessed-trail';

/** Writers that live, and look to others as if they did not. */
export function liveWriters(ground: Ground): Promise<Bar>[] {
  return [unreadableLease(ground), anotherMachine(ground), stopped(ground), stoppedUnderLoad(ground), split(ground)];
}

/** The disk fails while others read the lease. */
async function unreadableLease(ground: Ground): Promise<Bar> {
  const name = 'EIO while a lease is read';
  const why = whyNoStrace();
  if (why !== undefined) return cannotRun(name, why);
  const trail = new WitnessedTrail(ground, 'unreadable-lease');
  const writer = trail.start('live', 20);
  const { directory } = await writer.next();
  const calls = ['statx', 'openat', 'read'];
  const readers = calls.map((call) => {
    const log = join(trail.place, `${call}.log`);
    const options = ['-P', join(directory, 'lease.json'), '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO`];
    return { call, log, reader: trail.start(`reader-${call}`, 5, straceTo(log, ...options)) };
  });
  const told = await Promise.all(readers.map(({ reader }) => reader.next()));
  const violations = told.flatMap(({ reports }) => (reports.join().includes('EIO') ? [] : ['it is not reported']));
  await setTimeout(lookedMs);
  for (const { call, log, reader } of readers) {
    await reader.write(1);
    await reader.close();
    if (!readFileSync(log, 'utf8').includes('(INJECTED)')) violations.push(`${call}: the lease was not read by it`);
  }
  if ((await writer.write(10)).directory !== directory) violations.push('the writer has lost its directory');
  await writer.close();
  const { verdict } = await trail.verify();
  if (verdict !== 'sound') violations.push(`verify says ${verdict}`);
  violations.push(...(await eachOnce(trail, 30 + 6 * calls.length)));
  return barOf(name, true, `verdict ${verdict}`, violations);
}

/** A writer on a machine of the same name, in whose place there is no process here; later it is gone indeed. */
async function anotherMachine(ground: Ground): Promise<Bar> {
  const name = 'the same host name, another boot';
  const why = whyNoContainer();
  if (why !== undefined) return cannotRun(name, why);
  const trail = new WitnessedTrail(ground, 'another-machine');
  const writer = trail.start('live', 20);
  const { directory } = await writer.next();
  const other = trail.start('other', 5, onAnotherMachine(trail.place, writer.child));
  await other.next();
  await setTimeout(lookedMs);
  const violations: string[] = [];
  if ((await writer.write(10)).directory !== directory) violations.push('the writer has lost its directory');
  writer.child.kill('SIGKILL');
  await untilAdopted(directory);
  await other.close();
  violations.push(...adoptedOnce(directory), ...(await eachOnce(trail, 35)));
  const { verdict } = await trail.verify();
  if (verdict !== 'unwitnessed') violations.push(`verify says ${verdict}`);
  return barOf(name, true, `verdict ${verdict}`, violations);
}

/** A container that is frozen for more than a minute, next to one that is not. */
async function stopped(ground: Ground): Promise<Bar> {
  const name = 'stopped past its lease';
  const why = whyNoContainer();
  if (why !== undefined) return cannotRun(name, why);
  const trail = new WitnessedTrail(ground, 'stopped');
  const seen = await stopAndContinue(trail, ground.dist);
  const { verdict, writers, unwitnessed } = await trail.verify();
  const violations = [...seen.violations];
  if (verdict !== 'unwitnessed') violations.push(`verify says ${verdict}`);
  if (writers.some(({ splitAt }) => splitAt !== undefined)) violations.push('its chain has split');
  return barOf(name, true, `verdict ${verdict}, ${unwitnessed} unwitnessed`, violations);
}

/** The same with a writer that does not look before it writes, as those of earlier versions. */
async function split(ground: Ground): Promise<Bar> {
  const name = 'a chain that has split';
  const why = whyNoContainer();
  if (why !== undefined) return cannotRun(name, why);
  const trail = new WitnessedTrail(ground, 'split');
  const earlier = buildMutant(ground.dist, join(ground.folder, 'split-dist'), looksNowhere);
  const seen = await stopAndContinue(trail, earlier);
  const { verdict, writers, firstBad } = await trail.verify();
  const violations = [...seen.violations];
  if (verdict !== 'unwitnessed') violations.push(`verify says ${verdict}: ${firstBad?.message}`);
  const splits = writers.filter(({ splitAt }) => splitAt !== undefined).length;
  if (splits !== 1) violations.push(`verify says of ${splits} chains that they have split`);
  return barOf(name, true, `verdict ${verdict}, ${splits} split`, violations);
}

/** Events, a silence among them in which another process takes the writer for dead. */
async function stopAndContinue(trail: WitnessedTrail, dist: string): Promise<{ readonly violations: string[] }> {
  const writer = trail.start('stopped', 20, inContainer, { dist, delivery: 'buffered' });
  const { directory } = await writer.next();
  const heir = trail.start('heir', 5);
  await heir.next();
  await setTimeout(lookedMs);
  const violations: string[] = [];
  if (!existsSync(directory)) violations.push('it was taken for dead while it was alive');
  // It is stopped while it writes, and goes on with that before anything could tell it of the silence.
  const events = 400;
  const written = writer.write(events);
  await setTimeout(100);
  const pid = processIn(writer.child);
  kill(pid, 'SIGSTOP');
  await untilAdopted(directory);
  if (existsSync(directory)) violations.push('it was not taken for dead');
  kill(pid, 'SIGCONT');
  if ((await written).directory === directory) violations.push('it has gone on in the old directory');
  await writer.close();
  await heir.close();
  // What was not confirmed when it was stopped may be in both chains.
  const missing = events + 25 - new Set(await trail.eventIds()).size;
  if (missing > 0) violations.push(`${missing} events are missing`);
  return { violations };
}

const deliveries = ['durable', 'strict', 'buffered'] as const;

/** Stopped at any moment, with calls under way. */
async function stoppedUnderLoad({ dist, folder }: Ground): Promise<Bar> {
  const name = 'stopped past its lease, under load';
  const why = whyNoContainer();
  if (why !== undefined) return cannotRun(name, why);
  const path = join(folder, 'stopped-under-load');
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  const plan = { dist, path, callers: 5, restMs: 5 };
  const writers = deliveries.map((delivery) => {
    const own: BusyPlan = { ...plan, name: delivery, delivery };
    return { delivery, writer: startProgram('busy-writer', own, { tracer: inContainer }) };
  });
  await Promise.all(writers.map(({ writer }) => until(writer, ({ length }) => length > 200)));
  const directories = liveIn(path);
  const heir: BusyPlan = { ...plan, name: 'heir', delivery: 'durable', callers: 1, restMs: 500 };
  const heirs = startProgram('busy-writer', heir);
  await until(heirs, ({ length }) => length > 20);
  const pids = writers.map(({ writer }) => processIn(writer.child));
  for (const pid of pids) kill(pid, 'SIGSTOP');
  await untilAdopted(...directories);
  for (const pid of pids) kill(pid, 'SIGCONT');
  await setTimeout(3_000);
  for (const pid of pids) kill(pid, 'SIGTERM');
  heirs.child.kill('SIGTERM');
  const runs = await Promise.all([...writers.map(({ writer }) => writer.done), heirs.done]);
  const trail = await reopenTrail(dist, path);
  const reports = runs.flatMap((run) => run.reports);
  const violations = [...trail.contradictions, ...judge(reports, trail, false)].filter((what) => !mayBe(what));
  if (directories.some((directory) => existsSync(directory))) violations.push('not all were taken for dead');
  for (const { reports: of, complaints } of runs)
    if (of.at(-1)?.is !== 'closed') violations.push(`it did not close: ${complaints}`);
  const acknowledged = reports.filter(({ is }) => is === 'acked').length;
  return barOf(name, true, `${acknowledged} acknowledged, ${violations.length} violations`, [...new Set(violations)]);
}

/** What was not confirmed yet when the writer was stopped may be in both chains, of which the later one names the other. */
function mayBe(violation: string): boolean {
  return /^there 2 times|^reads .* twice|names a chain that is damaged$|^verifies \d+ of/.test(violation);
}

function liveIn(root: string): string[] {
  return readdirSync(root)
    .filter((name) => name.endsWith('.live'))
    .map((name) => join(root, name));
}
