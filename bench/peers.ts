import { methodsOf, type BenchCase, type Records } from './bench-case';
import { allRead, bare, handWrittenRead, makeCases, withoutTracing } from './cases';
import { problemsOf } from './check-records';
import { explainRatios, withSpread } from './comparison';
import { installPeers } from './install-peers';
import { thisMachine } from './machine';
import { markdownTable } from './markdown-table';
import { measure, ratio, type Measured, type Ratio, type Rounds } from './measure';
import { rounded, type Goal, type Measurement } from './measurement';
import { makePeerCases } from './peer-cases';

const full: Rounds = { rounds: 100, warmUpCalls: 20_000, batchMs: 12 };
const quick: Rounds = { rounds: 5, warmUpCalls: 2_000, batchMs: 3 };

interface ComparedPeer {
  readonly name: string;
  readonly records: Records;
  readonly asyncNs: number;
  readonly syncNs: number;
  /** Of peers: the case of trefoil that records at least as much, and what it costs beside the peer (asynchronous). */
  readonly rival?: { readonly name: string; readonly ratio: Ratio };
}

interface Peers {
  readonly node: string;
  readonly rounds: number;
  readonly cases: readonly ComparedPeer[];
  readonly problems: readonly string[];
}

/** What a user would take instead. */
export const peers: Measurement<Peers> = {
  name: 'peers',
  title: 'Other decorators',
  prepare: installPeers,
  async run({ isQuick, ring }) {
    const effort = isQuick ? quick : full;
    const made = makeCases(ring);
    const ours = [bare, allRead, withoutTracing, handWrittenRead].flatMap((name) =>
      made.filter((one) => one.name === name),
    );
    // After ours: it is trefoil that sets up OpenTelemetry's context manager.
    const theirs = makePeerCases();
    const measured = await measure([...ours, ...theirs], effort);
    const problems = await problemsOf([...ours, ...theirs]);
    for (const benchCase of [...made, ...theirs]) await benchCase.close();
    const cases = [
      ...ours.map((one) => compared(one, measured)),
      ...theirs.map((one) => compared(one, measured, one.records.span === undefined ? withoutTracing : allRead)),
    ];
    return { node: thisMachine().node, rounds: effort.rounds, cases, problems };
  },
  problems: ({ problems }) => problems,
  goals: ({ cases }) =>
    cases.flatMap(({ name, rival }): Goal[] =>
      rival === undefined
        ? []
        : [
            {
              what: `${rival.name}, beside ${name}`,
              goal: '<= 1.00 x the peer (async)',
              measured: rival.ratio.median.toFixed(3),
              isMet: rival.ratio.median <= 1,
            },
          ],
    ),
  render: ({ node, rounds, cases }) =>
    [
      `The same store under decorators from npm, all in one process under Node ${node}, which nestjs-otel asks for. Theirs`,
      'write to an OpenTelemetry tracer provider and meter provider as ours and the hand-written ones do: a batch processor',
      'with an exporter that reads the spans and drops them, and a metric reader that is asked afterwards. The last column is',
      'what trefoil costs beside the peer: all four where the peer has a span, audit + timed + counted where it has none;',
      'below 1, trefoil is cheaper and records more. Sharing a process, each bears what the others switch on: trefoil and',
      'autometrics both keep a context for every promise.',
      '',
      explainRatios(rounds),
      '',
      markdownTable(
        ['', 'records', 'async ns', 'sync ns', 'trefoil / this one (async)'],
        cases.map(({ name, records, asyncNs, syncNs, rival }) => [
          name,
          named(records),
          asyncNs.toFixed(0),
          syncNs.toFixed(syncNs < 100 ? 1 : 0),
          withSpread(rival?.ratio),
        ]),
        2,
      ),
    ].join('\n'),
};

function compared(benchCase: BenchCase, measured: readonly Measured[], rival?: string): ComparedPeer {
  const find = (name: string, method: 'get' | 'read'): Measured => {
    const found = measured.find((one) => one.name === name && one.method === method);
    if (found === undefined) throw new Error(`expected a measured case "${name}" (${method})`);
    return found;
  };
  const { name, records } = benchCase;
  const ns = methodsOf(benchCase).map((method) => rounded(find(name, method).nsPerCall));
  const of = rival === undefined ? undefined : ratio(find(rival, 'get'), find(name, 'get'));
  return {
    name,
    records,
    asyncNs: ns[0] ?? Number.NaN,
    syncNs: ns[1] ?? Number.NaN,
    ...(rival === undefined || of === undefined
      ? {}
      : {
          rival: {
            name: rival,
            ratio: { median: rounded(of.median), low: rounded(of.low), high: rounded(of.high) },
          },
        }),
  };
}

function named({ span, counter, histogram, audit }: Records): string {
  const names = [span && 'span', counter && 'counter', histogram && 'histogram', audit && 'audit'];
  return names.filter((name) => name !== undefined).join(', ') || 'nothing';
}
