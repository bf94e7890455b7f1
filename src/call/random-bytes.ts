import { randomFillSync } from 'node:crypto';

/** Random bytes that nobody else gets: a piece of a pool, from `start` on. */
export interface RandomBytes {
  readonly pool: Buffer;
  readonly start: number;
}

const pool = Buffer.allocUnsafeSlow(8192);
let used = pool.length;

/** So many random bytes, at most 8,192. Asking for a few by themselves costs a microsecond, whatever their number. */
export function takeRandomBytes(count: number): RandomBytes {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return { pool, start: used - count };
}
