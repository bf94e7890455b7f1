import type { Method } from './bench-case';
import { allRecorded, allUnsampled, bare, handWritten, makeCases, off, withoutTracing, type Variant } from './cases';
import { callsPerCheck, problemsOf } from './check-records';
import { markdownTable } from './markdown-table';
import { measure, ratio, type Measured, type Ratio, type Rounds } from './measure';
import { grouped, rounded, type Goal, type Measurement } from './measurement';

const full: Rounds = { rounds: 100, warmUpCalls: 20_000, batchMs: 12 };
const quick: Rounds = { rounds: 9, warmUpCalls: 3_000, batchMs: 3 };

/** One case, called by one of its methods. */
export interface ComparedCase {
  readonly name: string;
  readonly method: Method;
  readonly nsPerCall: number;
  readonly toBare: Ratio;
  readonly toHandWritten?: Ratio;
}

export interface Comparison {
  readonly rounds: number;
  readonly cases: readonly ComparedCase[];
  readonly problems: readonly string[];
}

/** Each decorator and all four, beside the bare method and the same content written by hand. */
export const comparison: Measurement<Comparison> = {
  name: 'comparison',
  title: 'Cost of a call',
  run: ({ isQuick, ring }) => compare('children', isQuick, ring),
  problems: ({ problems }) => problems,
  goals: ({ cases }) => [
    goal(cases, allRecorded, 'toHandWritten', 0.5),
    goal(cases, allUnsampled, 'toHandWritten', 0.4),
    goal(cases, withoutTracing, 'toHandWritten', 0.2),
  ],
  render: (result) =>
    [
      'A method that does nothing but give an order, which is the least there is to observe. Spans go through a batch',
      'processor to an exporter that drops them, and exporting is part of the time. "Hand-written" is the same content with',
      'the raw libraries: `startActiveSpan`, a prom-client counter and histogram, an audit object with `randomUUID()`.',
      'Each case has a runtime in a container of its own. The bare asynchronous method is dearer here than in a process',
      'without a runtime, because Node keeps the context of every promise as soon as somebody asks for it.',
      '',
      '- **bare**: the method without decorators.',
      '- **decorated, runtimes elsewhere only**: all four decorators on a store whose own container has no runtime.',
      '- **audited**, **traced**, **timed**, **counted**: one decorator each.',
      '- **all four, span recorded**: `@Audited @Traced @Timed @Counted`, every span exported.',
      '- **all four, span not sampled**: the same, with a sampler that says no; ids are made and passed on all the same.',
      '- **audit + timed + counted, no tracing**: without `@Traced`.',
      '- **hand-written**: the same content written into the method, with a span, one that is not sampled, or none.',
      '',
      explainRatios(result.rounds),
      '',
      ...tables(result),
    ].join('\n'),
};

/** As most applications have it: one runtime, in the root container. */
export const rootContainer: Measurement<Comparison> = {
  name: 'root-container',
  title: 'One runtime, in the root container',
  run: ({ isQuick, ring }) => compare('root', isQuick, ring),
  problems: ({ problems }) => problems,
  goals: ({ cases }) => [goal(cases, allRecorded, 'toHandWritten', 0.5, 'in the root container')],
  render: (result) =>
    [
      'What most applications have. As soon as a child container has a runtime, every call has to ask its instance whose it',
      'is; here none has one.',
      '',
      ...tables(result),
    ].join('\n'),
};

/** Decorated methods in a process that never starts trefoil. */
export const withoutRuntime: Measurement<Comparison> = {
  name: 'without-runtime',
  title: 'No runtime in the process',
  run: ({ isQuick, ring }) => compare('none', isQuick, ring),
  problems: ({ problems }) => problems,
  goals: ({ cases }) => [goal(cases, off, 'toBare', 1.05)],
  render: (result) => ['Decorated methods of a program that never starts trefoil.', '', ...tables(result)].join('\n'),
};

async function compare(variant: Variant, isQuick: boolean, ring: number): Promise<Comparison> {
  const cases = makeCases(variant, ring);
  const effort = isQuick ? quick : full;
  const measured = await measure(cases, effort);
  const problems = await problemsOf(cases);
  for (const benchCase of cases) await benchCase.close();
  return { rounds: effort.rounds, cases: measured.map((one) => comparedCase(one, measured)), problems };
}

/** A case beside the bare one and the hand-written one, as far as they were measured with it. */
export function comparedCase(one: Measured, measured: readonly Measured[]): ComparedCase {
  const find = (name: string): Measured | undefined =>
    measured.find((other) => other.name === name && other.method === one.method);
  const byHand = find(handWritten);
  return {
    name: one.name,
    method: one.method,
    nsPerCall: rounded(one.nsPerCall),
    toBare: roundedRatio(ratio(one, find(bare) ?? one)),
    ...(byHand === undefined ? {} : { toHandWritten: roundedRatio(ratio(one, byHand)) }),
  };
}

function roundedRatio({ median, low, high }: Ratio): Ratio {
  return { median: rounded(median), low: rounded(low), high: rounded(high) };
}

function goal(
  cases: readonly ComparedCase[],
  name: string,
  to: 'toBare' | 'toHandWritten',
  atMost: number,
  where?: string,
): Goal {
  const found = cases.find((one) => one.name === name && one.method === 'get')?.[to];
  if (found === undefined) throw new Error(`expected a measured case "${name}" with its ratio ${to}`);
  return {
    what: where === undefined ? name : `${name}, ${where}`,
    goal: `<= ${atMost.toFixed(2)} x ${to === 'toBare' ? 'bare' : 'hand-written'} (async)`,
    measured: found.median.toFixed(3),
    isMet: found.median <= atMost,
  };
}

export function explainRatios(rounds: number): string {
  return [
    `Medians of ${rounds} rounds in one process, each of which runs a batch of every case. A ratio is the median over the`,
    'ratios within a round; in brackets, between what the middle half of them lies. Afterwards every case makes',
    `${grouped(callsPerCheck)} calls whose bodies look at their active span, and counters, histograms, audit events and exported`,
    'spans have to equal them.',
  ].join('\n');
}

/** One for each method. */
function tables({ cases }: { readonly cases: readonly ComparedCase[] }): string[] {
  const isByHand = cases.some(({ toHandWritten }) => toHandWritten !== undefined);
  return (['get', 'read'] as const).flatMap((method, index) => {
    const rows = cases.filter((one) => one.method === method);
    if (rows.length === 0) return [];
    const head = [method === 'get' ? 'asynchronous' : 'synchronous', 'ns per call', '/ bare', '/ hand-written'];
    const table = markdownTable(
      isByHand ? head : head.slice(0, 3),
      rows.map(({ name, nsPerCall, toBare, toHandWritten }) => [
        name,
        nsPerCall.toFixed(nsPerCall < 100 ? 1 : 0),
        toBare.median.toFixed(2),
        ...(isByHand ? [withSpread(toHandWritten)] : []),
      ]),
    );
    return index === 0 ? [table] : ['', table];
  });
}

export function withSpread(of: Ratio | undefined): string {
  return of === undefined ? '' : `${of.median.toFixed(3)} (${of.low.toFixed(2)} to ${of.high.toFixed(2)})`;
}
