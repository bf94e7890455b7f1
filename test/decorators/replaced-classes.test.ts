import 'reflect-metadata';
import { applyDecorators } from '@nestjs/common';
import { autoInjectable, container, injectable } from 'tsyringe';
import { Audited, Observed, Store } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

type AnyClass = abstract new (...args: never[]) => object;

/** tsyringe types it for classes in the legacy dialect; it takes the class alone. */
const subclassing = autoInjectable() as unknown as (target: AnyClass) => never;

/** What many decorators do. */
function counting(target: new () => object): never {
  return class extends target {
    static instances = 0;
  } as never;
}

@Store({ name: 'above', type: 's3' })
@Observed()
@subclassing
class AboveStore {
  get(id: string): string {
    return id;
  }

  @Audited({ event: 'delete' })
  remove(): void {}

  compact(): void {}
}

@Observed()
@counting
@counting
class TwiceStore {
  get(): void {}
}

@counting
@Observed()
class BelowStore {
  get(): void {}
}

@subclassing
class SingleStore {
  @Audited()
  get(): void {}
}

class Base {
  get(): void {}

  @Audited()
  find(): void {}
}

@Observed()
class Empty extends Base {}

@Observed()
class Fields {
  readonly get = (): void => {};
}

describe('a class that a decorator has replaced by a subclass', () => {
  let runtime: MemoryRuntime;
  const operations = (): unknown[] => runtime.events().map(({ operation, storeName }) => [operation, storeName]);

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  test('has its methods covered by a class-wide @Observed above, and its name from @Store above', () => {
    const store = new AboveStore();
    expect(store.get('1')).toBe('1');
    store.remove();
    store.compact();
    expect(runtime.events()).toMatchObject([
      { eventType: 'read', storeName: 'above', storeType: 's3', operation: 'above.get' },
      { eventType: 'delete', storeName: 'above', storeType: 's3', operation: 'above.remove' },
    ]);
    expect(runtime.spans().map(({ name }) => name)).toEqual(['above.get']);
    const { methods, leftOut } = runtime.trefoil.describe();
    expect(
      methods.filter(({ className }) => className === 'AboveStore').map(({ method, store: label }) => [method, label]),
    ).toEqual([
      ['remove', 'above'],
      ['get', 'above'],
    ]);
    expect(leftOut).toContainEqual({
      className: 'AboveStore',
      methods: [{ method: 'compact', reason: 'its name stands for no event type' }],
    });
  });

  test('goes by the name of the nearest class that has one, wherever the decorator stands', () => {
    for (const made of [new TwiceStore(), new BelowStore(), new SingleStore()]) made.get();
    expect(operations()).toEqual([
      ['TwiceStore.get', 'TwiceStore'],
      ['BelowStore.get', 'BelowStore'],
      ['SingleStore.get', 'SingleStore'],
    ]);
    expect(runtime.counted('anonymous', 'get')).toBe(0);
  });

  test('is resolved by tsyringe and observed once', () => {
    const Injected = (injectable() as unknown as (target: unknown) => unknown)(AboveStore) ?? AboveStore;
    container.resolve(Injected as typeof AboveStore).get('2');
    expect(operations()).toEqual([['above.get', 'above']]);
  });

  test('of a subclass without methods of its own, those above are covered, and the class above stays as it was', () => {
    new Empty().get();
    new Empty().find();
    new Base().get();
    expect(operations()).toEqual([
      ['Empty.get', 'Empty'],
      ['Empty.find', 'Empty'],
    ]);
  });

  test('a class without any method to cover is a problem, not silence', () => {
    new Fields().get();
    const told = runtime.trefoil.describe().problems.filter(({ where }) => where === 'Fields');
    expect(told).toMatchObject([{ code: 'TREFOIL_DECORATOR_WITHOUT_EFFECT' }]);
  });

  test("NestJS's applyDecorators applies class decorators", () => {
    const onClass = applyDecorators(Observed(), Store({ name: 'nest' }) as ClassDecorator);
    class NestStore {
      get(): void {}
    }
    (onClass as (target: unknown) => void)(NestStore);
    new NestStore().get();
    expect(operations()).toEqual([['nest.get', 'nest']]);
  });
});
