import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { startMetricsServer, type Exposition } from '../../src/metrics/metrics-server';
import { unhandledRejections } from '../fixtures/unhandled-rejections';

const options = { port: 0, path: '/metrics' };

const exposing = (contentType: string): Exposition => ({ render: async () => ({ contentType, text: 'a 1\n' }) });

/** The server behind an endpoint, as Node tells it at a request. */
async function serverOf(url: string): Promise<Server> {
  let server: Server | undefined;
  const see = (message: unknown): void => void ({ server } = message as { server: Server });
  subscribe('http.server.request.start', see);
  await fetch(url);
  unsubscribe('http.server.request.start', see);
  if (server === undefined) throw new Error('no request was seen');
  return server;
}

describe('the metrics endpoint', () => {
  test('goes on after errors of its server, such as connections that could not be taken', async () => {
    const { url, close } = await startMetricsServer(exposing('text/plain'), options);
    const server = await serverOf(url);
    for (const code of ['EMFILE', 'ENFILE']) expect(() => server.emit('error', new Error(code))).not.toThrow();
    expect(await (await fetch(url)).text()).toBe('a 1\n');
    await close();
  });

  test('ends a request that it cannot answer, and leaves no rejection unhandled', async () => {
    const { url, close } = await startMetricsServer(exposing('no\nheader'), options);
    const unhandled = await unhandledRejections(async () => {
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    });
    expect(unhandled).toEqual([]);
    await close();
  });

  test('closes at once, also while a scrape is under way', async () => {
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const render = (): Promise<never> => {
      begin();
      return new Promise(() => undefined);
    };
    const { url, close } = await startMetricsServer({ render }, options);
    const scraped = expect(fetch(url)).rejects.toThrow('fetch failed');
    await begun;
    await close();
    await scraped;
  });

  test('listens on this machine alone unless told otherwise', async () => {
    const { url, close } = await startMetricsServer(exposing('text/plain'), options);
    const server = await serverOf(url);
    expect(server.address()).toMatchObject({ address: '127.0.0.1' });
    await close();
  });

  test('takes 100 connections, and closes those that send no request, so that scrapes go on', async () => {
    const { url, close } = await startMetricsServer(exposing('text/plain'), options);
    const port = Number(new URL(url).port);
    const ended: string[] = [];
    const open = (send: string): Promise<Socket> =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket.resume()));
        socket.on('error', () => undefined).on('close', () => ended.push(send));
        socket.write(send);
      });
    const silent = await Promise.all(Array.from({ length: 50 }, () => open('')));
    const halting = await Promise.all(Array.from({ length: 50 }, () => open('GET /metrics HTTP/1.1\r\nHost: ')));
    const closed = (socket: Socket | undefined): Promise<unknown> =>
      new Promise((resolve) => (socket?.closed === false ? socket.on('close', resolve) : resolve(undefined)));
    // Each that is beyond the limit is closed at once.
    const [more] = await Promise.all([open('more')]);
    await closed(more);
    expect(ended).toEqual(['more']);
    await Promise.all([...silent, ...halting].map(closed));
    expect(await (await fetch(url)).text()).toBe('a 1\n');
    await close();
  }, 30_000);

  test('does not keep the process alive', async () => {
    const { url, close } = await startMetricsServer(exposing('text/plain'), options);
    const server = await serverOf(url);
    expect((server as unknown as { _handle: { hasRef(): boolean } })._handle.hasRef()).toBe(false);
    await close();
  });

  test('says that the metrics could not be collected', async () => {
    const render = (): Promise<never> => Promise.reject(new Error('no metrics'));
    const { url, close } = await startMetricsServer({ render }, options);
    expect((await fetch(url)).status).toBe(500);
    await close();
  });
});
