import { GCProfiler, getHeapStatistics } from 'node:v8';
import { makeCalls, methodsOf, type Method } from './bench-case';
import { makeCases } from './cases';
import { problemsOf } from './check-records';
import { markdownTable } from './markdown-table';
import { grouped, type Measurement } from './measurement';
import { median } from './statistics';

/** Of an object with four fields: three words of header and four of values, of eight bytes each. */
const bytesOfFourFields = 56;

interface Allocation {
  readonly callsPerPass: number;
  readonly passes: number;
  /** What the same method of measuring finds for an object of known size. */
  readonly calibration: { readonly expected: number; readonly measured: number };
  readonly cases: readonly { readonly name: string; readonly method: Method; readonly bytesPerCall: number }[];
  readonly problems: readonly string[];
}

/** How many bytes of the heap a call takes, until the next garbage collection gives them back. */
export const allocation: Measurement<Allocation> = {
  name: 'allocation',
  title: 'Allocated bytes per call',
  // A young generation that no pass fills: nothing is collected while its growth is read.
  nodeOptions: ['--min-semi-space-size=256', '--max-semi-space-size=256'],
  async run({ isQuick, ring }) {
    const [passes, callsPerPass] = isQuick ? [1, 1_000] : [9, 10_000];
    const calibration = { expected: bytesOfFourFields, measured: await calibrate() };
    const cases = makeCases(ring);
    const measured: Allocation['cases'][number][] = [];
    for (const benchCase of cases) {
      // Until the ring of audit events is full and everything is compiled.
      for (const method of methodsOf(benchCase)) await makeCalls(benchCase, method, isQuick ? ring / 5 : 2 * ring);
      for (const method of methodsOf(benchCase)) {
        const bytesPerCall = await bytesPer((calls) => makeCalls(benchCase, method, calls), passes, callsPerPass);
        measured.push({ name: benchCase.name, method, bytesPerCall });
      }
    }
    const problems = [...calibrationProblems(calibration), ...(await problemsOf(cases))];
    for (const benchCase of cases) await benchCase.close();
    return { callsPerPass, passes, calibration, cases: measured, problems };
  },
  problems: ({ problems }) => problems,
  render: ({ callsPerPass, passes, calibration, cases }) =>
    [
      `How much more of the heap is in use after ${grouped(3 * callsPerPass)} calls and the export of their spans than after`,
      `${grouped(callsPerPass)}, in a young generation so large that nothing is collected meanwhile; medians of ${passes} passes, in`,
      `bytes per call. The same reading finds ${calibration.measured.toFixed(1)} bytes for an object that takes ${calibration.expected}. The bare asynchronous`,
      'method takes so much because in a process with a runtime Node keeps the context of every promise.',
      '',
      markdownTable(
        ['', 'asynchronous', 'synchronous'],
        [...new Set(cases.map(({ name }) => name))].map((name) => [
          name,
          ...(['get', 'read'] as const).map((method) =>
            cases.find((one) => one.name === name && one.method === method)?.bytesPerCall.toFixed(0),
          ),
        ]),
      ),
    ].join('\n'),
};

/** Bytes for each repetition. A pass and one three times as long: what every pass takes anyway cancels out. */
async function bytesPer(
  repeat: (repetitions: number) => Promise<void>,
  passes: number,
  repetitions: number,
): Promise<number> {
  const [short, long]: [number[], number[]] = [[], []];
  for (let pass = 0; pass < passes; pass += 1) {
    short.push(await bytesOf(() => repeat(repetitions)));
    long.push(await bytesOf(() => repeat(3 * repetitions)));
  }
  return Number(((median(long) - median(short)) / (2 * repetitions)).toFixed(1));
}

async function bytesOf(pass: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const profiler = new GCProfiler();
  profiler.start();
  const before = getHeapStatistics().used_heap_size;
  await pass();
  const after = getHeapStatistics().used_heap_size;
  const collections = profiler.stop().statistics.length;
  if (collections > 0) throw new Error(`expected no garbage collection within a pass, got ${collections}`);
  return after - before;
}

/** Keeps what is made for the calibration, or the compiler would not make it at all. */
let kept: object | undefined;

async function calibrate(): Promise<number> {
  // Objects of a literal that is not compiled yet have a note on their origin behind them.
  await keepObjects(100_000);
  const bytes = await bytesPer(keepObjects, 9, 10_000);
  if (kept === undefined) throw new Error('expected the last object of the calibration to be kept');
  return bytes;
}

async function keepObjects(objects: number): Promise<void> {
  for (let index = 0; index < objects; index += 1) kept = { one: index, two: index, three: index, four: index };
}

function calibrationProblems({ expected, measured }: Allocation['calibration']): string[] {
  if (Math.abs(measured - expected) <= 1) return [];
  return [`an object of ${expected} bytes was measured as ${measured}`];
}
