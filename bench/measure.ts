import type { BenchCase } from './bench-case';

export type Method = 'get' | 'read';

/** How long and how often to measure. */
export interface Effort {
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
  readonly callsPerBatch: number;
  /** Nanoseconds per call of every round, in order; those of two cases with the same index belong together. */
  readonly rounds: readonly number[];
}

interface Subject {
  readonly benchCase: BenchCase;
  readonly method: Method;
  callsPerBatch: number;
  readonly rounds: number[];
}

/** Calls one after the other, each waited for; gives nanoseconds per call. */
async function timeBatch({ benchCase, method }: Subject, calls: number): Promise<number> {
  const { store, drain } = benchCase;
  const start = process.hrtime.bigint();
  if (method === 'get') for (let call = 0; call < calls; call += 1) await store.get('o-1');
  else for (let call = 0; call < calls; call += 1) store.read('o-1');
  if (drain !== undefined) await drain();
  return Number(process.hrtime.bigint() - start) / calls;
}

/** Every round runs a batch of every case, in another order each time. */
export async function measure(cases: readonly BenchCase[], effort: Effort): Promise<Measured[]> {
  const subjects: Subject[] = cases.flatMap((benchCase) =>
    (['get', 'read'] as const).map((method) => ({ benchCase, method, callsPerBatch: 0, rounds: [] })),
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
  return subjects.map(({ benchCase, method, callsPerBatch, rounds }) => ({
    name: benchCase.name,
    method,
    nsPerCall: median(rounds),
    callsPerBatch,
    rounds,
  }));
}

/** Rotated by one each round and turned around every other, so that no case always follows the same neighbour. */
function inOrderOf<Item>(round: number, items: readonly Item[]): Item[] {
  const start = round % items.length;
  const rotated = [...items.slice(start), ...items.slice(0, start)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}

/** The median of the ratios of rounds that ran side by side. */
export function ratio(of: Measured, to: Measured): number {
  return median(of.rounds.map((ns, round) => ns / (to.rounds[round] ?? Number.NaN)));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
