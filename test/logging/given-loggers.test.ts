import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { Console } from 'node:console';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { container } from 'tsyringe';
import winston from 'winston';
import {
  fromConsole,
  fromPino,
  fromWinston,
  initializeObservability,
  LOGGER,
  Observed,
  runWithContext,
  WinstonLogger,
  type AnyLogger,
  type Logger,
  type Trefoil,
  type TrefoilOptions,
} from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { unhandledRejections } from '../fixtures/unhandled-rejections';
import { compileProgram } from '../runtime/run-program';

const secret = 'canary7F3a';
const hostile = 'a\n{"level":"fatal"}\u001b[2J\u202e\u2028';
const unsafe = /[\u0000-\u001f\u007f-\u009f\p{Cf}\u2028\u2029]/u;

class Orders {
  @Observed({ event: 'read', item: (id: string) => id })
  get(id: string): string {
    if (id === 'missing') throw new Error(`not there: token=${secret}`);
    return id;
  }
}

type Line = Record<string, unknown>;

/** Collects what is written to it, a line a write. */
function collector(): { stream: Writable; lines: Line[] } {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Line);
      done();
    },
  });
  return { stream, lines };
}

function textCollector(): { stream: Writable; texts: string[] } {
  const texts: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      texts.push(String(chunk));
      done();
    },
  });
  return { stream, texts };
}

function winstonLogger(options: winston.LoggerOptions = {}): { logger: winston.Logger; lines: Line[] } {
  const { stream, lines } = collector();
  const transports = [new winston.transports.Stream({ stream })];
  return { logger: winston.createLogger({ level: 'debug', transports, ...options }), lines };
}

function pinoLogger(level = 'debug'): { logger: pino.Logger; stream: Writable; lines: Line[] } {
  const { stream, lines } = collector();
  return { logger: pino({ level }, stream), stream, lines };
}

function consoleLike(): { logger: { [Name in 'debug' | 'info' | 'warn' | 'error']: () => void }; lines: Line[] } {
  const lines: Line[] = [];
  const method = (level: string) => (message?: string, fields?: object) =>
    void lines.push({ level, message, ...fields });
  return {
    logger: { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') },
    lines,
  };
}

function start(options: TrefoilOptions = {}): Trefoil {
  return initializeObservability({
    service: { name: 'orders', environment: 'test' },
    metrics: { backend: 'none' },
    signals: false,
    ...options,
  });
}

beforeEach(() => container.reset());

const kinds = {
  winston: winstonLogger,
  pino: pinoLogger,
  console: consoleLike,
} satisfies Record<string, () => { logger: AnyLogger; lines: Line[] }>;

describe.each(Object.entries(kinds))('a logger of the application’s own, of the shape of %s', (name, make) => {
  const messageOf = (line: Line | undefined): unknown => line?.['message'] ?? line?.['msg'];

  test.each(['registered', 'given in the options'])('takes every line, where it is %s', async (how) => {
    const { logger, lines } = make();
    if (how === 'registered') container.register(LOGGER, { useValue: logger });
    const trefoil = start(how === 'registered' ? {} : { logging: { logger } });
    expect(trefoil.status().logging).toMatchObject({
      backend: name,
      state: 'running',
      exports: [{ exporter: `log_${name}` }],
    });
    expect(container.resolve<Logger>(LOGGER)).toBe(trefoil.logger);
    const store = new Orders();
    runWithContext({ correlationId: 'c-1', requestId: 'r-1' }, () => {
      store.get('o-1');
      expect(() => store.get('missing')).toThrow();
      trefoil.logger.child({ module: 'm' }).info('by hand', { note: 'n' });
      trefoil.logger.exception('went wrong', new Error(`password=${secret}`));
      trefoil.logger.critical('last');
    });
    const ids = { correlation_id: 'c-1', request_id: 'r-1', service: 'orders', environment: 'test' };
    expect(lines.map(messageOf)).toEqual(['Orders.get success', 'Orders.get failure', 'by hand', 'went wrong', 'last']);
    for (const line of lines) expect(line).toMatchObject(ids);
    expect(lines[0]).toMatchObject({ store: 'Orders', operation: 'get', outcome: 'success', item_id: 'o-1' });
    expect(lines[1]).toMatchObject({ error_type: 'Error', error_message: 'not there: token=[REDACTED]' });
    expect(lines[2]).toMatchObject({ module: 'm', note: 'n' });
    expect(JSON.stringify(lines)).not.toContain(secret);
    expect(trefoil.logger.exportHealth?.()).toMatchObject([{ exporter: `log_${name}`, exported: 5, dropped: {} }]);
    await trefoil.shutdown();
  });

  test('gets nothing that could forge a line, and no field that poses as the line’s own', async () => {
    const { logger, lines } = make();
    container.register(LOGGER, { useValue: logger });
    const trefoil = start();
    trefoil.logger.info(hostile, { [hostile]: { [hostile]: [hostile] }, level: 'forged', service: 'forged' });
    const [line] = lines;
    expect(deepTexts(line).filter((text) => unsafe.test(text))).toEqual([]);
    expect(line).toMatchObject({ field_level: 'forged', field_service: 'forged', service: 'orders' });
    expect(line?.['level']).not.toBe('forged');
    trefoil.logger.info('x', { big: 'y'.repeat(16_000), list: Array.from({ length: 100 }, () => 'z'.repeat(1_000)) });
    expect(JSON.stringify(lines[1]).length).toBeLessThan(70_000);
    const hidden = '\u202e'.repeat(6_000);
    trefoil.logger.info(hidden, { first: hidden, second: hidden, last: 'short' });
    expect(JSON.stringify(lines[2]).length).toBeLessThan(80_000);
    expect(lines[2]).toMatchObject({ last: 'short', '…': '[Truncated 2 fields]', service: 'orders' });
    await trefoil.shutdown();
  });

  test('has its level changed, and is flushed, but not closed', async () => {
    const { logger, lines } = make();
    container.register(LOGGER, { useValue: logger });
    const trefoil = start();
    const store = new Orders();
    trefoil.logger.setLevel('error');
    store.get('o-1');
    expect(trefoil.logger.level).toBe('error');
    expect(trefoil.logger.isLevelEnabled('warn')).toBe(false);
    trefoil.logger.setLevel('silent');
    expect(() => store.get('missing')).toThrow();
    expect(trefoil.logger.level).toBe('silent');
    trefoil.logger.setLevel('debug');
    store.get('o-2');
    await trefoil.flush();
    expect(lines.map((line) => line['item_id'])).toEqual(['o-2']);
    await trefoil.shutdown();
    (logger.info as (message: string) => void)('still open');
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines).toHaveLength(2);
  });

  test('may throw, and nobody notices', async () => {
    const { logger } = make();
    for (const method of ['log', 'debug', 'info', 'warn', 'error', 'fatal']) {
      Object.assign(logger, {
        [method]: () => {
          throw new Error(`token=${secret}`);
        },
      });
    }
    container.register(LOGGER, { useValue: logger });
    const quiet = jest.spyOn(console, 'error').mockImplementation();
    const trefoil = start();
    expect(new Orders().get('o-1')).toBe('o-1');
    trefoil.logger.info('x');
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBeGreaterThanOrEqual(2);
    expect(trefoil.logger.exportHealth?.()).toMatchObject([{ lastError: 'token=[REDACTED]', exported: 0 }]);
    await trefoil.shutdown();
    quiet.mockRestore();
  });

  test('may be asynchronous and reject, and nothing is left unhandled', async () => {
    const { logger } = make();
    for (const method of ['log', 'debug', 'info', 'warn', 'error', 'fatal']) {
      Object.assign(logger, { [method]: () => Promise.reject(new Error('later')) });
    }
    container.register(LOGGER, { useValue: logger });
    const trefoil = start();
    expect(await unhandledRejections(() => void new Orders().get('o-1'))).toEqual([]);
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBeGreaterThanOrEqual(1);
    const [health] = trefoil.logger.exportHealth?.() ?? [];
    expect(health).toMatchObject({ exported: 0, lastError: 'later' });
    expect(health?.dropped).toEqual({ export_failed: health?.failures });
    await trefoil.shutdown();
  });
});

/** Every name and text in a value. */
function deepTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...deepTexts(item)]);
}

describe('levels', () => {
  test.each([
    ['winston’s npm levels', winston.config.npm.levels, ['error', 'error', 'warn', 'info', 'debug']],
    ['syslog’s', winston.config.syslog.levels, ['crit', 'error', 'warning', 'info', 'debug']],
    ['made up ones', { bad: 0, dull: 1 }, ['bad', 'bad', 'bad', 'dull', 'dull']],
  ])('of trefoil become %s', (_name, levels, expected) => {
    const { logger, lines } = winstonLogger({ levels, level: Object.keys(levels).at(-1) as string });
    const adopted = fromWinston(logger);
    for (const level of ['critical', 'error', 'warn', 'info', 'debug'] as const) adopted.log(level, 'x');
    expect(lines.map(({ level }) => level)).toEqual(expected);
  });

  test('of trefoil become pino’s', () => {
    const { logger, lines } = pinoLogger('trace');
    const adopted = fromPino(logger);
    for (const level of ['critical', 'error', 'warn', 'info', 'debug'] as const) adopted.log(level, 'x');
    expect(lines.map(({ level }) => level)).toEqual([60, 50, 40, 30, 20]);
    logger.level = 'warn';
    expect([adopted.level, adopted.isLevelEnabled('info')]).toEqual(['warn', false]);
  });
});

describe('what a logger would take for its own', () => {
  test('pino: the names that it writes, and a request', () => {
    const { logger, lines } = pinoLogger();
    const fields = { time: 'forged', pid: 0, hostname: 'forged', msg: 'forged', field_msg: 'kept' };
    fromPino(logger).info('real', fields);
    fromPino(logger).info('real', { method: 'GET', headers: { a: 1 }, socket: { b: 2 }, order_id: 'o-1' });
    expect(lines).toMatchObject([
      { pid: process.pid, msg: 'real', field_time: 'forged', field_msg: 'kept', field_field_msg: 'forged' },
      { msg: 'real', method: 'GET', field_socket: { b: 2 }, order_id: 'o-1' },
    ]);
    expect(lines[0]?.['time']).not.toBe('forged');
  });

  test('winston: what its format `splat` lays over a line', () => {
    const { logger, lines } = winstonLogger({
      format: winston.format.combine(winston.format.splat(), winston.format.json()),
    });
    const errors: unknown[] = [];
    const adopted = fromWinston(logger, { onError: (error) => errors.push(error) });
    const splat = [{ message: 'forged', order_id: 'forged' }];
    adopted.info('real', { splat, order_id: 'o-1' });
    adopted.info('real', { splat: 'text' });
    expect(lines).toMatchObject([{ message: 'real', order_id: 'o-1', field_splat: splat }, { field_splat: 'text' }]);
    expect(errors).toEqual([]);
  });

  test('a console: directives in a message, in whose place it would put the fields', () => {
    const { stream, texts } = textCollector();
    const adopted = fromConsole(new Console(stream, stream));
    for (const message of ['%s %d %c', '100 % sure', '5%', '%%', '%%s']) adopted.info(message, { order: 'o-1' });
    expect(texts).toEqual(['%s %d %c', '100 % sure', '5%', '%%', '%%s'].map((text) => `${text} { order: 'o-1' }\n`));
  });
});

test('a pino logger that never says that it has flushed is not waited for until the process has nothing to do', () => {
  const program = compileProgram('pino-never-flushed', { programs: join(__dirname, 'programs') });
  expect(execFileSync(process.execPath, [program.file], { encoding: 'utf8' })).toBe('flushed\n');
  program.remove();
});

describe('the stream behind a logger', () => {
  test('may fail by itself: winston’s', () => {
    const { logger } = winstonLogger();
    const errors: unknown[] = [];
    const adopted = fromWinston(logger, { onError: (error) => errors.push(error) });
    logger.emit('error', new Error('transport'));
    expect(errors).toMatchObject([{ message: 'transport' }]);
    expect(adopted.exportHealth?.()).toMatchObject([{ failures: 1 }]);
  });

  test('may fail by itself: pino’s', async () => {
    const { logger, stream } = pinoLogger();
    const errors: unknown[] = [];
    const adopted = fromPino(logger, { onError: (error) => errors.push(error) });
    stream.emit('error', new Error('destination'));
    expect(errors).toMatchObject([{ message: 'destination' }]);
    await adopted.close();
    expect(stream.listenerCount('error')).toBe(0);
  });
});

describe('reconfigure', () => {
  const options = (logger: AnyLogger, fieldsToRedact: string[] = []): TrefoilOptions => ({
    metrics: { backend: 'none' },
    logging: { logger },
    redaction: { fieldsToRedact },
    signals: false,
  });

  test('leaves nothing at a logger that is no longer used, and one at that which is', async () => {
    const [pinos, own] = [pinoLogger(), winstonLogger().logger];
    const [before, ownBefore] = [pinos.stream.listenerCount('error'), own.listenerCount('error')];
    const listeners = (): number[] => [
      pinos.stream.listenerCount('error') - before,
      own.listenerCount('error') - ownBefore,
    ];
    const trefoil = start(options(pinos.logger));
    for (let index = 0; index < 3; index += 1) {
      await trefoil.reconfigure(options(own));
      expect(listeners()).toEqual([0, 1]);
      await trefoil.reconfigure(options(pinos.logger));
      expect(listeners()).toEqual([1, 0]);
    }
    await trefoil.shutdown();
    expect(listeners()).toEqual([0, 0]);
  });

  test('redacts by the new rules where the logger is the same', async () => {
    const { logger, lines } = pinoLogger();
    const trefoil = start(options(logger));
    await trefoil.reconfigure(options(logger, ['iban']));
    trefoil.logger.info('paid', { iban: 'x' });
    expect(lines).toMatchObject([{ iban: '[REDACTED]' }]);
    await trefoil.shutdown();
  });
});

describe('a Logger', () => {
  test('is taken as it is, registered or given', async () => {
    for (const how of ['registered', 'given']) {
      container.reset();
      const logger = new RecordingLogger();
      if (how === 'registered') container.register(LOGGER, { useValue: logger });
      const trefoil = start(how === 'given' ? { logging: { logger } } : {});
      expect(trefoil.logger).toBe(logger);
      new Orders().get('o-1');
      expect(logger.lines).toHaveLength(1);
      await trefoil.shutdown();
    }
  });

  test('is not closed when another one takes its place', async () => {
    const own = new WinstonLogger({ service: 's', environment: 'e', level: 'silent' });
    const closed = jest.spyOn(own, 'close');
    const trefoil = start({ logging: { logger: own } });
    await trefoil.reconfigure({ metrics: { backend: 'none' }, logging: { level: 'silent' }, signals: false });
    expect(closed).not.toHaveBeenCalled();
    await trefoil.shutdown();
  });
});

describe('what is no logger', () => {
  test.each([[{}], [{ info() {} }], ['text'], [() => 'text']])('is refused: %j', (logger) => {
    container.register(LOGGER, { useValue: logger });
    expect(() => start()).toThrow(
      /TREFOIL_BACKEND_INVALID.*LOGGER.*expected an object with log, .*, or a logger of winston or pino/,
    );
    container.reset();
    expect(() => start({ logging: { logger: logger as never } })).toThrow(
      // A function makes a logger: what it makes is known when it has been called.
      typeof logger === 'function'
        ? /TREFOIL_BACKEND_INVALID.*what logging\.logger makes.*got "text"/
        : /TREFOIL_OPTIONS_INVALID.*logging\.logger: expected a logger/,
    );
  });

  test('console is one', () => {
    expect(fromConsole(console).isLevelEnabled('debug')).toBe(true);
  });
});
