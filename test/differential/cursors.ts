import type { RandomMethod } from './random-case';
import type { Strand, World } from './world';

type Row = object;

/** Where rows come from: two of them, and then the end, or an error instead of the second. */
class Source {
  readonly #world: World;
  readonly #strand: Strand;
  readonly #fails: boolean;
  #left = 2;

  constructor(world: World, strand: Strand, fails: boolean) {
    this.#world = world;
    this.#strand = strand;
    this.#fails = fails;
  }

  async take(): Promise<Row | null> {
    this.#world.count('rows asked for');
    await Promise.resolve();
    if (this.#left === 1 && this.#fails)
      throw this.#world.make(this.#strand, new Error('the cursor failed'), 'failure');
    if (this.#left === 0) return null;
    this.#left -= 1;
    return this.#world.make(this.#strand, {}, 'row');
  }

  again(): Source {
    return new Source(this.#world, this.#strand, this.#fails);
  }
}

/** As drivers make them: with private fields, changed or copied by its methods, and run when rows are asked for. */
export class Cursor {
  readonly #source: Source;
  #ahead: Row | null | undefined;
  #direction = 1;

  constructor(source: Source) {
    this.#source = source;
  }

  sort(): this {
    this.#direction = -this.#direction;
    return this;
  }

  clone(): Cursor {
    return new Cursor(this.#source.again());
  }

  async hasNext(): Promise<boolean> {
    this.#ahead ??= await this.#source.take();
    return this.#ahead !== null;
  }

  async next(): Promise<Row | null> {
    const row = this.#ahead ?? (await this.#source.take());
    this.#ahead = undefined;
    return row;
  }

  async toArray(): Promise<Row[]> {
    const rows: Row[] = [];
    for (let row = await this.next(); row !== null; row = await this.next()) rows.push(row);
    return rows;
  }

  async close(): Promise<void> {
    this.#direction = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    for (let row = await this.next(); row !== null; row = await this.next()) yield row;
  }
}

/** A cursor as a driver makes it, or an async iterable by hand: one that can be asked again, or one that is its own iterator. */
export function makeCursor(world: World, strand: Strand, { kind, ending }: RandomMethod): object {
  const source = new Source(world, strand, ending.startsWith('fails'));
  if (kind === 'driver cursor') return new Cursor(source);
  if (kind === 'async iterable') return { [Symbol.asyncIterator]: () => iteratorOf(source.again()) };
  const iterator = {
    ...iteratorOf(source),
    return: async (): Promise<IteratorResult<Row>> => ({ done: true, value: undefined }),
    [Symbol.asyncIterator]: (): object => iterator,
  };
  return iterator;
}

function iteratorOf(source: Source): AsyncIterator<Row> {
  return {
    next: async () => {
      const row = await source.take();
      return row === null ? { done: true, value: undefined } : { done: false, value: row };
    },
  };
}
