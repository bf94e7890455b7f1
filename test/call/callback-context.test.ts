import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { context, createContextKey, trace } from '@opentelemetry/api';
import { currentCall, currentContext, Observed, runWithContext } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

type Callback = (error: Error | null, result?: string) => void;

const storage = new AsyncLocalStorage<string>();
const key = createContextKey('set by the body');
const tracer = trace.getTracer('test');
const otherSpan = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });

/** From where methods call back. */
const places = {
  'the call itself': (callback: Callback) => callback(null, 'done'),
  'a later turn': (callback: Callback) => void setImmediate(callback, null, 'done'),
  'a promise': (callback: Callback) => void Promise.resolve('done').then((result) => callback(null, result)),
  'a value set by the body': (callback: Callback) =>
    context.with(context.active().setValue(key, 'set'), () => void setImmediate(callback, null)),
  'a span of the body': (callback: Callback) =>
    context.with(trace.setSpan(context.active(), otherSpan), () => void setImmediate(callback, null)),
  'a value and a span of the body': (callback: Callback) =>
    context.with(
      trace.setSpan(context.active(), otherSpan).setValue(key, 'set'),
      () => void setImmediate(callback, null),
    ),
  'no span at all': (callback: Callback) =>
    context.with(trace.deleteSpan(context.active()), () => void setImmediate(callback, null)),
  'a storage of the body': (callback: Callback) => storage.run('of the body', () => void setImmediate(callback, null)),
  'a request of the body': (callback: Callback) =>
    runWithContext({ userId: 'of the body' }, () => void setImmediate(callback, null)),
  'somebody else’s turn': (callback: Callback) => void pool.once('free', () => callback(null)),
} as const;

type Place = keyof typeof places;
const placeNames = Object.keys(places) as Place[];

const pool = new EventEmitter();

class Bare {
  answer(place: Place, callback: Callback): void {
    places[place](callback);
  }

  through(place: Place, callback: Callback): void {
    this.answer(place, callback);
  }
}

class Decorated {
  @Observed({ event: 'query', callback: 'last' })
  answer(place: Place, callback: Callback): void {
    expect(trace.getActiveSpan()).toBeDefined();
    places[place](callback);
  }

  @Observed({ event: 'query', callback: 'last' })
  through(place: Place, callback: Callback): void {
    this.answer(place, callback);
  }
}

class Around {
  @Observed({ event: 'query' })
  async call<Result>(body: () => Promise<Result>): Promise<Result> {
    return body();
  }
}

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

/** Everything of the context that a callback can see. */
function seenByCallback(store: Bare, method: 'answer' | 'through', place: Place): Promise<unknown> {
  return new Promise((resolve) => {
    const around = { call: currentCall(), span: trace.getActiveSpan() };
    store[method](place, () => {
      resolve({
        storage: storage.getStore(),
        user: currentContext()?.userId,
        value: context.active().getValue(key),
        span: trace.getActiveSpan() === around.span ? 'of the caller' : trace.getActiveSpan(),
        call: currentCall() === around.call ? 'of the caller' : currentCall(),
      });
    });
    setImmediate(() =>
      storage.run('of the pool', () => runWithContext({ userId: 'of the pool' }, () => pool.emit('free'))),
    );
  });
}

/** Who calls. */
const callers = {
  nobody: <Result>(body: () => Promise<Result>) => body(),
  'a request': <Result>(body: () => Promise<Result>) =>
    runWithContext({ userId: 'of the caller' }, () => storage.run('of the caller', body)),
  'a span': <Result>(body: () => Promise<Result>) => tracer.startActiveSpan('outer', body),
  'a decorated method': <Result>(body: () => Promise<Result>) => new Around().call(body),
} as const;

describe.each(Object.keys(callers) as (keyof typeof callers)[])('a callback, given by %s,', (caller) => {
  test.each(placeNames)('and called from %s, sees what the bare method would show it', async (place) => {
    for (const method of ['answer', 'through'] as const) {
      const [bare, decorated] = await Promise.all(
        [new Bare(), new Decorated()].map((store) => callers[caller](() => seenByCallback(store, method, place))),
      );
      expect(decorated).toEqual(bare);
    }
  });
});

describe('calls', () => {
  test('that the body makes are children; those that the callback makes are not', async () => {
    await new Around().call(
      () =>
        new Promise<void>((resolve) => {
          new Decorated().through('a later turn', () => new Decorated().answer('a later turn', () => resolve()));
        }),
    );
    const spans = runtime.spans();
    const idOf = (name: string, index = 0): string | undefined =>
      spans.filter((span) => span.name === name)[index]?.spanContext().spanId;
    const parents = spans.map(({ name, parentSpanId }) => [name, parentSpanId]);
    expect(parents).toEqual([
      ['Decorated.answer', idOf('Decorated.through')],
      ['Decorated.through', idOf('Around.call')],
      ['Decorated.answer', idOf('Around.call')],
      ['Around.call', undefined],
    ]);
  });
});
