import { container } from 'tsyringe';
import { makeCalls, type BenchCase } from './bench-case';
import { allFourCase } from './cases';
import { problemsOf } from './check-records';
import { markdownTable } from './markdown-table';
import { grouped, rounded, type Measurement } from './measurement';
import { median, slope } from './statistics';

/** So many calls pass between two exports, as in a program whose event loop turns. */
const callsPerTurn = 10_000;

/** A leak of one object per thousand calls would show. */
const goalBytesPerCall = 0.05;

interface HeapGrowth {
  /** After each tenth of the calls: the heap after a full collection, and how fast that tenth was. */
  readonly tenths: readonly { readonly calls: number; readonly heapBytes: number; readonly nsPerCall: number }[];
  /** The slope of the heap over the calls. */
  readonly bytesPerCall: number;
  readonly problems: readonly string[];
}

/** Whether anything stays behind of calls that are over, and whether they become slower. */
export const heapGrowth: Measurement<HeapGrowth> = {
  name: 'heap-growth',
  title: 'Ten million calls',
  async run({ isQuick, ring }) {
    const callsPerTenth = isQuick ? 20_000 : 1_000_000;
    const benchCase = allFourCase(container, ring);
    // Until the ring of audit events is full and everything is compiled.
    await makeTurns(benchCase, Math.max(2 * ring, callsPerTenth / 2));
    const tenths: HeapGrowth['tenths'][number][] = [];
    for (let tenth = 1; tenth <= 10; tenth += 1) {
      const start = process.hrtime.bigint();
      await makeTurns(benchCase, callsPerTenth);
      const nsPerCall = rounded(Number(process.hrtime.bigint() - start) / callsPerTenth);
      tenths.push({ calls: tenth * callsPerTenth, heapBytes: heapAfterCollection(), nsPerCall });
    }
    const problems = await problemsOf([benchCase]);
    await benchCase.close();
    const bytesPerCall = rounded(slope(tenths.map(({ calls, heapBytes }) => ({ x: calls, y: heapBytes }))));
    return { tenths, bytesPerCall, problems };
  },
  problems: ({ problems }) => problems,
  goals: ({ bytesPerCall, tenths }) => [
    {
      what: `heap growth over ${grouped(tenths.at(-1)?.calls ?? 0)} calls, all four recorded`,
      goal: `<= ${goalBytesPerCall} bytes per call`,
      measured: bytesPerCall.toFixed(4),
      isMet: bytesPerCall <= goalBytesPerCall,
    },
  ],
  render: ({ tenths, bytesPerCall }) =>
    [
      'All four, span recorded, asynchronous. The heap in use after a full collection, and the time per call since the line',
      `before. The straight line through the heap rises by ${bytesPerCall.toFixed(4)} bytes per call; the last three lines took`,
      `${drift(tenths).toFixed(2)} times as long as the first three (medians).`,
      '',
      markdownTable(
        ['calls', 'heap in KiB', 'ns per call'],
        tenths.map(({ calls, heapBytes, nsPerCall }) => [
          grouped(calls),
          grouped(Math.round(heapBytes / 1024)),
          nsPerCall.toFixed(0),
        ]),
      ),
    ].join('\n'),
};

/** How much slower the calls have become. */
function drift(tenths: HeapGrowth['tenths']): number {
  const of = (some: HeapGrowth['tenths']): number => median(some.map(({ nsPerCall }) => nsPerCall));
  return of(tenths.slice(-3)) / of(tenths.slice(0, 3));
}

async function makeTurns(benchCase: BenchCase, calls: number): Promise<void> {
  for (let made = 0; made < calls; made += callsPerTurn) {
    await makeCalls(benchCase, 'get', Math.min(callsPerTurn, calls - made));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function heapAfterCollection(): number {
  // The second one frees what the first only found to be unreachable by way of weak references.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
