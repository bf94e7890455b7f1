import { MessageChannel } from 'node:worker_threads';
import { expose, wrap, type Remote } from 'comlink';
import nodeEndpoint from 'comlink/dist/umd/node-adapter';
import { RpcSession, RpcTarget, type RpcStub, type RpcTransport } from 'capnweb';
import { currentCall, Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);
const failure = new RangeError('unique constraint');

/** The same method, bare and decorated. */
function both(give: () => unknown): readonly [bare: () => unknown, decorated: () => unknown] {
  class Decorated {
    @Observed({ event: 'create' })
    create(): unknown {
      return give();
    }
  }
  return [give, () => new Decorated().create()];
}

/** What is read of a result and called on it, by whatever way. */
interface Counted {
  reads: number;
  calls: number;
}

type Make = (counted: Counted) => object;

const then = (counted: Counted, ...callbacks: [never?, never?]): Promise<unknown> => {
  counted.calls += 1;
  return Promise.reject(failure).then(...callbacks);
};

/** Each way to have a `then`. */
const thenables: { readonly [name: string]: Make } = {
  'a proxy of a thenable': (counted) =>
    new Proxy(
      { then: (...callbacks: [never?, never?]) => then(counted, ...callbacks) },
      {
        get: (target, key, self) => (key === 'then' && (counted.reads += 1), Reflect.get(target, key, self) as unknown),
      },
    ),
  'a proxy whose trap answers `then`': (counted) =>
    new Proxy(
      {},
      {
        get: (_target, key) => (key === 'then' ? ((counted.reads += 1), then.bind(undefined, counted)) : undefined),
      },
    ),
  'a function with a `then`': (counted) =>
    Object.assign(() => 'called', { then: (...callbacks: [never?, never?]) => then(counted, ...callbacks) }),
  'a proxy of a function': (counted) =>
    new Proxy(() => 'called', {
      get: (_target, key) => (key === 'then' ? ((counted.reads += 1), then.bind(undefined, counted)) : undefined),
    }),
  'an object with a getter': (counted) => ({
    get then() {
      counted.reads += 1;
      return then.bind(undefined, counted);
    },
  }),
  'a class with a getter and private fields': (counted) => {
    class Private {
      readonly #counted = counted;
      get then(): unknown {
        this.#counted.reads += 1;
        return then.bind(undefined, this.#counted);
      }
    }
    return new Private();
  },
  'a frozen thenable': (counted) =>
    Object.freeze({ then: (...callbacks: [never?, never?]) => then(counted, ...callbacks) }),
};

describe.each(Object.keys(thenables))('%s', (name) => {
  const make = thenables[name] as Make;

  test('is read and called as often as it is bare, and fails for both', async () => {
    const counts: Counted[] = [];
    for (const call of both(() => {
      const counted = { reads: 0, calls: 0 };
      counts.push(counted);
      return make(counted);
    })) {
      const used = (async () => await call())();
      await expect(used).rejects.toBe(failure);
    }
    expect(counts[1]).toEqual(counts[0]);
    expect(statuses()).toEqual(['failure']);
  });

  test('that nobody awaits is not called, and no Call', async () => {
    const counted = { reads: 0, calls: 0 };
    const [, decorated] = both(() => make(counted));
    const kept = decorated();
    await new Promise((resolve) => setImmediate(resolve));
    expect(counted.calls).toBe(0);
    expect(statuses()).toEqual([]);
    expect(typeof kept).toBe(typeof make(counted));
  });
});

test.each<[string, object]>([
  ['a plain object', new Proxy({ id: 1 }, {})],
  ['a list', new Proxy([1, 2], {})],
  [
    'an object that refuses to be read',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('strict');
        },
      },
    ),
  ],
])('a proxy of %s stays the very same, and its call is a success at the return', (_name, value) => {
  const [, decorated] = both(() => value);
  expect(decorated() === value).toBe(true);
  expect(statuses()).toEqual(['success']);
});

test('a store that is a proxy, and returns itself for the next call, is not looked into', () => {
  class Fluent {
    @Observed({ event: 'update' })
    set(): this {
      return this;
    }
  }
  const asked: unknown[] = [];
  const has = (target: object, key: string | symbol): boolean => (asked.push(key), key in target);
  const store = new Proxy<Fluent>(new Fluent(), { has });
  expect(store.set() === store).toBe(true);
  expect(asked).toEqual([]);
  expect(statuses()).toEqual(['success']);
});

test('a function that is a proxy and cannot be awaited is a success when it is', async () => {
  const stub = new Proxy((left: number, right: number) => left + right, {});
  const [, decorated] = both(() => stub);
  const result = (await decorated()) as typeof stub;
  expect(result(1, 2)).toBe(3);
  expect(statuses()).toEqual(['success']);
});

test('with `returns: same`, a function that is a proxy is left alone', () => {
  const stub = new Proxy(() => 'called', {});
  class Stubs {
    @Observed({ event: 'read', returns: 'same' })
    get(): () => string {
      return stub;
    }
  }
  expect(new Stubs().get()).toBe(stub);
  expect(statuses()).toEqual(['success']);
});

interface Api {
  readonly settings: { readonly limit: number };
  add(left: number, right: number): number;
  fail(): never;
}

describe('a stub of comlink', () => {
  let messages: number;
  let remote: Remote<Api>;
  let channel: MessageChannel;

  beforeEach(() => {
    channel = new MessageChannel();
    messages = 0;
    channel.port1.on('message', () => void (messages += 1));
    const api: Api = {
      settings: { limit: 10 },
      add: (left, right) => left + right,
      fail: () => {
        throw failure;
      },
    };
    expose(api, nodeEndpoint(channel.port1));
    remote = wrap<Api>(nodeEndpoint(channel.port2));
  });

  afterEach(() => channel.port1.close());

  class Client {
    constructor(readonly remote: Remote<Api>) {}

    @Observed({ event: 'read' })
    limit(): PromiseLike<number> {
      return (this.remote.settings as unknown as { readonly limit: PromiseLike<number> }).limit;
    }

    @Observed({ event: 'read' })
    settings(): Remote<Api['settings']> {
      return this.remote.settings as unknown as Remote<Api['settings']>;
    }

    @Observed({ event: 'read' })
    add(left: number, right: number): PromiseLike<number> {
      return this.remote.add(left, right);
    }

    @Observed({ event: 'read' })
    fail(): PromiseLike<never> {
      return this.remote.fail();
    }

    @Observed({ event: 'read' })
    api(): Remote<Api> {
      return this.remote;
    }

    @Observed({ event: 'read' })
    outer(): Remote<Api> {
      return this.api();
    }
  }

  test('sends as many messages as it does bare, and has the outcome that the caller sees', async () => {
    const client = new Client(remote);
    client.limit();
    expect(await client.limit()).toBe(10);
    expect(await (client.settings().limit as unknown as PromiseLike<number>)).toBe(10);
    expect(await client.add(1, 2)).toBe(3);
    await expect(Promise.resolve(client.fail())).rejects.toThrow(failure.message);
    expect(await client.api().add(2, 3)).toBe(5);
    await expect(Promise.resolve(client.api().fail())).rejects.toThrow(failure.message);
    expect(messages).toBe(6);
    expect(statuses()).toEqual(['success', 'success', 'success', 'failure', 'success', 'failure']);
    expect(await (client.outer().settings as unknown as { readonly limit: PromiseLike<number> }).limit).toBe(10);
    await expect(Promise.resolve(client.outer().fail())).rejects.toThrow(failure.message);
    expect(messages).toBe(8);
    expect(statuses().slice(6)).toEqual(['success', 'success', 'failure', 'failure']);
  });

  test('that another decorated method gave on nests the call of that method, however it is put to work', async () => {
    const client = new Client(remote);
    expect(await client.outer().add(1, 2)).toBe(3);
    await expect(Promise.resolve(client.outer().fail())).rejects.toThrow(failure.message);
    expect(await (client.outer().settings as unknown as { readonly limit: PromiseLike<number> }).limit).toBe(10);
    const spans = runtime.spans();
    expect(spans.map(({ name }) => name)).toEqual(
      Array.from({ length: 3 }, () => ['Client.api', 'Client.outer']).flat(),
    );
    for (const at of [0, 2, 4]) {
      expect(spans[at]?.parentSpanId).toBe(spans[at + 1]?.spanContext().spanId);
      expect(spans[at + 1]?.parentSpanId).toBeUndefined();
    }
  });
});

describe('a stub of capnweb', () => {
  /** Two ends of one connection. */
  function connected(): readonly [RpcTransport, RpcTransport] {
    const [there, back] = [queue(), queue()];
    return [
      { send: there.put, receive: back.take },
      { send: back.put, receive: there.take },
    ];
  }

  function queue(): { readonly put: (message: string) => void; readonly take: () => Promise<string> } {
    const sent: string[] = [];
    const waiting: ((message: string) => void)[] = [];
    return {
      put: (message) => {
        const next = waiting.shift();
        if (next === undefined) sent.push(message);
        else next(message);
      },
      take: () =>
        new Promise((resolve) => {
          const message = sent.shift();
          if (message === undefined) waiting.push(resolve);
          else resolve(message);
        }),
    };
  }

  class Server extends RpcTarget {
    user(id: number): { readonly id: number; readonly name: string } {
      if (id < 0) throw failure;
      return { id, name: `user ${id}` };
    }

    greet(name: string): string {
      return `hello ${name}`;
    }
  }

  class Client {
    constructor(readonly stub: RpcStub<Server>) {}

    @Observed({ event: 'read' })
    user(id: number) {
      return this.stub.user(id);
    }

    @Observed({ event: 'read' })
    twice(id: number) {
      return this.user(id);
    }
  }

  test('is a Call when it is awaited, and may be passed on before', async () => {
    const [near, far] = connected();
    new RpcSession(far, new Server());
    const stub = new RpcSession<Server>(near).getRemoteMain();
    const client = new Client(stub);
    const outside = currentCall();
    expect(await client.user(1)).toEqual({ id: 1, name: 'user 1' });
    await expect(Promise.resolve(client.user(-1))).rejects.toThrow(failure.message);
    await expect(Promise.resolve(client.twice(-1))).rejects.toThrow(failure.message);
    expect(await stub.greet(client.user(2).name)).toBe('hello user 2');
    expect(currentCall()).toBe(outside);
    expect(statuses()).toEqual(['success', 'failure', 'failure', 'failure']);
  });
});
