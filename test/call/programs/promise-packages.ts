import 'reflect-metadata';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createContext, runInContext } from 'node:vm';
import axios from 'axios';
import Bluebird from 'bluebird';
import { Observed, type InMemoryAuditBackend, type InMemoryTracer } from '../../../src/index';
import { startMemoryRuntime } from '../../fixtures/memory-runtime';

/** What a case shows: to its caller, and in the records. */
export interface Shown {
  readonly name: string;
  readonly seen: unknown;
  readonly unhandled: readonly string[];
  readonly recorded: readonly string[];
  /** What is not recorded as the audit has it. */
  readonly differing: readonly string[];
  /** How many of the calls were made by another one. */
  readonly nested: number;
}

async function main(): Promise<void> {
  const [{ default: got }, { execa }, { $ }, { default: PLazy }, { default: PCancelable }] = await Promise.all([
    import('got'),
    import('execa'),
    import('zx'),
    import('p-lazy'),
    import('p-cancelable'),
  ]);
  $.verbose = false;
  const server = createServer((request, response) => {
    if (request.url === '/slow') return;
    response.statusCode = request.url === '/ok' ? 200 : 404;
    response.end('{"id":1}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const foreign = createContext({});
  const Foreign = runInContext('(class Foreign extends Promise {})', foreign) as PromiseConstructor;
  const ForeignLazy = runInContext(
    `(class ForeignLazy extends Promise {
      constructor(work) { super((resolve) => resolve()); this.work = work; }
      then(...callbacks) { return (this.begun ??= Promise.resolve().then(this.work)).then(...callbacks); }
      static get [Symbol.species]() { return Promise; }
    })`,
    foreign,
  ) as new (work: () => unknown) => Promise<unknown>;
  const end = (fails: boolean): string => {
    if (fails) throw new RangeError('it fails');
    return 'done';
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const script = (fails: boolean): string => `console.log(1);console.log(2);process.exit(${fails ? 3 : 0})`;

  const storeWith = (observed: typeof Observed) => {
    class Store {
      @observed({ event: 'read' })
      got(path: string) {
        return got(origin + path, { retry: { limit: 0 } });
      }

      @observed({ event: 'read' })
      gotThrough(path: string) {
        return this.got(path);
      }

      @observed({ event: 'read' })
      axios(path: string, signal?: AbortSignal) {
        return axios.get(origin + path, signal && { signal });
      }

      @observed({ event: 'update' })
      execa(fails: boolean, reject = true) {
        return execa(process.execPath, ['-e', script(fails)], { reject });
      }

      @observed({ event: 'update' })
      zx(fails: boolean) {
        return $`exit ${fails ? 3 : 0}`;
      }

      @observed({ event: 'update' })
      zxThrough(fails: boolean) {
        return this.zx(fails);
      }

      @observed({ event: 'read' })
      bluebird(fails: boolean) {
        return Bluebird.delay(5).then(() => end(fails));
      }

      @observed({ event: 'read' })
      bluebirdThrough(fails: boolean) {
        return this.bluebird(fails);
      }

      @observed({ event: 'read' })
      lazy(fails: boolean) {
        return new PLazy<string>((resolve) => resolve(turn().then(() => end(fails))));
      }

      @observed({ event: 'read', delivery: 'durable' })
      lazyDurably(fails: boolean) {
        return this.lazy(fails);
      }

      @observed({ event: 'read' })
      cancelable(fails: boolean) {
        return new PCancelable<string>((resolve, reject, onCancel) => {
          onCancel(() => undefined);
          turn()
            .then(() => end(fails))
            .then(resolve, reject);
        });
      }

      @observed({ event: 'read' })
      foreign(fails: boolean): Promise<string> {
        return new Foreign((resolve) => resolve(turn().then(() => end(fails))));
      }

      @observed({ event: 'read' })
      foreignLazy(fails: boolean): Promise<unknown> {
        return new ForeignLazy(() => end(fails));
      }
    }
    return new Store();
  };
  type Store = ReturnType<typeof storeWith>;

  const cases: Record<string, (store: Store) => unknown> = {
    'got, awaited': (store) => store.got('/ok').then(({ statusCode }) => statusCode),
    'got, failing': (store) => store.got('/none'),
    'got, awaited twice': async (store) => {
      const request = store.got('/ok');
      return [(await request).statusCode, (await request).statusCode];
    },
    'got, json': (store) => store.got('/ok').json(),
    'got, json, then awaited': async (store) => {
      const request = store.got('/ok');
      return [await request.json(), (await request).statusCode];
    },
    'got, text, failing': (store) => store.got('/none').text(),
    'got, shortcuts of a shortcut': async (store) => {
      const json = store.got('/ok').json();
      return [Object.keys(json).sort(), await json];
    },
    'got, cancelled': (store) => {
      const request = store.got('/slow');
      setImmediate(() => request.cancel());
      return request;
    },
    'got, with a listener': (store) =>
      store
        .got('/ok')
        .on('response', () => undefined)
        .text(),
    'got, given on': (store) => store.gotThrough('/none').json(),
    'axios, failing': (store) => store.axios('/none'),
    'axios, aborted': (store) => store.axios('/slow', AbortSignal.abort()),
    'execa, awaited': async (store) => (await store.execa(false)).stdout,
    'execa, failing': (store) => store.execa(true).catch(({ exitCode }: { exitCode: number }) => exitCode),
    'execa, awaited twice': async (store) => {
      const process = store.execa(false);
      return [(await process).exitCode, (await process).exitCode];
    },
    'execa, by lines': async (store) => {
      const lines: unknown[] = [];
      for await (const line of store.execa(false)) lines.push(line);
      return lines;
    },
    'execa, piped': async (store) =>
      (await store.execa(false).pipe(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)'])).stdout,
    'execa, never awaited': async (store) => {
      void store.execa(true, false);
      await recordedOf('execa');
    },
    'zx, awaited': async (store) => (await store.zx(false)).exitCode,
    'zx, failing': (store) => store.zx(true).catch(({ exitCode }) => exitCode),
    'zx, without throwing': async (store) => (await store.zx(true).nothrow()).exitCode,
    'zx, text': (store) => store.zx(false).text(),
    'zx, awaited twice': async (store) => {
      const process = store.zx(false);
      return [(await process).exitCode, (await process).exitCode];
    },
    'zx, given on': (store) => store.zxThrough(true).catch(() => 'caught'),
    'zx, never awaited': async (store) => {
      void store.zx(false);
      await recordedOf('zx');
    },
    'zx, never awaited, failing': async (store) => {
      void store.zx(true);
      await recordedOf('zx', true);
    },
    'Bluebird, awaited': (store) => store.bluebird(false),
    'Bluebird, failing': (store) => store.bluebird(true),
    'Bluebird, failing twice': async (store) => {
      const promise = store.bluebird(true);
      return [await promise.catch(RangeError, () => 'first'), await promise.catch(() => 'second')];
    },
    'Bluebird, get': (store) => store.bluebird(false).get('length'),
    'Bluebird, reflected': async (store) => (await store.bluebird(true).reflect()).isRejected(),
    'Bluebird, given on': (store) => store.bluebirdThrough(true).finally(() => undefined),
    'Bluebird, never awaited': async (store) => {
      store.bluebird(false);
      await recordedOf('bluebird');
    },
    'Bluebird, never awaited, failing': async (store) => {
      store.bluebird(true);
      await recordedOf('bluebird', true);
    },
    'p-lazy, awaited twice': async (store) => {
      const promise = store.lazy(false);
      return [await promise, await promise];
    },
    'p-lazy, failing': (store) => store.lazy(true),
    'p-lazy, caught': (store) => store.lazy(true).catch(() => 'caught'),
    'p-lazy, finally': (store) => store.lazy(true).finally(() => undefined),
    'p-lazy, durable': (store) => store.lazyDurably(true),
    'p-lazy, never asked': async (store) => {
      void store.lazy(true);
      await turn();
    },
    'p-cancelable, awaited twice': async (store) => {
      const promise = store.cancelable(false);
      return [await promise, await promise];
    },
    'p-cancelable, failing': (store) => store.cancelable(true),
    'p-cancelable, cancelled': (store) => {
      const promise = store.cancelable(false);
      promise.cancel();
      return promise;
    },
    'of another realm': (store) => store.foreign(false),
    'of another realm, failing': (store) => store.foreign(true),
    'lazy, of another realm': (store) => store.foreignLazy(false),
    'lazy, of another realm, failing': (store) => store.foreignLazy(true),
  };

  let unhandled: string[] = [];
  process.on('unhandledRejection', (reason) => unhandled.push((reason as Error).name));
  const runtime = startMemoryRuntime();
  let isBare = false;
  /** A process or promise that nobody awaits is looked at now and then. */
  async function recordedOf(operation: string, isUnhandled = false): Promise<void> {
    const isRecorded = (): boolean =>
      isBare || runtime.events().some((event) => event.operation === `Store.${operation}`);
    for (let looks = 0; looks < 100 && !(isRecorded() && unhandled.length >= Number(isUnhandled)); looks += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const operations = Object.getOwnPropertyNames(Object.getPrototypeOf(storeWith(() => () => undefined)));
  const counted = (): number =>
    operations
      .flatMap((each) => ['success', 'failure', 'cancelled'].map((status) => runtime.counted('Store', each, status)))
      .reduce((sum, count) => sum + count, 0);
  const run = async (name: string, store: Store): Promise<Shown> => {
    unhandled = [];
    (runtime.trefoil.audit as InMemoryAuditBackend).clear();
    (runtime.trefoil.tracer as InMemoryTracer).clear();
    const linesBefore = runtime.lines.length;
    const countedBefore = counted();
    const seen = await (async () => cases[name]?.(store))().then(
      (result) => ({ result }),
      (error: Error) => ({ error: error.name }),
    );
    await turn();
    const events = runtime.events();
    const recorded = events.map(({ operation, status }) => `${operation?.replace('Store.', '')} ${status}`);
    const spans = runtime.spans();
    const ids = new Set(spans.map((span) => span.spanContext().spanId));
    const nested = spans.filter(({ parentSpanId }) => ids.has(parentSpanId ?? '')).length;
    const statuses = events.map(({ status }) => status).join();
    const differing = [
      spans.map(({ attributes }) => String(attributes['store.outcome'])).join() === statuses ? '' : 'spans',
      runtime.lines.length - linesBefore === events.length ? '' : 'log lines',
      counted() - countedBefore === events.length ? '' : 'counters',
    ].filter((pillar) => pillar !== '');
    return { name, seen, unhandled, recorded, differing, nested };
  };
  for (const name of Object.keys(cases)) {
    isBare = true;
    const bare = await run(
      name,
      storeWith(() => () => undefined),
    );
    isBare = false;
    console.log(JSON.stringify({ bare, observed: await run(name, storeWith(Observed)) }));
  }
  server.close();
  server.closeAllConnections();
  console.log(JSON.stringify(await runtime.trefoil.shutdown()));
}

void main();
