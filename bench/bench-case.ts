import type { OrderStore } from './stores';

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

/** One row of the table. */
export interface BenchCase {
  readonly name: string;
  readonly store: OrderStore;
  readonly records: Records;
  /** Exports the spans of a batch; part of what is timed, because it runs on the same thread. */
  readonly drain?: () => Promise<void>;
  /** Forgets what was recorded so far. */
  reset(): void;
  /** What was recorded of calls of this method since the reset. */
  recorded(method: 'get' | 'read'): Promise<Recorded>;
  close(): Promise<void>;
}
