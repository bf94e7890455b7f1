import { ChunkPool } from '../../../src/audit/journal/chunk-pool';

function takeAndGive(pool: ChunkPool, count: number): Buffer[] {
  const chunks = Array.from({ length: count }, () => pool.take());
  for (const chunk of chunks) pool.give(chunk);
  return chunks;
}

describe('a pool of chunks', () => {
  it('gives the same memory again, to one at a time', () => {
    const pool = new ChunkPool();
    const chunks = takeAndGive(pool, 3);
    const again = [pool.take(), pool.take(), pool.take()];
    expect(new Set(again)).toEqual(new Set(chunks));
    expect(chunks).not.toContain(pool.take());
  });

  it('keeps what a burst has needed until less was needed for a while', () => {
    const pool = new ChunkPool();
    takeAndGive(pool, 50);
    pool.trim();
    expect(pool.size).toBe(50);
    takeAndGive(pool, 2);
    pool.trim();
    expect(pool.size).toBe(2);
    pool.trim();
    expect(pool.size).toBe(0);
  });

  it('makes chunks of any size, and keeps none of the larger ones', () => {
    const pool = new ChunkPool();
    const large = pool.take(10_000_000);
    pool.give(large);
    expect(large).toHaveLength(10_000_000);
    expect(pool.size).toBe(0);
  });
});
