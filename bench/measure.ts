import { makeCalls, methodsOf, type BenchCase, type Method } from './bench-case';
import { inOrderOf, median, quantile } from './statistics';

/** How long and how often to measure. */
export interface Rounds {
  readonly rounds: number;
  readonly warmUpCalls: number;
  /** How long a batch should take, in milliseconds: calls per batch are chosen by it. */
  readonly batchMs: number;
}

/** What one case costs. */
export interface Measured {
  readonly name: string;
  readonly method: Method;
  /** The median over the rounds, in nanoseconds per call. */
  readonly nsPerCall: number;
  /** Nanoseconds per call of every round, in order; those of two cases with the same index belong together. */
  readonly rounds: readonly number[];
}

interface Subject {
  readonly benchCase: BenchCase;
  readonly method: Method;
  callsPerBatch: number;
  readonly rounds: number[];
}

/** Gives nanoseconds per call. */
async function timeBatch({ benchCase, method }: Subject, calls: number): Promise<number> {
  const start = process.hrtime.bigint();
  await makeCalls(benchCase, method, calls);
  return Number(process.hrtime.bigint() - start) / calls;
}

/** Every round runs a batch of every case, in another order each time. */
export async function measure(cases: readonly BenchCase[], effort: Rounds): Promise<Measured[]> {
  const subjects: Subject[] = cases.flatMap((benchCase) =>
    methodsOf(benchCase).map((method) => ({ benchCase, method, callsPerBatch: 0, rounds: [] })),
  );
  for (const subject of subjects) await timeBatch(subject, effort.warmUpCalls);
  for (const subject of subjects) {
    const ns = await timeBatch(subject, effort.warmUpCalls);
    subject.callsPerBatch = Math.min(100_000, Math.max(500, Math.round((effort.batchMs * 1e6) / ns)));
  }
  // Once, not every round: a full collection shrinks the young generation, which whoever comes next would pay for.
  globalThis.gc?.();
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const subject of inOrderOf(round, subjects)) {
      subject.rounds.push(await timeBatch(subject, subject.callsPerBatch));
    }
  }
  return subjects.map(({ benchCase: { name }, method, rounds }) => ({
    name,
    method,
    nsPerCall: median(rounds),
    rounds,
  }));
}

/** The ratios of rounds that ran side by side: their median, and between what the middle half of them lies. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function ratio(of: Measured, to: Measured): Ratio {
  const ratios = of.rounds.map((ns, round) => ns / (to.rounds[round] ?? Number.NaN));
  return { median: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}
