import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { MemoryLevel } from 'memory-level';
import { Audited, Counted, Observed, Timed, Traced } from '../../../src/index';
import { decoratePrototypes, prototypesBelow, type LegacyDecorator } from '../decorate-prototypes';
import { startRecording } from '../recording';
import { TapeLike, type TapeBody } from '../tape-like';
import type { TestResult } from '../test-result';

type Test = ((name: string, body: TapeBody) => void) & { skip(): void };

/** abstract-level types its classes, not its suite. */
const suite = require('abstract-level/test') as (options: { test: Test; factory(options?: object): object }) => void;

/** Says how every method is decorated; `program <scenario>`. */
const scenario = String(process.argv[2]);

const observed = [Observed({ event: 'read' })];
const observedSame = [Observed({ event: 'read', returns: 'same' })];
const isOpenOrClose = (key: string | symbol): boolean => key === 'open' || key === 'close';
const scenarios: Record<string, (key: string | symbol) => readonly LegacyDecorator[]> = {
  bare: () => [],
  // The suite looks at the status in the very microtask in which `open` and `close` settle.
  observed: (key) => (isOpenOrClose(key) ? observedSame : observed),
  'observed without a runtime': () => observed,
  derived: () => observed,
  'one by one': (key) => [
    Audited({ event: 'read', ...(isOpenOrClose(key) && { returns: 'same' }) }),
    Traced(),
    Timed(),
    Counted(),
  ],
};
const decoratorsOf = scenarios[scenario];

async function main(): Promise<void> {
  if (decoratorsOf === undefined) throw new Error(`There is no scenario ${scenario}`);
  const methods = decoratePrototypes(await prototypes(), decoratorsOf);
  const recording = scenario === 'observed without a runtime' ? undefined : startRecording();

  const tests: [name: string, body: TapeBody][] = [];
  const test = Object.assign((name: string, body: TapeBody) => void tests.push([name, body]), {
    skip: () => undefined,
  });
  suite({ test, factory: (options) => new MemoryLevel(options) });
  const results: TestResult[] = [];
  for (const [name, body] of tests) results.push(...(await TapeLike.run(name, body)));

  // More than a pipe takes at once, so it is left to Node to write all of it.
  process.stdout.write(`${JSON.stringify({ methods, results, ...(await recording?.stop()) })}\n`);
}

/** Of the store and its sublevels, and of the iterators, snapshots and chained batches that they hand out. */
async function prototypes(): Promise<Set<object>> {
  const store = new MemoryLevel();
  const deferred = [store.iterator(), store.keys(), store.values()];
  await store.open();
  const sublevel = store.sublevel('name');
  await sublevel.open();
  const parts = [store, sublevel].flatMap((level) => [
    level,
    level.iterator(),
    level.keys(),
    level.values(),
    level.batch(),
    level.snapshot(),
  ]);
  const found = [...deferred, ...parts].flatMap((part) => prototypesBelow(EventEmitter.prototype, part));
  await store.close();
  return new Set(found);
}

void main();
