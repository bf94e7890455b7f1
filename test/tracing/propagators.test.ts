import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type BaggageEntry,
  type TextMapPropagator,
} from '@opentelemetry/api';
import { suppressTracing, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { JaegerPropagator } from '@opentelemetry/propagator-jaeger';
import fc from 'fast-check';
import { extractContext, injectContext, type PropagatorName, runWithContext, SpanContext } from '../../src/index';
import { start, shutDownAll } from '../runtime/runtimes';
import { headerCases } from './w3c-trace-context';

const official: Readonly<Record<PropagatorName, TextMapPropagator>> = {
  tracecontext: new W3CTraceContextPropagator(),
  baggage: new W3CBaggagePropagator(),
  b3: new B3Propagator(),
  b3multi: new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  jaeger: new JaegerPropagator(),
};

const headersOf: Readonly<Record<string, readonly string[]>> = {
  tracecontext: ['traceparent'],
  b3: ['b3'],
  b3multi: ['x-b3-sampled', 'x-b3-spanid', 'x-b3-traceid'],
  jaeger: ['uber-trace-id'],
};

const remote = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
};

const traceFormats = Object.keys(headersOf) as PropagatorName[];

afterEach(shutDownAll);

describe.each(traceFormats)('the format %s', (format) => {
  beforeEach(() => start({ tracing: { exporter: 'memory', propagators: [format] } }));

  test.each([TraceFlags.NONE, TraceFlags.SAMPLED])('is read by the official propagator (flags %d)', (traceFlags) => {
    const headers = injectContext({}, trace.setSpanContext(ROOT_CONTEXT, { ...remote, traceFlags }));
    expect(Object.keys(headers).sort()).toEqual(headersOf[format]);
    const read = official[format].extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    expect(trace.getSpanContext(read)).toMatchObject({ ...remote, traceFlags, isRemote: true });
  });

  test.each([TraceFlags.NONE, TraceFlags.SAMPLED])('is read of the official propagator (flags %d)', (traceFlags) => {
    const headers: Record<string, string> = {};
    const within = trace.setSpanContext(ROOT_CONTEXT, { ...remote, traceFlags });
    official[format].inject(within, headers, defaultTextMapSetter);
    expect(trace.getSpanContext(extractContext(headers, ROOT_CONTEXT))).toMatchObject({
      ...remote,
      traceFlags,
      isRemote: true,
    });
  });

  test('gives back what was written, whatever the ids', () => {
    const hex = (length: number) =>
      fc
        .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
        .map((digits) => digits.join(''))
        .filter((digits) => !/^0+$/.test(digits));
    const spanContexts = fc.record({ traceId: hex(32), spanId: hex(16), traceFlags: fc.constantFrom(0, 1) });
    fc.assert(
      fc.property(spanContexts, (spanContext) => {
        const headers = injectContext({}, trace.setSpanContext(ROOT_CONTEXT, spanContext));
        expect(trace.getSpanContext(extractContext(headers, ROOT_CONTEXT))).toMatchObject(spanContext);
      }),
    );
  });

  test('makes nothing of headers that are malformed in any way', () => {
    const names = ['traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'uber-trace-id'];
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '0', '::::', '----', 'x:y:z:1', `${remote.traceId}`, `${'0'.repeat(65_536)}:1:0:1`, '%'),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), values), (headers) => {
        const read = trace.getSpanContext(extractContext(headers, ROOT_CONTEXT));
        return read === undefined || (read.traceId.length === 32 && trace.isSpanContextValid(read));
      }),
      { numRuns: 500 },
    );
  });
});

describe('trace contexts from headers', () => {
  beforeEach(() => start());

  test.each(headerCases.map((one) => [one.what, one] as const))('are read as W3C has it: %s', (_what, one) => {
    const read = trace.getSpanContext(extractContext([...one.headers], ROOT_CONTEXT));
    expect(read?.traceId).toBe(one.traceId);
    if ('tracestate' in one) expect(read?.traceState?.serialize()).toBe(one.tracestate);
  });

  test('go on with their tracestate', () => {
    const headers = { traceparent: `00-${remote.traceId}-${remote.spanId}-01`, tracestate: 'rojo=1,congo=2' };
    expect(injectContext({}, extractContext(headers, ROOT_CONTEXT))).toMatchObject(headers);
  });
});

describe('several formats', () => {
  test('are all written, and the last one that is found counts', () => {
    start({ tracing: { exporter: 'memory', propagators: ['tracecontext', 'b3', 'b3multi', 'jaeger'] } });
    const headers = injectContext<Record<string, string>>({}, trace.setSpanContext(ROOT_CONTEXT, remote));
    expect(Object.keys(headers).sort()).toEqual(
      ['traceparent', 'b3', 'x-b3-sampled', 'x-b3-spanid', 'x-b3-traceid', 'uber-trace-id'].sort(),
    );
    const other = '1234567890abcdef1234567890abcdef';
    const mixed = { ...headers, 'uber-trace-id': `${other}:${remote.spanId}:0:1` };
    expect(trace.getSpanContext(extractContext(mixed, ROOT_CONTEXT))?.traceId).toBe(other);
    const broken = { ...headers, 'uber-trace-id': 'x:y:z:1' };
    expect(trace.getSpanContext(extractContext(broken, ROOT_CONTEXT))?.traceId).toBe(remote.traceId);
    expect(injectContext({}, propagation.extract(ROOT_CONTEXT, broken))).toEqual(headers);
  });

  test('of B3 are both read, whichever of them is written', () => {
    start({ tracing: { exporter: 'memory', propagators: ['b3'] } });
    const multi = { 'X-B3-TraceId': remote.traceId, 'X-B3-SpanId': remote.spanId, 'X-B3-Sampled': '1' };
    expect(trace.getSpanContext(extractContext(multi, ROOT_CONTEXT))).toMatchObject(remote);
  });

  test('of ids in upper case are written in lower case from there on', () => {
    start({ tracing: { exporter: 'memory', propagators: ['jaeger', 'tracecontext'] } });
    const headers = { 'uber-trace-id': `${remote.traceId.toUpperCase()}:${remote.spanId}:0:1` };
    const within = extractContext(headers, ROOT_CONTEXT);
    expect(injectContext({}, within)).toMatchObject({ traceparent: `00-${remote.traceId}-${remote.spanId}-01` });
  });
});

describe('baggage', () => {
  const entries = (headers: object) => propagation.getBaggage(extractContext(headers, ROOT_CONTEXT))?.getAllEntries();

  test('goes on, and is read by the official propagator', () => {
    start();
    const within = extractContext({ baggage: 'tenant=acme;opaque=1,plan=gold%20plus' }, ROOT_CONTEXT);
    const headers = injectContext({}, within);
    const read = propagation.getBaggage(official.baggage.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
    expect(read?.getEntry('plan')?.value).toBe('gold plus');
    expect(read?.getEntry('tenant')?.metadata?.toString()).toBe('opaque=1');
  });

  test('comes back as it was written, whatever the entries', () => {
    start();
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      // OpenTelemetry reads entries into an object, which cannot have one of the name `__proto__`.
      .filter((one) => Buffer.from(one).toString() === one && one !== '__proto__');
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 20 }), (pairs) => {
        const written = propagation.createBaggage(Object.fromEntries(pairs.map(([key, value]) => [key, { value }])));
        const headers = injectContext({}, propagation.setBaggage(ROOT_CONTEXT, written));
        expect(new Map(entries(headers))).toEqual(new Map(written.getAllEntries()));
      }),
    );
  });

  test.each([
    ['thousands of entries', Array.from({ length: 5_000 }, (_, index) => `k${index}=1`).join(',')],
    ['entries of 64 KB', `k=${'x'.repeat(65_536)}`],
    ['too much in all', Array.from({ length: 100 }, (_, index) => `k${index}=${'x'.repeat(200)}`).join(',')],
    ['nothing but commas', ','.repeat(60_000)],
  ])('is kept up to the limits of W3C: %s', (_what, baggage) => {
    start();
    const kept = entries({ baggage }) ?? [];
    expect(kept.length).toBeLessThanOrEqual(180);
    expect(kept.map(([key, { value }]) => key + value).join('').length).toBeLessThanOrEqual(8_192);
  });

  test('of Jaeger, which knows no limits, is kept up to the same', () => {
    start({ tracing: { exporter: 'memory', propagators: ['jaeger'] } });
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`uberctx-k${index}`, '1']));
    expect(entries(many)).toHaveLength(180);
    const large = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`uberctx-k${index}`, 'x'.repeat(1_000)]),
    );
    expect(entries(large)).toHaveLength(8);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('pollutes no prototype by %s', (key) => {
    start({ tracing: { exporter: 'memory', propagators: ['baggage', 'jaeger'] } });
    const before = Object.getOwnPropertyDescriptors(Object.prototype);
    entries({ baggage: `${key}=polluted`, [`uberctx-${key}`]: 'polluted' });
    const headers = JSON.parse(`{"${key}":"polluted","baggage":"${key}=polluted"}`) as object;
    extractContext(headers, ROOT_CONTEXT);
    const after = Object.getOwnPropertyDescriptors(Object.prototype);
    expect(Reflect.ownKeys(after)).toEqual(Reflect.ownKeys(before));
    for (const name of Reflect.ownKeys(after) as (keyof typeof after)[]) {
      expect(after[name]?.value).toBe(before[name]?.value);
    }
    expect(Reflect.get({}, 'value')).toBeUndefined();
  });

  test('that no header can hold is not written: the next request would throw', () => {
    start({ tracing: { exporter: 'memory', propagators: ['baggage', 'jaeger'] } });
    const message = { baggage: 'good=1;note=a\r\nx-forged: 1', 'uberctx-bad name': '1', 'uberctx-fine': 'a b' };
    const headers = injectContext<Record<string, string>>({}, extractContext(message, ROOT_CONTEXT));
    expect(() => new Headers(headers)).not.toThrow();
    expect(Object.keys(headers)).not.toContain('uberctx-bad name');
    expect(JSON.stringify(headers)).not.toContain('forged');
    expect(headers['uberctx-fine']).toBe('a%20b');
  });
});

test('with an empty list of formats nothing but the ids of the request is written and read', () => {
  start({ tracing: { exporter: 'memory', propagators: [] } });
  const headers = runWithContext({ correlationId: 'c-1' }, () =>
    injectContext({}, SpanContext.asParent({ ...remote, isRemote: true })),
  );
  expect(headers).toEqual({ 'x-correlation-id': 'c-1' });
  const read = extractContext({ traceparent: `00-${remote.traceId}-${remote.spanId}-01` }, ROOT_CONTEXT);
  expect(trace.getSpanContext(read)).toBeUndefined();
});

test('where tracing is suppressed, no trace is written', () => {
  start({ tracing: { exporter: 'memory', propagators: ['tracecontext', 'b3', 'b3multi', 'jaeger'] } });
  const within = suppressTracing(trace.setSpanContext(context.active(), remote));
  expect(injectContext({}, within)).toEqual({});
});

describe('one bad entry of the baggage', () => {
  const good = { value: '1' };
  const metadata = (text: string) => ({ toString: () => text }) as BaggageEntry['metadata'];
  const throwing = {
    get value(): string {
      throw new Error('no value');
    },
  };

  test.each<[string, string, unknown]>([
    ['half a surrogate pair in its value', 'bad', { value: 'x\ud83d' }],
    ['half a surrogate pair in its key', '\ud83d', { value: 'x' }],
    ['no key', '', { value: 'x' }],
    ['the value undefined', 'bad', { value: undefined }],
    ['the value null', 'bad', { value: null }],
    ['an object for its value', 'bad', { value: { a: 1 } }],
    ['a symbol for its value', 'bad', { value: Symbol('x') }],
    ['a value that throws', 'bad', throwing],
    ['a line feed in its metadata', 'bad', { value: '1', metadata: metadata('p=1\nq') }],
    ['metadata that is not ASCII', 'bad', { value: '1', metadata: metadata('p=\u00e9') }],
    ['a comma in its metadata', 'bad', { value: '1', metadata: metadata('p=1,forged=2') }],
    ['no value at all', 'bad', null],
  ])('is left out alone: %s', (_what, key, entry) => {
    const trefoil = start({ tracing: { exporter: 'memory', propagators: ['tracecontext', 'baggage', 'jaeger'] } });
    const entries = new Map<string, BaggageEntry>([
      ['first', good],
      [key, entry as BaggageEntry],
      ['last', good],
    ]);
    const baggage = {
      ...propagation.createBaggage(),
      getAllEntries: () => [...entries],
    };
    const within = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, remote), baggage);
    expect(injectContext({}, within)).toEqual({
      traceparent: `00-${remote.traceId}-${remote.spanId}-01`,
      baggage: 'first=1,last=1',
      'uber-trace-id': `${remote.traceId}:${remote.spanId}:0:01`,
      'uberctx-first': '1',
      'uberctx-last': '1',
    });
    expect(JSON.stringify(trefoil.status())).toContain('TREFOIL_PROPAGATION_FAILED');
  });

  test.each<[string, string, unknown, string]>([
    ['letters of another script', '\u043a', { value: '\u00e9' }, '%D0%BA=%C3%A9'],
    ['what HTTP has a meaning for', 'k', { value: 'a b,c;d="\\\n' }, 'k=a%20b%2Cc%3Bd%3D%22%5C%0A'],
    ['a number', 'k', { value: 5 }, 'k=5'],
    ['metadata', 'k', { value: '1', metadata: metadata('p=1;q') }, 'k=1;p=1;q'],
  ])('is none of these, which are written: %s', (_what, key, entry, written) => {
    start({ tracing: { exporter: 'memory', propagators: ['baggage'] } });
    const baggage = propagation.createBaggage({ first: good, [key]: entry as BaggageEntry });
    const headers = injectContext({}, propagation.setBaggage(ROOT_CONTEXT, baggage));
    expect(headers).toEqual({ baggage: `first=1,${written}` });
  });
});
