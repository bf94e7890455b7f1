import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { get, createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough, pipeline, Readable, Writable } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import readableStream2 from 'readable-stream-2';
import readableStream3 from 'readable-stream-3';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class Files {
  @Observed({ event: 'read' })
  open<Stream>(stream: Stream): Stream {
    return stream;
  }
}

const files = new Files();
let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime({ shutdownTimeoutMs: 200 });
});

afterEach(() => runtime.trefoil.shutdown());

const recorded = (): string[] =>
  runtime
    .events()
    .map(({ status, errorMessage }) => [status, errorMessage?.replace(/^Error: /, '')].filter(Boolean).join(' '));

async function whenRecorded(): Promise<string[]> {
  while (recorded().length === 0) await sleep(5);
  return recorded();
}

function ignore(): void {}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a file', () => {
  test('that is read to its end is a success', async () => {
    files.open(createReadStream(__filename)).resume();
    expect(await whenRecorded()).toEqual(['success']);
  });

  test('that is not there is a failure', async () => {
    files.open(createReadStream('/nowhere/at/all')).on('error', ignore);
    expect(await whenRecorded()).toEqual([expect.stringMatching(/^failure ENOENT/)]);
  });

  test('that is written and closed is a success', async () => {
    files.open(createWriteStream(join(tmpdir(), `trefoil-${process.pid}`))).end('row');
    expect(await whenRecorded()).toEqual(['success']);
  });

  test('that cannot be closed once it is written is a failure', async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(),
      destroy: (_error, done) => setImmediate(done, new Error('EIO')),
    });
    files.open(stream).on('error', ignore).end('row');
    await once(stream, 'finish');
    expect(recorded()).toEqual([]);
    expect(await whenRecorded()).toEqual(['failure EIO']);
  });
});

test('what cannot be unzipped is a failure', async () => {
  files.open(createGunzip()).on('error', ignore).end('no gzip');
  expect(await whenRecorded()).toEqual(['failure incorrect header check']);
});

test('the output of a process is a success when it has been read', async () => {
  files.open(spawn(process.execPath, ['-p', '1']).stdout).resume();
  expect(await whenRecorded()).toEqual(['success']);
});

describe('a socket', () => {
  const sockets: Socket[] = [];
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer((socket) => sockets.push(socket.on('error', ignore)));
    port = await listening(server);
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  test('is over when both ends have closed it', async () => {
    const socket = files.open(connect(port, '127.0.0.1'));
    socket.resume().end('bye');
    const [other] = (await once(server, 'connection')) as [Socket];
    other.resume().end();
    expect(await whenRecorded()).toEqual(['success']);
  });

  test('that is reset is a failure', async () => {
    const socket = files.open(connect(port, '127.0.0.1')).on('error', ignore).resume();
    const [other] = (await once(server, 'connection')) as [Socket];
    if (socket.connecting) await once(socket, 'connect');
    other.resetAndDestroy();
    expect(await whenRecorded()).toEqual([expect.stringMatching(/^failure .*ECONNRESET/)]);
  });

  test('that is destroyed by its caller is cancelled', async () => {
    const socket = files.open(connect(port, '127.0.0.1'));
    await once(socket, 'connect');
    socket.destroy();
    expect(await whenRecorded()).toEqual(['cancelled']);
  });
});

describe('the body of an HTTP response', () => {
  async function respond(
    respond: (response: NodeJS.WritableStream & { destroy(): void }) => void,
  ): Promise<IncomingMessage> {
    const server = createHttpServer((_request, response) => respond(response));
    const port = await listening(server);
    const [response] = (await once(get({ port, host: '127.0.0.1' }).on('error', ignore), 'response')) as [
      IncomingMessage,
    ];
    response.on('close', () => server.close());
    return response;
  }

  test('that is read to its end is a success', async () => {
    files.open(await respond((response) => response.end('body'))).resume();
    expect(await whenRecorded()).toEqual(['success']);
  });

  test.each([true, false])('that is cut off is a failure (somebody listens: %s)', async (listens) => {
    const response = files.open(
      await respond((to) => {
        to.write('half');
        setTimeout(() => to.destroy(), 10);
      }),
    );
    if (listens) response.on('error', ignore);
    response.resume();
    expect(await whenRecorded()).toEqual(['failure aborted']);
    expect(response.listenerCount('error')).toBe(listens ? 1 : 0);
  });

  test('that its reader leaves half way is cancelled', async () => {
    const response = files.open(await respond((to) => void to.write('half')));
    response.once('data', () => response.destroy());
    expect(await whenRecorded()).toEqual(['cancelled']);
  });
});

describe('in a pipeline', () => {
  test('a source whose sink fails is a failure with the error of the sink', async () => {
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk')) });
    pipeline(files.open(Readable.from(['a', 'b'])), sink, ignore);
    expect(await whenRecorded()).toEqual(['failure disk']);
  });

  test('each of its streams is a success', async () => {
    const through = files.open(new PassThrough());
    pipeline(
      files.open(Readable.from(['a', 'b'])),
      through,
      files.open(new Writable({ write: (_chunk, _encoding, done) => done() })),
      ignore,
    );
    while (recorded().length < 3) await sleep(5);
    expect(recorded()).toEqual(['success', 'success', 'success']);
  });
});

test('of a duplex without one of its halves, the other counts', async () => {
  const options = { readable: false, write: (_chunk: unknown, _encoding: string, done: () => void) => done() };
  const stream = new Duplex(options);
  files.open(stream).end('row');
  expect(await whenRecorded()).toEqual(['success']);
});

describe('a stream that many calls return', () => {
  test('is listened to once, and is the end of all of them', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const stream = new PassThrough();
    for (let call = 0; call < 20; call += 1) files.open(stream);
    for (let listener = 0; listener < 10; listener += 1) stream.on('close', ignore);
    expect(stream.listenerCount('close')).toBe(11);
    stream.on('error', ignore).destroy(new Error('disk'));
    await turn();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(recorded()).toEqual(Array.from({ length: 20 }, () => 'failure disk'));
    expect(stream.listenerCount('close')).toBe(10);
    expect(stream.getMaxListeners()).toBe(10);
  });
});

test('a stream that takes any number of listeners goes on doing so', () => {
  const stream = new PassThrough().setMaxListeners(0);
  files.open(stream);
  expect(stream.getMaxListeners()).toBe(0);
  stream.destroy();
});

describe('a stream that is destroyed without a word', () => {
  test.each([
    ['of Node, without close', new Readable({ read: ignore, emitClose: false })],
    ['of readable-stream 2', new readableStream2.Readable({ read: ignore })],
  ])('%s, is found out soon', async (_name, stream) => {
    files.open(stream).destroy();
    expect(await whenRecorded()).toEqual(['cancelled']);
  });
});

test('a stream that is given up while its error is on its way is a failure', async () => {
  const errors = jest.spyOn(console, 'error').mockReturnValue();
  const stream = new Readable({ read: ignore, destroy: ignore });
  files.open(stream).destroy(new Error('disk'));
  await runtime.trefoil.shutdown();
  errors.mockRestore();
  expect(recorded()).toEqual(['failure disk']);
});

test('a stream of readable-stream 3 that is being read is not given up when its time has passed', async () => {
  await runtime.trefoil.shutdown();
  runtime = startMemoryRuntime({ streamTimeoutMs: 10 });
  const stream = files.open(new readableStream3.Readable({ read: ignore }));
  stream.resume();
  stream.push('a');
  files.open(new readableStream3.Readable({ read: ignore }));
  expect(await whenRecorded()).toEqual(['cancelled']);
  await sleep(50);
  stream.push(null);
  while (recorded().length < 2) await sleep(5);
  expect(recorded()).toEqual(['cancelled', 'success']);
});
