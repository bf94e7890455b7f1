import 'reflect-metadata';
import { runInNewContext } from 'node:vm';
import { AuditEvent, AuditLogger, InMemoryAuditBackend, Observed } from '../../src/index';
import { schemaProblems } from '../fixtures/audit-event-schema';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

class Store {
  @Observed({ event: 'update' })
  fail(make: () => unknown): void {
    throw make();
  }
}

let runtime: MemoryRuntime;

beforeEach(() => (runtime = startMemoryRuntime()));

afterEach(() => runtime.trefoil.shutdown());

/** What audit event and span say of a call that has thrown this; what the caller caught is the same. */
function recorded(make: () => unknown): { event: AuditEvent; exception: Readonly<Record<string, unknown>> } {
  let caught: { error: unknown } | undefined;
  let thrown: unknown;
  try {
    new Store().fail(() => (thrown = make()));
  } catch (error) {
    caught = { error };
  }
  expect(caught).toBeDefined();
  expect(caught?.error).toBe(thrown);
  const event = runtime.events().at(-1) as AuditEvent;
  expect(schemaProblems(event)).toEqual([]);
  return { event, exception: runtime.spans().at(-1)?.events[0]?.attributes as Readonly<Record<string, unknown>> };
}

const refused = (): Error => Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' });

describe('the causes of an error', () => {
  test('stand in the audit event, outermost first, with their codes', () => {
    const { event } = recorded(() => new TypeError('save', { cause: new RangeError('query', { cause: refused() }) }));
    expect(event.toJSON()).toMatchObject({
      error_type: 'TypeError',
      error_message: 'save',
      error_chain: [
        { type: 'TypeError', message: 'save' },
        { type: 'RangeError', message: 'query' },
        { type: 'Error', message: 'connect failed', code: 'ECONNREFUSED' },
      ],
    });
    expect(AuditEvent.fromJSON(JSON.parse(JSON.stringify(event))).errorChain).toEqual(event.errorChain);
    expect(JSON.stringify(event)).not.toContain('    at ');
  });

  test('stand in the stack of the span’s exception, each with its own frames', () => {
    const { exception } = recorded(
      () => new TypeError('save', { cause: new RangeError('query', { cause: refused() }) }),
    );
    expect(exception).toMatchObject({ 'exception.type': 'TypeError', 'exception.message': 'save' });
    expect(exception['exception.stacktrace']).toMatch(
      /^TypeError: save\n +at [^]+\nCaused by: RangeError: query\n +at [^]*\n {4}\.\.\. \d+ more\nCaused by: Error: connect failed\n +at /,
    );
  });

  test('are all of those that an AggregateError stands for', () => {
    const { event, exception } = recorded(
      () => new AggregateError([refused(), 'timed out', { message: 'denied' }], 'all failed'),
    );
    expect(event.errorChain).toEqual([
      { type: 'AggregateError', message: 'all failed' },
      { type: 'Error', message: 'connect failed', code: 'ECONNREFUSED' },
      { type: 'other', message: 'timed out' },
      { type: 'other', message: 'denied' },
    ]);
    expect(exception['exception.stacktrace']).toMatch(
      /Caused by: Error: connect failed[^]+Caused by: other: timed out\n/,
    );
  });

  test('are not listed where there are none', () => {
    expect(recorded(() => new Error('alone')).event.toJSON()).not.toHaveProperty('error_chain');
    expect(recorded(refused).event.toJSON()).not.toHaveProperty('error_chain');
  });

  test('are followed once where they are circular, and no further than ten errors', () => {
    const circular = (): Error => {
      const one = new Error('one');
      one.cause = new Error('two', { cause: one });
      return one;
    };
    expect(recorded(circular).event.errorChain?.map(({ message }) => message)).toEqual(['one', 'two']);
    const endless = (): Error => Object.defineProperty(new Error('again'), 'cause', { get: endless });
    const { event, exception } = recorded(endless);
    expect(event.errorChain).toHaveLength(11);
    expect(event.errorChain?.at(-1)).toEqual({ type: 'other', message: '[Truncated]' });
    expect(String(exception['exception.stacktrace']).length).toBeLessThanOrEqual(16_384);
    const many = recorded(() => new AggregateError(Array.from({ length: 1_000 }, (_, index) => new Error(`${index}`))));
    expect(many.event.errorChain).toHaveLength(11);
  });

  test('are cut where they are long', () => {
    const { event } = recorded(() => new Error('m'.repeat(50_000), { cause: new Error('n'.repeat(50_000)) }));
    expect(event.errorChain?.map(({ message }) => message.length)).toEqual([1_024 + 13, 1_024 + 13]);
  });

  test('may throw when they are read', () => {
    const bad = (): Error =>
      Object.defineProperties(new Error('outer'), {
        cause: { get: () => new Proxy({}, { get: () => fail(), getPrototypeOf: () => fail() }) },
        code: { get: () => fail() },
      });
    expect(recorded(bad).event.errorChain).toMatchObject([{ type: 'Error', message: 'outer' }, { type: 'other' }]);
    const { proxy, revoke } = Proxy.revocable<unknown[]>([], {});
    revoke();
    expect(recorded(() => Object.assign(new Error('outer'), { errors: proxy })).event.errorMessage).toBe('outer');
  });

  test('have no secrets in them', () => {
    const { event, exception } = recorded(() => {
      const cause = { message: 'login with password=hunter2', code: 'E_LOGIN' };
      return new Error('outer', { cause: new Error('token: hunter2', { cause }) });
    });
    expect(event.errorChain).toHaveLength(3);
    expect(JSON.stringify([event, exception])).not.toContain('hunter2');
  });

  test('are those of an error of another realm, too', () => {
    const { event } = recorded(() => runInNewContext('new TypeError("there", { cause: new Error("far") })') as unknown);
    expect(event.errorChain).toMatchObject([{ type: 'TypeError', message: 'there' }, { message: 'far' }]);
  });

  test('leave the thrown object as it was, also a frozen one', () => {
    const error = Object.freeze(new Error('frozen', { cause: Object.freeze(new Error('cause')) }));
    const before = Reflect.ownKeys(error);
    recorded(() => error);
    expect(Reflect.ownKeys(error)).toEqual(before);
  });

  test('stand in what an AuditLogger writes', () => {
    const backend = new InMemoryAuditBackend();
    void new AuditLogger({ backend, storeType: 's3' }).logError(
      new Error('outer', { cause: new Error('token=hunter2') }),
    );
    expect(backend.getAll()[0]?.errorChain).toEqual([
      { type: 'Error', message: 'outer' },
      { type: 'Error', message: 'token=[REDACTED]' },
    ]);
  });
});

function fail(): never {
  throw new Error('cannot be read');
}

class Denied {
  readonly message = 'not yours';
  readonly code = 42_501;
}

describe('what is thrown and is no Error', () => {
  test.each<[string, () => unknown, object, object]>([
    [
      'a plain object',
      () => ({ message: 'no such order', code: 'NOT_FOUND' }),
      { error_type: 'NOT_FOUND', error_message: 'no such order' },
      { 'exception.type': 'NOT_FOUND', 'exception.message': 'no such order' },
    ],
    [
      'an object of a class',
      () => new Denied(),
      {
        error_type: 'Denied',
        error_message: 'not yours',
        error_chain: [{ type: 'Denied', message: 'not yours', code: '42501' }],
      },
      { 'exception.type': 'Denied', 'exception.message': 'not yours' },
    ],
    [
      'an object without a message',
      () => ({ status: 404, password: 'hunter2' }),
      { error_type: 'other', error_message: '{"status":404,"password":"[REDACTED]"}' },
      { 'exception.message': '{"status":404,"password":"[REDACTED]"}' },
    ],
    ['a text', () => 'broken', { error_type: 'other', error_message: 'broken' }, { 'exception.message': 'broken' }],
    ['null', () => null, { error_type: 'other', error_message: 'null' }, { 'exception.message': 'null' }],
    ['nothing', () => undefined, { error_message: 'undefined' }, { 'exception.message': 'undefined' }],
  ])('%s is recorded by what it says', (_name, make, event, exception) => {
    const told = recorded(make);
    expect(told.event.toJSON()).toMatchObject(event);
    expect(told.exception).toMatchObject(exception);
    expect(told.exception).not.toHaveProperty('exception.stacktrace');
  });

  test('may have causes, and then has a stack of them', () => {
    const { event, exception } = recorded(() => ({ message: 'gone', cause: new Error('disk') }));
    expect(event.errorChain).toMatchObject([{ message: 'gone' }, { message: 'disk' }]);
    expect(exception['exception.stacktrace']).toMatch(/^other: gone\nCaused by: Error: disk\n +at /);
  });
});
