import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { WitnessedTrail } from './witnessed-trail';

/** A silence of 60 s, 10 s until somebody looks, and what a busy machine needs besides. */
const longestMs = 100_000;

/** How often a running process looks for writers that are gone, with room for a busy machine, in milliseconds. */
export const lookedMs = 13_000;

/** Resolves as soon as the directories are not called so any more, or when that should have been so. */
export async function untilAdopted(...directories: readonly string[]): Promise<void> {
  for (const end = performance.now() + longestMs; performance.now() < end; await setTimeout(100)) {
    if (directories.every((directory) => !existsSync(directory))) return;
  }
}

/** What is wrong with how often a writer was adopted, by the records that its adopters have left. */
export function adoptedOnce(directory: string): string[] {
  const sealed = directory.replace(/\.live$/, '');
  if (!existsSync(sealed)) return ['its chain was not ended'];
  const names = readdirSync(sealed).filter((name) => name.endsWith('.ndjson'));
  const text = names.map((name) => readFileSync(join(sealed, name), 'utf8')).join('');
  const recoveries = text.split('"kind":"recovery"').length - 1;
  return recoveries === 1 ? [] : [`its chain was ended ${recoveries} times`];
}

/** What is wrong with the events of a trail: each has to be there once. */
export async function eachOnce(trail: WitnessedTrail, expected: number): Promise<string[]> {
  const ids = await trail.eventIds();
  const missing = expected - new Set(ids).size;
  const twice = ids.length - new Set(ids).size;
  return [
    ...(missing === 0 ? [] : [`${missing} of ${expected} events are missing`]),
    ...(twice === 0 ? [] : [`${twice} events are there twice`]),
  ];
}
