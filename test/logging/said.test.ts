import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { fromPino, WinstonLogger, type Logger } from '../../src/index';

const directory = mkdtempSync(join(tmpdir(), 'trefoil-said-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

type Line = Record<string, unknown>;

function own(): { logger: Logger; lines(): Line[] } {
  files += 1;
  const path = join(directory, `${files}.log`);
  const logger = new WinstonLogger({ service: 'orders', environment: 'test', level: 'debug', path });
  const lines = (): Line[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return { logger, lines };
}

function pinos(): { logger: Logger; lines(): Line[] } {
  const texts: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      texts.push(String(chunk));
      done();
    },
  });
  const logger = fromPino(pino({ level: 'debug', messageKey: 'message' }, stream));
  return { logger, lines: () => texts.map((text) => JSON.parse(text) as Line) };
}

const error = (): Error => new TypeError('no token=hunter2', { cause: new RangeError('cause') });

const written = {
  error_type: 'TypeError',
  error_message: 'no token=[REDACTED]',
  error_stack: expect.stringMatching(/said\.test/) as string,
  error_causes: [{ error_type: 'RangeError', error_message: 'cause', error_stack: expect.any(String) as string }],
};

describe.each([
  ['trefoil’s logger', own],
  ['a logger of the application', pinos],
])('%s', (_name, open) => {
  test.each<[string, (logger: Logger) => unknown, Line]>([
    ['behind the message', (logger) => logger.error('failed', error()), { message: 'failed', ...written }],
    ['as the message', (logger) => logger.error(error()), { message: 'no token=[REDACTED]', ...written }],
    ['before the message', (logger) => logger.error(error(), 'failed'), { message: 'failed', ...written }],
    [
      'with fields',
      (logger) => logger.error('failed', error(), { order_id: 'o-1' }),
      { message: 'failed', order_id: 'o-1', ...written },
    ],
    [
      'as the field err',
      (logger) => logger.error('failed', { err: error(), order_id: 'o-1' }),
      { message: 'failed', order_id: 'o-1', ...written },
    ],
    ['as the field error', (logger) => logger.warn('failed', { error: error() }), { message: 'failed', ...written }],
    [
      'as pino has it',
      (logger) => logger.error({ err: error(), order_id: 'o-1' }, 'failed %s', 'twice'),
      { message: 'failed twice', order_id: 'o-1', ...written },
    ],
    ['alone in an object', (logger) => logger.error({ err: error() }), { message: 'no token=[REDACTED]', ...written }],
    [
      'in the message',
      (logger) => logger.error('failed: %s', error()),
      { message: 'failed: no token=[REDACTED]', ...written },
    ],
    ['as one object', (logger) => logger.log({ level: 'error', message: error() }), written],
    [
      'by log',
      (logger) => logger.log('critical', 'failed', error(), { order_id: 'o-1' }),
      { message: 'failed', order_id: 'o-1', ...written },
    ],
  ])('writes an error with its stack and causes: %s', async (_where, say, expected) => {
    const { logger, lines } = open();
    say(logger);
    await logger.flush();
    expect(lines()).toMatchObject([expected]);
    expect(lines()[0]).not.toHaveProperty('err');
    expect(lines()[0]).not.toHaveProperty('error');
    expect(JSON.stringify(lines())).not.toContain('hunter2');
    await logger.close();
  });

  test('keeps a second error, too', async () => {
    const { logger, lines } = open();
    logger.error('both', error(), new Error('second'));
    await logger.flush();
    expect(lines()).toMatchObject([
      { ...written, value: { error_message: 'second', error_stack: expect.any(String) as string } },
    ]);
    await logger.close();
  });

  test('puts values into the message, and the last object beside it', async () => {
    const { logger, lines } = open();
    logger.info('order %s of %d: %j', 'o-1', 3, { password: 'hunter2', rows: 1 }, { order_id: 'o-1' });
    logger.info('password=%s', 'hunter2');
    logger.info('100 %% of %s', 'all');
    logger.info('shown %o', { token: 'hunter2' });
    await logger.flush();
    expect(lines()).toMatchObject([
      { message: 'order o-1 of 3: {"password":"[REDACTED]","rows":1}', order_id: 'o-1' },
      { message: 'password=[REDACTED]' },
      { message: '100 % of all' },
      {},
    ]);
    expect(JSON.stringify(lines())).not.toContain('hunter2');
    await logger.close();
  });

  test('loses nothing that has no place in the message', async () => {
    const { logger, lines } = open();
    logger.info('text of a user: %s', { order_id: 'o-1' });
    logger.info('50% of it', { order_id: 'o-1' });
    logger.info('more', 1, 'two', { a: 1 }, { b: 2 });
    logger.info('one', 'value');
    await logger.flush();
    expect(lines()).toMatchObject([
      { message: 'text of a user: %s', order_id: 'o-1' },
      { message: '50% of it', order_id: 'o-1' },
      { message: 'more', value: [1, 'two'], a: 1, b: 2 },
      { message: 'one', value: 'value' },
    ]);
    await logger.close();
  });

  test('takes a line as one object, and chains', async () => {
    const { logger, lines } = open();
    const entry = Object.freeze({ level: 'warn', message: 'as one %s', order_id: 'o-1' } as const);
    expect(logger.log(entry)).toBe(logger);
    logger.log('info', 'by name').debug('chained').exception('failed', 'text').child({ module: 'm' }).info('too');
    await logger.flush();
    expect(lines().map(({ message }) => message)).toEqual(['as one %s', 'by name', 'chained', 'failed', 'too']);
    expect(lines()[0]).toMatchObject({ order_id: 'o-1' });
    await logger.close();
  });

  test('gives a line the ids that it is told, and takes no others for them', async () => {
    const { logger, lines } = open();
    logger.log('info', 'told %s', { a: 1 }, { traceId: 't-1' });
    logger.info('not told', { a: 1 }, { traceId: 't-2' });
    await logger.flush();
    expect(lines()[0]).toMatchObject({ message: 'told %s', a: 1, trace_id: 't-1' });
    expect(lines()[1]).toMatchObject({ message: 'not told', a: 1, traceId: 't-2' });
    expect(lines()[1]).not.toHaveProperty('trace_id');
    await logger.close();
  });

  test('writes what cannot be read', async () => {
    const { logger, lines } = open();
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        ownKeys: () => {
          throw new Error('no');
        },
        getPrototypeOf: () => {
          throw new Error('no');
        },
      },
    );
    logger.info(hostile);
    logger.info('it %s', hostile);
    logger.error('it', hostile, new Error('e'));
    logger.log(hostile as never);
    await logger.flush();
    expect(lines().length).toBeGreaterThanOrEqual(3);
    expect(lines()[2]).toMatchObject({ message: 'it', error_message: 'e' });
    await logger.close();
  });
});
