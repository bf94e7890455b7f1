import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import {
  initializeObservability,
  LOGGER,
  Observed,
  runWithContext,
  Store,
  Timed,
  TrefoilError,
  WinstonLogger,
  type Logger,
  type LoggingSection,
  type LogLevel,
  type Outcome,
  type Settled,
  type Trefoil,
  type TrefoilOptions,
} from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

const directory = mkdtempSync(join(tmpdir(), 'trefoil-call-lines-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

type Line = Record<string, unknown>;

/** A runtime that logs to a file, and what the file holds. */
function start(logging: LoggingSection, options: TrefoilOptions = {}): { trefoil: Trefoil; lines(): Line[] } {
  container.reset();
  files += 1;
  const path = join(directory, `${files}.log`);
  const trefoil = initializeObservability({
    service: { name: 'orders', environment: 'test' },
    metrics: { backend: 'none' },
    signals: false,
    logging: { path, ...logging },
    ...options,
  });
  const lines = (): Line[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return { trefoil, lines };
}

/** Takes so long that it is slow where the threshold is 1 ms. */
function takeTime(): void {
  for (const until = performance.now() + 2; performance.now() < until;);
}

@Store({ name: 'slow-store', slowMs: 1 })
class SlowStore {
  @Observed({ event: 'read' })
  byStore(fails = false): void {
    takeTime();
    if (fails) throw new Error('failed slowly');
  }

  @Timed({ slowMs: 60_000 })
  byMethod(): void {
    takeTime();
  }

  @Timed({ slowMs: false })
  never(): void {
    takeTime();
  }

  @Observed({ event: 'read', outcome: () => 'denied' })
  denied(): void {
    takeTime();
  }
}

class Plain {
  @Observed({ event: 'read' })
  run(): void {
    takeTime();
  }
}

describe('a slow call', () => {
  test('is a slow_operation warning, with its duration and threshold', async () => {
    const { trefoil, lines } = start({ level: 'info' });
    const store = new SlowStore();
    store.byStore();
    store.byMethod();
    store.never();
    new Plain().run();
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'warn',
        message: 'slow_operation',
        store: 'slow-store',
        operation: 'byStore',
        outcome: 'success',
        slow: true,
        threshold_ms: 1,
        duration_ms: expect.any(Number) as number,
      }),
    ]);
    expect(lines()[0]?.['duration_ms']).toBeGreaterThanOrEqual(2);
    await trefoil.shutdown();
  });

  test('that fails or is denied stays one line of its own level, marked as slow', async () => {
    const { trefoil, lines } = start({ level: 'info' });
    const store = new SlowStore();
    expect(() => store.byStore(true)).toThrow('failed slowly');
    store.denied();
    expect(lines()).toMatchObject([
      { level: 'error', message: 'slow-store.byStore failure', slow: true, threshold_ms: 1, error_type: 'Error' },
      { level: 'warn', message: 'slow-store.denied denied', slow: true, threshold_ms: 1 },
    ]);
    await trefoil.shutdown();
  });

  test('is judged by the threshold of the runtime where neither method nor store has one', async () => {
    for (const [slowOperationMs, expected] of [
      [1, 1],
      [60_000, 0],
      [false, 0],
    ] as const) {
      const { trefoil, lines } = start({ level: 'info', slowOperationMs });
      new Plain().run();
      expect(lines()).toHaveLength(expected);
      await trefoil.shutdown();
    }
  });

  test('needs a threshold that is a duration', () => {
    expect(() => {
      class Negative {
        @Timed({ slowMs: -1 })
        get(): void {}
      }
      return Negative;
    }).toThrow(/TREFOIL_DECORATOR_OPTIONS.*slowMs.*from 0 on, or false, got -1/);
    expect(() => {
      @Store({ slowMs: '1' as never })
      class Textual {}
      return Textual;
    }).toThrow(TrefoilError);
    expect(() => start({ slowOperationMs: -1 })).toThrow(/logging\.slowOperationMs: expected .*from 0 on, or false/);
    expect(() => start({ successSampleRate: 2 })).toThrow(/logging\.successSampleRate: expected a number from 0 to 1/);
    expect(() => start({ rotation: { maxFileSizeMb: 0 } })).toThrow(/logging\.rotation\.maxFileSizeMb: expected/);
  });
});

class Sampled {
  @Observed({
    event: 'read',
    outcome: (_settled: Settled, outcome: Outcome) => outcome,
    item: (outcome: Outcome) => outcome,
  })
  run(_outcome: Outcome): void {}

  @Observed({ event: 'update' })
  other(): void {}
}

describe('a sample of the successes', () => {
  test('leaves none of the others out, and tells how many lines it stands for', async () => {
    const { trefoil, lines } = start({ level: 'debug', successSampleRate: 0.1 });
    const store = new Sampled();
    for (let index = 0; index < 2_000; index += 1) store.run('success');
    for (const outcome of ['failure', 'denied', 'partial', 'cancelled'] as const) {
      for (let index = 0; index < 20; index += 1) store.run(outcome);
    }
    const successes = lines().filter(({ outcome }) => outcome === 'success');
    expect(lines()).toHaveLength(successes.length + 80);
    expect(successes.length).toBeGreaterThan(100);
    expect(successes.length).toBeLessThan(320);
    const leftOut = successes.reduce((sum, line) => sum + (line['left_out'] as number), 0);
    expect(successes.length + leftOut).toBeLessThanOrEqual(2_000);
    expect(successes.length + leftOut).toBeGreaterThan(1_800);
    expect(successes[0]).toMatchObject({ sample_rate: 0.1 });
    await trefoil.shutdown();
  });

  test('keeps or leaves out all lines of a trace, and of a request', async () => {
    const { trefoil, lines } = start({ level: 'debug', successSampleRate: 0.3 }, { tracing: { exporter: 'memory' } });
    const store = new Sampled();
    for (let index = 0; index < 200; index += 1) {
      trefoil.tracer.startActiveSpan('request', (span) => {
        store.run('success');
        store.other();
        span.end();
      });
    }
    const byTrace = groupBy(lines());
    expect(byTrace.size).toBeGreaterThan(20);
    expect(byTrace.size).toBeLessThan(150);
    expect([...byTrace.values()].every((count) => count === 2)).toBe(true);
    const before = lines().length;
    for (let index = 0; index < 200; index += 1) {
      trefoil.tracer.startActiveSpan('several requests', (span) => {
        runWithContext({ correlationId: `a-${index}` }, () => store.run('success'));
        runWithContext({ correlationId: `b-${index}` }, () => store.run('success'));
        span.end();
      });
    }
    const ofSeveral = lines().slice(before);
    const letters = (letter: string): string[] =>
      ofSeveral.map((line) => String(line['correlation_id'])).filter((id) => id.startsWith(letter));
    expect(letters('a')).toEqual(letters('b').map((id) => id.replace('b', 'a')));
    await trefoil.shutdown();
    const requests = start({ level: 'debug', successSampleRate: 0.3 });
    for (let index = 0; index < 200; index += 1) {
      runWithContext({ correlationId: `c-${index}` }, () => {
        store.run('success');
        store.other();
      });
    }
    const byRequest = groupBy(requests.lines());
    expect(byRequest.size).toBeGreaterThan(20);
    expect([...byRequest.values()].every((count) => count === 2)).toBe(true);
    await requests.trefoil.shutdown();
  });

  test('may be empty', async () => {
    const { trefoil, lines } = start({ level: 'debug', successSampleRate: 0 });
    new Sampled().run('success');
    new Sampled().run('denied');
    expect(lines()).toMatchObject([{ outcome: 'denied' }]);
    await trefoil.shutdown();
  });

  test('is not what slow calls are in: they stand for themselves', async () => {
    const { trefoil, lines } = start({ level: 'debug', successSampleRate: 0, slowOperationMs: 0 });
    new Sampled().run('success');
    expect(lines()).toMatchObject([{ message: 'slow_operation' }]);
    expect(lines()[0]).not.toHaveProperty('sample_rate');
    await trefoil.shutdown();
  });
});

function groupBy(lines: readonly Line[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const { correlation_id: id } of lines) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

describe('the level', () => {
  test('takes effect at the next call of methods that have been called before, also from silent and back', async () => {
    const { trefoil, lines } = start({ level: 'silent' });
    const store = new Plain();
    const { logger } = trefoil;
    store.run();
    logger.setLevel('debug');
    store.run();
    logger.setLevel('error');
    store.run();
    logger.setLevel('silent');
    store.run();
    logger.setLevel('debug');
    store.run();
    expect(lines().map(({ message }) => message)).toEqual(['Plain.run success', 'Plain.run success']);
    await trefoil.shutdown();
  });

  test('may be changed while calls are in flight: each is recorded once, and all are waited for', async () => {
    const { trefoil, lines } = start({ level: 'silent' }, { audit: { backend: 'memory' } });
    let finish = (): void => undefined;
    class Waiting {
      @Observed({ event: 'read' })
      async run(): Promise<void> {
        await new Promise<void>((resolve) => (finish = resolve));
      }
    }
    const running = new Waiting().run();
    trefoil.logger.setLevel('debug');
    const stopped = trefoil.shutdown();
    finish();
    await running;
    expect(await stopped).toEqual({ timedOut: false, errors: [] });
    expect(lines()).toEqual([]);
  });

  test.each([
    ['WARNING', 'warn'],
    ['Fatal', 'critical'],
    ['trace', 'debug'],
    ['off', 'silent'],
    ['error', 'error'],
  ])('is also known by the names of other loggers: LOG_LEVEL=%s', async (name, level) => {
    const before = process.env['LOG_LEVEL'];
    process.env['LOG_LEVEL'] = name;
    try {
      const { trefoil } = start({});
      expect(trefoil.logger.level).toBe(level);
      await trefoil.shutdown();
    } finally {
      if (before === undefined) delete process.env['LOG_LEVEL'];
      else process.env['LOG_LEVEL'] = before;
    }
  });
});

test('the line of a call has the same fields from a prepared line as from any logger', async () => {
  class Orders {
    @Observed({
      event: 'update',
      item: (id: string) => id,
      attributes: () => ({ 'a\u202e': ['b\n'], token: 'hunter2' }),
    })
    update(id: string): void {
      // Its stack depends on where it is made.
      if (id === 'missing') throw Object.assign(new RangeError('not there: password=hunter2'), { stack: 'a stack' });
    }
  }
  const call = (): void => {
    runWithContext({ correlationId: 'c-1', requestId: 'r-1', userId: 'u-1' }, () => {
      const store = new Orders();
      store.update('o-1\u2028\u001b');
      expect(() => store.update('missing')).toThrow();
    });
  };
  const { trefoil, lines } = start({ level: 'debug' }, { tracing: { exporter: 'memory' } });
  call();
  await trefoil.shutdown();
  const recording = startMemoryRuntime();
  call();
  await recording.trefoil.shutdown();
  const own = new Set(['timestamp', 'service', 'environment', 'level', 'message', 'audit_id', 'duration_ms']);
  const ids = new Set(['trace_id', 'span_id', 'correlation_id']);
  for (const [index, line] of lines().entries()) {
    const fields = Object.fromEntries(Object.entries(line).filter(([name]) => !own.has(name) && !ids.has(name)));
    const { audit_id: _audit, duration_ms: _duration, ...expected } = recording.lines[index]?.fields ?? {};
    expect(fields).toEqual(expected);
    expect(line).toMatchObject({ level: recording.lines[index]?.level, message: recording.lines[index]?.message });
    for (const id of ids) expect(line[id]).toEqual(expect.any(String));
  }
  expect(JSON.stringify(lines())).not.toContain('hunter2');
  expect(lines()).toHaveLength(2);
});

test('what is bound to the request is on the lines of its calls', async () => {
  const { trefoil, lines } = start({ level: 'debug' });
  runWithContext({ correlationId: 'c-1' }, () => {
    trefoil.logger.bind({ tenant_id: 't-1', store: 'forged' });
    new Plain().run();
  });
  expect(lines()).toMatchObject([
    { message: 'Plain.run success', tenant_id: 't-1', store: 'Plain', correlation_id: 'c-1' },
  ]);
  await trefoil.shutdown();
});

test('what a subclass of the logger has put in the place of log() is asked for the lines of calls, too', async () => {
  const asked: string[] = [];
  class Asking extends WinstonLogger {
    override log(_level: LogLevel, message: string): Logger {
      asked.push(message);
      return this;
    }
  }
  container.reset();
  const path = join(directory, 'asking.log');
  container.register(LOGGER, {
    useValue: new Asking({ service: 'orders', environment: 'test', level: 'debug', path }),
  });
  const trefoil = initializeObservability({ metrics: { backend: 'none' }, signals: false });
  new Plain().run();
  await trefoil.shutdown();
  expect(asked).toEqual(['Plain.run success']);
  expect(readFileSync(path, 'utf8')).toBe('');
});
