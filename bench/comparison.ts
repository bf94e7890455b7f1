import type { BenchCase, Method } from './bench-case';
import { allRead, allRecorded, allUnsampled, bare, equalWork, makeCases, makeRootCases, withoutTracing } from './cases';
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
  run: ({ isQuick, ring }) => compare(makeCases(ring), isQuick),
  problems: ({ problems }) => problems,
  goals: ({ cases }) => [
    goal(cases, allRecorded, 0.5),
    goal(cases, allRead, 0.3),
    goal(cases, allUnsampled, 0.4),
    goal(cases, withoutTracing, 0.3),
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
      '- **and read**: the exporter reads of every span what OTLP would write. Spans of trefoil are written out only then;',
      '  the ratio is that to hand-written spans that are read, too.',
      "- **the SDK's tracer**: a tracer of OpenTelemetry's SDK is registered instead of trefoil's own.",
      '- **all four, span not sampled**: the same, with a sampler that says no; ids are made and passed on all the same.',
      '- **audit + timed + counted, no tracing**: without `@Traced`.',
      '- **hand-written**: the same content written into the method; all of it with a span, one that is not sampled, or none,',
      '  and each part alone.',
      '',
      'The last column compares equal work: each row with the hand-written code that leaves the same records, a row without',
      'spans with hand-written code without spans. trefoil carries a context into every call, also where no span is made:',
      '`currentCall()` and the correlation id need it. The hand-written code without spans carries none.',
      '',
      explainRatios(result.rounds),
      '',
      tables(result).join('\n\n'),
    ].join('\n'),
};

/** As most applications have it: one runtime, in the root container. */
export const rootContainer: Measurement<Comparison> = {
  name: 'root-container',
  title: 'One runtime, in the root container',
  run: ({ isQuick, ring }) => compare(makeRootCases(ring), isQuick),
  problems: ({ problems }) => problems,
  goals: ({ cases }) => [goal(cases, allRecorded, 0.5, 'in the root container')],
  render: (result) =>
    [
      'What most applications have. As soon as a child container has a runtime, every call has to ask its instance whose it',
      'is; here none has one.',
      '',
      tables(result).join('\n\n'),
    ].join('\n'),
};

async function compare(cases: readonly BenchCase[], isQuick: boolean): Promise<Comparison> {
  const effort = isQuick ? quick : full;
  const measured = await measure(cases, effort);
  const problems = await problemsOf(cases);
  for (const benchCase of cases) await benchCase.close();
  return { rounds: effort.rounds, cases: measured.map((one) => comparedCase(one, measured)), problems };
}

/** A case beside the bare one and the one that does the same work by hand, as far as they were measured with it. */
export function comparedCase(one: Measured, measured: readonly Measured[]): ComparedCase {
  const find = (name: string): Measured | undefined =>
    measured.find((other) => other.name === name && other.method === one.method);
  const byHand = find(equalWork[one.name] ?? '');
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

function goal(cases: readonly ComparedCase[], name: string, atMost: number, where?: string): Goal {
  const found = cases.find((one) => one.name === name && one.method === 'get')?.toHandWritten;
  if (found === undefined) throw new Error(`expected a measured case "${name}" beside the hand-written one`);
  return {
    what: where === undefined ? name : `${name}, ${where}`,
    goal: `<= ${atMost.toFixed(2)} x the same by hand (async)`,
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
function tables({ cases }: Comparison): string[] {
  return (['get', 'read'] as const).map((method) =>
    markdownTable(
      [method === 'get' ? 'asynchronous' : 'synchronous', 'ns per call', '/ bare', '/ the same by hand'],
      cases
        .filter((one) => one.method === method)
        .map(({ name, nsPerCall, toBare, toHandWritten }) => [
          name,
          nsPerCall.toFixed(nsPerCall < 100 ? 1 : 0),
          toBare.median.toFixed(2),
          withSpread(toHandWritten),
        ]),
    ),
  );
}

export function withSpread(of: Ratio | undefined): string {
  return of === undefined ? '' : `${of.median.toFixed(3)} (${of.low.toFixed(2)} to ${of.high.toFixed(2)})`;
}
