import type { Exemplar } from './metrics-backend';
import { ownText } from './own-text';

/** How long a bucket's exemplar stays before another one takes its place, in milliseconds. */
const lifetimeMs = 1000;

/**
 * The exemplars of a histogram's buckets: at most one is replaced per bucket and second, so that a call which brings one
 * is asked for little more than a comparison.
 */
export class ExemplarCells {
  readonly #exemplars: (Exemplar | undefined)[] = [];
  /** Until when each stays. */
  readonly #until: number[] = [];

  wants(cell: number, atMs: number): boolean {
    return !(atMs < (this.#until[cell] ?? 0));
  }

  /** The ids are copied: those of our own spans are slices of a long text. */
  keep(cell: number, { traceId, spanId, value, timestamp }: Exemplar): void {
    this.#exemplars[cell] = { traceId: ownText(traceId), spanId: ownText(spanId), value, timestamp };
    this.#until[cell] = timestamp.getTime() + lifetimeMs;
  }

  /** Of the buckets with these bounds, which begin at a cell; `undefined` where none has one. */
  read(cell: number, bounds: readonly number[]): Record<string, Exemplar> | undefined {
    const found: Record<string, Exemplar> = {};
    for (let bucket = 0; bucket <= bounds.length; bucket += 1) {
      const exemplar = this.#exemplars[cell + bucket];
      if (exemplar !== undefined) found[bucket === bounds.length ? '+Inf' : String(bounds[bucket])] = exemplar;
    }
    return Object.keys(found).length === 0 ? undefined : found;
  }

  at(cell: number): Exemplar | undefined {
    return this.#exemplars[cell];
  }

  clear(): void {
    this.#exemplars.length = 0;
    this.#until.length = 0;
  }
}
