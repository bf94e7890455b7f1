import { compileFunction } from 'node:vm';
import { container } from 'tsyringe';
import { initializeObservability } from 'trefoil';
import { markdownTable } from './markdown-table';
import { grouped, rounded, type Goal, type Measurement } from './measurement';
import { inOrderOf, median, quantile } from './statistics';
import { allFourStore, bareStore, type OrderStore } from './stores';

/** Makes so many calls and gives what the last one gave, so that none of them is for nothing. */
type Loop = (store: OrderStore, calls: number) => unknown;

interface Difference {
  /** Nanoseconds per turn of the loop. */
  readonly emptyNs: number;
  readonly bareNs: number;
  readonly decoratedNs: number;
  /** Decorated less bare: the median over the trials, and between what the middle half of them lies. */
  readonly addedNs: number;
  readonly lowNs: number;
  readonly highNs: number;
}

interface OffOverhead {
  readonly trials: number;
  readonly rounds: number;
  readonly callsPerRound: number;
  readonly withoutRuntime: { readonly sync: Difference; readonly async: Difference };
  readonly allOff: { readonly sync: Difference; readonly async: Difference };
}

interface Effort {
  readonly trials: number;
  readonly rounds: number;
  readonly callsPerRound: number;
}

/** What decorators cost that have nothing to do, to the nanosecond. */
export const offOverhead: Measurement<OffOverhead> = {
  name: 'off-overhead',
  title: 'Decorated, and nothing to do',
  async run({ isQuick }) {
    const effort: Effort = isQuick
      ? { trials: 3, rounds: 3, callsPerRound: 20_000 }
      : { trials: 15, rounds: 15, callsPerRound: 100_000 };
    const withoutRuntime = { sync: await differ('sync', effort), async: await differ('async', effort) };
    const trefoil = initializeObservability(
      {
        audit: { backend: 'none' },
        metrics: { backend: 'none' },
        tracing: { exporter: 'none' },
        logging: { level: 'silent' },
        signals: false,
      },
      container,
    );
    const allOff = { sync: await differ('sync', effort), async: await differ('async', effort) };
    await trefoil.shutdown();
    return { ...effort, withoutRuntime, allOff };
  },
  problems: () => [],
  goals: ({ withoutRuntime, allOff }) => [
    ...goalsOf('decorated, no runtime', withoutRuntime),
    ...goalsOf('decorated, all off', allOff),
  ],
  render: ({ trials, rounds, callsPerRound, withoutRuntime, allOff }) =>
    [
      'Tight loops, each compiled on its own so that it knows one method only: an empty one, one over a bare method, one',
      `over the same method with all four decorators. ${trials} trials with new classes and loops, ${rounds} interleaved rounds`,
      `of ${grouped(callsPerRound)} calls in each; nanoseconds per turn of the loop, medians. "Added" is decorated less bare; in`,
      'brackets, between what the middle half of the trials lies. "All off" is a runtime of which every backend is `none` and',
      'the log silent. The empty asynchronous loop awaits what is no promise, for which one is made.',
      '',
      markdownTable(
        ['', 'empty loop', 'bare', 'decorated', 'added'],
        [
          ['no runtime, synchronous', ...cells(withoutRuntime.sync)],
          ['no runtime, asynchronous', ...cells(withoutRuntime.async)],
          ['all off, synchronous', ...cells(allOff.sync)],
          ['all off, asynchronous', ...cells(allOff.async)],
        ],
      ),
    ].join('\n'),
};

function goalsOf(what: string, { sync, async }: OffOverhead['allOff']): Goal[] {
  const toBare = async.decoratedNs / async.bareNs;
  return [
    { what, goal: '<= bare + 5 ns (sync)', measured: `+${sync.addedNs.toFixed(1)} ns`, isMet: sync.addedNs <= 5 },
    { what, goal: '<= 1.05 x bare (async)', measured: toBare.toFixed(3), isMet: toBare <= 1.05 },
  ];
}

function cells({ emptyNs, bareNs, decoratedNs, addedNs, lowNs, highNs }: Difference): string[] {
  const spread = `${addedNs.toFixed(2)} (${lowNs.toFixed(2)} to ${highNs.toFixed(2)})`;
  return [emptyNs.toFixed(2), bareNs.toFixed(2), decoratedNs.toFixed(2), spread];
}

async function differ(kind: 'sync' | 'async', { trials, rounds, callsPerRound }: Effort): Promise<Difference> {
  const perTrial: { empty: number; bare: number; decorated: number }[] = [];
  for (let trial = 0; trial < trials; trial += 1) {
    const contenders = [
      { name: 'empty', store: new (bareStore())(), loop: loopOf(kind, 'store'), ns: [] as number[] },
      { name: 'bare', store: new (bareStore())(), loop: loopOf(kind), ns: [] as number[] },
      { name: 'decorated', store: new (allFourStore())(), loop: loopOf(kind), ns: [] as number[] },
    ] as const;
    for (const { loop, store } of contenders) await loop(store, callsPerRound);
    for (let round = 0; round < rounds; round += 1) {
      for (const { loop, store, ns } of inOrderOf(round, contenders)) {
        const start = process.hrtime.bigint();
        await loop(store, callsPerRound);
        ns.push(Number(process.hrtime.bigint() - start) / callsPerRound);
      }
    }
    const [empty, bare, decorated] = contenders.map(({ ns }) => median(ns)) as [number, number, number];
    perTrial.push({ empty, bare, decorated });
  }
  const added = perTrial.map(({ bare, decorated }) => decorated - bare);
  return {
    emptyNs: rounded(median(perTrial.map(({ empty }) => empty))),
    bareNs: rounded(median(perTrial.map(({ bare }) => bare))),
    decoratedNs: rounded(median(perTrial.map(({ decorated }) => decorated))),
    addedNs: rounded(median(added)),
    lowNs: rounded(quantile(added, 0.25)),
    highNs: rounded(quantile(added, 0.75)),
  };
}

/** Compiled from source each time: what a loop has learnt about the methods it calls is its own. */
function loopOf(kind: 'sync' | 'async', call = kind === 'sync' ? "store.read('o-1')" : "store.get('o-1')"): Loop {
  const loop = `let last; for (let made = 0; made < calls; made += 1) last = ${kind === 'sync' ? '' : 'await '}${call};`;
  const body = kind === 'sync' ? `${loop} return last;` : `return (async () => { ${loop} return last; })();`;
  return compileFunction(body, ['store', 'calls']) as Loop;
}
