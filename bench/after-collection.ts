import { container } from 'tsyringe';
import { makeCalls, type BenchCase } from './bench-case';
import { allFourCase, allRecorded, handWritten, untracedCase, withoutTracing } from './cases';
import { problemsOf } from './check-records';
import { handWrittenCase } from './hand-written-case';
import { markdownTable } from './markdown-table';
import { rounded, type Measurement } from './measurement';
import { inOrderOf, median } from './statistics';

interface Row {
  readonly name: string;
  readonly nsPerCall: number;
  readonly nsAfterCollection: number;
  /** The median over the blocks. */
  readonly ratio: number;
}

interface AfterCollection {
  readonly blocks: number;
  readonly rounds: number;
  readonly calls: number;
  readonly rows: readonly Row[];
  readonly problems: readonly string[];
}

const limit = 1.1;

/** Whether a full collection costs the call path the code that V8 has optimised for it. */
export const afterCollection: Measurement<AfterCollection> = {
  name: 'after-collection',
  title: 'After a full collection',
  async run({ isQuick, ring }) {
    const [blocks, rounds, calls] = isQuick ? [2, 2, 500] : [12, 10, 5_000];
    const cases: BenchCase[] = [
      allFourCase(container.createChildContainer(), ring),
      untracedCase(container.createChildContainer(), ring),
      handWrittenCase({ name: handWritten, span: 'recorded', ring }),
      handWrittenCase({ name: 'hand-written, no tracing', span: undefined, ring }),
    ];
    const subjects = cases.map((benchCase) => ({ benchCase, plain: [] as number[], collected: [] as number[] }));
    for (const { benchCase } of subjects) await makeCalls(benchCase, 'get', 20 * calls);
    for (let block = 0; block < blocks; block += 1) {
      const ns = new Map(subjects.map((subject) => [subject, { plain: [] as number[], collected: [] as number[] }]));
      // After the collections of the block before, whatever they cost is paid in rounds that do not count.
      for (const { benchCase } of subjects) await makeCalls(benchCase, 'get', 5 * calls);
      for (const kind of ['plain', 'collected'] as const) {
        for (let round = 0; round < rounds; round += 1) {
          for (const subject of inOrderOf(round, subjects)) {
            if (kind === 'collected') globalThis.gc?.();
            ns.get(subject)?.[kind].push(await timeBatch(subject.benchCase, calls));
          }
        }
      }
      for (const [subject, { plain, collected }] of ns) {
        subject.plain.push(median(plain));
        subject.collected.push(median(collected));
      }
    }
    const problems = await problemsOf(cases);
    for (const benchCase of cases) await benchCase.close();
    const rows = subjects.map(({ benchCase: { name }, plain, collected }) => ({
      name,
      nsPerCall: rounded(median(plain)),
      nsAfterCollection: rounded(median(collected)),
      ratio: rounded(median(collected.map((ns, block) => ns / (plain[block] ?? Number.NaN)))),
    }));
    return { blocks, rounds, calls, rows, problems };
  },
  problems: ({ problems }) => problems,
  goals: ({ rows }) =>
    rows
      .filter(({ name }) => name === allRecorded || name === withoutTracing)
      .map(({ name, ratio }) => ({
        what: `${name}, after a full collection`,
        goal: `<= ${limit.toFixed(1)} x without one`,
        measured: ratio.toFixed(3),
        isMet: ratio <= limit,
      })),
  render: ({ blocks, rounds, calls, rows }) =>
    [
      `Batches of ${calls} asynchronous calls, ${rounds} in a row as they come, then ${rounds} with a full collection forced before each,`,
      `${blocks} times over. V8 throws away optimised code when the last object of a hidden class that it relies on is collected;`,
      'trefoil keeps one of each. What a collection costs besides, such as a young generation that has to grow again, the',
      'hand-written code pays as well.',
      '',
      markdownTable(
        ['', 'ns per call', 'after a collection', 'ratio'],
        rows.map(({ name, nsPerCall, nsAfterCollection, ratio }) => [
          name,
          nsPerCall.toFixed(0),
          nsAfterCollection.toFixed(0),
          ratio.toFixed(3),
        ]),
      ),
    ].join('\n'),
};

async function timeBatch(benchCase: BenchCase, calls: number): Promise<number> {
  const start = process.hrtime.bigint();
  await makeCalls(benchCase, 'get', calls);
  return Number(process.hrtime.bigint() - start) / calls;
}
