import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { barOf, cannotRun, type Bar, type Ground } from '../faults/bar';
import { adoptedOnce, eachOnce, lookedMs, untilAdopted } from './adopted';
import { Clock } from './clock';
import { inContainer, whyNoContainer } from './container';
import { WitnessedTrail } from './witnessed-trail';

/** Long enough for a heartbeat, in milliseconds. */
const beatMs = 3_000;

/** Clocks that are set, forwards and backwards, and days that go by without a call. */
export async function* clockJumps(ground: Ground): AsyncGenerator<Bar> {
  for (const bar of await Promise.all([clockIsSet(ground), daysGoBy(ground)])) yield bar;
}

/** While a process writes: three years ahead, a year back, and right again. */
async function clockIsSet(ground: Ground): Promise<Bar> {
  const name = 'clock set in a running process';
  const trail = new WitnessedTrail(ground, 'clock-is-set');
  const clock = Clock.in(trail.place);
  if (typeof clock === 'string') return cannotRun(name, clock);
  const limits = { maxAgeDays: 30, maxFileSizeMb: 0.008, maxFiles: 1_000 };
  const writer = trail.start('written', 40, clock.jumping, { limits });
  await writer.next();
  for (const offset of ['+3y', '-1y', '+0']) {
    clock.set(offset);
    await writer.write(40);
    await setTimeout(beatMs);
    await writer.write(40);
  }
  await writer.close();
  await trail.write('next', 5, [], { limits });
  const violations = await eachOnce(trail, 285);
  const { verdict, writers } = await trail.verify();
  if (verdict !== 'sound') violations.push(`verify says ${verdict}`);
  const steps = writers.reduce((sum, { clockSteps }) => sum + clockSteps, 0);
  if (steps !== 1) violations.push(`verify tells of ${steps} steps back`);
  return barOf(name, true, `verdict ${verdict}, ${steps} steps of the clock`, violations);
}

/** A file in which nothing is written any more goes when it is too old, without a call or a start. */
async function daysGoBy(ground: Ground): Promise<Bar> {
  const name = 'days without a call';
  const trail = new WitnessedTrail(ground, 'days');
  const clock = Clock.in(trail.place);
  if (typeof clock === 'string') return cannotRun(name, clock);
  const writer = trail.start('old', 20, clock.passing, { limits: { maxAgeDays: 1 } });
  const { directory } = await writer.next();
  const first = join(directory, 'audit-00000001.ndjson');
  for (const offset of ['+25h', '+50h', '+75h']) {
    clock.set(offset);
    await setTimeout(beatMs);
  }
  const violations = existsSync(first) ? ['the file is still there after two days more than its limit'] : [];
  await writer.write(5);
  await writer.close();
  const ids = await trail.eventIds();
  if (ids.length !== 5) violations.push(`${ids.length} of the 5 events of today are left`);
  const { verdict } = await trail.verify();
  if (verdict !== 'sound') violations.push(`verify says ${verdict}`);
  return barOf(name, true, `verdict ${verdict}, ${readdirSync(trail.root).length} writers`, violations);
}

/** Two containers on one machine, of which one has its clock set: it takes the other for dead when it is, not before. */
export async function besideASetClock(ground: Ground): Promise<Bar> {
  const name = 'clock set beside a live writer';
  const why = whyNoContainer();
  if (why !== undefined) return cannotRun(name, why);
  const trail = new WitnessedTrail(ground, 'beside-a-set-clock');
  const clock = Clock.in(trail.place);
  if (typeof clock === 'string') return cannotRun(name, clock);
  const writer = trail.start('live', 20, inContainer);
  const { directory } = await writer.next();
  clock.set('+2h');
  const other = trail.start('other', 5, [...inContainer, ...clock.jumping]);
  await other.next();
  await setTimeout(lookedMs);
  const violations: string[] = [];
  if ((await writer.write(10)).directory !== directory) violations.push('the writer has lost its directory');
  clock.set('-2h');
  writer.child.kill('SIGKILL');
  await untilAdopted(directory);
  await other.close();
  violations.push(...adoptedOnce(directory), ...(await eachOnce(trail, 35)));
  const { verdict } = await trail.verify();
  if (verdict !== 'unwitnessed') violations.push(`verify says ${verdict}`);
  return barOf(name, true, `verdict ${verdict}`, violations);
}
