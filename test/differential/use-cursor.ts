import type { Caller } from './caller';
import { Cursor } from './cursors';
import type { Use } from './features';
import type { RandomMethod } from './random-case';

/** Uses what gives its rows when it is asked for them. */
export function useCursor(caller: Caller, method: RandomMethod, cursor: object, use: Use): void {
  if (caller.keepsIdentity) caller.log('the very ', cursor);
  const own = Reflect.ownKeys(cursor).map(String);
  caller.log(`${typeof cursor} ${cursor instanceof Cursor} ${own.join()}`);
  if (use === 'forget') return;
  if (cursor instanceof Cursor) return caller.begin(useDriverCursor(caller, cursor, use));
  caller.begin(useIterable(caller, cursor as AsyncIterable<unknown>, method.kind === 'async iterable', use));
}

async function useDriverCursor(caller: Caller, cursor: Cursor, use: Use): Promise<void> {
  switch (use) {
    case 'inject':
      caller.log(`the same: ${cursor.sort() === cursor}`);
      return caller.wait(cursor.clone().toArray());
    case 'first':
      caller.log('row ', await cursor.next());
      await cursor.close();
      return caller.left();
    case 'twice':
      await caller.wait(cursor.toArray());
      return caller.wait(cursor.toArray());
    case 'late':
      await caller.rest(1);
      return caller.wait(takeOneByOne(caller, cursor));
    default:
      return iterate(caller, cursor, use === 'early' ? 'left' : 'whole');
  }
}

async function takeOneByOne(caller: Caller, cursor: Cursor): Promise<void> {
  while (await cursor.hasNext()) caller.log('row ', await cursor.next());
}

async function useIterable(
  caller: Caller,
  rows: AsyncIterable<unknown>,
  isRepeatable: boolean,
  use: Use,
): Promise<void> {
  switch (use) {
    case 'inject':
    case 'first': {
      const iterator = rows[Symbol.asyncIterator]();
      caller.log('row ', (await iterator.next()).value);
      if (use === 'first' || iterator.return === undefined) return caller.leftOpen();
      await iterator.return();
      return caller.left();
    }
    case 'twice':
      await iterate(caller, rows);
      // An iterator that has come to its end runs no second time.
      return iterate(caller, rows, isRepeatable ? 'whole' : 'nothing');
    case 'late':
      await caller.rest(1);
      return iterate(caller, rows);
    case 'early':
      return iterate(caller, rows, isRepeatable ? 'left open' : 'left');
    default:
      return iterate(caller, rows);
  }
}

/** @param run what a loop is to who watches: a run to its end or up to its first row, whether that is told or not, or none */
async function iterate(
  caller: Caller,
  rows: AsyncIterable<unknown>,
  run: 'whole' | 'left' | 'left open' | 'nothing' = 'whole',
): Promise<void> {
  try {
    for await (const row of rows) {
      caller.log('row ', row);
      if (run === 'left') return caller.left();
      if (run === 'left open') return caller.leftOpen();
    }
    caller.log('no more rows');
    if (run !== 'nothing') caller.saw(false);
  } catch (error) {
    caller.log('no row ', error);
    if (run !== 'nothing') caller.saw(true, error);
  }
}
