import 'reflect-metadata';
import {
  container,
  delay,
  instanceCachingFactory,
  Lifecycle,
  predicateAwareClassFactory,
  type DependencyContainer,
} from 'tsyringe';
import {
  AUDIT_BACKEND,
  Audited,
  CALL_HANDLER,
  Counted,
  type Call,
  type CallHandler,
  type InMemoryAuditBackend,
  InMemoryMetricsBackend,
  InMemoryTracer,
  initializeObservability,
  LOGGER,
  METRICS_BACKEND,
  Observed,
  Store,
  TRACER,
  Traced,
  TREFOIL,
  type Trefoil,
} from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { RecordingAudit } from './recording-audit';
import { shutDownAll, start } from './runtimes';

@Store({ type: 'memory' })
class Orders {
  @Audited({ event: 'read', item: (id: string) => id })
  get(id: string): string {
    return id;
  }

  @Audited({ event: 'update', item: (id: string) => id })
  async save(id: string): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return id;
  }
}

/** What tsyringe sees in place of an interface. */
interface OrderSource {
  get(id: string): string;
}

const ORDER_SOURCE = Symbol('OrderSource');

function items({ audit }: Trefoil): (string | undefined)[] {
  return (audit as InMemoryAuditBackend).getAll().map((event) => event.itemId);
}

afterEach(shutDownAll);

describe('the runtime of the root container', () => {
  test('serves instances made by new', () => {
    const trefoil = start();
    new Orders().get('new');
    expect(items(trefoil)).toEqual(['new']);
  });

  test.each<[string, () => OrderSource]>([
    ['by class', () => container.resolve(Orders)],
    ['by a symbol', () => container.register(ORDER_SOURCE, { useClass: Orders }).resolve(ORDER_SOURCE)],
    ['by a string', () => container.register('OrderSource', { useClass: Orders }).resolve('OrderSource')],
    ['by a token', () => container.register('OrderSource', { useToken: Orders }).resolve('OrderSource')],
    ['from a factory', () => container.register(Orders, { useFactory: () => new Orders() }).resolve(Orders)],
    ['as a singleton', () => container.registerSingleton(Orders).resolve(Orders)],
    ['as a value', () => container.registerInstance(ORDER_SOURCE, new Orders()).resolve(ORDER_SOURCE)],
    [
      'of many',
      () =>
        container.register(ORDER_SOURCE, { useClass: Orders }).resolveAll<OrderSource>(ORDER_SOURCE)[0] as OrderSource,
    ],
    ['in a child', () => container.createChildContainer().resolve(Orders)],
    ['behind delay()', () => container.resolve<Orders>(delay(() => Orders))],
  ])('serves what is resolved %s', (how, resolve) => {
    const trefoil = start();
    expect(resolve().get(how)).toBe(how);
    expect(items(trefoil)).toEqual([how]);
  });
});

describe('a child container with a runtime of its own', () => {
  let root: Trefoil;
  let child: DependencyContainer;
  let own: Trefoil;

  /** Starts both; what the test registers in the root before stays there. */
  function startBoth(): void {
    root = start();
    child = container.createChildContainer();
    own = start({}, child);
  }

  test.each<[string, () => OrderSource]>([
    ['by class', () => child.resolve(Orders)],
    ['by a token of its own', () => child.register(ORDER_SOURCE, { useClass: Orders }).resolve(ORDER_SOURCE)],
    ['by a token of the root', () => (container.register('Source', { useClass: Orders }), child.resolve('Source'))],
    ['by a token for a token', () => child.register(ORDER_SOURCE, { useToken: Orders }).resolve(ORDER_SOURCE)],
    ['from a factory', () => child.register(Orders, { useFactory: () => new Orders() }).resolve(Orders)],
    ['from a factory that caches', () => child.register(Orders, { useFactory: cached() }).resolve(Orders)],
    ['as its own singleton', () => child.registerSingleton(Orders).resolve(Orders)],
    ['as its own value', () => child.registerInstance(ORDER_SOURCE, new Orders()).resolve(ORDER_SOURCE)],
    [
      'of many',
      () => child.register(ORDER_SOURCE, { useClass: Orders }).resolveAll<OrderSource>(ORDER_SOURCE)[0] as OrderSource,
    ],
    ['behind delay()', () => child.resolve<Orders>(delay(() => Orders))],
    ['in a grandchild', () => child.createChildContainer().resolve(Orders)],
    ['in a great-grandchild', () => child.createChildContainer().createChildContainer().resolve(Orders)],
  ])('serves what it resolves %s', (how, resolve) => {
    startBoth();
    expect(resolve().get(how)).toBe(how);
    expect(items(own)).toEqual([how]);
    expect(items(root)).toEqual([]);
  });

  function cached(): () => Orders {
    return instanceCachingFactory(() => new Orders()) as () => Orders;
  }

  test.each<[string, () => void]>([
    ['a singleton', () => container.registerSingleton(Orders)],
    ['a singleton under a token', () => container.registerSingleton<OrderSource>('Source', Orders)],
    ['a value', () => container.registerInstance('Source', new Orders())],
    ['a value that is a proxy', () => container.registerInstance('Source', new Proxy(new Orders(), {}))],
    ['what a factory gives', () => container.register('Source', { useFactory: once(() => new Orders()) })],
    ['what a factory caches', () => container.register('Source', { useFactory: cached() })],
    [
      'what a factory by predicate caches',
      () => container.register('Source', { useFactory: predicateAwareClassFactory(() => true, Orders, Orders) }),
    ],
  ])('leaves %s of the root to the root, though it asks first', (_what, register) => {
    startBoth();
    register();
    const token = container.isRegistered('Source') ? 'Source' : Orders;
    child.resolve<OrderSource>(token).get('first');
    container.resolve<OrderSource>(token).get('second');
    expect(items(root)).toEqual(['first', 'second']);
    expect(items(own)).toEqual([]);
  });

  test('takes nothing over that the root has in use, and leaves it recorded after its end', async () => {
    startBoth();
    container.register('Source', { useFactory: cached() });
    child.resolve('Source');
    await own.shutdown();
    container.resolve<OrderSource>('Source').get('after');
    expect(items(root)).toEqual(['after']);
    expect(root.status().callsAfterShutdown).toBe(0);
  });

  class ProxiedOrders extends Orders {
    constructor() {
      super();
      return new Proxy(this, {});
    }
  }

  test.each<[string, () => OrderSource]>([
    ['by its constructor', () => child.resolve(ProxiedOrders)],
    ['as a value', () => child.registerInstance('Own', new Proxy(new Orders(), {})).resolve('Own')],
    ['by a factory', () => child.register('Own', { useFactory: () => new Proxy(new Orders(), {}) }).resolve('Own')],
    [
      'that answers anything',
      () =>
        child
          .registerInstance(
            'Own',
            new Proxy(new Orders(), {
              get: (target, key, self): unknown => (key in target ? Reflect.get(target, key, self) : () => key),
            }),
          )
          .resolve('Own'),
    ],
  ])('serves what is a proxy %s', (how, resolve) => {
    startBoth();
    expect(resolve().get(how)).toBe(how);
    expect([items(own), items(root)]).toEqual([[how], []]);
  });

  /** A factory that gives the same each time. */
  function once<Made>(make: () => Made): () => Made {
    let made: Made | undefined;
    return () => (made ??= make());
  }

  test('leaves the root and its other children alone', () => {
    startBoth();
    container.resolve(Orders).get('root');
    container.createChildContainer().resolve(Orders).get('sibling');
    new Orders().get('new');
    expect(items(root)).toEqual(['root', 'sibling', 'new']);
    expect(items(own)).toEqual([]);
  });

  test('has container-scoped instances to itself, and a grandchild has its own', () => {
    container.register(Orders, { useClass: Orders }, { lifecycle: Lifecycle.ContainerScoped });
    startBoth();
    const grandchild = child.createChildContainer();
    expect(child.resolve(Orders)).toBe(child.resolve(Orders));
    expect(grandchild.resolve(Orders)).not.toBe(child.resolve(Orders));
    child.resolve(Orders).get('child');
    grandchild.resolve(Orders).get('grandchild');
    container.resolve(Orders).get('root');
    expect(items(own)).toEqual(['child', 'grandchild']);
    expect(items(root)).toEqual(['root']);
  });

  test('yields to a runtime of a grandchild, for what that one resolves', () => {
    startBoth();
    const grandchild = child.createChildContainer();
    const ofGrandchild = start({}, grandchild);
    grandchild.resolve(Orders).get('grandchild');
    grandchild.createChildContainer().resolve(Orders).get('below');
    child.resolve(Orders).get('child');
    expect(items(ofGrandchild)).toEqual(['grandchild', 'below']);
    expect(items(own)).toEqual(['child']);
    expect(items(root)).toEqual([]);
  });

  test('keeps an instance to the runtime that resolved it first', () => {
    startBoth();
    const orders = new Orders();
    child.registerInstance(ORDER_SOURCE, orders);
    const other = container.createChildContainer();
    other.registerInstance(ORDER_SOURCE, orders);
    const ofOther = start({}, other);
    child.resolve<OrderSource>(ORDER_SOURCE);
    other.resolve<OrderSource>(ORDER_SOURCE).get('shared');
    expect(items(own)).toEqual(['shared']);
    expect(items(ofOther)).toEqual([]);
  });

  test('serves frozen instances, too', () => {
    startBoth();
    child.register(Orders, { useFactory: () => Object.freeze(new Orders()) });
    child.resolve(Orders).get('frozen');
    expect(items(own)).toEqual(['frozen']);
  });

  test('leaves nothing to be seen on an instance', () => {
    startBoth();
    const orders = child.resolve(Orders);
    expect(Object.keys(orders)).toEqual([]);
    expect(Object.getOwnPropertyNames(orders)).toEqual([]);
    expect(JSON.stringify(orders)).toBe('{}');
    expect({ ...orders }).toEqual({});
    expect(Reflect.ownKeys({ ...orders })).toEqual([]);
    expect(orders).toEqual(new Orders());
  });

  test('does not mix with another one, whatever the order of their calls', async () => {
    startBoth();
    const other = container.createChildContainer();
    const ofOther = start({}, other);
    const stores = { root: new Orders(), own: child.resolve(Orders), other: other.resolve(Orders) };
    const calls: Promise<string>[] = [];
    for (let index = 0; index < 50; index += 1) {
      for (const [name, store] of Object.entries(stores)) calls.push(store.save(`${name} ${index}`));
    }
    await Promise.all(calls);
    for (const [name, trefoil] of Object.entries({ root, own, other: ofOther })) {
      expect(items(trefoil)).toHaveLength(50);
      expect(items(trefoil).every((item) => item?.startsWith(`${name} `))).toBe(true);
    }
  });

  test('lets its calls be children of calls in another one', () => {
    const inner = container.createChildContainer();
    @Store()
    class Outer {
      @Traced()
      read(): void {
        inner.resolve(Inner).read();
      }
    }
    @Store()
    class Inner {
      @Traced()
      read(): void {}
    }
    root = start();
    own = start({}, inner);
    new Outer().read();
    const [outerSpan] = (root.tracer as InMemoryTracer).getSpans();
    const [innerSpan] = (own.tracer as InMemoryTracer).getSpans();
    expect(innerSpan?.parentSpanId).toBe(outerSpan?.spanContext().spanId);
    expect(innerSpan?.spanContext().traceId).toBe(outerSpan?.spanContext().traceId);
  });

  test('shuts down without the root, and its instances then run bare', async () => {
    startBoth();
    const orders = child.resolve(Orders);
    await own.shutdown();
    expect(orders.get('late')).toBe('late');
    new Orders().get('root');
    expect(items(root)).toEqual(['root']);
    expect(own.status()).toMatchObject({ state: 'stopped', callsAfterShutdown: 1 });
    expect(root.status()).toMatchObject({ state: 'running', callsAfterShutdown: 0 });
  });
});

describe('what a user registers', () => {
  @Store()
  class Everything {
    @Observed({ event: 'read' })
    read(): void {}
  }

  test('wins over the options', () => {
    const audit = new RecordingAudit();
    const metrics = new InMemoryMetricsBackend();
    const tracer = new InMemoryTracer();
    const logger = new RecordingLogger();
    container.register(AUDIT_BACKEND, { useValue: audit });
    container.register(METRICS_BACKEND, { useValue: metrics });
    container.register(TRACER, { useValue: tracer });
    container.register(LOGGER, { useValue: logger });
    const trefoil = start({ audit: { backend: 'none' }, metrics: { backend: 'none' }, tracing: { exporter: 'none' } });
    new Everything().read();
    expect(audit.events).toHaveLength(1);
    expect(metrics.get('store_operations_total', { store: 'Everything', operation: 'read', status: 'success' })).toBe(
      1,
    );
    expect(tracer.getSpansByName('Everything.read')).toHaveLength(1);
    expect(logger.lines).toHaveLength(1);
    expect(trefoil).toMatchObject({ audit, metrics, tracer, logger });
    expect(trefoil.status()).toMatchObject({
      audit: { backend: 'recording', state: 'running', volatile: false },
      logging: { backend: 'recording', state: 'running' },
    });
  });

  test('later wins from the next reconfigure() on, and stays over one more', async () => {
    const trefoil = start();
    const builtIn = trefoil.audit as InMemoryAuditBackend;
    const audit = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: audit });
    new Everything().read();
    expect(builtIn.getAll()).toHaveLength(1);
    await trefoil.reconfigure();
    new Everything().read();
    await trefoil.reconfigure();
    new Everything().read();
    expect(builtIn.getAll()).toHaveLength(1);
    expect(audit.events).toHaveLength(2);
    expect(trefoil.audit).toBe(audit);
  });

  test('stays over a reconfigure(), and gives way to what is registered after it', async () => {
    const first = new RecordingAudit();
    const second = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: first });
    const trefoil = start();
    await trefoil.reconfigure();
    expect(trefoil.audit).toBe(first);
    container.register(AUDIT_BACKEND, { useValue: second });
    await trefoil.reconfigure();
    expect(trefoil.audit).toBe(second);
    expect(first).toMatchObject({ flushed: 1, closed: 0 });
    await trefoil.shutdown();
    expect(second).toMatchObject({ flushed: 1, closed: 1 });
  });

  test('as a class is made once, and is what everyone gets', async () => {
    container.register(AUDIT_BACKEND, { useClass: RecordingAudit });
    const trefoil = start();
    const { audit } = trefoil;
    expect(audit).toBeInstanceOf(RecordingAudit);
    expect(container.resolve(AUDIT_BACKEND)).toBe(audit);
    await trefoil.reconfigure();
    expect(trefoil.audit).toBe(audit);
    await trefoil.shutdown();
    const again = start();
    expect(again.audit).toBeInstanceOf(RecordingAudit);
    expect(again.audit).not.toBe(audit);
    expect(container.resolve(AUDIT_BACKEND)).toBe(again.audit);
  });

  test('in the root serves a child, too, which does not close it', async () => {
    const audit = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: audit });
    const root = start();
    const child = container.createChildContainer();
    const own = start({}, child);
    expect(own.audit).toBe(audit);
    await own.shutdown();
    expect(audit).toMatchObject({ flushed: 1, closed: 0 });
    await root.shutdown();
    expect(audit).toMatchObject({ closed: 1 });
  });

  test('in a child is not seen by the root', () => {
    const child = container.createChildContainer();
    child.register(AUDIT_BACKEND, { useClass: RecordingAudit });
    expect(start({}, child).audit).toBeInstanceOf(RecordingAudit);
    expect(start().audit).not.toBeInstanceOf(RecordingAudit);
  });

  test('that cannot be made is replaced by its no-op and reported', () => {
    container.register(AUDIT_BACKEND, {
      useFactory: () => {
        throw new Error('no connection');
      },
    });
    const trefoil = start();
    new Everything().read();
    expect(trefoil.status()).toMatchObject({
      state: 'degraded',
      audit: { backend: 'none', state: 'degraded', error: { code: 'TREFOIL_BACKEND_INVALID' } },
      reports: { TREFOIL_BACKEND_INVALID: 1 },
    });
    expect(trefoil.status().audit.error?.message).toContain('AUDIT_BACKEND at the audit pillar: no connection');
  });

  test('that cannot be made is refused where it is required', () => {
    const cause = new Error('no connection');
    container.register(AUDIT_BACKEND, {
      useFactory: () => {
        throw cause;
      },
    });
    expect(() => start({ audit: { required: true } })).toThrow(
      expect.objectContaining({ code: 'TREFOIL_BACKEND_INVALID', cause }) as Error,
    );
  });

  test.each([
    [AUDIT_BACKEND, {}, 'an object without log, flush, close, guarantees'],
    [AUDIT_BACKEND, { log() {}, flush() {}, close() {}, guarantees: null }, 'an object without guarantees'],
    [METRICS_BACKEND, { declare() {}, flush() {}, close() {} }, 'an object without increment, gauge, histogram'],
    [TRACER, 42, '42 without startSpan'],
    [LOGGER, 'console', '"console" without log, isLevelEnabled, flush, close'],
  ])('under %p is refused where it lacks methods: %p', (token, value, given) => {
    container.register<unknown>(token, { useValue: value });
    expect(() => start()).toThrow(
      expect.objectContaining({
        code: 'TREFOIL_BACKEND_INVALID',
        path: expect.objectContaining({ given }) as object,
      }) as Error,
    );
  });
});

describe('call handlers', () => {
  const seen: string[] = [];
  const handler = (name: string): CallHandler => ({
    name,
    onSettle: ({ operationName }: Call) => seen.push(`${name} ${operationName}`),
  });

  beforeEach(() => {
    seen.length = 0;
  });

  test('are as many as are registered, of values and classes', () => {
    class ClassHandler implements CallHandler {
      readonly name = 'class';
      onSettle(call: Call): void {
        seen.push(`class ${call.operationName}`);
      }
    }
    container.register(CALL_HANDLER, { useValue: handler('value') });
    container.register(CALL_HANDLER, { useClass: ClassHandler });
    start();
    new Orders().get('1');
    expect(seen.sort()).toEqual(['class get', 'value get']);
  });

  test('registered later see calls after reconfigure()', async () => {
    const trefoil = start();
    container.register(CALL_HANDLER, { useValue: handler('late') });
    new Orders().get('1');
    expect(seen).toEqual([]);
    await trefoil.reconfigure();
    new Orders().get('2');
    expect(seen).toEqual(['late get']);
  });

  test('see calls even where every pillar is off', () => {
    container.register(CALL_HANDLER, { useValue: handler('only') });
    start({ audit: { backend: 'none' }, metrics: { backend: 'none' }, tracing: { exporter: 'none' } });
    new Orders().get('1');
    expect(seen).toEqual(['only get']);
  });

  test("are the child's where it has some, else those above it", () => {
    container.register(CALL_HANDLER, { useValue: handler('root') });
    const inheriting = container.createChildContainer();
    const having = container.createChildContainer();
    having.register(CALL_HANDLER, { useValue: handler('child') });
    start({}, inheriting);
    start({}, having);
    inheriting.resolve(Orders).get('1');
    having.resolve(Orders).get('2');
    expect(seen).toEqual(['root get', 'child get']);
  });

  test.each([[null], [{ name: 'idle' }], [{ onStart() {} }], [{ name: 'wrong', onStart: 'text' }]])(
    'are refused where they are none: %p',
    (value) => {
      container.register<unknown>(CALL_HANDLER, { useValue: value });
      expect(() => start()).toThrow(expect.objectContaining({ code: 'TREFOIL_BACKEND_INVALID' }) as Error);
    },
  );

  test('that cannot be made leave what was in force before, and nothing open', async () => {
    const trefoil = start({ metrics: { backend: 'prometheus', port: 0 } });
    await trefoil.ready;
    const { audit, metrics } = trefoil;
    const { url } = trefoil.status().metrics;
    const cause = new Error('not today');
    container.register(CALL_HANDLER, {
      useFactory: () => {
        throw cause;
      },
    });
    await expect(trefoil.reconfigure({ audit: { backend: 'none' }, metrics: { port: 0 } })).rejects.toMatchObject({
      code: 'TREFOIL_BACKEND_INVALID',
      cause: expect.objectContaining({ message: 'not today' }) as Error,
    });
    new Orders().get('still');
    expect(trefoil).toMatchObject({ audit, metrics });
    expect(items(trefoil)).toEqual(['still']);
    expect((await fetch(String(url))).status).toBe(200);
  });
});

describe('the tokens', () => {
  test('resolve to what is in force, in the root and in its children', async () => {
    const trefoil = start();
    for (const within of [container, container.createChildContainer()]) {
      expect(within.resolve(TREFOIL)).toBe(trefoil);
      expect(within.resolve(AUDIT_BACKEND)).toBe(trefoil.audit);
      expect(within.resolve(METRICS_BACKEND)).toBe(trefoil.metrics);
      expect(within.resolve(TRACER)).toBe(trefoil.tracer);
      expect(within.resolve(LOGGER)).toBe(trefoil.logger);
    }
    const before = trefoil.audit;
    await trefoil.reconfigure({ audit: { backend: 'none' }, signals: false });
    expect(container.resolve(AUDIT_BACKEND)).toBe(trefoil.audit);
    expect(trefoil.audit).not.toBe(before);
  });

  test("resolve to a child's own in the child", () => {
    const root = start();
    const child = container.createChildContainer();
    const own = start({}, child);
    expect(child.resolve(TREFOIL)).toBe(own);
    expect(child.resolve(AUDIT_BACKEND)).toBe(own.audit);
    expect(container.resolve(TREFOIL)).toBe(root);
    expect(own.audit).not.toBe(root.audit);
  });

  test('survive clearInstances()', () => {
    const trefoil = start();
    container.clearInstances();
    expect(container.resolve(TREFOIL)).toBe(trefoil);
  });
});

describe('initializing', () => {
  test('a container twice is refused', async () => {
    const trefoil = start({ service: { name: 'first' } });
    expect(() => initializeObservability()).toThrow(
      expect.objectContaining({
        code: 'TREFOIL_ALREADY_INITIALIZED',
        message: expect.stringContaining('the service first') as string,
      }) as Error,
    );
    await trefoil.shutdown();
  });

  test('again after a shutdown works, with everything new', async () => {
    const first = start();
    new Orders().get('first');
    await first.shutdown();
    new Orders().get('between');
    const second = start();
    new Orders().get('second');
    expect(items(first)).toEqual(['first']);
    expect(items(second)).toEqual(['second']);
    expect(first.status().callsAfterShutdown).toBe(1);
    expect(second.status().callsAfterShutdown).toBe(0);
    expect(container.resolve(TREFOIL)).toBe(second);
  });

  test('again works after a start that failed', () => {
    expect(() => start({ audit: { backend: 'file', path: '/dev/null/audit', required: true } })).toThrow(
      'TREFOIL_AUDIT_PATH',
    );
    new Orders().get('bare');
    expect(items(start())).toEqual([]);
  });

  test.each([[null], ['root'], [{}], [{ resolve() {}, createChildContainer() {} }]])(
    'what is no container is refused: %p',
    (value) => {
      expect(() => initializeObservability({}, value as unknown as DependencyContainer)).toThrow(
        expect.objectContaining({ code: 'TREFOIL_CONTAINER_INVALID' }) as Error,
      );
    },
  );

  test('finds in tsyringe what it needs beyond its public types', () => {
    const child = container.createChildContainer() as DependencyContainer & {
      readonly parent: unknown;
      getRegistration(token: symbol): object;
      getAllRegistrations(token: symbol): object[];
    };
    child.register(ORDER_SOURCE, { useClass: Orders }, { lifecycle: Lifecycle.Singleton });
    const made = child.resolve<Orders>(ORDER_SOURCE);
    const registration = {
      provider: { useClass: Orders },
      options: { lifecycle: Lifecycle.Singleton },
      instance: made,
    };
    expect(child.parent).toBe(container);
    expect(child.getRegistration(ORDER_SOURCE)).toMatchObject(registration);
    expect(child.getAllRegistrations(ORDER_SOURCE)).toEqual([expect.objectContaining(registration)]);
  });
});

// One runtime for all pillars: none is fed by the decorators of another.
test('a pillar that nobody asks for is not fed', () => {
  @Store()
  class CountedOnly {
    @Counted()
    touch(): void {}
  }
  const trefoil = start();
  new CountedOnly().touch();
  expect(items(trefoil)).toEqual([]);
  expect((trefoil.tracer as InMemoryTracer).getSpans()).toEqual([]);
});
