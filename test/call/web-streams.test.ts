import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Audited, Counted, Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';
import { unhandledRejections } from '../fixtures/unhandled-rejections';

/** Returns whatever it is told to make. */
class Files {
  @Observed({ event: 'read' })
  open<Made>(make: () => Made): Made {
    return make();
  }

  @Observed({ event: 'read', returns: 'same' })
  openSame<Made>(make: () => Made): Made {
    return make();
  }

  @Observed({ event: 'read' })
  async openLater<Made>(make: () => Made): Promise<Made> {
    return make();
  }

  @Audited({ event: 'read', delivery: 'strict' })
  openStrictly<Made>(make: () => Made): Made {
    return make();
  }

  @Counted()
  countOnly<Made>(make: () => Made): Made {
    return make();
  }
}

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const files = new Files();
const statuses = (): string[] => runtime.events().map(({ status }) => status);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

type Body = ConstructorParameters<typeof Response>[0];
type Log = (event: string, value?: unknown) => void;

/** Four chunks, pulled one by one; the source says what it is asked for. */
function counting(log: Log, type?: 'bytes', failAt = Number.POSITIVE_INFINITY): ReadableStream<unknown> {
  let pulled = 0;
  const source = {
    pull(controller: ReadableStreamDefaultController<unknown> | ReadableByteStreamController): void {
      log('pulled', controller.desiredSize);
      pulled += 1;
      if (pulled === failAt) throw new RangeError('the source failed');
      if (pulled > 4) {
        controller.close();
        (controller as { readonly byobRequest?: { respond(bytes: number): void } | null }).byobRequest?.respond(0);
      } else controller.enqueue(new Uint8Array([pulled, pulled]));
    },
    cancel: (reason: unknown): void => log('cancelled', reason),
  };
  return type === 'bytes'
    ? new ReadableStream({ ...source, type })
    : new ReadableStream(source, { highWaterMark: 2, size: () => 1 });
}

function storing(log: Log, failAt = Number.POSITIVE_INFINITY): WritableStream<unknown> {
  let written = 0;
  return new WritableStream(
    {
      write(chunk) {
        written += 1;
        log('written', chunk);
        if (written === failAt) throw new RangeError('the sink failed');
      },
      close: () => log('closed'),
      abort: (reason) => log('aborted', reason),
    },
    { highWaterMark: 2 },
  );
}

/** All at once, so that the end waits behind the chunks. */
function complete(): ReadableStream<unknown> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of ['a', 'b', 'c']) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}

async function drain(stream: ReadableStream<unknown>, log: Log): Promise<void> {
  for await (const chunk of stream) log('chunk', chunk);
}

async function leave(stream: ReadableStream<unknown>, log: Log, options = {}): Promise<void> {
  for await (const chunk of stream.values(options)) {
    log('left at', chunk);
    break;
  }
}

const reason = new Error('the reason');

type Case<Stream> = readonly [how: string, status: string, use: (stream: Stream, log: Log) => Promise<unknown>];

const readings: readonly Case<ReadableStream<unknown>>[] = [
  ['iterated to its end', 'success', drain],
  ['left early', 'cancelled', leave],
  [
    'left early by one that does not cancel it, and then read on',
    'success',
    async (stream, log) => {
      await leave(stream, log, { preventCancel: true });
      log('locked', stream.locked);
      await drain(stream, log);
    },
  ],
  ['cancelled', 'cancelled', (stream) => stream.cancel(reason)],
  [
    'cancelled by its reader',
    'cancelled',
    async (stream, log) => {
      const reader = stream.getReader();
      void reader.closed.then(() => log('closed'));
      log('read', await reader.read());
      await reader.cancel(reason);
      log('read', await reader.read());
    },
  ],
  [
    'read by one reader after the other',
    'success',
    async (stream, log) => {
      const first = stream.getReader();
      log('read', await first.read());
      first.releaseLock();
      const second = stream.getReader();
      let step = await second.read();
      for (; !step.done; step = await second.read()) log('read', step);
      await second.closed;
    },
  ],
  ['piped to a sink', 'success', (stream, log) => stream.pipeTo(storing(log))],
  [
    'piped to a sink that fails',
    'cancelled',
    (stream, log) => expect(stream.pipeTo(storing(log, 1))).rejects.toThrow(),
  ],
  [
    'piped until a signal',
    'cancelled',
    (stream, log) => expect(stream.pipeTo(storing(log), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason),
  ],
  ['piped through a transform', 'success', (stream, log) => drain(stream.pipeThrough(new TransformStream()), log)],
  [
    'teed, and both read',
    'success',
    async (stream, log) => {
      for (const branch of stream.tee()) await drain(branch, log);
    },
  ],
  [
    'teed, and both cancelled',
    'cancelled',
    (stream) => Promise.all(stream.tee().map((branch) => branch.cancel(reason))),
  ],
  [
    'made the body of a Response',
    'success',
    async (stream, log) => log('body', await new Response(stream as Body).text()),
  ],
  [
    'transferred',
    'success',
    async (stream, log) => {
      await drain(structuredClone(stream, { transfer: [stream] }), log);
      await turn();
    },
  ],
  [
    'made a Node stream',
    'success',
    async (stream, log) => {
      for await (const chunk of Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0])) log('chunk', chunk);
    },
  ],
];

const writings: readonly Case<WritableStream<unknown>>[] = [
  [
    'written to its close',
    'success',
    (stream, log) =>
      complete()
        .pipeTo(stream)
        .then(() => log('piped')),
  ],
  [
    'aborted with a reason',
    'cancelled',
    async (stream, log) => {
      const writer = stream.getWriter();
      void writer.ready.then(() => log('ready', writer.desiredSize));
      void writer.closed.catch((error: unknown) => log('closed with', error));
      await writer.write('a');
      await writer.abort(reason);
      await expect(writer.ready).rejects.toBe(reason);
    },
  ],
  ['aborted without one', 'cancelled', (stream) => stream.abort()],
  [
    'aborted because what is piped to it fails',
    'cancelled',
    (stream, log) => expect(counting(log, undefined, 3).pipeTo(stream)).rejects.toThrow(RangeError),
  ],
];

/** What is seen of a stream that is made and used in the same way, bare and decorated. */
async function compare<Stream>(
  make: (log: Log) => Stream,
  use: (stream: Stream, log: Log) => Promise<unknown>,
): Promise<void> {
  const seen: Record<'bare' | 'decorated', unknown[]> = { bare: [], decorated: [] };
  const rejections: unknown[][] = [];
  for (const how of ['decorated', 'bare'] as const) {
    const log: Log = (event, value) => void seen[how].push(value === undefined ? event : [event, value]);
    const call = <Made>(made: () => Made): Made => (how === 'bare' ? made() : files.open(made));
    const done = async (): Promise<void> => {
      try {
        const stream = call(() => make(log));
        await turn();
        log('before it is used');
        await use(stream, log);
      } catch (error) {
        log('threw', error);
      }
    };
    rejections.push(await unhandledRejections(done));
  }
  expect(seen.decorated).toEqual(seen.bare);
  expect(rejections[0]).toEqual(rejections[1]);
}

describe.each([
  ['pulled from', counting],
  ['of bytes', (log: Log) => counting(log, 'bytes')],
  ['complete from the start', complete],
] as const)('a readable stream %s', (_kind, make: (log: Log) => ReadableStream<unknown>) => {
  test.each(readings)('that is %s is used as if bare: %s', async (_how, status, use) => {
    await compare(make, use);
    expect(statuses()).toEqual([status]);
  });

  test('is not asked for anything by being returned', async () => {
    await compare(make, async (stream, log) => {
      log('left alone');
      await turn();
      await stream.cancel();
    });
    expect(statuses()).toEqual(['cancelled']);
  });
});

describe('a readable stream', () => {
  test('of a Node stream ends with it', async () => {
    const made = (): ReadableStream<unknown> => Readable.toWeb(Readable.from(['a', 'b'])) as ReadableStream<unknown>;
    await compare(made, drain);
    expect(statuses()).toEqual(['success']);
  });

  test('goes on where its reader leaves it open', async () => {
    const stream = files.open(complete);
    await leave(stream, () => undefined, { preventCancel: true });
    await turn();
    expect(statuses()).toEqual([]);
    await stream.cancel();
    expect(statuses()).toEqual(['cancelled']);
  });

  test('whose source fails is a failure, with the very error', async () => {
    await compare((log) => counting(log, undefined, 3), drain);
    expect(runtime.events()).toMatchObject([{ status: 'failure', errorType: 'RangeError' }]);
  });

  test('of bytes fills the buffers of its reader', async () => {
    await compare(
      (log) => counting(log, 'bytes'),
      async (stream, log) => {
        const reader = (stream as ReadableStream<Uint8Array<ArrayBuffer>>).getReader({ mode: 'byob' });
        let step = await reader.read(new Uint8Array(3));
        for (; !step.done; step = await reader.read(new Uint8Array(3))) log('read', step.value);
      },
    );
    expect(statuses()).toEqual(['success']);
  });

  test('is the very object, of its class, with nothing added', () => {
    class Rows extends (ReadableStream as new (source: object) => ReadableStream<unknown>) {
      readonly table = 't';
      #count = 3;
      get count(): number {
        return this.#count;
      }
    }
    const rows = new Rows({ start: (controller: ReadableStreamDefaultController) => controller.close() });
    const keys = Reflect.ownKeys(rows);
    expect(files.open(() => rows)).toBe(rows);
    expect(files.openSame(() => rows)).toBe(rows);
    expect(Reflect.ownKeys(rows)).toEqual(keys);
    expect([rows.count, rows.table, rows.locked]).toEqual([3, 't', false]);
  });

  test('that was locked, closed or errored before it is returned tells its end all the same', async () => {
    const locked = complete();
    const reader = locked.getReader();
    expect(files.open(() => locked).locked).toBe(true);
    files.openSame(() => new ReadableStream({ start: (controller) => controller.close() }));
    files.open(() => new ReadableStream({ start: (controller) => controller.error(null) }));
    await turn();
    expect(statuses()).toEqual(['success', 'failure']);
    await reader.cancel();
    expect(statuses()).toEqual(['success', 'failure', 'cancelled']);
  });

  test('that many calls return ends each of them', async () => {
    const shared = counting(() => undefined);
    for (let count = 0; count < 12_000; count += 1) files.countOnly(() => shared);
    await drain(shared, () => undefined);
    expect(runtime.counted('Files', 'countOnly')).toBe(12_000);
  });

  test('that a promise gives is not looked at, nor is a Node stream: the call ends with the promise', async () => {
    const web = await files.openLater(complete);
    const node = await files.openLater(() => Readable.from(['a']));
    expect(statuses()).toEqual(['success', 'success']);
    await web.cancel();
    node.destroy();
    await once(node, 'close');
    expect(statuses()).toEqual(['success', 'success']);
  });

  test('under strict audit has its intent on record before, and its outcome when it ends', async () => {
    const stream = files.openStrictly(complete);
    expect(statuses()).toEqual(['unknown']);
    await drain(stream, () => undefined);
    await turn();
    expect(statuses()).toEqual(['unknown', 'success']);
  });
});

describe('a writable stream', () => {
  test.each(writings)('that is %s is used as if bare: %s', async (_how, status, use) => {
    await compare((log) => storing(log), use);
    expect(statuses()).toEqual([status]);
  });

  test('whose sink fails is a failure, also where its writer then aborts', async () => {
    await compare(
      (log) => storing(log, 2),
      async (stream, log) => {
        const writer = stream.getWriter();
        writer.closed.catch((error: unknown) => log('closed with', error));
        await writer.write('a');
        await writer.write('b').catch((error: unknown) => log('write', error));
        await writer.abort(reason).catch((error: unknown) => log('abort', error));
      },
    );
    expect(runtime.events()).toMatchObject([{ status: 'failure', errorType: 'RangeError' }]);
  });

  test('of a Node stream ends with it', async () => {
    const stored = new PassThrough().resume();
    await complete().pipeTo(files.open(() => Writable.toWeb(stored)));
    expect(statuses()).toEqual(['success']);
  });
});

describe.each([
  ['TransformStream', () => new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>()],
  ['CompressionStream', () => new CompressionStream('gzip')],
] as const)('a %s', (_name, make) => {
  test('ends with its readable side', async () => {
    const transform = files.open(make);
    const source = new Blob(['abc']).stream();
    const body = source.pipeThrough(transform as TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>);
    expect(statuses()).toEqual([]);
    expect((await new Response(body as Body).arrayBuffer()).byteLength).toBeGreaterThan(2);
    expect(statuses()).toEqual(['success']);
  });

  test('is cancelled by the reader of the one side and by the writer of the other', async () => {
    await files.open(make).readable.cancel(reason);
    await files.open(make).writable.abort(reason);
    await turn();
    expect(statuses()).toEqual(['cancelled', 'cancelled']);
  });
});

describe('a TransformStream', () => {
  test('that fails is a failure, one that ends itself a success', async () => {
    const failing = files.open(() => new TransformStream({ transform: () => Promise.reject(reason) }));
    await expect(drain(complete().pipeThrough(failing), () => undefined)).rejects.toBe(reason);
    const ending = files.open(() => new TransformStream({ transform: (_chunk, controller) => controller.terminate() }));
    await drain(complete().pipeThrough(ending), () => undefined);
    expect(statuses()).toEqual(['failure', 'success']);
  });

  test('is not looked for in other objects, whose getters are left alone', () => {
    let asked = 0;
    class Pair {
      get readable(): void {
        return void (asked += 1);
      }
      get writable(): void {
        return void (asked += 1);
      }
    }
    files.open(() => new Pair());
    files.open(() => ({ readable: complete(), writable: storing(() => undefined) }));
    expect(asked).toBe(0);
    expect(statuses()).toEqual(['success', 'success']);
  });
});

describe.each([
  ['web', () => ReadableStream.from(['a', 'b', 'c'])],
  ['Node', () => Readable.from(['a', 'b', 'c'])],
] as const)('a %s stream that nobody reads', (_kind, make: () => AsyncIterable<unknown>) => {
  test('is given up when its time has passed, and can be read all the same', async () => {
    await runtime.trefoil.shutdown();
    runtime = startMemoryRuntime({ streamTimeoutMs: 1 });
    const stream = files.open(make);
    await until(() => statuses().length > 0);
    expect(statuses()).toEqual(['cancelled']);
    const chunks: unknown[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks).toEqual(['a', 'b', 'c']);
    expect(statuses()).toEqual(['cancelled']);
  });

  test('is not given up once somebody has begun to read it, however long that takes', async () => {
    await runtime.trefoil.shutdown();
    runtime = startMemoryRuntime({ streamTimeoutMs: 1 });
    const chunks: unknown[] = [];
    for await (const chunk of files.open(make)) {
      chunks.push(chunk);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => statuses().length > 0);
    expect([chunks, statuses()]).toEqual([['a', 'b', 'c'], ['success']]);
  });

  test('is given up when it is collected: its call does not keep it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    files.open(make);
    await until(() => {
      collect();
      return statuses().length > 0;
    });
    expect(statuses()).toEqual(['cancelled']);
  });
});
