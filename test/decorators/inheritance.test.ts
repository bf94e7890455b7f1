import { Observed, Store } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

@Store({ name: 'base', type: 'memory' })
class BaseStore {
  @Observed({ item: (id: string) => id })
  get(id: string): string {
    return `base ${id}`;
  }

  @Observed({ event: 'create' })
  static build(): string {
    return this.name;
  }
}

@Store({ name: 'derived', type: 'disk' })
class DerivedStore extends BaseStore {}

class UnnamedStore extends BaseStore {}

@Store({ name: 'overriding' })
class OverridingStore extends BaseStore {
  @Observed({ item: (id: string) => id })
  override get(id: string): string {
    return `over ${super.get(id)}`;
  }
}

class BareOverride extends BaseStore {
  override get(id: string): string {
    return `bare ${super.get(id)}`;
  }
}

describe('an inherited method', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  test('is one Call, labelled with the concrete class', () => {
    expect(new DerivedStore().get('1')).toBe('base 1');
    expect(runtime.events()).toMatchObject([{ operation: 'derived.get', storeName: 'derived', storeType: 'disk' }]);
    expect(runtime.counted('derived', 'get')).toBe(1);
    expect(runtime.counted('base', 'get')).toBe(0);
  });

  test('is labelled with the nearest store above where the class has none', () => {
    new UnnamedStore().get('1');
    expect(runtime.events()).toMatchObject([{ operation: 'base.get', storeName: 'base' }]);
  });

  test('is a child Call where a decorated override calls super', () => {
    expect(new OverridingStore().get('1')).toBe('over base 1');
    const [inner, outer] = runtime.spans();
    expect(runtime.spans()).toHaveLength(2);
    expect(inner?.parentSpanId).toBe(outer?.spanContext().spanId);
    expect(runtime.events().map(({ operation }) => operation)).toEqual(['overriding.get', 'overriding.get']);
    expect(new Set(runtime.events().map(({ correlationId }) => correlationId)).size).toBe(1);
  });

  test('is one Call where an undecorated override calls super', () => {
    expect(new BareOverride().get('1')).toBe('bare base 1');
    expect(runtime.events()).toHaveLength(1);
  });

  test('is labelled by the class that a static method is called on', () => {
    expect(DerivedStore.build()).toBe('DerivedStore');
    expect(BaseStore.build()).toBe('BaseStore');
    expect(runtime.events().map(({ storeName }) => storeName)).toEqual(['derived', 'base']);
  });

  test('keeps plans apart when calls on several classes take turns', () => {
    for (let round = 0; round < 3; round += 1) {
      new BaseStore().get('a');
      new DerivedStore().get('b');
    }
    expect(runtime.counted('base', 'get')).toBe(3);
    expect(runtime.counted('derived', 'get')).toBe(3);
  });
});
