import 'reflect-metadata';
import { trace } from '@opentelemetry/api';
import { container } from 'tsyringe';
import {
  Audited,
  CALL_HANDLER,
  Counted,
  currentCall,
  currentContext,
  initializeObservability,
  LOGGER,
  Observed,
  runWithContext,
  Store,
  type CallHandler,
  type Logger,
} from '../../src/index';
import { RecordingLogger, startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(() => runtime.trefoil.shutdown());

/** The handlers and backends that are registered, from the next call on. */
async function use(token: symbol, value: unknown): Promise<void> {
  container.register(token, { useValue: value });
  await runtime.trefoil.reconfigure();
}

describe('what a method gives may be hostile', () => {
  const lazyEntity = {
    get item(): never {
      throw new Error('relation not loaded');
    },
  };

  class Entities {
    @Observed({ event: 'read', onResult: (result: object) => result })
    load(): object {
      return lazyEntity;
    }

    @Observed({ event: 'read', onResult: (result: object) => result })
    async loadLater(): Promise<object> {
      return Promise.resolve(lazyEntity);
    }

    @Observed({ event: 'read', returns: 'same', onResult: (result: object) => result })
    loadSame(): Promise<object> {
      return Promise.resolve(lazyEntity);
    }
  }

  test('a result whose fields throw is passed on, and the call recorded', async () => {
    const entities = new Entities();
    expect(entities.load()).toBe(lazyEntity);
    expect(await entities.loadLater()).toBe(lazyEntity);
    expect(await entities.loadSame()).toBe(lazyEntity);
    expect(runtime.events()).toHaveLength(3);
    expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
  });

  test('promises that are not quite promises are passed on', async () => {
    /** Starts its work when it is awaited, as the package p-lazy does. */
    class Lazy<T> extends Promise<T> {
      #started: Promise<T> | undefined;
      readonly #work: () => T;
      constructor(work: () => T) {
        super((resolve) => resolve(undefined as never));
        this.#work = work;
      }
      override then<A = T, B = never>(
        onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
        onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
      ): Promise<A | B> {
        this.#started ??= Promise.resolve().then(this.#work);
        return this.#started.then(onFulfilled, onRejected);
      }
    }
    class BrokenSpecies<T> extends Promise<T> {
      static override get [Symbol.species](): never {
        throw new Error('no species');
      }
    }
    let started = 0;
    class Jobs {
      @Observed({ event: 'read' })
      lazy(): Promise<number> {
        return new Lazy(() => (started += 1));
      }

      @Observed({ event: 'read' })
      broken(): Promise<number> {
        return BrokenSpecies.resolve(2);
      }

      @Observed({ event: 'read' })
      bare(): Promise<number> {
        return Object.setPrototypeOf(Promise.resolve(3), Object.create(null) as object) as Promise<number>;
      }
    }
    const jobs = new Jobs();
    const lazy = jobs.lazy();
    expect(started).toBe(0);
    expect(await lazy).toBe(1);
    expect(await lazy).toBe(1);
    const broken = jobs.broken();
    expect(broken).toBeInstanceOf(BrokenSpecies);
    expect(Reflect.ownKeys(broken).filter((key) => typeof key === 'string')).toEqual([]);
    expect(Object.getPrototypeOf(Object.getPrototypeOf(jobs.bare()))).toBeNull();
    await new Promise((resolve) => setImmediate(resolve));
    expect(runtime.events()).toHaveLength(3);
  });
});

describe('hooks that turn out to be asynchronous', () => {
  const rejecting = (): never => Promise.reject(new Error('later')) as never;

  class Selected {
    @Observed({
      event: 'read',
      item: rejecting,
      attributes: rejecting,
      when: rejecting,
      outcome: rejecting,
      onResult: rejecting,
    })
    get(): string {
      return 'value';
    }
  }

  test('leave no rejection unhandled, and are reported', async () => {
    const handler: CallHandler = { name: 'asynchronous', onStart: rejecting, onSettle: rejecting };
    await use(CALL_HANDLER, handler);
    expect(new Selected().get()).toBe('value');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { reports } = runtime.trefoil.status();
    expect(reports.TREFOIL_SELECTOR_FAILED).toBeGreaterThanOrEqual(5);
    expect(reports.TREFOIL_HANDLER_FAILED).toBe(2);
    expect(runtime.events()).toHaveLength(1);
  });
});

describe('telemetry that calls a decorated method', () => {
  @Store({ name: 'journal' })
  class Journal {
    lines = 0;

    @Observed({ event: 'create' })
    write(): void {
      this.lines += 1;
    }

    @Observed({ event: 'create' })
    async writeLater(): Promise<void> {
      await Promise.resolve();
      this.lines += 1;
    }
  }

  class Feedback {
    @Observed({ event: 'read', item: (id: string): string => new Feedback().get(id) })
    get(id: string): string {
      bodies += 1;
      return id;
    }
  }
  let bodies = 0;

  const loggerThat = (write: () => void): Logger => Object.assign(new RecordingLogger(), { log: (): void => write() });

  test.each(['write', 'writeLater'] as const)('from a logger does not feed itself: %s', async (method) => {
    const journal = new Journal();
    await use(
      LOGGER,
      loggerThat(() => void journal[method]()),
    );
    const get = jest.fn(() => 'value');
    class Orders {
      @Counted()
      read(): string {
        return get();
      }
    }
    new Orders().read();
    await new Promise((resolve) => setTimeout(resolve, 5));
    // The line of the call, and the one that reports what happened.
    expect(journal.lines).toBe(2);
    expect(runtime.counted('journal', method)).toBe(0);
    expect(runtime.trefoil.status().reports.TREFOIL_CALL_FROM_TELEMETRY).toBe(2);
    expect(runtime.counted('Orders', 'read')).toBe(1);
  });

  test('from a selector runs that one call bare', () => {
    expect(new Feedback().get('o-1')).toBe('o-1');
    expect(bodies).toBe(2);
    expect(runtime.events()).toHaveLength(1);
  });
});

describe('a call that leads to the next, for ever', () => {
  class Poller {
    polls = 0;
    seen = new Set<string | undefined>();

    @Observed({ event: 'read' })
    async poll(done: () => void): Promise<void> {
      this.polls += 1;
      this.seen.add(currentContext()?.userId);
      if (trace.getActiveSpan() === undefined) throw new Error('no span');
      if (this.polls === 20_000) return done();
      runWithContext({ requestId: String(this.polls) }, () => {
        setImmediate(() => void this.poll(done));
      });
    }
  }

  test('is recorded to its last, in the same context', async () => {
    const poller = new Poller();
    await runWithContext({ userId: 'u-1' }, () => new Promise<void>((resolve) => void poller.poll(resolve)));
    expect(poller.polls).toBe(20_000);
    expect([...poller.seen]).toEqual(['u-1']);
    expect(runtime.timed('Poller', 'poll') + 1).toBeGreaterThanOrEqual(20_000);
    expect(runtime.trefoil.status().reports.TREFOIL_PLAN_FAILED).toBeUndefined();
  });
});

describe('the arguments', () => {
  class Orders {
    @Observed({ event: 'read' })
    get(...ids: string[]): string[] {
      return ids;
    }
  }

  test('cannot be changed by a handler', async () => {
    const handler: CallHandler = {
      name: 'meddling',
      onStart: (call) => {
        (call.args as unknown[])[0] = 'changed';
        (call.args as unknown[]).length = 1;
      },
    };
    await use(CALL_HANDLER, handler);
    expect(new Orders().get('a', 'b')).toEqual(['a', 'b']);
  });
});

describe('what a method says of its call', () => {
  class Talkative {
    @Observed({ event: 'read' })
    get(): string {
      const call = currentCall() as unknown as Record<string, (...args: unknown[]) => void>;
      const hostile = {
        toString: (): never => {
          throw new Error('no text');
        },
      };
      for (const bytes of [5n, '5', Number.NaN, Infinity, -1, undefined, hostile]) {
        call['recordBytesRead']?.(bytes);
        call['recordBytesWritten']?.(bytes);
      }
      for (const value of [hostile, Object.create(null), Symbol('s'), undefined]) {
        call['setUser']?.(value);
        call['setAttribute']?.(value, value);
        call['addEvent']?.(value, value);
      }
      return 'value';
    }
  }

  test('may be anything, and does no harm', () => {
    expect(new Talkative().get()).toBe('value');
    expect(runtime.events()).toHaveLength(1);
    expect(runtime.trefoil.metrics.get('store_bytes_read_total', { store: 'Talkative' })).toBeUndefined();
  });
});

describe('receivers that do not like to be looked at', () => {
  class Strict {
    @Audited({ event: 'read' })
    get(): string {
      return 'value';
    }
  }

  test('are called all the same, also where a child container has a runtime', async () => {
    const child = initializeObservability(
      { metrics: { backend: 'none' }, logging: { level: 'silent' }, signals: false },
      container.createChildContainer(),
    );
    const strict = new Proxy(new Strict(), {
      get: (target, key) => {
        if (key in target) return Reflect.get(target, key) as unknown;
        throw new Error(`unexpected ${String(key)}`);
      },
    });
    expect(strict.get()).toBe('value');
    const { proxy, revoke } = Proxy.revocable(new Strict(), {});
    const { get } = proxy;
    revoke();
    expect(get.call(proxy)).toBe('value');
    await child.shutdown();
  });
});

describe('classes that are not as one expects', () => {
  test('are declared and built all the same', () => {
    const declare = (): object => {
      class Hostile {
        static get name(): never {
          throw new Error('no name');
        }

        @Audited({ event: 'read' })
        get(): string {
          return 'value';
        }
      }
      return new Hostile();
    };
    expect((declare() as { get(): string }).get()).toBe('value');
    class ReturnsAnother {
      constructor() {
        return Object.create(null) as ReturnsAnother;
      }
    }
    class Derived extends ReturnsAnother {
      @Audited({ event: 'read' })
      get(): void {}
    }
    expect(() => new Derived()).not.toThrow();
  });

  test('are labelled by their @Store where another decorator has replaced them by a proxy', () => {
    const proxied = ((target: new () => object) => new Proxy(target, {})) as unknown as (...args: never[]) => void;
    @(proxied as { (value: object, context: object): void; (value: object): void })
    @Store({ name: 'kept', type: 's3' })
    class Replaced {
      @Audited({ event: 'read' })
      get(): void {}
    }
    new Replaced().get();
    expect(runtime.events()).toMatchObject([{ storeName: 'kept', storeType: 's3' }]);
  });
});

describe('recursion', () => {
  class Tree {
    @Observed({ event: 'read' })
    visit(depth: number): number {
      return depth === 0 ? 0 : 1 + this.visit(depth - 1);
    }
  }

  test('a thousand decorated calls deep is no problem', () => {
    expect(new Tree().visit(1_000)).toBe(1_000);
    expect(runtime.events()).toHaveLength(1_001);
  });
});
