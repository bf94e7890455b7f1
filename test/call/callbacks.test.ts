import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { gunzipSync, gzip } from 'node:zlib';
import { Counted, currentCall, Observed, Traced } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

type Callback<Result = unknown> = (error: Error | null, result?: Result) => void;

class Files {
  readonly received: unknown[] = [];

  @Observed({ callback: 'last', item: (path: string) => path })
  read(path: string, callback: Callback<Buffer>): void {
    readFile(path, callback);
  }

  @Observed({
    event: 'query',
    callback: 'last',
    onResult: (found: unknown) => ({ metadata: { bytes: (found as Buffer).length } }),
  })
  compress(text: string, callback: Callback<Buffer>): void {
    gzip(text, callback);
  }

  random(size: number): Buffer;
  random(size: number, callback: Callback<Buffer>): void;
  @Observed({ event: 'read', callback: 'last' })
  random(size: number, callback?: Callback<Buffer>): Buffer | void {
    return callback === undefined ? randomBytes(size) : randomBytes(size, callback);
  }

  @Observed({ event: 'query', callback: 'last' })
  give(answers: readonly unknown[][], callback: (...args: unknown[]) => unknown): unknown {
    this.received.push(callback);
    return answers.map((answer) => Reflect.apply<unknown, unknown[], unknown>(callback, this, answer));
  }

  @Observed({ event: 'query', callback: 'last' })
  refuse(error: unknown, callback: Callback): never {
    void callback;
    throw error;
  }

  @Observed({ event: 'query', callback: 'last' })
  async answerLater(answers: readonly unknown[][], callback: Callback): Promise<string> {
    await Promise.resolve();
    if (answers.length === 0) throw new RangeError('no answer');
    for (const answer of answers) Reflect.apply(callback, undefined, answer);
    return 'returned';
  }

  @Observed({ event: 'query', callback: 'last' })
  forget(_callback: Callback): void {}
}

let runtime: MemoryRuntime;
let files: Files;

beforeEach(() => {
  runtime = startMemoryRuntime();
  files = new Files();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);

/** What a callback is told. */
const told = <Result>(call: (callback: Callback<Result>) => void): Promise<[Error | null, Result | undefined]> =>
  new Promise((resolve) => call((error, result) => resolve([error, result])));

describe('a method that answers by a callback', () => {
  test('is one Call, from the call to the callback', async () => {
    const pending = told<Buffer>((callback) => files.read(__filename, callback));
    expect(runtime.events()).toEqual([]);
    const [error, content] = await pending;
    expect([error, content?.toString()]).toEqual([null, expect.stringContaining('from the call to the callback')]);
    expect(runtime.events()).toMatchObject([{ status: 'success', itemId: __filename, operation: 'Files.read' }]);
    expect(runtime.counted('Files', 'read')).toBe(1);
    expect(runtime.timed('Files', 'read')).toBe(1);
    expect(runtime.spans()).toHaveLength(1);
  });

  test('gives its result to `onResult`', async () => {
    const [, packed = Buffer.of()] = await told<Buffer>((callback) => files.compress('text', callback));
    expect(gunzipSync(packed).toString()).toBe('text');
    expect(runtime.events()).toMatchObject([{ metadata: { bytes: packed.length } }]);
  });

  test('fails by the error that it calls back with, and tells the very same', async () => {
    const [error] = await told((callback) => files.read('/nowhere', callback));
    expect(error).toMatchObject({ code: 'ENOENT', path: '/nowhere' });
    expect(runtime.events()).toMatchObject([{ status: 'failure', errorType: 'ENOENT' }]);
    expect(runtime.counted('Files', 'read', 'failure')).toBe(1);
  });

  test('is cancelled where its caller has aborted it', async () => {
    class Abortable {
      @Counted({ callback: 'last' })
      read(signal: AbortSignal, callback: Callback<Buffer>): void {
        readFile(__filename, { signal }, callback);
      }
    }
    const controller = new AbortController();
    const pending = told((callback) => new Abortable().read(controller.signal, callback));
    controller.abort();
    await pending;
    expect(runtime.counted('Abortable', 'read', 'cancelled')).toBe(1);
  });

  test('answers by what it returns where no callback is given', async () => {
    expect(files.random(8)).toHaveLength(8);
    expect(statuses()).toEqual(['success']);
    const [, bytes] = await told<Buffer>((callback) => files.random(8, callback));
    expect(bytes).toHaveLength(8);
    expect(statuses()).toEqual(['success', 'success']);
  });

  test.each([null, undefined, 0, '', false])(
    'has not failed where it calls back with %p, as util.promisify reads it',
    async (none) => {
      const promised = promisify((callback: Callback) => void files.give([[none, 'result']], callback as never));
      expect(await promised()).toBe('result');
      expect(statuses()).toEqual(['success']);
    },
  );

  test('calls the user’s own with the very same receiver and arguments, of any number, and gets what it returns', () => {
    const callback = jest.fn(() => 'returned');
    expect(files.give([[null, 1, 2, 3]], callback)).toEqual(['returned']);
    expect(callback.mock.calls).toEqual([[null, 1, 2, 3]]);
    expect(callback.mock.contexts).toEqual([files]);
    files.give([[]], callback);
    expect(callback.mock.calls[1]).toEqual([]);
  });

  test('ends with the first of several answers; the others pass through', () => {
    const callback = jest.fn();
    files.give([[null, 'first'], [new Error('second')], ['third']], callback);
    expect(callback.mock.calls).toEqual([[null, 'first'], [new Error('second')], ['third']]);
    expect(statuses()).toEqual(['success']);
  });

  test('that throws is a failure, with the very same error, unless it has answered before', () => {
    const error = new RangeError('refused');
    expect(() => files.refuse(error, () => undefined)).toThrow(error);
    expect(runtime.events()).toMatchObject([{ status: 'failure', errorType: 'RangeError' }]);
    const fromCallback = (): never => {
      throw error;
    };
    expect(() => files.give([[null]], fromCallback)).toThrow(error);
    expect(statuses()).toEqual(['failure', 'success']);
  });

  test('may be async as well: what it returns says nothing, unless it fails before it has answered', async () => {
    const callback = jest.fn();
    await expect(files.answerLater([[null, 1]], callback)).resolves.toBe('returned');
    await expect(files.answerLater([], callback)).rejects.toThrow(RangeError);
    expect(callback.mock.calls).toEqual([[null, 1]]);
    expect(statuses()).toEqual(['success', 'failure']);
  });

  test('that has let go of its callback without calling it is cancelled', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let call = 0; call < 10; call += 1) files.forget(() => undefined);
    expect(statuses()).toEqual([]);
    // The test's own time limit ends it where they are kept.
    while (statuses().length < 10) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(statuses()).toEqual(Array.from({ length: 10 }, () => 'cancelled'));
  });
});

describe('the callback that the method gets', () => {
  test('has the name, length and properties of the user’s own, and keeps what is set on it', () => {
    const tag = Symbol('tag');
    const callback = Object.assign(function done(_error: unknown, _result: unknown, _more: unknown): void {}, {
      [tag]: 1,
    });
    files.give([], callback);
    const received = files.received[0] as typeof callback & { mark?: string };
    expect([received.name, received.length, received[tag]]).toEqual(['done', 3, 1]);
    expect(received).toBeInstanceOf(Function);
    received.mark = 'set';
    expect((callback as typeof received).mark).toBe('set');
    received(null, 1, 2);
    expect(statuses()).toEqual(['success']);
  });

  test('is the user’s own where nothing is observed', async () => {
    const callback = (): void => undefined;
    await runtime.trefoil.shutdown();
    files.give([], callback);
    expect(files.received).toEqual([callback]);
    expect(files.received[0] === callback).toBe(true);
    runtime = startMemoryRuntime();
  });
});

describe('util.promisify', () => {
  test('works on the decorated method', async () => {
    const compress = promisify(files.compress).bind(files);
    expect(gunzipSync((await compress('text')) as Buffer).toString()).toBe('text');
    await expect(promisify(files.read).call(files, '/nowhere')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(statuses()).toEqual(['success', 'failure']);
  });

  test('takes the promised form that the method brings', async () => {
    const withPromisedForm = (...args: unknown[]): void => {
      const method = (typeof args[0] === 'function' ? args[0] : (args[2] as PropertyDescriptor).value) as object;
      Object.assign(method, { [promisify.custom]: () => Promise.resolve('promised form') });
    };
    class Promised {
      @Observed({ event: 'read', callback: 'last' })
      @withPromisedForm
      read(path: string, callback: Callback<Buffer>): void {
        readFile(path, callback);
      }
    }
    expect(await promisify(new Promised().read)(__filename)).toBe('promised form');
  });
});

describe('the option', () => {
  test('belongs to the whole call, in whichever decorator of the stack it stands', async () => {
    class Stacked {
      @Counted({ callback: 'last' })
      @Traced()
      read(path: string, callback: Callback<Buffer>): void {
        currentCall().setAttribute('path', path);
        readFile(path, callback);
      }
    }
    await told((callback) => new Stacked().read(__filename, callback));
    expect(runtime.counted('Stacked', 'read')).toBe(1);
    expect(runtime.spans()).toMatchObject([{ name: 'Stacked.read', attributes: { path: __filename } }]);
  });

  test('is refused where it is given twice, on generators and on classes', () => {
    const declare = {
      twice: () => {
        class Twice {
          @Counted({ callback: 'last' })
          @Traced({ callback: 'last' })
          read(_callback: Callback): void {}
        }
        return Twice;
      },
      generator: () => {
        class Rows {
          @Counted({ callback: 'last' })
          *each(_callback: Callback): Generator<number> {}
        }
        return Rows;
      },
      classWide: () => {
        @Observed({ callback: 'last' })
        class Whole {
          read(_callback: Callback): void {}
        }
        return Whole;
      },
    };
    expect(declare.twice).toThrow(expect.objectContaining({ code: 'TREFOIL_DECORATOR_CONFLICT' }));
    expect(declare.generator).toThrow(/TREFOIL_DECORATOR_OPTIONS.*each callback/s);
    expect(declare.classWide).toThrow(/TREFOIL_DECORATOR_OPTIONS.*Whole callback/s);
  });
});
