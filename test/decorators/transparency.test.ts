import 'reflect-metadata';
import { Audited, Counted, Observed, Store, Timed, Traced } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

const size = Symbol('size');

class Bare {
  state = 'kept';

  value(): string {
    return this.state;
  }

  async later(): Promise<string> {
    await Promise.resolve();
    return this.state;
  }

  raise(thrown: unknown): never {
    throw thrown;
  }

  async raiseLater(thrown: unknown): Promise<never> {
    await Promise.resolve();
    throw thrown;
  }

  /** Not async, but returns a promise: its own throw must stay synchronous. */
  raiseBeforePromise(thrown: unknown): Promise<void> {
    throw thrown;
  }

  several(first: string, second = 2, ...rest: number[]): unknown[] {
    return [first, second, rest, arguments.length];
  }

  [size](): number {
    return 7;
  }

  static build(this: typeof Bare): string {
    return this.name;
  }
}

@Store({ name: 'decorated' })
class Decorated {
  state = 'kept';

  @Observed({ event: 'read' })
  value(): string {
    return this.state;
  }

  @Observed({ event: 'read' })
  async later(): Promise<string> {
    await Promise.resolve();
    return this.state;
  }

  @Observed({ event: 'read' })
  raise(thrown: unknown): never {
    throw thrown;
  }

  @Observed({ event: 'read' })
  async raiseLater(thrown: unknown): Promise<never> {
    await Promise.resolve();
    throw thrown;
  }

  @Observed({ event: 'read' })
  raiseBeforePromise(thrown: unknown): Promise<void> {
    throw thrown;
  }

  @Observed({ event: 'read' })
  several(first: string, second = 2, ...rest: number[]): unknown[] {
    return [first, second, rest, arguments.length];
  }

  @Observed({ event: 'count' })
  [size](): number {
    return 7;
  }

  @Observed({ event: 'create' })
  static build(this: typeof Decorated): string {
    return this.name;
  }
}

const thrown: readonly unknown[] = [new Error('boom'), 'a string', null, undefined, 0, Symbol('odd'), { plain: true }];

/** What a caller can tell of a synchronous call: the value, or exactly what was thrown. */
function observe(call: () => unknown): { threw: boolean; with: unknown } {
  try {
    return { threw: false, with: call() };
  } catch (error) {
    return { threw: true, with: error };
  }
}

describe.each(['running', 'off'])('a decorated method, with the runtime %s,', (state) => {
  let runtime: MemoryRuntime | undefined;

  beforeEach(() => {
    runtime = state === 'running' ? startMemoryRuntime() : undefined;
  });

  afterEach(() => runtime?.trefoil.shutdown());

  test('returns what the bare one returns, with the same receiver', async () => {
    expect(new Decorated().value()).toBe('kept');
    expect(new Decorated().several('a', undefined, 3)).toEqual(new Bare().several('a', undefined, 3));
    expect(new Decorated()[size]()).toBe(7);
    expect(Decorated.build()).toBe('Decorated');
    const pending = new Decorated().later();
    expect(Object.getPrototypeOf(pending)).toBe(Promise.prototype);
    await expect(pending).resolves.toBe('kept');
  });

  test.each(thrown)('throws the very same thing: %p', async (value) => {
    expect(observe(() => new Decorated().raise(value))).toEqual({ threw: true, with: value });
    expect(observe(() => new Decorated().raiseBeforePromise(value))).toEqual({ threw: true, with: value });
    const settled = await new Decorated().raiseLater(value).then(
      () => ({ threw: false, with: undefined as unknown }),
      (reason: unknown) => ({ threw: true, with: reason }),
    );
    expect(settled.threw).toBe(true);
    expect(settled.with).toBe(value);
  });

  test('works on any receiver, also on none', () => {
    const { value } = Decorated.prototype;
    expect(value.call({ state: 'borrowed' } as Decorated)).toBe('borrowed');
    expect(observe(() => value.call(undefined as unknown as Decorated)).threw).toBe(true);
    expect(value.call(Object.assign(Object.create(null) as Decorated, { state: 'no prototype' }))).toBe('no prototype');
    expect(value.call(new Proxy(new Decorated(), {}))).toBe('kept');
    expect(value.call(Object.freeze(new Decorated()))).toBe('kept');
  });
});

describe('the wrapper', () => {
  test('has the name, length and flags of the method, and no prototype', () => {
    for (const key of ['value', 'later', 'raise', 'several', size] as const) {
      const bare = Object.getOwnPropertyDescriptor(Bare.prototype, key) as PropertyDescriptor;
      const decorated = Object.getOwnPropertyDescriptor(Decorated.prototype, key) as PropertyDescriptor;
      const flags = ({ writable, enumerable, configurable }: PropertyDescriptor): unknown => ({
        writable,
        enumerable,
        configurable,
      });
      expect(flags(decorated)).toEqual(flags(bare));
      const shape = ({ name, length }: { name: string; length: number }): unknown => ({ name, length });
      expect(shape(decorated.value as () => void)).toEqual(shape(bare.value as () => void));
      expect(Reflect.ownKeys(decorated.value as object).sort()).toEqual(Reflect.ownKeys(bare.value as object).sort());
      expect(() => new (decorated.value as new () => unknown)()).toThrow(TypeError);
    }
    expect(Reflect.ownKeys(new Decorated())).toEqual(['state']);
  });

  test('carries what lower decorators have put on the method: own properties and own metadata', () => {
    const mark = (...args: unknown[]): void => {
      const method = (typeof args[0] === 'function' ? args[0] : (args[2] as PropertyDescriptor).value) as object;
      Object.defineProperty(method, 'route', { value: '/orders', enumerable: true });
      Reflect.defineMetadata('path', '/orders', method);
    };
    class Routed {
      @Counted()
      @mark
      get(): void {}
    }
    const { get } = Routed.prototype;
    expect((get as unknown as { route: string }).route).toBe('/orders');
    expect(Reflect.getOwnMetadata('path', get)).toBe('/orders');
  });
});

describe('promises of another make', () => {
  class Cancellable<T> extends Promise<T> {
    cancelled = false;
    cancel(): void {
      this.cancelled = true;
    }
  }
  const shared = Promise.resolve('shared');

  class Jobs {
    @Audited({ event: 'read' })
    subclass(): Cancellable<number> {
      return new Cancellable((resolve) => setImmediate(resolve, 1));
    }

    @Audited({ event: 'read' })
    withMethods(): Promise<number> & { pid: number } {
      return Object.assign(Promise.resolve(2), { pid: 42 });
    }

    @Audited({ event: 'read', returns: 'same' })
    memoised(): Promise<string> {
      return shared;
    }
  }

  test('are returned as they are, and observed on the side', async () => {
    const runtime = startMemoryRuntime();
    const jobs = new Jobs();
    const subclass = jobs.subclass();
    subclass.cancel();
    expect(subclass).toBeInstanceOf(Cancellable);
    expect(subclass.cancelled).toBe(true);
    expect(runtime.events()).toHaveLength(0);
    await subclass;
    const withMethods = jobs.withMethods();
    expect(withMethods.pid).toBe(42);
    await withMethods;
    expect(jobs.memoised()).toBe(shared);
    await shared;
    await Promise.resolve();
    expect(runtime.events().map(({ operation }) => operation)).toEqual([
      'Jobs.subclass',
      'Jobs.withMethods',
      'Jobs.memoised',
    ]);
    await runtime.trefoil.shutdown();
  });
});

interface ForeignDecorator {
  (value: object, context: object): void;
  (target: object, key: string | symbol, descriptor: object): void;
}

describe('a foreign decorator in the stack', () => {
  const foreign = (...args: unknown[]): unknown => {
    const isStandard = typeof args[1] === 'object';
    const method = (isStandard ? args[0] : (args[2] as PropertyDescriptor).value) as (...inner: unknown[]) => unknown;
    const wrapped = function (this: unknown, ...inner: unknown[]): unknown {
      return method.apply(this, inner);
    };
    return isStandard ? wrapped : { ...(args[2] as PropertyDescriptor), value: wrapped };
  };

  test('is reported where it stands in between, and not where it stands above or below', async () => {
    class Mixed {
      @Timed()
      @(foreign as ForeignDecorator)
      @Counted()
      between(): void {}

      @(foreign as ForeignDecorator)
      @Timed()
      @Counted()
      above(): void {}

      @Timed()
      @Counted()
      @(foreign as ForeignDecorator)
      below(): void {}

      @Traced()
      plain(): void {}
    }
    const runtime = startMemoryRuntime();
    const mixed = new Mixed();
    mixed.between();
    mixed.above();
    mixed.below();
    const found = runtime.trefoil
      .describe()
      .problems.filter(({ code }) => code === 'TREFOIL_FOREIGN_DECORATOR')
      .map(({ where }) => where);
    expect([...new Set(found)]).toEqual(['Mixed.between']);
    expect(runtime.counted('Mixed', 'above')).toBe(1);
    expect(runtime.timed('Mixed', 'below')).toBe(1);
    await runtime.trefoil.shutdown();
  });
});
