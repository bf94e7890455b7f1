import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { PrometheusMetricsBackend, type PushGatewayOptions } from '../../src/index';
import { compileProgram, runProgram } from '../runtime/run-program';
import { start as startRuntime, shutDownAll } from '../runtime/runtimes';

/** What a push was, as the far end has it. */
interface Pushed {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that takes what is pushed, and answers as it is told. */
class Receiver {
  readonly pushed: Pushed[] = [];
  answer: (response: ServerResponse) => void = (response) => response.writeHead(202).end();
  readonly #server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      this.pushed.push({ method, url, headers, body });
      this.answer(response);
      this.#server.emit('pushed');
    });
  });

  async listen(port = 0): Promise<string> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Once as many have come in. */
  async has(count: number): Promise<void> {
    while (this.pushed.length < count) await once(this.#server, 'pushed');
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a push', () => {
  const receiver: { current: Receiver } = { current: new Receiver() };
  let backend: PrometheusMetricsBackend;
  let gatewayUrl: string;
  const push = (options: Partial<PushGatewayOptions> = {}) =>
    backend.pushToGateway({ gatewayUrl, jobName: 'import', backoffMs: 1, ...options });

  beforeEach(async () => {
    receiver.current = new Receiver();
    gatewayUrl = await receiver.current.listen();
    backend = new PrometheusMetricsBackend({ defaultLabels: { service: 'orders' } });
    backend.increment('rows_total', { table: 'a "b"\n' }, 3);
  });

  afterEach(async () => {
    await backend.close();
    await receiver.current.close();
    await shutDownAll();
  });

  test('sends all metrics as text, to the group of its job and labels', async () => {
    const address = gatewayUrl.replace('//', '//me:a%2Fb@');
    await push({
      gatewayUrl: `${address}/prefix/`,
      jobName: 'nightly import/50 %',
      groupings: { shop: 'eu west', path: '/var/tmp', none: '', up: '..', half: '\ud800' },
      headers: { 'x-tenant': 'a' },
    });
    const [{ method, url, headers, body }] = receiver.current.pushed as [Pushed];
    expect(method).toBe('POST');
    const base64 = (text: string): string => Buffer.from(text).toString('base64url');
    expect(url.split('/').slice(1)).toEqual([
      'prefix',
      'metrics',
      'job@base64',
      base64('nightly import/50 %'),
      'shop',
      'eu%20west',
      'path@base64',
      base64('/var/tmp'),
      'none@base64',
      '=',
      'up@base64',
      base64('..'),
      'half@base64',
      base64('\ufffd'),
    ]);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('me:a/b').toString('base64')}`);
    expect(headers['x-tenant']).toBe('a');
    expect(body).toBe(await backend.export());
    expect(body).toContain('rows_total{table="a \\"b\\"\\n",service="orders"} 3\n');
  });

  test('replaces the group where it is asked to, and deletes it', async () => {
    const pushed = await push({ method: 'push' });
    await pushed.delete();
    expect(receiver.current.pushed.map(({ method }) => method)).toEqual(['PUT', 'DELETE']);
  });

  test('is tried again where the gateway is at fault, and not where the metrics are', async () => {
    const statuses = [500, 429, 503, 202];
    receiver.current.answer = (response) => response.writeHead(statuses.shift() ?? 400).end('bad\u001b[31m metrics\n');
    await push();
    expect(receiver.current.pushed).toHaveLength(4);
    await expect(push()).rejects.toThrow(
      expect.objectContaining({
        code: 'TREFOIL_METRICS_PUSH',
        message: expect.stringMatching(/it answered 400: bad\S*\[31m metrics/) as string,
      }),
    );
    expect(receiver.current.pushed).toHaveLength(5);
  });

  test('has succeeded once it was taken, whoever holds on to the answer', async () => {
    receiver.current.answer = (response) => response.writeHead(202).end('taken');
    const { fetch } = globalThis;
    // As what logs an application's requests does: a body that somebody reads cannot be cancelled.
    globalThis.fetch = async (...args) => {
      const response = await fetch(...args);
      response.body?.getReader();
      return response;
    };
    try {
      await push({ retries: 0 });
    } finally {
      globalThis.fetch = fetch;
    }
    expect(receiver.current.pushed).toHaveLength(1);
  });

  test('is given up after its retries, or when its time is over', async () => {
    receiver.current.answer = (response) => response.writeHead(500).end();
    await expect(push({ retries: 2 })).rejects.toThrow(/it answered 500/);
    expect(receiver.current.pushed).toHaveLength(3);
    receiver.current.answer = () => undefined;
    await expect(push({ timeoutMs: 50 })).rejects.toThrow(/it did not answer in time/);
    await receiver.current.close();
    await expect(push({ retries: 1 })).rejects.toThrow(/ECONNREFUSED/);
  });

  test('carries no secret of its URL or headers in its error', async () => {
    receiver.current.answer = (response) => response.writeHead(400).end();
    const address = gatewayUrl.replace('//', '//me:hunter2@');
    const failed = push({ gatewayUrl: address, headers: { authorization: 'Bearer hunter2' } });
    await expect(failed).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }),
    );
    const refused: unknown = await push({ headers: { 'x-api-key': 'hunter2\n' } }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'TREFOIL_OPTIONS_INVALID', path: { where: 'headers.x-api-key' } });
    expect(inspect(refused)).not.toContain('hunter2');
  });

  test('takes a percent sign of a password for itself', async () => {
    await push({ gatewayUrl: gatewayUrl.replace('//', '//me:100%@') });
    const [{ headers }] = receiver.current.pushed as [Pushed];
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('me:100%').toString('base64')}`);
  });

  test.each([
    [{ gatewayUrl: 'localhost:9091' }, 'an http or https URL'],
    [{ jobName: '' }, 'a text that is not empty'],
    [{ groupings: { job: 'x' } }, 'a label other than job'],
    [{ groupings: { 'a-b': 'x' } }, 'a label other than job'],
    [{ timeoutMs: 0 }, 'a whole number from 1'],
    [{ retries: -1 }, 'a whole number from 0'],
    [{ method: 'PUT' as 'push' }, 'push'],
    [{ ['interval' as string]: 5 }, 'no option of that name'],
  ])('refuses %j', async (options: Partial<PushGatewayOptions>, expected) => {
    await expect(push(options)).rejects.toThrow(
      expect.objectContaining({
        code: 'TREFOIL_OPTIONS_INVALID',
        path: expect.objectContaining({ expected: expect.stringContaining(expected) as string }) as object,
      }),
    );
    expect(receiver.current.pushed).toEqual([]);
  });

  test('at an interval harms nobody while the gateway is down, counts it, and goes on when it is back', async () => {
    const port = Number(new URL(gatewayUrl).port);
    await receiver.current.close();
    const pushed = await push({ intervalMs: 5, retries: 1 });
    const health = () => backend.exportHealth()[0];
    while ((health()?.failures ?? 0) < 2) await delay(1);
    expect(health()).toMatchObject({ exporter: 'pushgateway', exported: 0, lastError: 'ECONNREFUSED', dropped: {} });
    expect(health()?.retries).toBeGreaterThanOrEqual(2);
    expect(health()?.queueDepth).toBeLessThanOrEqual(1);
    await expect(backend.flush()).rejects.toThrow(/ECONNREFUSED/);
    const back = new Receiver();
    await back.listen(port);
    await back.has(2);
    await pushed.push();
    expect(health()).toMatchObject({ lastError: undefined });
    expect(health()?.exported).toBeGreaterThanOrEqual(2);
    backend.increment('rows_total', { table: 'last' });
    await pushed.close();
    const count = back.pushed.length;
    expect(back.pushed.at(-1)?.body).toContain('table="last"');
    expect(backend.exportHealth()).toEqual([]);
    await backend.flush();
    expect(back.pushed).toHaveLength(count);
    await back.close();
  });

  test('that was refused is not made once more at the close', async () => {
    receiver.current.answer = (response) => response.writeHead(400).end();
    const pushed = await push({ intervalMs: 1_000_000 });
    await expect(pushed.push()).rejects.toMatchObject({ code: 'TREFOIL_METRICS_PUSH' });
    const count = receiver.current.pushed.length;
    await pushed.close();
    expect(receiver.current.pushed).toHaveLength(count);
  });

  test('at the close is waited for by everybody who closes', async () => {
    const pushed = await push({ intervalMs: 1_000_000 });
    await receiver.current.has(1);
    const first = pushed.close();
    await pushed.close();
    expect(receiver.current.pushed).toHaveLength(2);
    await first;
    expect(receiver.current.pushed).toHaveLength(2);
  });

  test('to a gateway that hangs is one at a time', async () => {
    receiver.current.answer = () => undefined;
    await push({ intervalMs: 1, timeoutMs: 2_000_000 });
    await receiver.current.has(1);
    await delay(20);
    expect(backend.exportHealth()[0]?.queueDepth).toBe(1);
    expect(receiver.current.pushed).toHaveLength(1);
    receiver.current.answer = (response) => response.writeHead(202).end();
    await receiver.current.close();
  });

  test('by the options of a runtime comes at its flush and at its end, or the group is deleted there', async () => {
    const options = (deleteOnShutdown: boolean) => ({
      service: { name: 'orders' },
      metrics: {
        backend: 'prometheus' as const,
        port: false as const,
        pushGateway: { url: gatewayUrl, groupings: { instance: '1' }, intervalMs: 1_000_000, deleteOnShutdown },
      },
    });
    const trefoil = startRuntime(options(false));
    await trefoil.ready;
    trefoil.metrics.increment('flushed_total');
    await trefoil.flush();
    expect(receiver.current.pushed.at(-1)).toMatchObject({ method: 'POST', url: '/metrics/job/orders/instance/1' });
    expect(receiver.current.pushed.at(-1)?.body).toContain('flushed_total 1');
    trefoil.metrics.increment('flushed_total');
    await trefoil.reconfigure(options(true));
    expect(receiver.current.pushed.filter(({ body }) => body.includes('flushed_total 2'))).not.toEqual([]);
    trefoil.metrics.increment('flushed_total');
    expect(await trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
    expect(receiver.current.pushed.at(-2)?.body).toContain('flushed_total 3');
    expect(receiver.current.pushed.at(-1)?.method).toBe('DELETE');
  });

  test('of a program that ends by itself says the last that it has counted', async () => {
    const program = compileProgram('pushing');
    try {
      expect(await runProgram(program, [gatewayUrl])).toMatchObject({ code: 0, errors: '' });
      expect(receiver.current.pushed.at(-1)).toMatchObject({ url: '/metrics/job/nightly' });
      expect(receiver.current.pushed.at(-1)?.body).toContain('rows_total 3');
    } finally {
      program.remove();
    }
  });

  test('of a runtime that cannot be made is told at the shutdown, which ends', async () => {
    await receiver.current.close();
    const pushGateway = { url: gatewayUrl, backoffMs: 1 };
    const trefoil = startRuntime({ metrics: { backend: 'prometheus', port: false, pushGateway } });
    await trefoil.ready;
    const report = await trefoil.shutdown();
    expect(report.timedOut).toBe(false);
    expect(report.errors).toEqual([
      { part: 'metrics', message: expect.stringContaining('TREFOIL_METRICS_PUSH') as string },
    ]);
  });
});

const isInstalled = spawnSync('prometheus-pushgateway', ['--version']).status === 0;
const withGateway = isInstalled ? describe : describe.skip;

withGateway('a real Pushgateway', () => {
  let gateway: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    gateway = spawn('prometheus-pushgateway', [`--web.listen-address=127.0.0.1:${port}`, '--persistence.file='], {
      stdio: 'ignore',
    });
    for (;;) {
      const isReady = await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) break;
      await delay(20);
    }
  });

  afterAll(async () => {
    gateway.kill();
    await once(gateway, 'exit');
  });

  test('takes counters, gauges, histograms and summaries, and shows them by their group', async () => {
    const backend = new PrometheusMetricsBackend();
    backend.increment('rows_total', { table: 'a "b"\n\\' }, 3);
    backend.gauge('level', Number.NaN);
    backend.histogram('wait_seconds', 0.2);
    backend.summary('size_bytes', 7);
    const groupings = { path: '/var/tmp', none: '', unit: '50 %' };
    const pushed = await backend.pushToGateway({ gatewayUrl: url, jobName: 'a/b', groupings, method: 'push' });
    const shown = await fetch(`${url}/metrics`).then((response) => response.text());
    const group = 'job="a/b",none="",path="/var/tmp"';
    expect(shown).toContain(`rows_total{instance="",${group},table="a \\"b\\"\\n\\\\",unit="50 %"} 3`);
    expect(shown).toContain(`level{instance="",${group},unit="50 %"} NaN`);
    expect(shown).toContain(`wait_seconds_bucket{instance="",${group},unit="50 %",le="0.25"} 1`);
    expect(shown).toContain(`size_bytes{instance="",${group},unit="50 %",quantile="0.5"} 7`);
    await pushed.delete();
    // It deletes groups a moment after it has agreed to.
    while ((await fetch(`${url}/metrics`).then((response) => response.text())).includes('rows_total')) await delay(10);
  });

  test('says what it does not take', async () => {
    const [counting, gauging] = [new PrometheusMetricsBackend(), new PrometheusMetricsBackend()];
    counting.increment('rows');
    gauging.gauge('rows', 1);
    await counting.pushToGateway({ gatewayUrl: url, jobName: 'counting' });
    await expect(gauging.pushToGateway({ gatewayUrl: url, jobName: 'gauging' })).rejects.toThrow(
      /it answered 400: .*rows/,
    );
  });
});
