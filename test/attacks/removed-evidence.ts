import { cpSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, type Bar, type Ground } from '../faults/bar';
import { ForgedChain } from './forged-chain';
import { WitnessedTrail } from './witnessed-trail';

/** Who can write to the directory, or set the clock, has the process remove events, and sign that this was right. */
export async function* removedEvidence(ground: Ground): AsyncGenerator<Bar> {
  yield await touched(ground);
  yield await outnumbered(ground);
  yield await toldAway(ground);
  yield await clockAhead(ground);
  yield await crashLoop(ground);
}

/** A file that looks three years old. */
async function touched(ground: Ground): Promise<Bar> {
  const trail = new WitnessedTrail(ground, 'touched');
  await trail.write('real', 20);
  const longAgo = new Date(Date.now() - 1_000 * 86_400_000);
  for (const file of filesIn(trail.root)) utimesSync(file, longAgo, longAgo);
  await trail.write('next', 5, [], { limits: { maxAgeDays: 30 } });
  return judged('touched', trail, 25);
}

/** Files with fitting names, copies of real ones, and whole chains with correct hashes, so that there is too much. */
async function outnumbered(ground: Ground): Promise<Bar> {
  const trail = new WitnessedTrail(ground, 'outnumbered');
  await trail.write('real', 80);
  const [real = ''] = trail.writers();
  for (let count = 0; count < 40; count += 1) {
    const writer = `w-${String(count).padStart(16, '0')}`;
    if (count % 2 === 0) cpSync(join(trail.root, real), join(trail.root, writer), { recursive: true });
    else new ForgedChain(trail.root, writer, trail.publicKey).events(80).seal().writeTo('');
  }
  await trail.write('next', 5, [], { limits: { maxFiles: 1, maxFileSizeMb: 0.1 } });
  const ids = await trail.eventIds();
  const kept = new Set(ids.filter((id) => id.startsWith('real')));
  const { verdict } = await trail.verify();
  const violations = kept.size === 80 ? [] : [`${80 - kept.size} of 80 events were removed`];
  if (verdict === 'sound') violations.push('verify calls copies and inventions sound');
  return barOf('outnumbered', true, `${kept.size} of 80 events left, verdict ${verdict}`, violations);
}

/** The attacker removes a writer himself, and adds a chain that says it was removed rightly. */
async function toldAway(ground: Ground): Promise<Bar> {
  const violations: string[] = [];
  const verdicts: string[] = [];
  for (const held of [{ hasKey: false }, { hasAnchors: false }, {}]) {
    const trail = new WitnessedTrail(ground, 'told-away');
    await trail.write('real', 20, [], { limits: { maxFileSizeMb: 0.004 } });
    await trail.write('next', 5);
    const writers = trail.writers();
    const victim = writers.find((name) => filesIn(join(trail.root, name)).length > 1) ?? '';
    const first = filesIn(join(trail.root, victim))[0] ?? '';
    const dropped = [ForgedChain.droppedBy(first, victim)];
    rmSync(first);
    new ForgedChain(trail.root, 'w-00000000000000aa', trail.publicKey).add('retain', { dropped }).seal().writeTo('');
    const { verdict } = await trail.verify(held);
    verdicts.push(verdict);
    if (verdict === 'sound' || verdict === 'unanchored')
      violations.push(`verify says ${verdict} for ${JSON.stringify(held)}`);
  }
  return barOf('forged retain', true, verdicts.join(', '), violations);
}

/** A start with a clock three years ahead, and those after it with the right one. */
async function clockAhead(ground: Ground): Promise<Bar> {
  const trail = new WitnessedTrail(ground, 'clock-ahead');
  await trail.write('real', 20);
  const others = { limits: { maxAgeDays: 30 } };
  for (const start of [1, 2]) await trail.write(`ahead-${start}`, 5, ['faketime', '-f', '+3y'], others);
  await trail.write('next', 5, [], others);
  return judged('clock three years ahead', trail, 35);
}

/** Twenty starts of one call each, every other one killed, with the limit that the file backend has by default. */
async function crashLoop(ground: Ground): Promise<Bar> {
  const trail = new WitnessedTrail(ground, 'crash-loop');
  for (let start = 0; start < 20; start += 1) {
    if (start % 2 === 0) await trail.writeAndDie(`start-${start}`, 1, { limits: {} });
    else await trail.write(`start-${start}`, 1, [], { limits: {} });
  }
  await trail.write('next', 0, [], { limits: {} });
  return judged('crash loop', trail, 20);
}

async function judged(name: string, trail: WitnessedTrail, events: number): Promise<Bar> {
  const { length } = await trail.eventIds();
  const { verdict, firstBad } = await trail.verify();
  const violations = length === events ? [] : [`${events - length} of ${events} events were removed`];
  if (!['sound', 'unwitnessed'].includes(verdict)) violations.push(`verify says ${verdict}: ${firstBad?.message}`);
  return barOf(name, true, `${length} of ${events} events left, verdict ${verdict}`, violations);
}

function filesIn(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter(({ name }) => name.endsWith('.ndjson'));
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort();
}
