import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  extractContext,
  InMemoryTracer,
  injectContext,
  Observed,
  OpenTelemetryTracer,
  runWithContext,
  Store,
} from '../../src/index';
import { shutDownAll, start } from '../runtime/runtimes';
import { headerCases, type HeaderCase } from './w3c-trace-context';

/**
 * What w3c/trace-context's test harness asks of a service (test/test.py at acab820, SPEC_LEVEL 2, STRICT_LEVEL 2), over real
 * sockets: it sends headers to the service, which calls back, and looks at the headers of the call back.
 */

/** The ids that the requests of the harness carry. */
const [sentId, sentParent] = ['12345678901234567890123456789012', '1234567890123456'];

/** Node's server answers these itself, with 400 or 431, before any code of the application runs. */
function reachesService({ headers }: HeaderCase): boolean {
  const isText = headers.every(([, value]) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value));
  return isText && headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0) < 8_192;
}

@Store({ name: 'relay' })
class Relay {
  /** Calls each URL, as the harness has a service do. */
  @Observed({ event: 'read' })
  async call(urls: readonly string[]): Promise<void> {
    for (const url of urls) await this.callOne(url);
  }

  @Observed({ event: 'read' })
  async callOne(url: string): Promise<void> {
    const response = await fetch(url, { method: 'POST', headers: injectContext({}) });
    await response.text();
  }
}

const calledBack: (readonly string[])[] = [];
let server: Server;

async function answer(request: IncomingMessage): Promise<string> {
  if (request.url === '/back') {
    calledBack.push(request.rawHeaders);
    return '[]';
  }
  const urls = JSON.parse(await text(request)) as string[];
  await runWithContext(extractContext(request.headers), () => new Relay().call(urls));
  return '[]';
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void answer(request).then((body) => response.end(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Writes the headers as they are, those of one name twice and blanks included, and gives those of each call back. */
async function send(headers: HeaderCase['headers'], count = 1): Promise<Received[]> {
  calledBack.length = 0;
  const { port } = server.address() as AddressInfo;
  const body = JSON.stringify(Array.from({ length: count }, () => `http://127.0.0.1:${port}/back`));
  const socket = connect(port, '127.0.0.1');
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const length = `content-length: ${body.length}\r\n`;
  socket.write(`POST / HTTP/1.1\r\nhost: service\r\nconnection: close\r\n${length}${lines}\r\n${body}`, 'latin1');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
  expect(calledBack).toHaveLength(count);
  return calledBack.map(receivedIn);
}

interface Received {
  readonly traceId: string | undefined;
  readonly parentId: string | undefined;
  readonly flags: number;
  readonly tracestate: string | undefined;
}

function receivedIn(rawHeaders: readonly string[]): Received {
  const valuesOf = (name: string): string[] =>
    rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  const parents = valuesOf('traceparent');
  expect(parents).toEqual([expect.stringMatching(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/)]);
  const [, traceId, parentId, flags] = (parents[0] ?? '').split('-');
  const states = valuesOf('tracestate');
  return {
    traceId,
    parentId,
    flags: parseInt(flags ?? '', 16),
    tracestate: states.length > 0 ? states.join() : undefined,
  };
}

/** W3C asks for 512 characters of a state at least; no more is written. */
const isPassedOn = ({ tracestate = '' }: HeaderCase): boolean => tracestate.length <= 512;

test('nearly all cases can be sent over a socket', () => {
  expect(headerCases.filter(reachesService).length).toBeGreaterThan(110);
});

describe.each([
  ['the in-memory tracer', () => new InMemoryTracer()],
  ['the OpenTelemetry tracer', () => new OpenTelemetryTracer({ spanProcessors: [] })],
])('a service that is traced by %s', (_what, createTracer) => {
  beforeEach(() => start({ tracing: { exporter: createTracer() } }));
  afterEach(shutDownAll);

  test.each(headerCases.filter(reachesService).map((one) => [one.what, one] as const))(
    'calls back as W3C has it: %s',
    async (_case, one) => {
      const [received] = await send(one.headers);
      if (one.traceId === undefined) expect(headersText(one)).not.toContain(received?.traceId);
      else expect(received?.traceId).toBe(one.traceId);
      expect(received?.parentId).not.toBe(sentParent);
      if (one.traceId === undefined) expect(received?.tracestate).toBeUndefined();
      else if ('tracestate' in one && isPassedOn(one)) expect(received?.tracestate).toBe(one.tracestate);
    },
  );

  test.each<[string, HeaderCase['headers'], number]>([
    ['a valid traceparent: one trace', [['traceparent', `00-${sentId}-${sentParent}-01`]], 1],
    ['no traceparent: one trace for each request', [], 1],
    [
      'a malformed traceparent: one trace for each request',
      [['traceparent', `00-${'0'.repeat(32)}-${sentParent}-01`]],
      1,
    ],
  ])('calls back three times with %s, and three parent ids', async (_case, headers, traces) => {
    const received = await send(headers, 3);
    const traceIds = new Set(received.map(({ traceId }) => traceId));
    expect(traceIds.size).toBe(traces);
    expect(traceIds.has(sentId)).toBe(headers[0]?.[1].includes(sentId) ?? false);
    expect(new Set(received.map(({ parentId }) => parentId)).size).toBe(3);
  });

  test.each([0x02, 0x03])('passes the flag of a random trace id on (flags 0%d)', async (flags) => {
    const [received] = await send([['traceparent', `00-${sentId}-${sentParent}-0${flags}`]]);
    expect(received).toMatchObject({ traceId: sentId });
    expect((received?.flags ?? 0) & 0x02).toBe(0x02);
  });
});

function headersText({ headers }: HeaderCase): string {
  return headers.map(([, value]) => value).join('\n');
}
