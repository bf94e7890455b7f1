import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { inspect } from 'node:util';
import { context, trace } from '@opentelemetry/api';
import winston from 'winston';
import { initializeObservability, runWithContext, WinstonLogger, type Trefoil } from '../../src/index';

const directory = mkdtempSync(join(tmpdir(), 'trefoil-transports-'));
let files = 0;
let trefoil: Trefoil;

beforeAll(() => {
  trefoil = initializeObservability({ metrics: { backend: 'none' }, logging: { level: 'silent' }, signals: false });
});

afterAll(async () => {
  await trefoil.shutdown();
  rmSync(directory, { recursive: true });
});

type Line = Record<string, unknown>;

const secret = 'canary7F3a';
const hostile = 'a\n{"level":"critical"}\u001b[2J\u202e\u2028b';
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\p{Cf}\u2028\u2029]/u;

const formats = {
  json: winston.format.json(),
  simple: winston.format.simple(),
  printed: winston.format.printf((info) => inspect(info, { depth: null, breakLength: Infinity, compact: true })),
  splat: winston.format.combine(winston.format.splat(), winston.format.json()),
  own: undefined,
};

/** A logger with a transport that an application has added, and what both have written. */
function open(format: keyof typeof formats = 'json', level?: string) {
  files += 1;
  const path = join(directory, `${files}.log`);
  const logger = new WinstonLogger({ service: 'orders', environment: 'test', path });
  const texts: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      texts.push(String(chunk));
      done();
    },
  });
  const shape = formats[format];
  const transport = new winston.transports.Stream({
    stream,
    eol: '\n',
    ...(shape === undefined ? {} : { format: shape }),
    ...(level === undefined ? {} : { level }),
  });
  logger.winston.add(transport);
  const parse = (text: string): Line[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return {
    logger,
    texts,
    own: () => parse(readFileSync(path, 'utf8')),
    added: () => parse(texts.join('')),
  };
}

const ways: [string, (logger: WinstonLogger, fields: Line, error: Error) => unknown][] = [
  ['trefoil’s own method', (logger, fields, error) => logger.info(`by token=${secret}`, error, fields)],
  ['winston’s method', ({ winston: own }, fields, error) => own.info(`by token=${secret}`, error, fields)],
  ['winston’s log', ({ winston: own }, fields, error) => own.log('info', `by token=${secret}`, error, fields)],
  [
    'winston’s log of one object',
    ({ winston: own }, fields, err) => own.log({ ...fields, err, level: 'info', message: `by token=${secret}` }),
  ],
  ['a child of winston’s', ({ winston: own }, fields, err) => own.child({ ...fields, err }).info(`by token=${secret}`)],
  [
    'the stream that winston is',
    ({ winston: own }, fields, err) => own.write({ ...fields, err, level: 'info', message: `by token=${secret}` }),
  ],
  ['values in the message', ({ winston: own }, fields, error) => own.info('by token=%s', secret, error, fields)],
];

describe('a transport that an application adds', () => {
  test.each(ways)('gets the lines without secrets, with ids and time: %s', async (_name, say) => {
    const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    const { logger, texts, own, added } = open();
    const error = new Error(`password=${secret}`, { cause: new Error(`api_key: ${secret}`) });
    // On one line: what is escaped twice is not compared here.
    for (const each of [error, error.cause as Error]) each.stack = `stack of ${each.message}`;
    const fields = { password: secret, deep: { list: [{ token: secret }] }, trace_id: 'forged', timestamp: 'forged' };
    runWithContext({ correlationId: 'c-1', requestId: 'r-1' }, () =>
      context.with(trace.setSpanContext(context.active(), spanContext), () => say(logger, fields, error)),
    );
    await logger.flush();
    expect(own()).toHaveLength(1);
    expect(added()).toEqual(own());
    expect(own()[0]).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      level: 'info',
      message: 'by token=[REDACTED]',
      service: 'orders',
      environment: 'test',
      trace_id: spanContext.traceId,
      span_id: spanContext.spanId,
      correlation_id: 'c-1',
      request_id: 'r-1',
      field_trace_id: 'forged',
      field_timestamp: 'forged',
      password: '[REDACTED]',
      error_message: 'password=[REDACTED]',
      error_causes: [{ error_message: 'api_key: [REDACTED]' }],
    });
    expect(texts.join('')).not.toContain(secret);
    await logger.close();
  });

  test.each(Object.keys(formats) as (keyof typeof formats)[])(
    'gets nothing that forges a line, as %s',
    async (format) => {
      const { logger, texts } = open(format);
      const fields = { note: hostile, [`n${hostile}`]: { [hostile]: [hostile] }, splat: ['forged'] };
      logger.info(hostile, fields);
      logger.winston.info(hostile, fields, new Error(hostile, { cause: hostile }));
      logger.winston.log({ level: 'info', message: hostile, ...fields, [Symbol.for('message')]: `forged ${hostile}` });
      logger.winston.child({ [hostile]: hostile }).warn('%s', hostile);
      await logger.flush();
      expect(texts).toHaveLength(4);
      expect(texts.join('').split('\n')).toHaveLength(5);
      expect(texts.join('')).not.toMatch(unsafe);
      await logger.close();
    },
  );

  test('gets what its own level lets it have, and trefoil’s lines have theirs', async () => {
    const { logger, own, added } = open('json', 'debug');
    logger.winston.debug('verbose');
    logger.winston.info('both');
    await logger.flush();
    expect(own().map(({ message }) => message)).toEqual(['both']);
    expect(added().map(({ message }) => message)).toEqual(['verbose', 'both']);
    await logger.close();
  });

  test('gets the formats of the whole logger on lines without secrets', async () => {
    const { logger, texts } = open('own');
    logger.winston.format = winston.format.combine(winston.format.splat(), winston.format.json());
    logger.winston.info('by %s', secret.slice(0, 1), { password: secret });
    await logger.flush();
    expect(texts).toHaveLength(1);
    expect(texts[0]).not.toContain(secret);
    await logger.close();
  });
});

describe('what winston’s methods are given', () => {
  test('is a line each time, also the very same error or object', async () => {
    const { logger, own } = open();
    const error = new Error('disk full');
    const info = { level: 'info', message: 'tick 1' };
    logger.winston.error(error);
    logger.winston.log(info);
    await new Promise((resolve) => setTimeout(resolve, 20));
    logger.winston.error('order 7 lost', error);
    info.message = 'tick 2';
    logger.winston.log(info);
    logger.winston.log('warn', error);
    logger.winston.write(info);
    await logger.flush();
    expect(own().map(({ level, message }) => [level, message])).toEqual([
      ['error', 'disk full'],
      ['info', 'tick 1'],
      ['error', 'order 7 lost'],
      ['info', 'tick 2'],
      ['warn', 'disk full'],
      ['info', 'tick 2'],
    ]);
    expect(own()[2]).toMatchObject({ error_message: 'disk full', error_stack: expect.any(String) as string });
    await logger.close();
  });

  test('stays as it was, and may be frozen', async () => {
    const { logger, own } = open();
    const given = [
      new Error('disk full'),
      { level: 'info', message: 'one' },
      { message: 'two', order_id: 'o-1' },
      { note: 'meta' },
    ];
    const before = given.map((each) => JSON.stringify(Object.getOwnPropertyDescriptors(each)));
    for (const each of given) Object.freeze(each);
    const [error, entry, message, meta] = given as [Error, winston.LogEntry, object, object];
    logger.winston.error(error);
    logger.winston.log(entry);
    logger.winston.info(message);
    logger.winston.log('info', message as never);
    logger.winston.info('text', meta);
    logger.winston.child(meta).info(message);
    logger.winston.write(entry);
    await logger.flush();
    expect(own()).toHaveLength(7);
    for (const [index, each] of given.entries()) {
      expect(Reflect.ownKeys(each).filter((key) => typeof key === 'symbol')).toEqual([]);
      const now = JSON.stringify(Object.getOwnPropertyDescriptors(each));
      expect(now.replaceAll('false', 'true')).toBe(before[index]?.replaceAll('false', 'true'));
    }
    await logger.close();
  });

  test.each<[string, (logger: winston.Logger, end?: object) => unknown]>([
    ['profile', (logger, end) => logger.profile('import token=' + secret).profile('import token=' + secret, end)],
    ['a timer', (logger, end) => logger.startTimer().done(end)],
    ['profile of a child', (logger, end) => logger.child({}).profile('import').profile('import', end)],
    ['a timer of a child', (logger, end) => logger.child({ module: 'm' }).startTimer().done(end)],
  ])('stays as it was at the end of %s, and is written without secrets', async (_how, time) => {
    const { logger, own, added } = open();
    const end = Object.freeze({
      level: 'warn',
      message: `took 100% of token=${secret}`,
      api_key: secret,
      order_id: 'o-1',
    });
    const fields = Object.freeze({ api_key: secret, order_id: 'o-2' });
    for (const given of [end, fields, Object.freeze(new Error(`token=${secret}`))]) time(logger.winston, given);
    for (const given of [null, undefined]) time(logger.winston, given as never);
    await logger.flush();
    expect(JSON.stringify([own(), added()])).not.toContain(secret);
    const durationMs = expect.any(Number) as number;
    expect(own()).toMatchObject([
      { level: 'warn', message: 'took 100% of token=[REDACTED]', order_id: 'o-1', durationMs },
      { level: 'info', order_id: 'o-2', durationMs },
      { level: 'info', error_message: 'token=[REDACTED]', durationMs },
      { level: 'info', durationMs },
      { level: 'info', durationMs },
    ]);
    expect(own().map(({ durationMs: each }) => Number.isInteger(each))).toEqual([true, true, true, true, true]);
    await logger.close();
  });

  test('may be a stream of lines, with what the logger and its child carry', async () => {
    const { logger, own } = open();
    logger.winston.defaultMeta = { region: 'eu' };
    Readable.from([{ level: 'warn', message: 'piped', order_id: 'o-1' }]).pipe(logger.winston, { end: false });
    await new Promise((resolve) => setTimeout(resolve, 20));
    logger.winston.child({ module: 'm', region: 'us' }).info('of a child');
    logger.winston.info('of the logger').warn('chained');
    const { error } = logger.winston;
    error('on its own');
    await logger.flush();
    expect(own()).toMatchObject([
      { level: 'warn', message: 'piped', order_id: 'o-1' },
      { message: 'of a child', module: 'm' },
      { message: 'of the logger', region: 'eu' },
      { message: 'chained', region: 'eu' },
      { level: 'error', message: 'on its own', region: 'eu' },
    ]);
    await logger.close();
  });

  test('is counted as lost once the logger is closed, and harms nothing', async () => {
    const { logger, own } = open();
    await logger.close();
    logger.winston.info('too late');
    expect(own()).toEqual([]);
    expect(logger.exportHealth()).toMatchObject([{ dropped: { shutdown: 1 } }]);
  });
});
