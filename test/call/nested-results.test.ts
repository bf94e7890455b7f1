import 'reflect-metadata';
import { container } from 'tsyringe';
import { defer, from, lastValueFrom, map, throwError, type Observable } from 'rxjs';
import {
  AUDIT_BACKEND,
  currentCall,
  initializeObservability,
  Observed,
  type Delivery,
  type InMemoryTracer,
  type Trefoil,
} from '../../src/index';
import { SwitchableAudit } from '../fixtures/switchable-audit';

const failure = new RangeError('db down');
let bodies: number;

/** Runs when it is awaited, and each time that it is; with private fields, as builders have them. */
class Query implements PromiseLike<number> {
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  orderBy(): Query {
    return new Query(this.#id);
  }

  then<A = number, B = never>(
    onFulfilled?: ((row: number) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    bodies += 1;
    const run = async (): Promise<number> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#id < 0) throw failure;
      return this.#id;
    };
    return run().then(onFulfilled, onRejected);
  }
}

class Base {
  @Observed({ event: 'read' })
  find(id: number): Query {
    return new Query(id);
  }

  @Observed({ event: 'read' })
  watch(id: number): Observable<number> {
    return defer(() => (bodies++, id < 0 ? throwError(() => failure) : [id]));
  }

  @Observed({ event: 'list' })
  async *each(id: number): AsyncGenerator<number> {
    bodies += 1;
    yield 1;
    if (id < 0) throw failure;
    yield id;
  }

  @Observed({ event: 'list' })
  *eachAtOnce(id: number): Generator<number> {
    bodies += 1;
    if (id < 0) throw failure;
    yield id;
  }

  @Observed({ event: 'list' })
  cursor(id: number): AsyncIterable<number> {
    let left = 1;
    return {
      [Symbol.asyncIterator]: () => ({
        next: async (): Promise<IteratorResult<number, undefined>> => {
          if (left === 1) bodies += 1;
          if (id < 0) throw failure;
          return (left -= 1) < 0 ? { done: true, value: undefined } : { done: false, value: id };
        },
      }),
    };
  }
}

class Store extends Base {
  @Observed({ event: 'read' })
  override find(id: number): Query {
    return super.find(id);
  }

  @Observed({ event: 'read' })
  ordered(id: number): Query {
    return super.find(id).orderBy();
  }

  @Observed({ event: 'read' })
  async later(id: number): Promise<number> {
    return super.find(id);
  }

  @Observed({ event: 'read' })
  override watch(id: number): Observable<number> {
    return super.watch(id);
  }

  @Observed({ event: 'read' })
  piped(id: number): Observable<number> {
    return super.watch(id).pipe(map((value) => value));
  }

  @Observed({ event: 'read' })
  converted(id: number): Observable<number> {
    return from(super.find(id));
  }

  @Observed({ event: 'list' })
  override each(id: number): AsyncGenerator<number> {
    return super.each(id);
  }

  @Observed({ event: 'list' })
  override eachAtOnce(id: number): Generator<number> {
    return super.eachAtOnce(id);
  }

  @Observed({ event: 'list' })
  override cursor(id: number): AsyncIterable<number> {
    return super.cursor(id);
  }
}

const iterate = async (rows: AsyncIterable<number> | Iterable<number>): Promise<unknown> => {
  let last: unknown;
  for await (const row of rows) last = row;
  return last;
};

const subscribe = (observable: Observable<number>): Promise<unknown> => lastValueFrom(observable);

/** Each method, and how its result is put to work. */
const uses: { readonly [name: string]: (store: Store, id: number) => PromiseLike<unknown> } = {
  find: (store, id) => store.find(id),
  ordered: (store, id) => store.ordered(id),
  later: (store, id) => store.later(id),
  watch: (store, id) => subscribe(store.watch(id)),
  piped: (store, id) => subscribe(store.piped(id)),
  converted: (store, id) => subscribe(store.converted(id)),
  each: (store, id) => iterate(store.each(id)),
  eachAtOnce: (store, id) => iterate(store.eachAtOnce(id)),
  cursor: (store, id) => iterate(store.cursor(id)),
};

const unused: { readonly [name: string]: (store: Store) => unknown } = {
  find: (store) => store.find(1),
  ordered: (store) => store.ordered(1).orderBy(),
  watch: (store) => store.watch(1),
  piped: (store) => store.piped(1).pipe(map((value) => value)),
  converted: (store) => store.converted(1),
  each: (store) => store.each(1),
  cursor: (store) => store.cursor(1),
};

describe.each<Delivery>(['bestEffort', 'buffered', 'durable', 'strict'])('under %s audit', (delivery) => {
  let trefoil: Trefoil;
  let backend: SwitchableAudit;

  beforeEach(() => {
    bodies = 0;
    container.reset();
    backend = new SwitchableAudit();
    container.register(AUDIT_BACKEND, { useValue: backend });
    trefoil = initializeObservability({
      audit: { delivery },
      metrics: { backend: 'memory' },
      tracing: { exporter: 'memory' },
      logging: { level: 'silent' },
      signals: false,
    });
  });

  afterEach(async () => {
    expect(await trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
  });

  const outcomes = (): string[] =>
    backend.taken.filter(({ status }) => status !== 'unknown').map(({ operation, status }) => `${operation} ${status}`);

  test.each(Object.keys(uses))('what `%s` gives of another decorated method is a Call of both', async (name) => {
    const use = uses[name] as (typeof uses)[string];
    const store = new Store();
    const outside = currentCall();
    expect(await use(store, 7)).toBe(7);
    await expect(Promise.resolve(use(store, -1))).rejects.toBe(failure);
    await new Promise((resolve) => setImmediate(resolve));
    expect(currentCall()).toBe(outside);
    expect(bodies).toBe(2);
    const spans = (trefoil.tracer as InMemoryTracer).getSpans();
    expect(spans).toHaveLength(4);
    for (const at of [0, 2]) {
      const [inner, outer] = spans.slice(at, at + 2);
      expect(outer?.name).toContain(name);
      expect(inner?.parentSpanId).toBe(outer?.spanContext().spanId);
      expect(outer?.parentSpanId).toBeUndefined();
    }
    expect(outcomes().map((outcome) => outcome.split(' ').at(-1))).toEqual([
      'success',
      'success',
      'failure',
      'failure',
    ]);
    const counted = (status: string): unknown =>
      trefoil.metrics.get('store_operations_total', { store: 'Store', operation: name, status });
    const perCall = name === 'ordered' || name === 'later' || name === 'piped' || name === 'converted' ? 1 : 2;
    expect([counted('success'), counted('failure')]).toEqual([perCall, perCall]);
  });

  test.each(Object.keys(unused))('what `%s` gives and nobody uses is no Call, or a cancelled one', async (name) => {
    const kept = unused[name]?.(new Store());
    await new Promise((resolve) => setImmediate(resolve));
    expect(outcomes()).toEqual([]);
    await trefoil.shutdown();
    expect(bodies).toBe(0);
    const intents = backend.taken.filter(({ status }) => status === 'unknown');
    expect(outcomes().every((outcome) => outcome.endsWith(' cancelled'))).toBe(true);
    expect(outcomes()).toHaveLength(intents.length);
    expect(intents.length > 0).toBe(delivery === 'strict');
    expect(kept).toBeDefined();
  });
});
