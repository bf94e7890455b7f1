import { Audited, Observed, Store, Unobserved } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

@Observed({ user: () => 'u-1' })
@Store({ name: 'wide' })
class WideStore {
  get(id: string): string {
    return id;
  }

  createMany(count: number): number {
    return count;
  }

  @Audited({ event: 'delete' })
  remove(id: string): string {
    return id;
  }

  @Unobserved()
  getSecretly(): void {}

  compact(): void {}

  get total(): number {
    return 3;
  }

  set total(_value: number) {}

  static create(): WideStore {
    return new WideStore();
  }
}

describe('@Observed on a class', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  test('covers the methods whose event type can be inferred', () => {
    const store = new WideStore();
    store.get('1');
    store.createMany(3);
    expect(runtime.events()).toMatchObject([
      { eventType: 'read', userId: 'u-1', storeName: 'wide' },
      { eventType: 'batch_create', userId: 'u-1' },
    ]);
  });

  test('leaves a method with decorators of its own to them', () => {
    new WideStore().remove('1');
    expect(runtime.events()).toMatchObject([{ eventType: 'delete' }]);
    expect(runtime.events()[0]?.userId).toBeUndefined();
    expect(runtime.spans()).toEqual([]);
  });

  test('leaves out what is marked, what it cannot name, accessors and statics, and says so', () => {
    const store = WideStore.create();
    store.getSecretly();
    store.compact();
    expect(store.total).toBe(3);
    expect(runtime.events()).toEqual([]);
    const { leftOut } = runtime.trefoil.describe();
    expect(leftOut.find(({ className }) => className === 'WideStore')?.methods).toEqual([
      { method: 'getSecretly', reason: '@Unobserved()' },
      { method: 'compact', reason: 'its name stands for no event type' },
    ]);
  });

  test('keeps the class itself and its descriptors', () => {
    expect(new WideStore()).toBeInstanceOf(WideStore);
    expect(WideStore.name).toBe('WideStore');
    expect(Object.getOwnPropertyDescriptor(WideStore.prototype, 'get')).toMatchObject({
      enumerable: false,
      writable: true,
    });
  });

  test('refuses an event, which cannot be right for all methods', () => {
    expect(() => {
      @Observed({ event: 'read' })
      class Wrong {
        get(): void {}
      }
      return Wrong;
    }).toThrow(/TREFOIL_DECORATOR_OPTIONS.*Wrong event.*Give the event on the method/);
  });
});
