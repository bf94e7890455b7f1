// A store of someone else's: the compliance suite that abstract-level publishes, on memory-level.
import type { Program } from '../runtime/run-program';
import { compileSuite, runSuite, summaryOf, type SuiteReport } from './run-suite';

let program: Program;
let bare: SuiteReport;

beforeAll(async () => {
  program = compileSuite('abstract-level');
  bare = await runSuite(program, 'bare');
}, 60_000);
afterAll(() => program.remove());

test('the suite passes on a bare memory-level, with as many assertions as under tape', () => {
  expect(summaryOf(bare)).toEqual({ tests: 1464, assertions: 5120, failed: [] });
});

describe('every method of the store, its sublevels, iterators, batches and snapshots', () => {
  test.each(['observed', 'one by one'])(
    'may be decorated (%s): the suite finds no difference',
    async (scenario) => {
      const decorated = await runSuite(program, scenario);
      expect(decorated.methods).toBeGreaterThan(150);
      expect(decorated.results).toEqual(bare.results);

      expect(decorated.counted).toBeGreaterThan(200_000);
      expect(decorated).toMatchObject({ timed: decorated.counted, audited: decorated.counted, reports: {} });
      expect(decorated.calls).toMatchObject({
        'MemoryLevel.put': expect.any(Number),
        'MemoryLevel._put': expect.any(Number),
        'AbstractSublevel.get': expect.any(Number),
        'MemoryEntryIterator.next': expect.any(Number),
        'MemoryEntryIterator.[Symbol(Symbol.asyncIterator)]': expect.any(Number),
        'DefaultChainedBatch.write': expect.any(Number),
        'MemorySnapshot.close': expect.any(Number),
      });
    },
    60_000,
  );

  test('may be decorated where no runtime is running', async () => {
    const decorated = await runSuite(program, 'observed without a runtime');
    expect(decorated.results).toEqual(bare.results);
  }, 60_000);

  test('settle a microtask later, unless they return the same promise: six tests of open and close see it', async () => {
    const derived = await runSuite(program, 'derived');
    const late = [
      'open() and close() in same tick',
      'open(), close() and open() in same tick',
      'close() on open event',
      'close() on opening event',
      'open() on closed event',
      'open() on closing event',
    ];
    // Once on the store, once on a sublevel.
    expect(summaryOf(derived)).toEqual({ ...summaryOf(bare), failed: [...late, ...late] });
  }, 60_000);
});
