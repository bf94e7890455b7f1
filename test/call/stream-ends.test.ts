import { setImmediate as turn } from 'node:timers/promises';
import { addAbortSignal, finished, type Readable, type Writable } from 'node:stream';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';
import { streamFamilies, type AnyStream, type StreamFamily, type StreamOptions } from '../fixtures/stream-families';

class Files {
  @Observed({ event: 'read' })
  open(stream: AnyStream): AnyStream {
    return stream;
  }
}

interface Scenario {
  readonly options?: StreamOptions;
  /** Before the stream is returned. */
  before?(stream: AnyStream, family: StreamFamily): unknown;
  after?(stream: AnyStream, family: StreamFamily): unknown;
  /** What has become of the stream. */
  readonly truth: string;
}

const failure = new RangeError('disk');

function complete(stream: AnyStream, { isReadable, isWritable }: StreamFamily): void {
  if (isWritable) {
    for (const row of ['a', 'b']) (stream as Writable).write(row);
    (stream as Writable).end();
  }
  if (isReadable) (stream as Readable).resume();
}

async function turns(count = 20): Promise<void> {
  for (; count > 0; count -= 1) await turn();
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'is read or written to its end': { after: complete, truth: 'success' },
  'fails half way': { options: { failure }, after: complete, truth: 'failure disk' },
  'fails and emits no close': { options: { failure, emitClose: false }, after: complete, truth: 'failure disk' },
  'fails and is not destroyed by that': {
    options: { failure, autoDestroy: false },
    after: complete,
    truth: 'failure disk',
  },
  'emits an error of somebody else': { after: (stream) => void stream.emit('error', failure), truth: 'failure disk' },
  'is destroyed before its end': { after: (stream) => void stream.destroy(), truth: 'cancelled' },
  'is destroyed before its end and emits no close': {
    options: { emitClose: false },
    after: (stream) => void stream.destroy(),
    truth: 'cancelled',
  },
  'is destroyed with an error': { after: (stream) => void stream.destroy(failure), truth: 'failure disk' },
  'is destroyed with an error and emits no close': {
    options: { emitClose: false },
    after: (stream) => void stream.destroy(failure),
    truth: 'failure disk',
  },
  'is left half way': {
    async after(stream, { isReadable, isWritable }) {
      if (isWritable) (stream as Writable).write('a');
      if (isReadable) (stream as Readable).once('data', () => (stream as Readable).pause());
      await turns();
      stream.destroy();
    },
    truth: 'cancelled',
  },
  'is aborted by a signal': {
    after(stream, { isOfNode }) {
      const controller = new AbortController();
      if (isOfNode) addAbortSignal(controller.signal, stream);
      else controller.signal.addEventListener('abort', () => stream.destroy(controller.signal.reason as Error));
      controller.abort();
    },
    truth: 'cancelled',
  },
  'was destroyed just before it is returned': { before: (stream) => void stream.destroy(), truth: 'cancelled' },
  'was destroyed long before it is returned': {
    async before(stream) {
      stream.destroy();
      await turns();
    },
    truth: 'cancelled',
  },
  'was destroyed with an error just before it is returned': {
    before: (stream) => void stream.destroy(failure),
    truth: 'failure disk',
  },
  'was destroyed with an error long before it is returned': {
    async before(stream) {
      stream.destroy(failure);
      await turns();
    },
    truth: 'failure disk',
  },
  'had ended before it is returned': {
    async before(stream, family) {
      complete(stream, family);
      await turns();
    },
    truth: 'success',
  },
  'is used by nobody': { truth: 'cancelled' },
};

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime({ shutdownTimeoutMs: 100 });
});

/** What `finished()` says of a stream, in the words of a record; once it has said it. */
function watchEnd(stream: AnyStream): () => string | undefined {
  let said: string | undefined;
  finished(stream, (error) => {
    if (error === undefined || error === null) said = 'success';
    else if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') said = 'cancelled';
    else said = `${error.name === 'AbortError' ? 'cancelled' : 'failure'} ${error.message}`;
  });
  return () => said;
}

const recorded = (): string =>
  runtime
    .events()
    .map(({ status, errorMessage }) => [status, errorMessage?.replace('AbortError: ', '')].filter(Boolean).join(' '))
    .join();

/** What of the truth can be known: older families keep no error, and some of them not even that there was one. */
function knowable({ name }: StreamFamily, scenario: string, truth: string): string {
  if (scenario !== 'was destroyed with an error long before it is returned') return truth;
  if (/^(readable-stream [23], Readable|from2|duplexify|through2 2)$/.test(name)) return 'cancelled';
  return /^(readable-stream [23]|through2 4)/.test(name) ? 'failure' : truth;
}

/** Of which streams `finished()` tells less: it takes what `destroy` does in version 2 for an end, and what is over for complete. */
function isMisjudged({ name }: StreamFamily, scenario: string): boolean {
  if (name.startsWith('readable-stream 2')) return /destroyed|half way|signal/.test(scenario);
  return /^(readable-stream 3|streamx|from2|duplexify|through2)/.test(name) && /^(was|had)/.test(scenario);
}

describe.each(streamFamilies)('the call of a stream of $name', (family) => {
  const { hearsNoError = false } = family;
  const known = Object.entries(scenarios).filter(([, { options }]) => !hearsNoError || options?.autoDestroy !== false);

  test.each(known)('that %s', async (scenario, { options, before, after, truth }) => {
    const errors = jest.spyOn(console, 'error').mockReturnValue();
    const stream = family.make(options);
    stream.on('error', () => undefined);
    await before?.(stream, family);
    new Files().open(stream);
    const end = watchEnd(stream);
    await after?.(stream, family);
    await turns();
    const { timedOut } = await runtime.trefoil.shutdown();
    errors.mockRestore();
    expect(recorded()).toMatch(new RegExp(`^${knowable(family, scenario, truth)}`));
    if (!isMisjudged(family, scenario)) expect(recorded()).toBe(end() ?? truth);
    expect(timedOut).toBe(scenario === 'is used by nobody');
  });

  test('lets an error that nobody handles stay fatal, and nothing flow', async () => {
    const stream = family.make();
    const paused = (stream as Readable).readableFlowing;
    new Files().open(stream);
    expect((stream as Readable).readableFlowing).toBe(paused);
    expect(stream.listenerCount('error')).toBe(0);
    expect(() => stream.emit('error', failure)).toThrow(/disk/);
    expect(recorded()).toBe('failure disk');
    await runtime.trefoil.shutdown();
  });
});
