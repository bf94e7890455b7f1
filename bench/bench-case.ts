import type { OrderStore } from './stores';

export type Method = 'get' | 'read';

/** What one pass of calls has left behind. */
export interface Recorded {
  readonly counter: number;
  readonly histogram: number;
  readonly auditSpanIds: readonly (string | undefined)[];
  readonly exportedSpanIds: readonly string[];
}

/** What a case has to leave behind for every call. */
export interface Records {
  readonly audit?: true;
  readonly counter?: true;
  readonly histogram?: true;
  readonly span?: 'recorded' | 'unsampled';
}

/** One row of a table. */
export interface BenchCase {
  readonly name: string;
  readonly store: OrderStore;
  readonly records: Records;
  /** What is called: the asynchronous method, the synchronous one or, where nothing is said, both. */
  readonly methods?: readonly Method[];
  /** How many asynchronous calls are under way at a time. Default: 1. */
  readonly concurrency?: number;
  /** Exports the spans of a batch; part of what is timed, because it runs on the same thread. */
  readonly drain?: () => Promise<void>;
  /** Forgets what was recorded so far. */
  reset(): void | Promise<void>;
  /** What was recorded of calls of this method since the reset. */
  recorded(method: Method): Promise<Recorded>;
  close(): Promise<void>;
}

export function methodsOf({ methods }: BenchCase): readonly Method[] {
  return methods ?? ['get', 'read'];
}

/** Calls one after the other, each waited for, or in groups where the case asks for it; then exports their spans. */
export async function makeCalls(
  { store, drain, concurrency = 1 }: BenchCase,
  method: Method,
  calls: number,
): Promise<void> {
  if (method === 'read') for (let call = 0; call < calls; call += 1) store.read('o-1');
  else if (concurrency === 1) for (let call = 0; call < calls; call += 1) await store.get('o-1');
  else {
    for (let left = calls; left > 0; left -= concurrency) {
      const underWay = [];
      for (let call = Math.min(concurrency, left); call > 0; call -= 1) underWay.push(store.get('o-1'));
      await Promise.all(underWay);
    }
  }
  if (drain !== undefined) await drain();
}
