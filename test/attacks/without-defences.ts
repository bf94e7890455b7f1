import { join } from 'node:path';
import { barOf, type Bar, type Ground, type Part } from '../faults/bar';
import { buildMutant, mutantText } from '../faults/build-mutant';
import { eachOf } from '../faults/each-of';
import { takenDefences, type TakenDefence } from './mutants';

/** That each defence that a case is about can still be taken away. */
export async function* defences({ dist }: Ground): AsyncGenerator<Bar> {
  const violations: string[] = [];
  for (const taken of takenDefences) {
    try {
      mutantText(dist, taken);
    } catch (error) {
      violations.push((error as Error).message);
    }
  }
  await Promise.resolve();
  yield barOf('each can be taken away', true, `${takenDefences.length} of them`, violations);
}

/** Plays each case against the code without what it is about: it has to fail. Takes a minute or two for each. */
export function withoutDefences(parts: Readonly<Record<string, Part>>): Part {
  return async function* without(ground) {
    const bars: Bar[] = [];
    await eachOf(
      takenDefences.entries(),
      async ([index, taken]) => void bars.push(await fails(ground, `${index}`, taken, parts[taken.part])),
      3,
    );
    for (const bar of bars) yield bar;
  };
}

async function fails(ground: Ground, name: string, taken: TakenDefence, part: Part | undefined): Promise<Bar> {
  const dist = buildMutant(ground.dist, join(ground.folder, `${name}-dist`), taken);
  const title = `${taken.part}: ${taken.bar}: a journal that ${taken.name}`;
  for await (const bar of part?.({ ...ground, dist, folder: join(ground.folder, name) }) ?? []) {
    if (bar.name !== taken.bar) continue;
    return barOf(title, bar.result === 'failed', `the case has ${bar.result}: ${bar.violations?.[0] ?? bar.detail}`);
  }
  return barOf(title, false, 'there is no such case');
}
