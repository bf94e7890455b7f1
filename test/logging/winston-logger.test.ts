import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import winston from 'winston';
import {
  initializeObservability,
  InMemoryTracer,
  runWithContext,
  WinstonLogger,
  type WinstonLoggerOptions,
} from '../../src/index';

const directory = mkdtempSync(join(tmpdir(), 'trefoil-log-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

/** What a logger has written to its file by the time it is closed. */
async function written(
  options: Partial<WinstonLoggerOptions>,
  use: (logger: WinstonLogger) => void,
): Promise<string[]> {
  files += 1;
  const path = join(directory, 'deep', `${files}.log`);
  const logger = new WinstonLogger({ service: 'orders', environment: 'test', path, ...options });
  use(logger);
  await logger.close();
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

const parsed = (lines: string[]): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the winston logger', () => {
  test('writes a JSON object a line, with service and environment, and all of them by the time it is closed', async () => {
    const lines = await written({}, (logger) => {
      for (let index = 0; index < 2_000; index += 1) logger.info('line', { index });
    });
    expect(lines).toHaveLength(2_000);
    expect(parsed(lines)[1_999]).toMatchObject({
      level: 'info',
      message: 'line',
      index: 1_999,
      service: 'orders',
      environment: 'test',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
  });

  test('writes its level and what is more urgent', async () => {
    const lines = await written({ level: 'warn' }, (logger) => {
      for (const level of ['debug', 'info', 'warn', 'error', 'critical'] as const) logger[level](level);
      expect(logger.isLevelEnabled('info')).toBe(false);
      expect(logger.isLevelEnabled('error')).toBe(true);
    });
    expect(parsed(lines).map(({ level }) => level)).toEqual(['warn', 'error', 'critical']);
  });

  test('writes nothing at all when it is silent', async () => {
    expect(await written({ level: 'silent' }, (logger) => logger.critical('no'))).toEqual(['']);
  });

  test('redacts fields and messages, its child’s too', async () => {
    const lines = await written({}, (logger) => {
      logger.info('login with password=hunter2', { api_key: 'hunter2', nested: { token: 'hunter2' } });
      logger.child({ secret: 'hunter2', module: 'm' }).warn('child');
    });
    expect(lines.join('')).not.toContain('hunter2');
    expect(parsed(lines)[1]).toMatchObject({ module: 'm', secret: '[REDACTED]', service: 'orders' });
  });

  test('cannot be made to forge a line or its own fields', async () => {
    const hostile = 'x\n{"level":"critical"}\r\u001b[2J\u2028\u202e';
    const fields = { level: 'critical', message: 'forged', service: 'forged', timestamp: 'forged', trace_id: 'mine' };
    for (const format of ['json', 'readable'] as const) {
      const lines = await written({ format }, (logger) => logger.info(hostile, { hostile, [hostile]: 1 }));
      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    }
    const [line] = parsed(await written({}, (logger) => logger.info('real', fields)));
    expect(line).toMatchObject({ level: 'info', message: 'real', service: 'orders' });
    expect(line?.['timestamp']).not.toBe('forged');
  });

  test('is readable for people where it is asked to be', async () => {
    const [line] = await written({ format: 'readable' }, (logger) => logger.error('went wrong', { attempt: 2 }));
    expect(line).toMatch(/^\d{4}-\S+Z ERROR {4}\[orders\] went wrong attempt=2 environment=test$/);
  });

  test('writes numbers that JSON does not know', async () => {
    const fields = { rate: Number.NaN, most: Number.POSITIVE_INFINITY };
    const [line] = await written({ format: 'readable' }, (logger) => logger.info('odd', fields));
    expect(line).toContain(' odd rate=NaN most=Infinity ');
    expect(parsed(await written({}, (logger) => logger.info('odd', fields)))).toMatchObject([
      { rate: 'NaN', most: 'Infinity' },
    ]);
  });

  test('quotes what could pose as another field, in names and values', async () => {
    const fields = { note: 'a outcome=success', 'x outcome': 'y', empty: '', list: ['a b'], path: '/var/a.b:1+2' };
    const [line] = await written({ format: 'readable' }, (logger) => logger.info('done', fields));
    expect(line).toMatch(
      / done note="a outcome=success" "x outcome"=y empty="" list=\["a b"\] path=\/var\/a\.b:1\+2 environment=test$/,
    );
  });

  test('writes lines whose fields mean something to winston', async () => {
    const fields = { exception: true, rejection: true, splat: ['%s'], fields: { own: 1 }, [Symbol.for('level')]: 'x' };
    const lines = await written({}, (logger) => {
      logger.error('one', fields);
      logger.child({ exception: true }).error('two');
    });
    expect(parsed(lines)[0]).toMatchObject({ message: 'one', exception: true, splat: ['%s'], fields: { own: 1 } });
    expect(parsed(lines)[1]).toMatchObject({ message: 'two', exception: true });
  });

  test('writes what JavaScript hands it for a message or for fields', async () => {
    const lines = await written({}, (logger) => {
      logger.info({ token: 'hunter2' });
      logger.info(undefined, ['a'] as never);
      logger.info('date', new Date(0));
    });
    expect(parsed(lines)).toMatchObject([
      { message: '{"token":"[REDACTED]"}' },
      { message: 'undefined', value: ['a'] },
      { message: 'date', value: '1970-01-01T00:00:00.000Z' },
    ]);
    expect(lines[2]).not.toContain('"0"');
  });

  test('loses lines in silence once it is closed, its child’s too', async () => {
    const lines = await written({}, (logger) => {
      logger.info('in time');
      const child = logger.child({ module: 'm' });
      void logger.close();
      logger.info('late');
      child.info('late');
      expect(child.isLevelEnabled('info')).toBe(true);
      void child.close();
    });
    expect(parsed(lines).map(({ message }) => message)).toEqual(['in time']);
  });

  test('tells of an error of winston’s instead of bringing the process down', async () => {
    const errors: unknown[] = [];
    const made = jest.spyOn(winston, 'createLogger');
    try {
      await written({ onWriteError: (error) => errors.push(error) }, () => {
        const own = made.mock.results[0]?.value as winston.Logger;
        own.transports[0]?.emit('error', new Error('broken'));
      });
    } finally {
      made.mockRestore();
    }
    expect(errors).toMatchObject([{ message: 'broken' }]);
  });

  test('carries the ids of the running request and span', async () => {
    const trefoil = initializeObservability({
      metrics: { backend: 'none' },
      logging: { level: 'silent' },
      signals: false,
    });
    const tracer = new InMemoryTracer();
    let ids: object = {};
    const lines = await written({}, (logger) => {
      runWithContext({ correlationId: 'c-1' }, () =>
        tracer.startActiveSpan('s', (span) => {
          const { traceId, spanId } = span.spanContext();
          ids = { trace_id: traceId, span_id: spanId, correlation_id: 'c-1' };
          logger.info('inside');
        }),
      );
      logger.info('outside');
    });
    const [inside, outside] = parsed(lines);
    expect(inside).toMatchObject(ids);
    expect(outside).not.toHaveProperty('trace_id');
    await trefoil.shutdown();
  });

  test('names the file that it cannot write', () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    const path = join(file, 'below.log');
    expect(() => new WinstonLogger({ service: 's', environment: 'e', path })).toThrow(
      /TREFOIL_LOGGING_PATH.*below\.log/,
    );
  });
});

describe('a log file on a full device', () => {
  test('loses its lines, is counted, and harms nothing', async () => {
    const trefoil = initializeObservability({
      metrics: { backend: 'none' },
      logging: { path: '/dev/full' },
      signals: false,
    });
    for (let index = 0; index < 100; index += 1) trefoil.logger.info('lost');
    await trefoil.flush();
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBeGreaterThanOrEqual(1);
    // The report is a line of its own.
    expect(trefoil.logger.exportHealth?.()).toMatchObject([{ exported: 0, queueDepth: 101, dropped: {} }]);
    await trefoil.shutdown();
    expect(trefoil.logger.exportHealth?.()).toMatchObject([
      {
        exported: 0,
        queueDepth: 0,
        dropped: { shutdown: 101 },
        lastError: expect.stringContaining('ENOSPC') as string,
      },
    ]);
  });
});
