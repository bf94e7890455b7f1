import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { barOf, cannotRun, type Bar, type Ground } from '../faults/bar';
import { adoptedOnce, eachOnce, lookedMs, untilAdopted } from './adopted';
import { inContainer, whyNoContainer } from './container';
import type { KeyedRun } from './keyed-writer-plan';
import { WitnessedTrail } from './witnessed-trail';

/** Writers that are gone, and look to others as if they were not. */
export function endedWriters(ground: Ground): Promise<Bar>[] {
  return [endedThread(ground, 'before'), endedThread(ground, 'meanwhile'), restarted(ground), reusedNumber(ground)];
}

/** A worker thread that ends without closing, in a process that lives on; another process looks for it as well. */
async function endedThread(ground: Ground, thread: 'before' | 'meanwhile'): Promise<Bar> {
  const trail = new WitnessedTrail(ground, `thread-${thread}`);
  const rival = trail.start('rival', 5);
  await rival.next();
  const writer = trail.start('process', 20, [], { thread });
  const told = [await writer.next(), await writer.next()] as const;
  const { directory } = told[thread === 'before' ? 0 : 1];
  await setTimeout(lookedMs);
  const violations = adoptedOnce(directory);
  await Promise.all([writer.close(), rival.close()]);
  violations.push(...(await eachOnce(trail, 45)));
  const { verdict } = await trail.verify();
  if (verdict !== 'unwitnessed') violations.push(`verify says ${verdict}`);
  return barOf(`a thread that ends ${thread}`, true, `verdict ${verdict}`, violations);
}

/** A container is killed, and two others are started at once: each of the three is process 1 on a host of the same name. */
async function restarted(ground: Ground): Promise<Bar> {
  const name = 'a container that is restarted at once';
  const why = whyNoContainer();
  if (why !== undefined) return cannotRun(name, why);
  const trail = new WitnessedTrail(ground, 'restarted');
  const killed = trail.start('killed', 20, inContainer);
  const { directory } = await killed.next();
  killed.child.kill('SIGKILL');
  await killed.done;
  const heirs = ['one', 'other'].map((heir) => trail.start(heir, 5, inContainer));
  await Promise.all(heirs.map((heir) => heir.next()));
  await untilAdopted(directory);
  await Promise.all(heirs.map((heir) => heir.close()));
  const violations = [...adoptedOnce(directory), ...(await eachOnce(trail, 30))];
  const { verdict } = await trail.verify();
  if (verdict !== 'unwitnessed') violations.push(`verify says ${verdict}`);
  return barOf(name, true, `verdict ${verdict}`, violations);
}

/** Starts the second program under the number that the first one had. */
const reuse = `
  node="$1" program="$2"
  "$node" "$program" "$3" & first=$!; wait
  echo $((first - 1)) > /proc/sys/kernel/ns_last_pid
  "$node" "$program" "$4" & second=$!; wait
  echo "$first $second"`;

/** The process number of a writer that was killed is that of the next one, in the same container. */
async function reusedNumber(ground: Ground): Promise<Bar> {
  const name = 'a process number that is used again';
  const why = whyNoContainer();
  if (why !== undefined) return cannotRun(name, why);
  const trail = new WitnessedTrail(ground, 'reused-number');
  const plans = [trail.plan('killed', 20, { ends: 'kill' }), trail.plan('next', 5, { ends: 'close' })];
  const program = join(__dirname, 'keyed-writer.cjs');
  const args = ['bash', '-c', reuse, 'bash', process.execPath, program, ...plans.map((plan) => JSON.stringify(plan))];
  const [command = '', ...before] = inContainer;
  const { stdout } = spawnSync(command, [...before, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = stdout.trim().split('\n');
  const [first, second] = (lines.at(-1) ?? '').split(' ');
  if (first !== second) return cannotRun(name, `the numbers were ${first} and ${second}`);
  const { directory } = JSON.parse(lines[0] ?? '') as KeyedRun;
  const violations = [...adoptedOnce(directory), ...(await eachOnce(trail, 25))];
  return barOf(name, true, `both were process ${first}`, violations);
}
