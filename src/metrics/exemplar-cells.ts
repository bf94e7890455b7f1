import type { Exemplar } from './metrics-backend';
import { ownText } from './own-text';

/** How long a bucket's exemplar stays before another one takes its place, in milliseconds. */
const lifetimeMs = 1000;

const hexadecimal = /^[0-9a-f]{16}(?:[0-9a-f]{16})?$/i;

/** Whether it can be shown: a line that is wrong would have the scrape refused as a whole. */
export function isExemplar(exemplar: unknown): exemplar is Exemplar {
  if (typeof exemplar !== 'object' || exemplar === null) return false;
  const { traceId, spanId, value, timestamp } = exemplar as { readonly [Key in keyof Exemplar]: unknown };
  const isId = (id: unknown): boolean => typeof id === 'string' && hexadecimal.test(id);
  const isTime = timestamp instanceof Date && Number.isFinite(timestamp.getTime());
  return isId(traceId) && isId(spanId) && Number.isFinite(value) && isTime;
}

/**
 * The exemplars of a histogram's buckets: at most one is replaced per bucket and second, so that a call which brings one
 * is asked for little more than a comparison.
 */
export class ExemplarCells {
  readonly #exemplars: (Exemplar | undefined)[] = [];
  /** Since when each has been there. */
  readonly #since: number[] = [];

  wants(cell: number, atMs: number): boolean {
    // The clock may have been set back.
    return !(Math.abs(atMs - (this.#since[cell] ?? Number.NEGATIVE_INFINITY)) < lifetimeMs);
  }

  /** One that cannot be shown is not kept. The ids are copied: those of our own spans are slices of a long text. */
  keep(cell: number, exemplar: Exemplar): void {
    if (!isExemplar(exemplar)) return;
    const { traceId, spanId, value, timestamp } = exemplar;
    this.#exemplars[cell] = { traceId: ownText(traceId), spanId: ownText(spanId), value, timestamp };
    this.#since[cell] = timestamp.getTime();
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
    this.#since.length = 0;
  }
}
