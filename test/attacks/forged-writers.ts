import { readFileSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { barOf, type Bar, type Ground } from '../faults/bar';
import { ForgedChain } from './forged-chain';
import { WitnessedTrail } from './witnessed-trail';

/** Who can write to the directory, and has neither key nor anchors, lets the process end chains of his own invention. */
export async function* forgedWriters(ground: Ground): AsyncGenerator<Bar> {
  yield await invented(ground);
  yield await continued(ground);
  yield await renamed(ground);
  yield await killed(ground);
}

/** Invented events in a directory as a killed writer leaves it. */
async function invented(ground: Ground): Promise<Bar> {
  const trail = new WitnessedTrail(ground, 'invented');
  await trail.write('real', 20);
  const forged = new ForgedChain(trail.root, 'w-00000000000000aa', trail.publicKey).events(5).writeTo('.live');
  const before = readFileSync(forged, 'utf8');
  const { quarantined } = await trail.write('next', 5);
  const report = await trail.verify();
  const violations: string[] = [];
  if (report.verdict === 'sound') violations.push('verify calls invented events sound');
  if (report.verdict === 'tampered') violations.push(`verify blames the trail: ${report.firstBad?.message}`);
  if (quarantined.length !== 1) violations.push(`status names ${quarantined.length} directories that are set aside`);
  if (report.quarantined.length !== 1) violations.push(`verify names ${report.quarantined.length} of them`);
  if ((await trail.eventIds()).some((id) => id.startsWith('forged'))) violations.push('a query gives invented events');
  const kept = report.quarantined.map(({ path }) => readFileSync(join(path, 'audit-00000001.ndjson'), 'utf8'));
  if (kept[0] !== before) violations.push('what was set aside was changed');
  return barOf('invented writer', true, `verdict ${report.verdict}`, violations);
}

/** Invented events behind those of a writer that was killed. */
async function continued(ground: Ground): Promise<Bar> {
  const trail = new WitnessedTrail(ground, 'continued');
  const live = await trail.writeAndDie('real', 20);
  const events = 7;
  ForgedChain.continue(join(live, 'audit-00000001.ndjson')).events(events).append();
  await trail.write('next', 5);
  const report = await trail.verify();
  const violations = report.verdict === 'unwitnessed' ? [] : [`verify says ${report.verdict}`];
  // The twenty that were written behind the first checkpoint cannot be told from those that were put there.
  if (report.unwitnessed !== 20 + events) violations.push(`${report.unwitnessed} records are called unwitnessed`);
  return barOf('events behind a killed writer', true, `${report.unwitnessed} unwitnessed`, violations);
}

/** A closed chain, cut and renamed, so that the next start ends it once more. */
async function renamed(ground: Ground): Promise<Bar> {
  const violations: string[] = [];
  const verdicts: string[] = [];
  for (const hasAnchors of [true, false]) {
    const trail = new WitnessedTrail(ground, `renamed-${hasAnchors}`);
    await trail.write('real', 30);
    const [writer = ''] = trail.writers();
    const file = join(trail.root, writer, 'audit-00000001.ndjson');
    const lines = readFileSync(file, 'utf8').split(/(?<=\n)/);
    truncateSync(file, Buffer.byteLength(lines.slice(0, -20).join('')));
    renameSync(join(trail.root, writer), join(trail.root, `${writer}.live`));
    await trail.write('next', 5);
    const { verdict } = await trail.verify({ hasAnchors });
    verdicts.push(verdict);
    const isSeen = hasAnchors ? verdict === 'tampered' : verdict !== 'sound' && verdict !== 'unanchored';
    if (!isSeen) violations.push(`verify says ${verdict}, ${hasAnchors ? 'with' : 'without'} anchors`);
  }
  return barOf('cut and renamed writer', true, verdicts.join(' and '), violations);
}

/** What an ordinary kill leaves: reported by count, and lost for nobody. */
async function killed(ground: Ground): Promise<Bar> {
  const trail = new WitnessedTrail(ground, 'killed');
  await trail.writeAndDie('real', 12);
  await trail.write('next', 5);
  const report = await trail.verify();
  const ids = await trail.eventIds();
  const violations = report.verdict === 'unwitnessed' ? [] : [`verify says ${report.verdict}`];
  if (report.unwitnessed !== 12) violations.push(`${report.unwitnessed} of 12 records are called unwitnessed`);
  if (ids.length !== 17) violations.push(`a query gives ${ids.length} of 17 events`);
  return barOf('a kill between checkpoints', true, `${report.unwitnessed} unwitnessed of 12`, violations);
}
