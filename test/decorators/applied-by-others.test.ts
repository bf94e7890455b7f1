import 'reflect-metadata';
import { applyDecorators } from '@nestjs/common';
import { Audited, Counted, Observed, Store, Timed, Traced, TrefoilError, Unobserved } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

/** A decorator as people call it by hand, in the legacy way, which works in both dialects. */
type ByHand = (target: object, key: string | symbol, descriptor: PropertyDescriptor) => unknown;

const byHand = (decorator: unknown): ByHand => decorator as ByHand;

function descriptorOf(target: object, key: string): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
}

describe('decorators applied by others', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  test("NestJS's applyDecorators, which ignores what a decorator returns, decorates the method once", () => {
    class NestStore {
      get(id: string): string {
        return id;
      }
    }
    const all = byHand(applyDecorators(byHand(Audited()) as MethodDecorator, byHand(Counted()) as MethodDecorator));
    const descriptor = descriptorOf(NestStore.prototype, 'get');
    all(NestStore.prototype, 'get', descriptor);
    Object.defineProperty(NestStore.prototype, 'get', descriptor);

    expect(new NestStore().get('1')).toBe('1');
    expect(runtime.events()).toMatchObject([{ operation: 'NestStore.get', status: 'success' }]);
    expect(runtime.counted('NestStore', 'get')).toBe(1);
    expect(runtime.lines).toHaveLength(1);
  });

  test('by hand, with the returned descriptor or with the one that was given, is one call', () => {
    class HandStore {
      get(): void {}
      find(): void {}
    }
    for (const [key, useReturned] of [
      ['get', true],
      ['find', false],
    ] as const) {
      const given = descriptorOf(HandStore.prototype, key);
      const first = byHand(Audited())(HandStore.prototype, key, given) as PropertyDescriptor;
      const second = byHand(Timed())(HandStore.prototype, key, useReturned ? first : given) as PropertyDescriptor;
      Object.defineProperty(HandStore.prototype, key, useReturned ? second : given);
    }
    new HandStore().get();
    new HandStore().find();
    expect(runtime.events().map(({ operation }) => operation)).toEqual(['HandStore.get', 'HandStore.find']);
    expect([runtime.timed('HandStore', 'get'), runtime.timed('HandStore', 'find')]).toEqual([1, 1]);
  });

  test('a frozen descriptor is left as it is, and another one is given', () => {
    class FrozenStore {
      get(): void {}
    }
    const frozen = Object.freeze(descriptorOf(FrozenStore.prototype, 'get'));
    const given = byHand(Audited())(FrozenStore.prototype, 'get', frozen) as PropertyDescriptor;
    Object.defineProperty(FrozenStore.prototype, 'get', given);
    new FrozenStore().get();
    expect(given).not.toBe(frozen);
    expect(runtime.events()).toHaveLength(1);
  });

  test('a method that stays bare, since the descriptor was ignored, is told of and not called audited', () => {
    class BareStore {
      get(): void {}
      static open(): void {}
    }
    byHand(Audited())(BareStore.prototype, 'get', descriptorOf(BareStore.prototype, 'get'));
    byHand(Audited())(BareStore, 'open', descriptorOf(BareStore, 'open'));
    new BareStore().get();
    expect(runtime.events()).toEqual([]);

    const { methods, problems } = runtime.trefoil.describe();
    const described = methods.filter(({ className }) => className === 'BareStore');
    expect(described.map(({ method, pillars }) => [method, pillars])).toEqual([
      ['get', []],
      ['open', []],
    ]);
    const told = problems.filter(({ code }) => code === 'TREFOIL_DECORATOR_WITHOUT_EFFECT');
    expect(told.map(({ where }) => where)).toEqual(['BareStore.get', 'BareStore.open']);
    expect(() => runtime.trefoil.verify()).toThrow(
      /BareStore\.get is decorated, but its class still has the bare method/,
    );
  });
});

describe('a decorator without its parentheses', () => {
  const decorators = { Audited, Counted, Observed, Store, Timed, Traced, Unobserved };
  const refused = (name: string, where: string): unknown =>
    expect.objectContaining({
      code: 'TREFOIL_DECORATOR_OPTIONS',
      message: expect.stringMatching(new RegExp(`${where}.*Write @${name}\\(\\)\\.$`)) as string,
    });

  const errorOf = (declare: () => unknown): unknown => {
    try {
      return declare();
    } catch (error) {
      return error;
    }
  };

  test.each(Object.entries(decorators))('@%s is refused on a method, with its name', (name, decorator) => {
    const bare = decorator as unknown as (...args: readonly unknown[]) => never;
    const error = errorOf(() => {
      class MethodStore {
        @bare
        get(): void {}
      }
      return MethodStore;
    });
    expect(error).toBeInstanceOf(TrefoilError);
    expect(error).toEqual(refused(name, '(MethodStore\\.get|the method get)'));
    expect(errorOf(() => bare(Map.prototype, 'get', descriptorOf(Map.prototype, 'get')))).toEqual(
      refused(name, 'Map\\.get'),
    );
  });

  test.each(Object.entries(decorators))('@%s is refused on a class and on a static method', (name, decorator) => {
    const bare = decorator as unknown as (...args: readonly unknown[]) => never;
    const onClass = errorOf(() => {
      @bare
      class WholeStore {}
      return WholeStore;
    });
    expect(onClass).toEqual(refused(name, 'WholeStore'));
    const onStatic = errorOf(() => {
      class StaticStore {
        @bare
        static open(): void {}
      }
      return StaticStore;
    });
    expect(onStatic).toEqual(refused(name, '(StaticStore\\.open|the method open)'));
  });
});
