import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import * as fc from 'fast-check';
import { container } from 'tsyringe';
import winston from 'winston';
import {
  initializeObservability,
  Observed,
  runWithContext,
  WinstonLogger,
  type LogFields,
  type Logger,
  type LogLevel,
  type Trefoil,
  type TrefoilOptions,
  type WinstonLoggerOptions,
} from '../../src/index';

const directory = mkdtempSync(join(tmpdir(), 'trefoil-logger-'));
let files = 0;
let trefoil: Trefoil;

beforeAll(() => {
  trefoil = initializeObservability({
    metrics: { backend: 'none' },
    logging: { level: 'silent' },
    signals: false,
  });
});

afterAll(async () => {
  await trefoil.shutdown();
  rmSync(directory, { recursive: true });
});

type Line = Record<string, unknown>;

function open(options: Partial<WinstonLoggerOptions> = {}): { logger: WinstonLogger; text(): string; lines(): Line[] } {
  files += 1;
  const path = join(directory, `${files}.log`);
  const logger = new WinstonLogger({ service: 'orders', environment: 'test', path, ...options });
  const text = (): string => readFileSync(path, 'utf8');
  const lines = (): Line[] =>
    text()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return { logger, text, lines };
}

const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\p{Cf}\u2028\u2029]/u;

describe('a line', () => {
  test('is in the file when the method that logs it returns, which others cannot read', async () => {
    const { logger, lines } = open();
    logger.info('one');
    expect(lines()).toMatchObject([{ message: 'one', level: 'info', service: 'orders', environment: 'test' }]);
    expect(statSync(join(directory, `${files}.log`)).mode & 0o777).toBe(0o600);
    await logger.close();
  });

  test('carries the ids of the application’s own span, and those of the request', async () => {
    const { logger, lines } = open();
    const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    runWithContext({ correlationId: 'c-1', requestId: 'r-1' }, () =>
      context.with(trace.setSpanContext(context.active(), spanContext), () => logger.info('inside')),
    );
    context.with(trace.setSpanContext(ROOT_CONTEXT, spanContext), () => logger.info('span alone'));
    const ids = { trace_id: spanContext.traceId, span_id: spanContext.spanId };
    expect(lines()[0]).toMatchObject({ ...ids, correlation_id: 'c-1', request_id: 'r-1' });
    expect(lines()[1]).toMatchObject({ ...ids, correlation_id: spanContext.traceId });
    await logger.close();
  });

  test('carries the correlation id of a request that is begun inside a call', async () => {
    const { logger, lines } = open();
    class Queue {
      @Observed({ event: 'read' })
      take(): void {
        logger.info('call');
        runWithContext({ correlationId: 'message-1' }, () => logger.info('request'));
      }
    }
    new Queue().take();
    expect(lines()[0]?.['correlation_id']).toEqual(expect.any(String));
    expect(lines()[1]).toMatchObject({ message: 'request', correlation_id: 'message-1' });
    await logger.close();
  });

  test('has its own names to itself: fields that are called so are written beside them', async () => {
    const { logger, lines } = open();
    const names = ['timestamp', 'level', 'message', 'service', 'environment', 'trace_id', 'span_id', 'correlation_id'];
    const fields = {
      ...Object.fromEntries(names.map((name) => [name, 'forged'])),
      field_level: 'kept',
      request_id: 'r',
    };
    logger.info('real', fields);
    runWithContext({ requestId: 'r-1' }, () =>
      logger.child({ level: 'forged' }).info('real', { request_id: 'forged' }),
    );
    const [line, inside] = lines();
    expect(line).toMatchObject({ level: 'info', message: 'real', service: 'orders', environment: 'test' });
    expect(line).toMatchObject({ field_level: 'kept', field_field_level: 'forged', field_trace_id: 'forged' });
    expect(line).toMatchObject({ request_id: 'r', field_message: 'forged' });
    expect(line).not.toHaveProperty('trace_id');
    expect(inside).toMatchObject({
      level: 'info',
      field_level: 'forged',
      request_id: 'r-1',
      field_request_id: 'forged',
    });
    await logger.close();
  });

  test('is no longer than 65,536 characters, and whole', async () => {
    const { logger, text, lines } = open();
    logger.info('m'.repeat(200_000), { a: 'x'.repeat(100_000), b: 'y'.repeat(100_000) });
    logger.info('\u0007'.repeat(20_000), { bell: '\u0007'.repeat(20_000), small: 1 });
    logger.info('many', Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`field_${index}`, index])));
    logger.info('deep', { list: Array.from({ length: 900 }, () => 'z'.repeat(1_000)), small: 2 });
    for (const line of text().trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(65_536);
    const [long, bells, many, deep] = lines();
    expect(long?.['message']).toContain('[Truncated ');
    expect(bells).toMatchObject({ small: 1, '…': '[Truncated 1 fields]' });
    expect(many).toMatchObject({ field_0: 0, '…': expect.stringMatching(/^\[Truncated \d+ fields\]$/) as string });
    expect(deep).toMatchObject({ small: 2, '…': '[Truncated 1 fields]' });
    await logger.close();
  });

  test.each([
    ['a big integer', 12n, '12'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a map', new Map([['a', new Set([1])]]), { a: [1] }],
    ['no number', Number.NaN, 'NaN'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an error', new RangeError('r', { cause: new Error('c') }), { name: 'RangeError', message: 'r' }],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      '[UNSERIALIZABLE]',
    ],
    ['a proxy that throws', new Proxy({}, { ownKeys: () => undefined as never }), '[UNSERIALIZABLE]'],
    ['a revoked proxy', revoked(), '[UNSERIALIZABLE]'],
  ])('takes %s', async (_name, value, expected) => {
    const { logger, lines } = open();
    logger.info('it', { value });
    const [line] = lines();
    if (typeof expected === 'object') expect(line).toMatchObject({ value: expected });
    else expect(line).toMatchObject({ value: expected });
    await logger.close();
  });

  test('takes what is circular, and what throws when it is read', async () => {
    const { logger, lines } = open();
    const circular: Record<string, unknown> = { a: 1 };
    circular['self'] = circular;
    const getter = Object.defineProperty({}, 'bad', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    logger.info('it', { circular, getter });
    logger.info('it', circular);
    logger.info('it', getter);
    logger.info('it', revoked());
    expect(lines()).toMatchObject([
      { circular: { a: 1, self: '[Circular]' }, getter: { bad: '[UNSERIALIZABLE]' } },
      { a: 1, self: '[Circular]' },
      { bad: '[UNSERIALIZABLE]' },
      { value: '[UNSERIALIZABLE]' },
    ]);
    await logger.close();
  });
});

function revoked(): LogFields {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('log injection', () => {
  test.each([
    ['a line feed', '\n'],
    ['a carriage return', '\r'],
    ['an ANSI escape', '\u001b[2J\u001b]0;title\u0007'],
    ['NUL', '\u0000'],
    ['DEL', '\u007f'],
    ['a C1 control', '\u009b31m'],
    ['NEL', '\u0085'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
    ['a bidi override', '\u202e'],
    ['bidi isolates', '\u2066\u2069'],
    ['zero widths', '\u200b\u200d\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['tags', '\u{e0041}'],
    ['a forged JSON line', '"}\n{"level":"critical","message":"forged"}'],
    ['a lone surrogate', '\ud800'],
  ])('is impossible with %s, in messages, names and values, in both formats', async (_name, hostile) => {
    for (const format of ['json', 'readable'] as const) {
      const { logger, text } = open({ format });
      logger.info(`a${hostile}b`, { value: `a${hostile}b`, [`n${hostile}m`]: { [`n${hostile}m`]: [`a${hostile}b`] } });
      logger.child({ [`c${hostile}`]: hostile }).exception('x', new Error(hostile));
      logger.winston.info(`a${hostile}b`, { value: hostile });
      const written = text();
      // The stack of the error stands indented below its readable line.
      expect(written.split('\n').filter((line) => !line.startsWith('    '))).toHaveLength(4);
      expect(written).not.toMatch(unsafe);
      if (format === 'json' && hostile !== '\ud800') {
        const first = JSON.parse(written.split('\n')[0] as string) as Line;
        expect(first['message']).toBe(`a${hostile}b`);
        expect(first['value']).toBe(`a${hostile}b`);
        expect(first[`n${hostile}m`]).toEqual({ [`n${hostile}m`]: [`a${hostile}b`] });
      }
      await logger.close();
    }
  });

  test('is impossible with anything: a call is a line, and JSON gives the fields back', async () => {
    const { logger, text } = open();
    const anyText = fc.string({ unit: 'binary', maxLength: 30 });
    let calls = 0;
    fc.assert(
      fc.property(anyText, fc.dictionary(anyText, fc.oneof(anyText, fc.double(), fc.boolean())), (message, fields) => {
        logger.info(message, fields);
        calls += 1;
        const lines = text().split('\n');
        expect(lines).toHaveLength(calls + 1);
        const last = lines[calls - 1] as string;
        expect(last).not.toMatch(unsafe);
        const line = JSON.parse(last) as Line;
        expect(line['level']).toBe('info');
        expect(Object.keys(line).length).toBeGreaterThanOrEqual(5);
      }),
      { numRuns: 300 },
    );
    await logger.close();
  });

  test('is impossible in a readable line, too', async () => {
    const { logger, text } = open({ format: 'readable' });
    const anyText = fc.string({ unit: 'binary', maxLength: 30 });
    let calls = 0;
    fc.assert(
      fc.property(anyText, fc.dictionary(anyText, fc.anything()), (message, fields) => {
        logger.info(message, fields);
        calls += 1;
        expect(text().split('\n')).toHaveLength(calls + 1);
      }),
      { numRuns: 300 },
    );
    expect(text()).not.toMatch(unsafe);
    await logger.close();
  });

  test('values without secrets come back as they were', async () => {
    const { logger, lines } = open();
    const fields = {
      quote: '"',
      back: '\\',
      feed: 'a\nb',
      emoji: '👩‍👩‍👧',
      arabic: 'مرحبا',
      list: [1, { a: null }],
      yes: true,
    };
    logger.info('it', fields);
    expect(lines()).toMatchObject([fields]);
    await logger.close();
  });
});

describe('exception', () => {
  test('writes type, message, stack and the chain of causes, without secrets', async () => {
    const { logger, lines } = open();
    const root = Object.assign(new Error('connect to postgres://app:hunter2@db'), { code: 'ECONNREFUSED' });
    const error = new TypeError('charge failed: token=hunter2', {
      cause: new AggregateError([root, 'odd'], 'several'),
    });
    logger.exception('payment_failed', error, { order_id: 'o-1' });
    const [line] = lines();
    expect(line).toMatchObject({
      level: 'error',
      message: 'payment_failed',
      order_id: 'o-1',
      error_type: 'TypeError',
      error_message: 'charge failed: token=[REDACTED]',
      error_stack: expect.stringContaining('logger.test.ts') as string,
      error_causes: [
        { error_type: 'AggregateError', error_message: 'several' },
        { error_type: 'ECONNREFUSED' },
        { error_type: 'other', error_message: 'odd' },
      ],
    });
    expect(JSON.stringify(line)).not.toContain('hunter2');
    await logger.close();
  });

  test('takes whatever is thrown', async () => {
    const { logger, lines } = open();
    const circular = new Error('circular');
    circular.cause = circular;
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
    });
    for (const thrown of [undefined, null, 'text', 7, Symbol('s'), {}, circular, hostile, revoked()]) {
      logger.exception('it', thrown);
    }
    expect(lines()).toHaveLength(9);
    expect(lines()[6]).not.toHaveProperty('error_causes');
    await logger.close();
  });
});

describe('the level', () => {
  test('can be changed at any time, children follow', async () => {
    const { logger, lines } = open();
    const child = logger.child({ module: 'm' });
    child.debug('no');
    logger.setLevel('debug');
    expect([logger.level, child.level]).toEqual(['debug', 'debug']);
    child.debug('yes');
    child.setLevel('silent');
    logger.critical('no');
    logger.winston.level = 'info';
    logger.info('winston’s own property does it, too');
    logger.setLevel('loud' as 'info');
    expect(logger.level).toBe('info');
    expect(lines().map(({ message }) => message)).toEqual(['yes', 'winston’s own property does it, too']);
    await logger.close();
  });
});

describe('a logger that somebody holds', () => {
  test('writes on with the one that has come after it, its children too', async () => {
    const paths = ['before', 'after', 'last'].map((name) => join(directory, `held-${name}.log`)) as [
      string,
      string,
      string,
    ];
    const options = (path: string, level: LogLevel): TrefoilOptions => ({
      metrics: { backend: 'none' },
      logging: { path, level },
      signals: false,
    });
    const messages = (path: string): unknown[] =>
      readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown);
    const own = initializeObservability(options(paths[0], 'info'), container.createChildContainer());
    const held = own.logger;
    const child = held.child({ module: 'm' });
    await own.reconfigure(options(paths[1], 'warn'));
    expect([child.level, child.isLevelEnabled('info')]).toEqual(['warn', false]);
    child.info('not asked for');
    runWithContext({ correlationId: 'c-1' }, () => child.exception('by the child', new Error('e'), { note: 'n' }));
    held.setLevel('debug');
    expect(own.logger.level).toBe('debug');
    await own.reconfigure(options(paths[2], 'info'));
    held.info('last');
    await own.shutdown();
    child.info('too late');
    expect(messages(paths[0])).toEqual([]);
    expect(messages(paths[1])).toMatchObject([
      { message: 'by the child', module: 'm', note: 'n', error_message: 'e', correlation_id: 'c-1' },
    ]);
    expect(messages(paths[2])).toMatchObject([{ message: 'last' }]);
    expect(own.logger.exportHealth?.()).toMatchObject([{ dropped: { shutdown: 1 } }]);
  });
});

describe('prepare', () => {
  test('leaves a child to write its lines as any other: no name is on a line twice', async () => {
    const { logger } = open();
    const fields = { operation: 'get' };
    expect(logger.prepare('info', 'line', fields)).toBeDefined();
    expect((logger.child({ duration_ms: 1 }) as WinstonLogger).prepare('info', 'line', fields)).toBeUndefined();
    await logger.close();
  });
});

describe('bind', () => {
  test('ties fields to the running request, whichever logger writes its lines', async () => {
    const { logger, lines } = open();
    const other: Logger = logger.child({ module: 'm' });
    runWithContext({ correlationId: 'c-1' }, () => {
      logger.bind({ tenant_id: 't-1', api_key: 'hunter2' }).info('at once');
      other.info('by another');
      runWithContext({ userId: 'u' }, () => {
        logger.bind({ step: 2 });
        other.info('inside', { tenant_id: 'of the line' });
      });
      other.info('not what was bound inside');
    });
    logger.info('outside');
    logger.bind({ no: 'request' }).info('child alone');
    expect(lines()).toMatchObject([
      { tenant_id: 't-1', api_key: '[REDACTED]' },
      { tenant_id: 't-1', module: 'm' },
      { tenant_id: 'of the line', step: 2 },
      { tenant_id: 't-1' },
      { message: 'outside' },
      { no: 'request' },
    ]);
    expect(lines()[3]).not.toHaveProperty('step');
    expect(lines()[4]).not.toHaveProperty('tenant_id');
    await logger.close();
  });
});

describe('winston', () => {
  /** A transport as applications have them, with what it was given. */
  function recordingTransport({ isSlow = false } = {}): { transport: winston.transport; texts: string[] } {
    const texts: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        texts.push(String(chunk));
        done();
      },
    });
    const transport = new winston.transports.Stream({ stream, eol: '\n' });
    if (isSlow) {
      const log = transport.log?.bind(transport);
      transport.log = (info, next) => void setImmediate(() => log?.(info, next) as void);
    }
    return { transport, texts };
  }

  test('takes transports beside trefoil’s, which get the same lines', async () => {
    const { logger, text } = open();
    const { transport, texts } = recordingTransport();
    logger.winston.add(transport);
    logger.info('both', { exception: true, password: 'hunter2' });
    logger.child({ module: 'm' }).warn('too');
    await logger.close();
    expect(texts.join('')).toBe(text());
    expect(text()).toContain('"exception":true');
    expect(text()).not.toContain('hunter2');
  });

  test('can be logged to itself, with the same rules', async () => {
    const { logger, lines } = open();
    runWithContext({ correlationId: 'c-1' }, () => logger.winston.warn('by winston', { password: 'hunter2' }));
    expect(lines()).toMatchObject([
      { level: 'warn', message: 'by winston', password: '[REDACTED]', correlation_id: 'c-1', service: 'orders' },
    ]);
    await logger.close();
  });

  test('is written to at once where a transport of the user’s is slow, or fails', async () => {
    const errors: unknown[] = [];
    const { logger, lines } = open({ onWriteError: (error) => errors.push(error) });
    const stuck = new winston.transports.Stream({ stream: new Writable({ write: () => undefined }) });
    logger.winston.add(stuck);
    for (let index = 0; index < 100; index += 1) logger.info('line');
    expect(lines()).toHaveLength(100);
    stuck.emit('error', new Error('broken'));
    expect(errors).toMatchObject([{ message: 'broken' }]);
    logger.winston.remove(stuck);
    logger.info('line');
    expect(lines()).toHaveLength(101);
    logger.winston.silent = true;
    logger.info('no');
    expect(lines()).toHaveLength(101);
    await logger.close();
  });

  test('gives all lines to a transport that is slow by the time it is flushed, and before it is closed', async () => {
    for (const end of ['flush', 'close'] as const) {
      const { logger } = open();
      const { transport, texts } = recordingTransport({ isSlow: true });
      logger.winston.add(transport);
      for (let index = 0; index < 60; index += 1) logger.info('line', { index });
      expect(texts.length).toBeLessThan(60);
      await logger[end]();
      expect(texts).toHaveLength(60);
      await logger.close();
    }
  });

  test('counts a line that a transport throws on as lost to it, not as lost', async () => {
    const errors: unknown[] = [];
    const { logger, lines } = open({ onWriteError: (error) => errors.push(error) });
    const { transport } = recordingTransport();
    transport.log = () => {
      throw new Error('broken');
    };
    logger.winston.add(transport);
    logger.info('line');
    expect(lines()).toHaveLength(1);
    expect(errors).toMatchObject([{ message: 'broken' }]);
    expect(logger.exportHealth()).toMatchObject([{ exported: 1, dropped: { transport_failed: 1 } }]);
    logger.winston.remove(transport);
    await logger.close();
  });
});
