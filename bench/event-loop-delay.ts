import { monitorEventLoopDelay } from 'node:perf_hooks';
import { container } from 'tsyringe';
import type { BenchCase } from './bench-case';
import { allFourCase, bare, handWritten } from './cases';
import { problemsOf } from './check-records';
import { handWrittenCase } from './hand-written-case';
import { markdownTable } from './markdown-table';
import { grouped, rounded, type Measurement } from './measurement';
import { unobservedCase } from './observed-case';
import { inOrderOf, median } from './statistics';
import { BareStore } from './stores';

/** One case for one while. */
interface Load {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Calls that were made, of those that were due. */
  readonly share: number;
  /** How busy the event loop was: the share of the time in which calls were being made. */
  readonly busy: number;
}

interface EventLoopDelay {
  readonly callsPerSecond: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly cases: readonly (Load & { readonly name: string })[];
  readonly problems: readonly string[];
}

/** How long everything else has to wait while calls are made at a steady rate. */
export const eventLoopDelay: Measurement<EventLoopDelay> = {
  name: 'event-loop-delay',
  title: 'Event-loop delay under load',
  async run({ isQuick, ring }) {
    const callsPerSecond = 50_000;
    const [rounds, seconds] = isQuick ? [1, 1] : [5, 4];
    const cases = [
      unobservedCase({ name: bare, methods: ['get'], store: new BareStore() }),
      allFourCase(container, ring),
      handWrittenCase({ name: handWritten, methods: ['get'], span: 'recorded', ring }),
    ];
    const loads = new Map<BenchCase, Load[]>(cases.map((benchCase) => [benchCase, []]));
    for (const benchCase of cases) await load(benchCase, callsPerSecond, 0.5);
    for (let round = 0; round < rounds; round += 1) {
      for (const benchCase of inOrderOf(round, cases)) {
        loads.get(benchCase)?.push(await load(benchCase, callsPerSecond, seconds));
      }
    }
    const problems = await problemsOf(cases);
    for (const benchCase of cases) await benchCase.close();
    const typical = cases.map((benchCase) => ({ name: benchCase.name, ...typicalOf(loads.get(benchCase) ?? []) }));
    return { callsPerSecond, seconds, rounds, cases: typical, problems };
  },
  problems: ({ problems }) => problems,
  render: ({ callsPerSecond, seconds, rounds, cases }) =>
    [
      `${grouped(callsPerSecond)} asynchronous calls per second, in batches as they fall due at every turn of the event loop, for`,
      `${seconds} seconds; spans are exported meanwhile. The delay is that of a timer of one millisecond, itself included`,
      `(\`monitorEventLoopDelay\`). Medians of ${rounds} interleaved rounds. "Busy" is the share of the time that the calls took.`,
      '',
      markdownTable(
        ['', 'p50 in ms', 'p99 in ms', 'max in ms', 'busy', 'calls made of those due'],
        cases.map(({ name, p50Ms, p99Ms, maxMs, busy, share }) => [
          name,
          p50Ms.toFixed(2),
          p99Ms.toFixed(2),
          maxMs.toFixed(2),
          `${(busy * 100).toFixed(1)} %`,
          `${(share * 100).toFixed(1)} %`,
        ]),
      ),
    ].join('\n'),
};

/** Makes calls at that rate; where it cannot keep up, a batch is bounded, so that others still get their turn. */
async function load({ store }: BenchCase, callsPerSecond: number, seconds: number): Promise<Load> {
  const mostPerBatch = 500;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const end = start + seconds * 1_000;
  let [made, busyMs] = [0, 0];
  for (let now = start; now < end; now = performance.now()) {
    const due = Math.min(Math.floor(((now - start) / 1_000) * callsPerSecond) - made, mostPerBatch);
    const calls = [];
    for (let call = 0; call < due; call += 1) calls.push(store.get('o-1'));
    await Promise.all(calls);
    if (due > 0) busyMs += performance.now() - now;
    made += due;
    await new Promise((resolve) => setImmediate(resolve));
  }
  delay.disable();
  return {
    p50Ms: delay.percentile(50) / 1e6,
    p99Ms: delay.percentile(99) / 1e6,
    maxMs: delay.max / 1e6,
    share: made / (callsPerSecond * seconds),
    busy: busyMs / (seconds * 1_000),
  };
}

function typicalOf(loads: readonly Load[]): Load {
  const of = (read: (load: Load) => number): number => rounded(median(loads.map(read)));
  return {
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    maxMs: of(({ maxMs }) => maxMs),
    share: of(({ share }) => share),
    busy: of(({ busy }) => busy),
  };
}
