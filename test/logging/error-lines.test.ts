import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import {
  initializeObservability,
  Observed,
  runWithContext,
  type LoggingSection,
  type Trefoil,
  type TrefoilOptions,
} from '../../src/index';

const directory = mkdtempSync(join(tmpdir(), 'trefoil-error-lines-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

type Line = Record<string, unknown>;

function start(
  logging: LoggingSection = {},
  options: TrefoilOptions = {},
  own = container,
): { trefoil: Trefoil; lines(): Line[] } {
  if (own === container) container.reset();
  files += 1;
  const path = join(directory, `${files}.log`);
  const trefoil = initializeObservability(
    {
      service: { name: 'orders', environment: 'test' },
      metrics: { backend: 'none' },
      signals: false,
      ...options,
      logging: { path, level: 'debug', ...logging },
    },
    own,
  );
  const lines = (): Line[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return { trefoil, lines };
}

const brief = (lines: Line[]): unknown[] =>
  lines.map(({ level, message, error_stack: stack }) => [level, message, typeof stack]);

class Database {
  @Observed({ event: 'query' })
  async query(make: () => unknown): Promise<void> {
    await Promise.resolve();
    throw make();
  }

  @Observed({ event: 'query', outcome: () => 'denied' })
  guarded(make: () => unknown): void {
    throw make();
  }
}

class Repository {
  readonly #database = new Database();

  @Observed({ event: 'read' })
  async find(make: () => unknown): Promise<void> {
    await this.#database.query(make);
  }

  @Observed({ event: 'read' })
  guarded(make: () => unknown): void {
    this.#database.guarded(make);
  }
}

class Service {
  readonly #repository = new Repository();

  @Observed({ event: 'read' })
  async order(make: () => unknown): Promise<void> {
    await this.#repository.find(make);
  }

  @Observed({ event: 'read' })
  async wrapping(make: () => unknown): Promise<void> {
    try {
      await this.#repository.find(make);
    } catch (cause) {
      throw new Error('no order', { cause });
    }
  }

  @Observed({ event: 'read' })
  guarded(make: () => unknown): void {
    this.#repository.guarded(make);
  }

  @Observed({ event: 'read' })
  async twice(error: Error): Promise<void> {
    await Promise.allSettled([this.#repository.find(() => error), this.#repository.find(() => error)]);
    throw error;
  }
}

describe('an error that passes several calls', () => {
  test.each<[string, () => unknown]>([
    ['an Error', () => new Error('disk full')],
    ['a frozen Error', () => Object.freeze(new Error('disk full'))],
    ['a plain object', () => ({ message: 'disk full' })],
    ['a text', () => 'disk full'],
  ])('is an error line of the innermost one, and a debug line of the others: %s', async (_name, make) => {
    const { trefoil, lines } = start();
    const error = make();
    const before = typeof error === 'object' ? Reflect.ownKeys(error as object) : [];
    await expect(new Service().order(() => error)).rejects.toBe(error);
    if (typeof error === 'object') expect(Reflect.ownKeys(error as object)).toEqual(before);
    const stack = error instanceof Error ? 'string' : 'undefined';
    expect(brief(lines())).toEqual([
      ['error', 'Database.query failure', stack],
      ['debug', 'Repository.find failure', 'undefined'],
      ['debug', 'Service.order failure', 'undefined'],
    ]);
    expect(lines()[2]).toMatchObject({ error_message: 'disk full', outcome: 'failure' });
    await trefoil.shutdown();
  });

  test('is one line where debug is not written', async () => {
    const { trefoil, lines } = start({ level: 'info' });
    await expect(new Service().order(() => new Error('e'))).rejects.toThrow('e');
    expect(brief(lines())).toEqual([['error', 'Database.query failure', 'string']]);
    await trefoil.shutdown();
  });

  test('has its causes on the line, and one that wraps it is an error line without its stack once more', async () => {
    const { trefoil, lines } = start({ level: 'info' });
    const cause = new Error('token=hunter2');
    await expect(new Service().wrapping(() => new Error('query failed', { cause }))).rejects.toThrow('no order');
    const [inner, outer] = lines();
    expect(lines()).toHaveLength(2);
    expect(inner).toMatchObject({
      error_message: 'query failed',
      error_stack: expect.stringContaining('error-lines.test') as string,
      error_causes: [
        { error_message: 'token=[REDACTED]', error_stack: expect.stringContaining('[REDACTED]') as string },
      ],
    });
    expect(outer).toMatchObject({
      level: 'error',
      error_message: 'no order',
      error_stack: expect.stringContaining('wrapping') as string,
      error_causes: [{ error_message: 'query failed' }, { error_message: 'token=[REDACTED]' }],
    });
    expect((outer?.['error_causes'] as Line[])[0]).not.toHaveProperty('error_stack');
    await trefoil.shutdown();
  });

  test('is an error line of the outer call where the inner one wrote none', async () => {
    const { trefoil, lines } = start({ level: 'error' });
    // At warn, which is not written.
    expect(() => new Service().guarded(() => new Error('no'))).toThrow('no');
    expect(brief(lines())).toEqual([['error', 'Repository.guarded failure', 'string']]);
    await trefoil.shutdown();
  });

  test('is an error line of a denied call’s caller, whose line has no stack', async () => {
    const { trefoil, lines } = start();
    expect(() => new Service().guarded(() => new Error('no'))).toThrow('no');
    expect(brief(lines())).toEqual([
      ['warn', 'Database.guarded denied', 'undefined'],
      ['error', 'Repository.guarded failure', 'string'],
      ['debug', 'Service.guarded failure', 'undefined'],
    ]);
    await trefoil.shutdown();
  });

  test('is an error line of each request and of each call that threw it by itself', async () => {
    const { trefoil, lines } = start();
    const shared = new Error('not connected');
    for (const correlationId of ['c-1', 'c-2']) {
      await runWithContext({ correlationId }, () => expect(new Service().order(() => shared)).rejects.toBe(shared));
    }
    await expect(new Service().twice(shared)).rejects.toBe(shared);
    const errors = lines().filter(({ level }) => level === 'error');
    expect(errors.map(({ message, correlation_id: id }) => [message, String(id).slice(0, 2)])).toMatchObject([
      ['Database.query failure', 'c-'],
      ['Database.query failure', 'c-'],
      ['Database.query failure', expect.any(String)],
      ['Database.query failure', expect.any(String)],
    ]);
    expect(errors.every(({ error_stack: stack }) => typeof stack === 'string')).toBe(true);
    await trefoil.shutdown();
  });

  test('is an error line of each runtime that it passes', async () => {
    const outer = start();
    const child = container.createChildContainer();
    const inner = start({}, {}, child);
    const database = child.resolve(Database);
    class Root {
      @Observed({ event: 'read' })
      async find(): Promise<void> {
        await database.query(() => new Error('e'));
      }
    }
    await expect(new Root().find()).rejects.toThrow('e');
    expect(brief(inner.lines())).toEqual([['error', 'Database.query failure', 'string']]);
    expect(brief(outer.lines())).toEqual([['error', 'Root.find failure', 'string']]);
    await inner.trefoil.shutdown();
    await outer.trefoil.shutdown();
  });

  test('keeps all its causes on one line, however long they are', async () => {
    const { trefoil, lines } = start({ level: 'info' });
    const make = (depth: number): Error => new Error('m'.repeat(50_000), depth === 0 ? {} : { cause: make(depth - 1) });
    await expect(new Database().query(() => make(40))).rejects.toThrow('m');
    expect(lines()[0]?.['error_causes']).toHaveLength(10);
    expect(JSON.stringify(lines()[0]).length).toBeLessThanOrEqual(65_536);
    await trefoil.shutdown();
  });
});
