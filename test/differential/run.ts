import 'reflect-metadata';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import type { Variant } from './build-class';
import { FeaturePairs, type PairsSummary } from './feature-pairs';
import { mutants } from './mutants';
import { randomCase, type RandomCase } from './random-case';
import { recordMutants, type RecordMutant } from './record-mutants';
import { regressionCases } from './regression-cases';
import { difference, runCase, watchUnhandled } from './run-case';
import { RuntimeStates } from './runtime-states';

/** How long a case that shows a difference is made smaller, in milliseconds. */
const shrinkingMs = 30_000;

/** How many cases a mutant may survive, and how many what is right has to. */
const mutantCases = 6_000;
const controlCases = 1_000;
const controls: ReadonlySet<string> = new Set(['none at all', 'records all right']);

/** What the last line of the output says. */
export interface Summary {
  readonly cases: number;
  readonly seed: number;
  readonly seconds: number;
  readonly calls: number;
  /** The smallest case that shows a difference. */
  readonly failure: { readonly difference: string; readonly case: RandomCase; readonly seed: number } | null;
  readonly pairs: PairsSummary;
  /** The case that noticed each mutant; `null` where none did. */
  readonly mutants: Readonly<Record<string, number | null>>;
}

class Different extends Error {}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...{ cases: { type: 'string' }, seed: { type: 'string' } },
      pairs: { type: 'boolean', default: false },
      unmutated: { type: 'boolean', default: false },
    },
  });
  const cases = Number(values.cases ?? 10_000);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const states = await RuntimeStates.start();
  watchUnhandled();

  const found: Record<string, number | null> = {};
  for (const [name, mutant] of values.unmutated ? [] : Object.entries(mutants))
    found[name] = await firstToNotice(seed, states, { variant: mutant }, casesFor(name));
  for (const [name, mutant] of values.unmutated ? [] : Object.entries(recordMutants)) {
    found[name] = await firstToNotice(seed, states, { variant: 'legacy', mutate: mutant }, casesFor(name));
  }
  for (const [name, at] of Object.entries(found)) console.log(`mutant "${name}": ${at ?? 'not noticed'}`);

  const pairs = new FeaturePairs();
  let done = 0;
  let calls = 0;
  let shrinksUntil = Infinity;
  const start = performance.now();
  const details = await fc.check(
    fc.asyncProperty(randomCase, async (random) => {
      if (shrinksUntil === Infinity) {
        if ((done += 1) % 10_000 === 0) console.log(`${done} cases`);
        pairs.add(random);
        calls += random.calls.length;
      }
      if (performance.now() > shrinksUntil) return;
      try {
        await compare(random, ['legacy', 'standard'], states);
      } catch (error) {
        if (shrinksUntil === Infinity) console.log(`after ${calls} calls: ${String(error)}`);
        shrinksUntil = Math.min(shrinksUntil, performance.now() + shrinkingMs);
        throw error;
      }
    }),
    { numRuns: cases, seed, examples: regressionCases.map((each): [RandomCase] => [each]) },
  );
  const seconds = (performance.now() - start) / 1000;
  for (const line of pairs.table(values.pairs)) console.log(line);
  const [counterexample] = details.counterexample ?? [];
  const error = details.errorInstance;
  const described = error instanceof Different ? error.message : error instanceof Error ? error.stack : String(error);
  const summary: Summary = {
    cases: details.numRuns,
    seed,
    seconds: Math.round(seconds * 10) / 10,
    calls,
    failure: counterexample === undefined ? null : { case: counterexample, seed, difference: described ?? '' },
    pairs: pairs.summary(),
    mutants: found,
  };
  if (summary.failure !== null) {
    console.log(summary.failure.difference);
    console.log(JSON.stringify(summary.failure.case, undefined, 2));
  }
  process.stdout.write(`${JSON.stringify(summary)}\n`, () => process.exit(isGood(summary) ? 0 : 1));
}

/** The bars of a full run; a short one cannot meet every pair as often. */
function isGood({ cases, failure, pairs, mutants: found }: Summary): boolean {
  const areNoticed = Object.entries(found).every(([name, at]) => (at === null) === controls.has(name));
  return failure === null && areNoticed && (cases < 100_000 || pairs.minimum >= 100);
}

async function compare(...args: Parameters<typeof firstDifference>): Promise<void> {
  let found = await firstDifference(...args);
  // A promise of an earlier case that is garbage-collected only now is counted as cancelled, and counts have no ids.
  if (found !== undefined && isOfCounts(found)) found = await firstDifference(...args);
  if (found !== undefined) throw new Different(found);
}

function isOfCounts(found: string): boolean {
  return found.includes('recorded, counters:') || found.includes('recorded, durations:');
}

async function firstDifference(
  random: RandomCase,
  variants: readonly Variant[],
  states: RuntimeStates,
  mutate?: RecordMutant,
): Promise<string | undefined> {
  const bare = await runCase(random, 'bare', states);
  for (const variant of variants) {
    const found = difference(bare, await runCase(random, variant, states, mutate), random);
    if (found !== undefined) return `${typeof variant === 'string' ? variant : 'mutant'}: ${found}`;
  }
  return undefined;
}

function casesFor(mutant: string): number {
  return controls.has(mutant) ? controlCases : mutantCases;
}

async function firstToNotice(
  seed: number,
  states: RuntimeStates,
  { variant, mutate }: { readonly variant: Variant; readonly mutate?: RecordMutant },
  numRuns: number,
): Promise<number | null> {
  const property = fc.asyncProperty(randomCase, (random) => compare(random, [variant], states, mutate));
  const { failed, numRuns: at } = await fc.check(property, { numRuns, seed, endOnFailure: true });
  return failed ? at : null;
}

void main();
