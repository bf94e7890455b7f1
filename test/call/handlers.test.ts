import 'reflect-metadata';
import { container } from 'tsyringe';
import { CALL_HANDLER, Counted, currentCall, Observed, Store, type Call, type CallHandler } from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

@Store({ name: 'handled', outcome: ({ threw }) => (threw ? 'denied' : undefined) })
class HandledStore {
  @Observed({
    item: (id: string) => id,
    attributes: (id: string) => ({ id, password: 'hunter2' }),
    outcome: (settled: { threw: boolean; error?: unknown; result?: string }) =>
      settled.threw && settled.error === 'gone' ? 'success' : settled.result === 'half' ? 'partial' : undefined,
    onResult: (result: string, id: string) => ({ item: `${id}/${result}`, metadata: { token: 't', rows: 3 } }),
  })
  get(id: string): string {
    if (id === 'gone') throw id;
    if (id === 'forbidden') throw new Error('no');
    return id;
  }

  @Counted()
  async touch(): Promise<void> {
    currentCall().setAttribute('shard', 7);
    currentCall().recordBytesRead(100);
    currentCall().recordBytesWritten(50);
    currentCall().cacheHit();
    currentCall().cacheMiss();
    await Promise.resolve();
    currentCall().setUser('u-9');
    currentCall().addEvent('retry', { attempt: 1 });
  }
}

/** Everything that a handler may read while it is called. */
function snapshot(call: Call): object {
  const { outcome, threw, error, result, item, attributes, metadata, args } = call;
  return { outcome, threw, error, result, item, attributes, metadata, args: [...args] };
}

describe('handlers', () => {
  test('start in order and settle in reverse, around the body', async () => {
    container.reset();
    const order: string[] = [];
    const handler = (name: string): CallHandler => ({
      name,
      onStart: () => order.push(`${name} starts`),
      onSettle: () => order.push(`${name} settles`),
    });
    const runtime = startMemoryRuntime();
    for (const name of ['a', 'b']) container.register(CALL_HANDLER, { useValue: handler(name) });
    await runtime.trefoil.reconfigure();
    await new HandledStore().touch();
    expect(order).toEqual(['a starts', 'b starts', 'b settles', 'a settles']);
    await runtime.trefoil.shutdown();
  });

  test('read one record: fields redacted, outcome classified, result still there, and released afterwards', async () => {
    const runtime = startMemoryRuntime();
    const seen: object[] = [];
    let kept: Call | undefined;
    const handler: CallHandler = {
      name: 'reader',
      onSettle: (call) => {
        kept = call;
        seen.push(snapshot(call));
      },
    };
    container.register(CALL_HANDLER, { useValue: handler });
    await runtime.trefoil.reconfigure();
    const store = new HandledStore();
    store.get('half');
    expect(seen.pop()).toEqual({
      outcome: 'partial',
      threw: false,
      error: undefined,
      result: 'half',
      item: 'half/half',
      attributes: { id: 'half', password: '[REDACTED]' },
      metadata: { token: '[REDACTED]', rows: 3 },
      args: ['half'],
    });
    expect(kept).toMatchObject({ result: undefined, args: [] });
    await runtime.trefoil.shutdown();
  });

  test('agree on the outcome: the method’s classifier first, then the store’s, then whether it threw', async () => {
    const runtime = startMemoryRuntime();
    const store = new HandledStore();
    for (const id of ['fine', 'half', 'gone', 'forbidden']) {
      try {
        store.get(id);
      } catch {
        // The caller still sees what was thrown; here only the records matter.
      }
    }
    const expected = ['success', 'partial', 'success', 'denied'];
    expect(runtime.events().map(({ status }) => status)).toEqual(expected);
    expect(runtime.spans().map(({ attributes }) => attributes['store.outcome'])).toEqual(expected);
    expect(runtime.lines.map(({ fields }) => fields['outcome'])).toEqual(expected);
    expect(runtime.counted('handled', 'get', 'success')).toBe(2);
    expect(runtime.counted('handled', 'get', 'partial')).toBe(1);
    expect(runtime.counted('handled', 'get', 'denied')).toBe(1);
    await runtime.trefoil.shutdown();
  });

  test('see what the method says of its own call', async () => {
    const runtime = startMemoryRuntime();
    await new HandledStore().touch();
    const { metrics } = runtime.trefoil;
    const store = 'handled';
    expect(metrics.get('store_bytes_read_total', { store })).toBe(100);
    expect(metrics.get('store_bytes_written_total', { store })).toBe(50);
    expect(metrics.get('store_cache_hits_total', { store })).toBe(1);
    expect(metrics.get('store_cache_misses_total', { store })).toBe(1);
    expect(runtime.lines[0]?.fields).toMatchObject({ user_id: 'u-9', attributes: { shard: 7 } });
    await runtime.trefoil.shutdown();
  });
});

describe('currentCall outside a call', () => {
  test('does nothing', () => {
    expect(() => {
      currentCall().setAttribute('a', 1);
      currentCall().addEvent('b');
      currentCall().recordBytesRead(1);
      currentCall().recordBytesWritten(1);
      currentCall().cacheHit();
      currentCall().cacheMiss();
      currentCall().setUser('u');
    }).not.toThrow();
  });
});
