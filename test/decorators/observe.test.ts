import 'reflect-metadata';
import { Readable } from 'node:stream';
import { container } from 'tsyringe';
import { initializeObservability, InMemoryAuditBackend, observe, Observed, SpanKind } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

describe('observe()', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  const operations = (): unknown[] => runtime.events().map(({ operation, status }) => `${operation} ${status}`);

  test('makes of a call what the decorators make of it: one record in all four pillars', async () => {
    const getOrder = observe(async (id: string): Promise<{ id: string }> => ({ id }), {
      name: 'getOrder',
      item: (id) => id,
      onResult: (order) => ({ metadata: { found: order.id } }),
      store: { name: 'orders', type: 'http', id: 'eu' },
    });
    await expect(getOrder('o-1')).resolves.toEqual({ id: 'o-1' });

    class OrderStore {
      @Observed({ item: (id: string) => id, operation: 'getOrder' })
      async get(id: string): Promise<string> {
        return id;
      }
    }
    await new OrderStore().get('o-1');
    const [event, decorated] = runtime.events();
    expect(event).toMatchObject({
      operation: 'orders.getOrder',
      eventType: 'read',
      status: 'success',
      itemId: 'o-1',
      storeName: 'orders',
      storeType: 'http',
      storeId: 'eu',
      metadata: { found: 'o-1' },
    });
    expect(Object.keys(event ?? {}).length).toBeGreaterThanOrEqual(Object.keys(decorated ?? {}).length);
    expect(runtime.spans().map(({ name }) => name)).toEqual(['orders.getOrder', 'OrderStore.getOrder']);
    expect(runtime.counted('orders', 'getOrder')).toBe(1);
    expect(runtime.timed('orders', 'getOrder')).toBe(1);
    expect(runtime.lines[0]).toMatchObject({ message: 'orders.getOrder success' });
  });

  test('records in the pillars that are asked for, each with options of its own', () => {
    const load = observe((region: string) => region.length, {
      name: 'load',
      audited: false,
      traced: { kind: SpanKind.CLIENT, name: (region) => `load ${region}` },
      counted: { name: 'loads_total', labels: { region: (region) => region } },
      timed: false,
    });
    expect(load('eu')).toBe(2);
    expect(runtime.events()).toEqual([]);
    expect(runtime.spans()).toMatchObject([{ name: 'load eu', kind: SpanKind.CLIENT }]);
    expect(runtime.trefoil.metrics.get('loads_total', { region: 'eu' })).toBe(1);
    expect(runtime.timed('functions', 'load')).toBe(0);
    expect(runtime.counted('functions', 'load')).toBe(1);
  });

  test('keeps this, name, length, own properties and what is thrown, and leaves the function as it was', () => {
    const failure = new RangeError('no');
    function find(this: { readonly prefix: string }, id: string, _more?: number): string {
      if (id === '') throw failure;
      return `${this.prefix}${id}`;
    }
    const original = Object.assign(find, { version: 3 });
    const observed = observe(original);
    expect([observed.name, observed.length, observed.version]).toEqual(['find', 2, 3]);
    expect(observed.call({ prefix: 'p-' }, '1')).toBe('p-1');
    expect(() => observed.call({ prefix: '' }, '')).toThrow(failure);
    expect(original.call({ prefix: 'q-' }, '2')).toBe('q-2');
    expect(operations()).toEqual(['functions.find success', 'functions.find failure']);
    expect(observe(find.bind({ prefix: 'b-' }))('3')).toBe('b-3');
    expect(operations()).toHaveLength(3);
  });

  test('is over when what it gives is: generators, streams, callbacks and thenables', async () => {
    const list = observe(function* list(count: number): Generator<number> {
      for (let index = 0; index < count; index += 1) yield index;
    });
    expect([...list(2)]).toEqual([0, 1]);
    const read = observe(() => Readable.from(['a', 'b']), { name: 'read' });
    const chunks: unknown[] = [];
    for await (const chunk of read()) chunks.push(chunk);
    const load = observe((path: string, done: (error: Error | null, text?: string) => void) => done(null, path), {
      name: 'load',
      callback: 'last',
      item: (path) => path,
    });
    const answered = await new Promise((resolve) => load('p', (_error, text) => resolve(text)));
    const query = observe(() => ({ then: (resolve: (rows: number) => void) => resolve(3) }) as PromiseLike<number>, {
      name: 'query',
    });
    const rows = await query();
    expect([chunks, answered, rows]).toEqual([['a', 'b'], 'p', 3]);
    expect(operations().sort()).toEqual(['list', 'load', 'query', 'read'].map((name) => `functions.${name} success`));
  });

  test('is listed by describe(), and nests in the calls around it', () => {
    const inner = observe(() => 1, { name: 'getInner', store: { name: 'nest' } });
    const outer = observe(() => inner(), { name: 'getOuter', store: { name: 'nest', delivery: 'bestEffort' } });
    outer();
    const [innerSpan, outerSpan] = runtime.spans();
    expect(innerSpan?.parentSpanId).toBe(outerSpan?.spanContext().spanId);
    const described = runtime.trefoil.describe().methods.filter(({ store }) => store === 'nest');
    expect(described).toMatchObject([
      { className: 'nest', method: 'getInner', eventType: 'read', pillars: ['audited', 'traced', 'timed', 'counted'] },
      { className: 'nest', method: 'getOuter' },
    ]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['a class', () => observe(Map as never), /TREFOIL_DECORATOR_TARGET.*observe.*expected a function.*the class Map/],
    ['no function', () => observe({} as never), /TREFOIL_DECORATOR_TARGET.*got an object/],
    ['an observed one', () => observe(observe(() => 1, { name: 'get' })), /TREFOIL_DECORATOR_TARGET.*observed already/],
    ['no name', () => observe(() => 1), /TREFOIL_DECORATOR_OPTIONS.*a name, since the function has none/],
    ['no event', () => observe(() => 1, { name: 'toss' }), /TREFOIL_EVENT_TYPE_REQUIRED.*functions\.toss/],
    ['a wrong option', () => observe(() => 1, { nme: 'get' } as never), /TREFOIL_DECORATOR_OPTIONS.*nme/],
    [
      'a field twice',
      () => observe(() => 1, { name: 'get', item: () => 'a', audited: { item: () => 'b' } }),
      /TREFOIL_DECORATOR_CONFLICT.*item.*observe\(\) audited and in observe\(\)/,
    ],
  ])('refuses %s', (_name, declare, message) => {
    expect(declare).toThrow(message);
  });

  test('belongs to the runtime of the container that its receiver came from', async () => {
    class Tenant {
      readonly get = observe(
        function get(this: Tenant): number {
          return 1;
        },
        { store: { name: 'tenants' } },
      );

      @Observed()
      find(): void {}
    }
    const child = container.createChildContainer();
    const scoped = initializeObservability(
      { audit: { backend: 'memory' }, metrics: { port: false }, logging: { level: 'silent' }, signals: false },
      child,
    );
    child.resolve(Tenant).get();
    expect((scoped.audit as InMemoryAuditBackend).getAll()).toMatchObject([{ operation: 'tenants.get' }]);
    expect(runtime.events()).toEqual([]);
    await scoped.shutdown();
  });
});
