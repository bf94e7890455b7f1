import { container } from 'tsyringe';
import { makeCalls, type BenchCase } from './bench-case';
import { allFour } from './cases';
import { problemsOf } from './check-records';
import { withSpread } from './comparison';
import { handWrittenCase } from './hand-written-case';
import { handWrittenStore } from './hand-written-store';
import { markdownTable } from './markdown-table';
import { measure, ratio, type Measured, type Ratio, type Rounds } from './measure';
import { grouped, rounded, type Measurement } from './measurement';
import { observedCase, unobservedCase } from './observed-case';
import { allFourStore, bareStore, RoundRobinStore } from './stores';

const full: Rounds = { rounds: 40, warmUpCalls: 20_000, batchMs: 12 };
const quick: Rounds = { rounds: 3, warmUpCalls: 1_000, batchMs: 2 };

/** Each method has to be compiled before it is measured, not only the first few. */
const warmUpCallsOfEach = { full: 1_000, quick: 10 };

/** How many classes with one called method each. */
const sizes = [1, 10, 100, 1_000];

interface MethodGrowth {
  readonly rounds: number;
  readonly sizes: readonly {
    readonly methods: number;
    readonly bareNs: number;
    readonly observedNs: number;
    readonly handWrittenNs: number;
    readonly toHandWritten: Ratio;
  }[];
  readonly problems: readonly string[];
}

/** What a call costs in a program with many decorated methods. */
export const methodGrowth: Measurement<MethodGrowth> = {
  name: 'method-growth',
  title: 'Many decorated methods',
  async run({ isQuick, ring }) {
    const effort = isQuick ? quick : full;
    const warmUpCalls = warmUpCallsOfEach[isQuick ? 'quick' : 'full'];
    const cases: BenchCase[] = [];
    for (const size of sizes) {
      const ofSize = casesOf(size, ring);
      for (const benchCase of ofSize) await makeCalls(benchCase, 'get', size * warmUpCalls);
      cases.push(...ofSize);
    }
    const measured = await measure(cases, effort);
    const problems = await problemsOf(cases);
    for (const benchCase of cases) await benchCase.close();
    return { rounds: effort.rounds, sizes: sizes.map((size) => grown(size, measured)), problems };
  },
  problems: ({ problems }) => problems,
  render: ({ sizes: rows, rounds }) =>
    [
      'Asynchronous methods, each of a class and a store of its own, called in turn: the more there are, the less of what a',
      `call needs is in the processor's caches, and the compiler can no longer tell which method a call means. All four,`,
      `span recorded; nanoseconds per call, medians of ${rounds} rounds.`,
      '',
      markdownTable(
        ['methods', 'bare', 'all four', 'hand-written', 'all four / hand-written'],
        rows.map((row) => [
          grouped(row.methods),
          row.bareNs.toFixed(1),
          row.observedNs.toFixed(0),
          row.handWrittenNs.toFixed(0),
          withSpread(row.toHandWritten),
        ]),
      ),
    ].join('\n'),
};

function casesOf(size: number, ring: number): BenchCase[] {
  const names = Array.from({ length: size }, (_, index) => `Store${index}`);
  const methods = ['get'] as const;
  return [
    unobservedCase({
      name: nameOf('bare', size),
      methods,
      store: new RoundRobinStore(names.map(() => new (bareStore())())),
    }),
    observedCase({
      name: nameOf('all four', size),
      methods,
      records: allFour,
      ring,
      within: container.createChildContainer(),
      resolve: (within) => new RoundRobinStore(names.map((name) => within.resolve(allFourStore(name)))),
    }),
    handWrittenCase({
      name: nameOf('hand-written', size),
      methods,
      span: 'recorded',
      ring,
      makeStore: (sinks, tracer) =>
        new RoundRobinStore(names.map((name) => new (handWrittenStore(name))(sinks, tracer))),
    }),
  ];
}

function nameOf(kind: 'bare' | 'all four' | 'hand-written', size: number): string {
  return `${kind}, ${size}`;
}

function grown(size: number, measured: readonly Measured[]): MethodGrowth['sizes'][number] {
  const find = (kind: Parameters<typeof nameOf>[0]): Measured => {
    const found = measured.find(({ name }) => name === nameOf(kind, size));
    if (found === undefined) throw new Error(`expected a measured case "${nameOf(kind, size)}"`);
    return found;
  };
  const { median, low, high } = ratio(find('all four'), find('hand-written'));
  return {
    methods: size,
    bareNs: rounded(find('bare').nsPerCall),
    observedNs: rounded(find('all four').nsPerCall),
    handWrittenNs: rounded(find('hand-written').nsPerCall),
    toHandWritten: { median: rounded(median), low: rounded(low), high: rounded(high) },
  };
}
