import { trace } from '@opentelemetry/api';
import { Observed } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';
import { handled, shapes, storeWith, type Shape } from '../fixtures/return-shapes';

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

/** What can be told of one use, and in which spans the work was done. */
async function observe(
  observed: typeof Observed,
  shape: Shape,
  fails: boolean,
): Promise<{ seen: unknown; spans: (string | undefined)[] }> {
  const spans: (string | undefined)[] = [];
  const store = storeWith(observed, () => spans.push(trace.getActiveSpan()?.spanContext().spanId));
  const seen = await (async () => handled[shape](store, fails))().then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  return { seen, spans };
}

describe.each(shapes)('a method that gives %s', (shape) => {
  test.each([false, true])(
    'does its work once, inside its Call, and ends it once; that it fails is %p',
    async (fails) => {
      const expected = await observe(() => () => undefined, shape, fails);
      const { seen, spans } = await observe(Observed, shape, fails);
      expect(seen).toEqual(expected.seen);
      expect(runtime.spans()).toHaveLength(1);
      expect(spans).toEqual(runtime.spans().map((span) => span.spanContext().spanId));
      expect(expected.spans).toEqual([undefined]);
      expect(runtime.events()).toMatchObject([{ status: fails ? 'failure' : 'success' }]);
      expect(runtime.counted('Store', shape, fails ? 'failure' : 'success')).toBe(1);
      expect(runtime.timed('Store', shape)).toBe(1);
    },
  );
});
