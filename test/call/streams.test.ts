import { once } from 'node:events';
import { Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class Files {
  @Observed({ event: 'read' })
  read(rows: Iterable<string>): Readable {
    return Readable.from(rows);
  }

  @Observed({ event: 'update' })
  write(sink: string[]): Writable {
    return new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        sink.push(chunk);
        done(chunk === 'bad' ? new RangeError('bad') : null);
      },
    });
  }

  @Observed({ event: 'read' })
  through(): Duplex {
    return new PassThrough();
  }
}

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);

describe('a Node stream', () => {
  test('is read to its end: the very same stream, one Call that lasts as long', async () => {
    const stream = new Files().read(['a', 'b']);
    expect(stream.readableFlowing).toBeNull();
    expect(statuses()).toEqual([]);
    const rows: unknown[] = [];
    for await (const row of stream) rows.push(row);
    expect(rows).toEqual(['a', 'b']);
    expect(statuses()).toEqual(['success']);
  });

  test('that is destroyed before its end is cancelled', async () => {
    const stream = new Files().read(['a', 'b']);
    stream.destroy();
    await once(stream, 'close');
    expect(statuses()).toEqual(['cancelled']);
  });

  test('whose error is handled is a failure', async () => {
    const sink: string[] = [];
    const stream = new Files().write(sink);
    await expect(pipeline(Readable.from(['good', 'bad']), stream)).rejects.toThrow(RangeError);
    expect(runtime.events()).toMatchObject([{ status: 'failure', errorType: 'RangeError' }]);
  });

  test('whose error nobody handles is still fatal', () => {
    const stream = new Files().read([]);
    expect(stream.listenerCount('error')).toBe(0);
    expect(() => stream.emit('error', new Error('fatal'))).toThrow('fatal');
    stream.destroy();
    return once(stream, 'close');
  });

  test('that is written to its finish is a success', async () => {
    const sink: string[] = [];
    await pipeline(Readable.from(['a', 'b']), new Files().write(sink));
    expect(sink).toEqual(['a', 'b']);
    expect(statuses()).toEqual(['success']);
  });

  test('with two sides ends when both have', async () => {
    const stream = new Files().through();
    stream.end('x');
    await once(stream, 'finish');
    expect(statuses()).toEqual([]);
    stream.resume();
    await once(stream, 'close');
    expect(statuses()).toEqual(['success']);
  });

  test('that is aborted by its caller is cancelled', async () => {
    class Downloads {
      @Observed({ event: 'read' })
      async fetch(signal: AbortSignal): Promise<void> {
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      }
    }
    const controller = new AbortController();
    const pending = new Downloads().fetch(controller.signal);
    controller.abort();
    await expect(pending).rejects.toThrow();
    expect(statuses()).toEqual(['cancelled']);
  });
});
