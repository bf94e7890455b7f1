import { Audited, Counted, Observed, SpanKind, Store, Timed, Traced, TrefoilError } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

@Store({ name: 'orders', type: 'postgres', id: (store: OrderStore) => store.table })
class OrderStore {
  table = 'orders';

  @Audited({ event: 'read', item: (id: string) => id, metadata: (id: string) => ({ asked: id }) })
  @Traced({ kind: SpanKind.CLIENT, attributes: (id: string) => ({ 'order.id': id }) })
  @Timed()
  @Counted()
  get(id: string): string {
    return `${this.table}/${id}`;
  }

  @Observed({ item: (order: { id: string }) => order.id })
  async update(order: { id: string }): Promise<string> {
    await Promise.resolve();
    return order.id;
  }

  @Observed()
  @Audited({ event: 'sync', item: (id: string) => id })
  reload(id: string): string {
    return id;
  }

  @Traced({ name: (id: string) => `find ${id}` })
  find(id: string): string {
    return id;
  }

  @Counted({ operation: 'renamed' })
  oddlyNamed(): void {}
}

describe('a stack of decorators', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  test('is one Call, seen by all four pillars with the same ids', () => {
    expect(new OrderStore().get('o-1')).toBe('orders/o-1');

    const [event, ...moreEvents] = runtime.events();
    const [span, ...moreSpans] = runtime.spans();
    const [line, ...moreLines] = runtime.lines;
    expect([moreEvents, moreSpans, moreLines]).toEqual([[], [], []]);
    expect(runtime.counted('orders', 'get')).toBe(1);
    expect(runtime.timed('orders', 'get')).toBe(1);
    expect(event).toMatchObject({
      eventType: 'read',
      status: 'success',
      storeType: 'postgres',
      storeId: 'orders',
      storeName: 'orders',
      operation: 'orders.get',
      itemId: 'o-1',
      metadata: { asked: 'o-1' },
      attributes: { 'order.id': 'o-1' },
      service: 'test-service',
      environment: 'test',
      traceId: span?.spanContext().traceId,
      spanId: span?.spanContext().spanId,
    });
    expect(line).toMatchObject({
      level: 'debug',
      message: 'orders.get success',
      ids: { traceId: event?.traceId, spanId: event?.spanId, correlationId: event?.correlationId },
      fields: { audit_id: event?.eventId, item_id: 'o-1', duration_ms: event?.durationMs },
    });
    expect(span?.startTime).toEqual(event?.timestamp);
    expect(span?.durationMs).toBeCloseTo(event?.durationMs as number, 2);
    expect(span).toMatchObject({
      name: 'orders.get',
      kind: SpanKind.CLIENT,
      attributes: {
        'item.id': 'o-1',
        'order.id': 'o-1',
        'store.id': 'orders',
        'audit.id': event?.eventId,
        'correlation.id': event?.correlationId,
      },
    });
  });

  test('is what @Observed gives alone, with the event inferred from the name', async () => {
    await expect(new OrderStore().update({ id: 'o-2' })).resolves.toBe('o-2');
    expect(runtime.events()).toMatchObject([{ eventType: 'update', itemId: 'o-2', status: 'success' }]);
    expect(runtime.spans()).toHaveLength(1);
    expect(runtime.counted('orders', 'update')).toBe(1);
    expect(runtime.timed('orders', 'update')).toBe(1);
  });

  test('lets a single decorator replace its part of @Observed', () => {
    new OrderStore().reload('o-3');
    expect(runtime.events()).toMatchObject([{ eventType: 'sync', itemId: 'o-3' }]);
    expect(runtime.counted('orders', 'reload')).toBe(1);
  });

  test('records only in the pillars that it asks for, and always logs', () => {
    new OrderStore().find('o-4');
    expect(runtime.spans().map(({ name }) => name)).toEqual(['find o-4']);
    expect(runtime.events()).toEqual([]);
    expect(runtime.counted('orders', 'find')).toBe(0);
    expect(runtime.lines).toHaveLength(1);
  });

  test('labels with the operation that is given', () => {
    new OrderStore().oddlyNamed();
    expect(runtime.counted('orders', 'renamed')).toBe(1);
  });

  test('refuses the same decorator twice, and a field given twice', () => {
    expect(() => {
      class Twice {
        @Counted()
        @Counted()
        get(): void {}
      }
      return Twice;
    }).toThrow(expect.objectContaining({ code: 'TREFOIL_DECORATOR_CONFLICT' }) as TrefoilError);
    expect(() => {
      class TwoItems {
        @Audited({ item: (id: string) => id })
        @Traced({ item: (id: string) => id })
        get(id: string): string {
          return id;
        }
      }
      return TwoItems;
    }).toThrow(/item.*@Traced and in @Audited/);
  });
});
