import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Metadata } from '@grpc/grpc-js';
import { propagation, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import fc from 'fast-check';
import {
  currentContext,
  extractContext,
  injectContext,
  type RequestContext,
  runWithContext,
  SpanContext,
  type Trefoil,
} from '../../src/index';
import { shutDownAll, start } from '../runtime/runtimes';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const incoming = { traceparent, 'x-correlation-id': 'c-1', 'x-request-id': 'r-1' };

function idsIn(within: Context): { traceparent: string | undefined; request: RequestContext | undefined } {
  return {
    traceparent: SpanContext.toTraceparent(trace.getSpanContext(within)),
    request: runWithContext(within, currentContext),
  };
}

function idsOf(headers: object | null | undefined): ReturnType<typeof idsIn> {
  return idsIn(extractContext(headers, ROOT_CONTEXT));
}

const all = { traceparent, request: { correlationId: 'c-1', requestId: 'r-1' } };

/** As NATS has them: names as they were written, lists of values. */
class MessageHeaders {
  readonly #values = new Map<string, string[]>();

  get(name: string): string {
    return this.#values.get(name)?.[0] ?? '';
  }

  set(name: string, value: string): void {
    this.#values.set(name, [value]);
  }

  [Symbol.iterator](): IterableIterator<[string, string[]]> {
    return this.#values.entries();
  }
}

let trefoil: Trefoil;

beforeEach(() => {
  trefoil = start();
});
afterEach(shutDownAll);

describe('headers are read', () => {
  const upper = Object.entries(incoming).map(([name, value]) => [name.toUpperCase(), value] as const);
  const bytes = Object.entries(incoming).map(([name, value]) => [name, Buffer.from(value)] as const);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(incoming)) metadata.set(name, value);
  const messageHeaders = new MessageHeaders();
  for (const [name, value] of upper) messageHeaders.set(name, value);

  test.each<[string, object]>([
    ['a plain object', incoming],
    ['an object without a prototype', Object.assign(Object.create(null) as object, incoming)],
    ['names in upper case', Object.fromEntries(upper)],
    ['lists of one value', Object.fromEntries(upper.map(([name, value]) => [name, [value]]))],
    ['Fetch’s Headers', new Headers(incoming)],
    ['a Map', new Map(upper)],
    ['a list of pairs', upper],
    ['bytes, as Kafka gives them', Object.fromEntries(bytes)],
    ['lists of bytes', Object.fromEntries(bytes.map(([name, value]) => [name, [value]]))],
    ['bytes that are no Buffer', Object.fromEntries(bytes.map(([name, value]) => [name, new Uint8Array(value)]))],
    ['a list of objects, as librdkafka gives them', bytes.map(([name, value]) => ({ [name]: value }))],
    ['a Map with names and values in bytes', new Map(bytes.map(([name, value]) => [Buffer.from(name), value]))],
    ['headers of NATS', messageHeaders],
    ['metadata of gRPC', metadata],
    ['the environment of a process', { PATH: '/bin', ...Object.fromEntries(upper) }],
  ])('from %s', (_what, headers) => expect(idsOf(headers)).toEqual(all));

  test('from a real server’s request', async () => {
    const server = createServer((request, response) => response.end(JSON.stringify(idsOf(request.headers))));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        headers: new Headers(upper.map(([...pair]) => pair)),
      });
      expect(await response.json()).toEqual(all);
    } finally {
      server.close();
    }
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['nothing', {}],
    ['an empty list', []],
    ['a function', () => 'x'],
  ])('from %s: there is a new correlation id and no trace', (_what, headers) => {
    const { traceparent: none, request } = idsOf(headers);
    expect(none).toBeUndefined();
    expect(request).toEqual({ correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
  });
});

describe('the correlation id', () => {
  test('is the trace’s id where the headers have a trace and no id', () => {
    expect(idsOf({ traceparent }).request).toEqual({ correlationId: '0af7651916cd43dd8448eb211c80319c' });
  });

  test.each<[string, unknown]>([
    ['empty', ''],
    ['too long', 'x'.repeat(201)],
    ['64 KB', 'x'.repeat(65_536)],
    ['with a line feed', 'a\nlevel=error forged'],
    ['with an escape sequence', '\u001b[31mred'],
    ['with a bidirectional override', 'a\u202eb'],
    ['with a zero byte', 'a\0'],
    ['with a blank', 'a b'],
    ['given twice, as servers join it', 'a, b'],
    ['given twice', ['a', 'b']],
    ['a number', 7],
    ['an object', { toString: () => 'sneaky' }],
  ])('is made anew where the one that is given is %s', (_what, value) => {
    const { request } = idsOf({ 'x-correlation-id': value, 'x-request-id': value });
    expect(request).toEqual({ correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
  });

  test('is not written where no header can hold it', () => {
    const headers = runWithContext({ correlationId: 'a\r\nx-forged: 1', requestId: 'é' }, () => injectContext({}));
    expect(headers).toEqual({});
  });

  test('brings nothing along of a request around it: a message is another one', () => {
    runWithContext({ correlationId: 'outer', userId: 'u-1', requestId: 'r-0' }, () => {
      runWithContext(extractContext({ 'x-correlation-id': 'c-1' }), () => {
        expect(currentContext()).toEqual({ correlationId: 'c-1' });
      });
      expect(runWithContext(extractContext({}), currentContext)?.correlationId).not.toBe('outer');
    });
  });
});

describe('headers are written', () => {
  const within = (): Context => extractContext(incoming, ROOT_CONTEXT);

  test('to a new object by default', () => expect(injectContext(undefined, within())).toEqual(incoming));

  test.each<[string, () => object]>([
    ['a plain object', () => ({})],
    ['an object without a prototype', () => Object.create(null) as object],
    ['Fetch’s Headers', () => new Headers()],
    ['a Map', () => new Map()],
    ['a list of pairs', () => []],
    ['headers of NATS', () => new MessageHeaders()],
    ['metadata of gRPC', () => new Metadata()],
  ])('to %s, and read back from it', (_what, make) => {
    const carrier = make();
    expect(injectContext(carrier, within())).toBe(carrier);
    expect(idsOf(carrier)).toEqual(all);
  });

  test('in place of those of the same name, in any case', () => {
    const headers = injectContext({ TraceParent: 'old', accept: '*/*', 'X-Correlation-Id': 'old' }, within());
    expect(headers).toEqual({
      TraceParent: traceparent,
      accept: '*/*',
      'X-Correlation-Id': 'c-1',
      'x-request-id': 'r-1',
    });
    const pairs = injectContext<[string, string][]>([['TraceParent', 'old']], within());
    expect(new Headers(pairs).get('traceparent')).toBe(traceparent);
  });

  test('survive the environment of a child process', () => {
    const env = injectContext({ PATH: process.env['PATH'] }, within());
    const seen = execFileSync(process.execPath, ['-p', 'JSON.stringify(process.env)'], { env, encoding: 'utf8' });
    expect(idsOf(JSON.parse(seen) as object)).toEqual(all);
  });

  test('survive a structured clone, as a message to a worker', () => {
    expect(idsOf(structuredClone(injectContext({}, within())))).toEqual(all);
  });

  test.each<[string, object]>([
    ['frozen', Object.freeze({})],
    [
      'one whose set throws',
      {
        set() {
          throw new Error('read-only');
        },
      },
    ],
  ])('not at all to an object that is %s; that is reported, and nothing is thrown', (_what, carrier) => {
    expect(injectContext(carrier, within())).toBe(carrier);
    expect(trefoil.status().reports).toHaveProperty('TREFOIL_PROPAGATION_FAILED');
  });
});

describe('hostile headers', () => {
  const failing = (): never => {
    throw new Error('unreadable');
  };

  test.each<[string, () => object]>([
    ['a getter that throws', () => Object.defineProperty({}, 'traceparent', { get: failing, enumerable: true })],
    ['keys that throw', () => new Proxy({}, { ownKeys: failing })],
    ['everything that throws', () => new Proxy({}, { get: failing, has: failing, ownKeys: failing })],
    ['a get that throws', () => ({ get: failing })],
    ['an iterator that throws', () => ({ [Symbol.iterator]: failing })],
    ['an iterator of nonsense', () => [null, 1, 'x', [], [null], [{}, {}]]],
    ['values that are proxies', () => ({ traceparent: new Proxy([], { get: failing }) })],
  ])('do not throw: %s', (_what, make) => {
    expect(idsOf(make()).request?.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('one header that cannot be read does not take the others with it', () => {
    const headers = { ...incoming };
    Object.defineProperty(headers, 'cookie', { get: failing, enumerable: true });
    expect(idsOf(headers)).toEqual(all);
  });

  test('without an end are read as far as a thousand names', () => {
    let asked = 0;
    const endless = {
      *[Symbol.iterator](): Generator<[string, string]> {
        for (;;) yield [`header-${(asked += 1)}`, 'x'];
      },
    };
    idsOf(endless);
    expect(asked).toBeLessThan(1_010);
  });

  test('given ten thousand times are no trace', () => {
    expect(idsOf({ traceparent: Array.from({ length: 10_000 }, () => traceparent) }).traceparent).toBeUndefined();
  });

  test('of any kind are read without throwing, and give whole ids or none', () => {
    const names = fc.constantFrom('traceparent', 'tracestate', 'baggage', 'x-correlation-id', 'x-request-id', 'b3');
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(names, fc.anything()), fc.object(), fc.array(fc.anything())), (headers) => {
        const { request } = idsOf(headers);
        return /^[\x21-\x7e]{1,200}$/.test(request?.correlationId ?? '');
      }),
      { numRuns: 1_000 },
    );
  });

  test('ids that may stand in a header come back as they were', () => {
    const id = fc
      .string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 1 })
      .filter((text) => !text.includes(','));
    fc.assert(
      fc.property(id, id, (correlationId, requestId) => {
        const headers = runWithContext({ correlationId, requestId }, () => injectContext({}));
        expect(idsOf(headers).request).toEqual({ correlationId, requestId });
      }),
    );
  });
});

describe('a propagator of the application’s that fails', () => {
  test('costs the context, not the request, and is reported', async () => {
    await shutDownAll();
    const failing = {
      inject: () => {
        throw new Error('inject failed');
      },
      extract: () => {
        throw new Error('extract failed');
      },
      fields: () => ['x-own'],
    };
    propagation.setGlobalPropagator(failing);
    try {
      trefoil = start();
      expect(injectContext({ accept: '*/*' })).toEqual({ accept: '*/*' });
      expect(idsOf(incoming)).toEqual({ traceparent: undefined, request: all.request });
      expect(trefoil.status().reports).toEqual({ TREFOIL_PROPAGATION_FAILED: 2 });
    } finally {
      propagation.disable();
    }
  });
});
