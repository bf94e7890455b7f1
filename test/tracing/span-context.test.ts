import { createTraceState, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import fc from 'fast-check';
import { InMemoryTracer, NoopTracer, SpanContext } from '../../src/index';
import { headerCases } from './w3c-trace-context';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** As a server has them: one value by itself, more than one as a list. */
function header(headers: readonly (readonly [string, string])[], name: string): string | string[] | undefined {
  const values = headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
  return values.length > 1 ? values : values[0];
}

test('the headers of W3C’s suite, and their like, are more than a hundred', () => {
  expect(headerCases.length).toBeGreaterThan(100);
});

test.each(headerCases.map((one) => [one.what, one] as const))(
  'a span context is read as W3C Trace Context has it: %s',
  (_what, { headers, traceId, ...expected }) => {
    const read = SpanContext.fromTraceparent(header(headers, 'traceparent'), header(headers, 'tracestate'));
    expect(read?.traceId).toBe(traceId);
    if ('tracestate' in expected) expect(read?.traceState?.serialize()).toBe(expected.tracestate);
  },
);

describe('a span context from headers', () => {
  test('has the ids and the flags, and is remote', () => {
    expect(SpanContext.fromTraceparent(traceparent)).toEqual({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    });
  });

  test.each([
    ['00', 0],
    ['01', 1],
    ['02', 2],
    ['03', 3],
    ['ff', 3],
    ['08', 0],
  ])('keeps of the flags %s those that are known', (flags, expected) => {
    expect(SpanContext.fromTraceparent(traceparent.replace(/..$/, flags))?.traceFlags).toBe(expected);
  });

  test('is written back as it was read, in version 00', () => {
    expect(SpanContext.toTraceparent(SpanContext.fromTraceparent(traceparent))).toBe(traceparent);
    expect(SpanContext.toTraceparent(SpanContext.fromTraceparent(`cc${traceparent.slice(2)}-more`))).toBe(traceparent);
  });

  test('is the parent of a span that is started in it', () => {
    const incoming = SpanContext.fromTraceparent(traceparent, 'foo=1');
    const span = new InMemoryTracer().startSpan('operation', {}, SpanContext.asParent(incoming));
    expect(span.parentSpanId).toBe(incoming?.spanId);
    expect(span.spanContext().traceId).toBe(incoming?.traceId);
    expect(span.spanContext().traceState?.get('foo')).toBe('1');
  });

  test('that is missing leaves the Context as it is', () => {
    expect(SpanContext.asParent(undefined, ROOT_CONTEXT)).toBe(ROOT_CONTEXT);
    const span = new InMemoryTracer().startSpan('operation', {}, SpanContext.asParent(undefined));
    expect(span.parentSpanId).toBeUndefined();
  });

  test('is written for any valid ids, in lower case, and for no others', () => {
    const valid = { traceId: 'ABCDEF7890ABCDEF7890ABCDEF789012', spanId: 'ABCDEF7890ABCDEF', traceFlags: 0xff };
    expect(SpanContext.toTraceparent(valid)).toBe('00-abcdef7890abcdef7890abcdef789012-abcdef7890abcdef-03');
    expect(SpanContext.toTraceparent({ ...valid, traceId: '0'.repeat(32) })).toBeUndefined();
    expect(SpanContext.toTraceparent({ ...valid, spanId: 'short' })).toBeUndefined();
    expect(SpanContext.toTraceparent(new NoopTracer().startSpan('none').spanContext())).toBeUndefined();
    expect(SpanContext.toTraceparent(undefined)).toBeUndefined();
  });
});

describe('a tracestate', () => {
  const stateOf = (text: string) => SpanContext.fromTraceparent(traceparent, text)?.traceState;

  test('is changed at its front, and never in place', () => {
    const state = stateOf('foo=1,bar=2');
    expect(state?.set('bar', '3').serialize()).toBe('bar=3,foo=1');
    expect(state?.set('new', '4').serialize()).toBe('new=4,foo=1,bar=2');
    expect(state?.unset('foo').serialize()).toBe('bar=2');
    expect(state?.unset('none')).toBe(state);
    expect(state?.serialize()).toBe('foo=1,bar=2');
  });

  test('takes nothing that the standard does not allow', () => {
    const state = stateOf('foo=1');
    for (const [key, value] of [
      ['UPPER', '1'],
      ['key', 'a,b'],
      ['key', 'a=b'],
      ['key', ''],
      ['', '1'],
    ] as const) {
      expect(state?.set(key, value)).toBe(state);
    }
  });

  test('has 32 members at most: the last one goes', () => {
    const full = Array.from({ length: 32 }, (_, index) => `k${index}=1`).join(',');
    const state = stateOf(full)?.set('first', '1');
    expect(state?.get('k31')).toBeUndefined();
    expect(state?.serialize().split(',')).toHaveLength(32);
  });

  test('goes on with 512 characters at most: long members go first, then the last', () => {
    const long = `long=${'x'.repeat(200)}`;
    const short = Array.from({ length: 6 }, (_, index) => `k${index}=${'y'.repeat(90)}`);
    expect(stateOf([long, ...short.slice(0, 4)].join(','))?.serialize()).toBe(short.slice(0, 4).join(','));
    expect(stateOf(short.join(','))?.serialize()).toBe(short.slice(0, 5).join(','));
    expect(stateOf([long, long.replace('long', 'other')].join(','))?.serialize()).toContain('long=');
  });
});

test('nothing that is given as a header makes reading or writing throw', () => {
  const hostile = new Proxy([], {
    get() {
      throw new Error('unreadable');
    },
  });
  const getters = {
    get traceId(): string {
      throw new Error('unreadable');
    },
    spanId: '',
    traceFlags: 0,
  };
  expect(SpanContext.fromTraceparent(hostile)).toBeUndefined();
  expect(SpanContext.fromTraceparent(traceparent, hostile)).toMatchObject({ spanId: 'b7ad6b7169203331' });
  expect(SpanContext.toTraceparent(getters)).toBeUndefined();
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), fc.anything(), (one, other) => {
      SpanContext.fromTraceparent(one as string, other as string);
      SpanContext.fromTraceparent(traceparent, other as string);
      SpanContext.toTraceparent(one as SpanContext);
    }),
  );
});

test('fuzzed headers are read as whole traces, or not at all', () => {
  const nearly = fc
    .tuple(fc.nat(traceparent.length), fc.nat(3), fc.string({ maxLength: 3 }))
    .map(([at, length, text]) => traceparent.slice(0, at) + text + traceparent.slice(at + length));
  fc.assert(
    fc.property(nearly, (text) => {
      const read = SpanContext.fromTraceparent(text);
      if (read === undefined) return true;
      return trace.isSpanContextValid(read) && /^[0-9a-f]{32}$/.test(read.traceId);
    }),
    { numRuns: 2_000 },
  );
});

test('what OpenTelemetry’s API reads of a tracestate that is passed on is the same', () => {
  const state = SpanContext.fromTraceparent(traceparent, 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE')?.traceState;
  const read = createTraceState(state?.serialize());
  expect([read.get('rojo'), read.get('congo')]).toEqual(['00f067aa0ba902b7', 't61rcWkgMzE']);
});
