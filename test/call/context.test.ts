import { context, createContextKey, trace } from '@opentelemetry/api';
import { bindContext, currentContext, Observed, runWithContext } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class Nested {
  @Observed({ event: 'read' })
  async outer(): Promise<void> {
    await Promise.all([this.inner('a'), this.inner('b')]);
  }

  @Observed({ event: 'read', item: (name: string) => name })
  async inner(name: string): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return name;
  }

  @Observed({ event: 'read' })
  active(): { spanId: string | undefined; userId: string | undefined } {
    return { spanId: trace.getActiveSpan()?.spanContext().spanId, userId: currentContext()?.userId };
  }
}

describe('the context of a call', () => {
  let runtime: MemoryRuntime;

  beforeEach(() => {
    runtime = startMemoryRuntime();
  });

  afterEach(() => runtime.trefoil.shutdown());

  test('nests calls as parent and child, also when they overlap', async () => {
    await new Nested().outer();
    const outer = runtime.spans().find(({ name }) => name === 'Nested.outer');
    const inner = runtime.spans().filter(({ name }) => name === 'Nested.inner');
    expect(inner.map(({ parentSpanId }) => parentSpanId)).toEqual([
      outer?.spanContext().spanId,
      outer?.spanContext().spanId,
    ]);
    expect(new Set(runtime.events().map(({ correlationId }) => correlationId)).size).toBe(1);
    expect(new Set(runtime.events().map(({ traceId }) => traceId)).size).toBe(1);
  });

  test('is OpenTelemetry’s one Context: the body’s active span is the call’s, and other keys are kept', () => {
    const key = createContextKey('user key');
    const seen = context.with(context.active().setValue(key, 'kept'), () => {
      const active = new Nested().active();
      return { active, value: context.active().getValue(key) };
    });
    expect(seen.active.spanId).toBe(runtime.spans()[0]?.spanContext().spanId);
    expect(seen.value).toBe('kept');
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  test('carries the request: ids in audit and logs, the user by default', async () => {
    const request = {
      correlationId: 'c-1',
      requestId: 'r-1',
      userId: 'u-1',
      sessionId: 's-1',
      tenantId: 't-1',
      ipAddress: '192.0.2.1',
      userAgent: 'curl',
    };
    await runWithContext(request, () => new Nested().inner('x'));
    expect(runtime.events()).toMatchObject([request]);
    expect(runtime.lines).toMatchObject([
      { ids: { correlationId: 'c-1' }, fields: { user_id: 'u-1', request_id: 'r-1' } },
    ]);
  });

  test('lays a request context over the one around it, and makes a correlation id where there is none', () => {
    runWithContext({ userId: 'u-1' }, () => {
      const outer = currentContext();
      expect(outer?.correlationId).toMatch(/^[0-9a-f-]{36}$/);
      runWithContext({ tenantId: 't-1' }, () => {
        expect(currentContext()).toEqual({ ...outer, tenantId: 't-1' });
      });
      expect(currentContext()).toEqual(outer);
    });
    expect(currentContext()).toBeUndefined();
  });

  test('is bound to a function for later, with its receiver and arguments', () => {
    const bound = runWithContext({ correlationId: 'c-2' }, () =>
      bindContext(function (this: { name: string }, more: string) {
        return [this.name, more, currentContext()?.correlationId];
      }),
    );
    expect(currentContext()).toBeUndefined();
    expect(bound.call({ name: 'me' }, 'more')).toEqual(['me', 'more', 'c-2']);
  });

  test('gives a context back unchanged where a value is set on it or deleted', () => {
    const key = createContextKey('k');
    runWithContext({ userId: 'u-1' }, () => {
      const within = context.active().setValue(key, 1);
      expect(within.getValue(key)).toBe(1);
      expect(within.deleteValue(key).getValue(key)).toBeUndefined();
      expect(context.active().getValue(key)).toBeUndefined();
    });
  });
});
