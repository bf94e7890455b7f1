import { availableParallelism } from 'node:os';

/** Works through a list, so many at a time as there are processors. */
export async function eachOf<T>(
  items: Iterable<T>,
  work: (item: T, worker: number) => Promise<void>,
  workers = Math.max(2, availableParallelism()),
): Promise<void> {
  const queue = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value, worker);
    }),
  );
}
