import { trace } from '@opentelemetry/api';
import { currentContext, Observed, runWithContext } from '../../src/index';
import { startMemoryRuntime, type MemoryRuntime } from '../fixtures/memory-runtime';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Rows {
  log: string[] = [];

  @Observed({ event: 'list', item: (table: string) => table })
  *each(table: string, failAt = Number.POSITIVE_INFINITY): Generator<string, string, string | undefined> {
    this.log.push('begins');
    try {
      for (let row = 0; row < 3; row += 1) {
        if (row === failAt) throw new RangeError('row');
        const sent = yield `${table}/${row}/${trace.getActiveSpan() === undefined ? 'no span' : 'span'}`;
        if (sent !== undefined) this.log.push(sent);
      }
      return 'all';
    } finally {
      this.log.push('ends');
    }
  }

  @Observed({ event: 'list' })
  async *eachLater(failAt = Number.POSITIVE_INFINITY): AsyncGenerator<string, string> {
    try {
      for (let row = 0; row < 3; row += 1) {
        await tick();
        if (row === failAt) throw new RangeError('row');
        yield `${row}/${currentContext()?.userId ?? 'nobody'}/${trace.getActiveSpan() === undefined ? 'no span' : 'span'}`;
      }
      return 'all';
    } finally {
      this.log.push('ends');
    }
  }
}

let runtime: MemoryRuntime;

beforeEach(() => {
  runtime = startMemoryRuntime();
});

afterEach(async () => {
  expect(await runtime.trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

const statuses = (): string[] => runtime.events().map(({ status }) => status);

describe('a generator', () => {
  test('is one Call from its first step to its last, in whose context every step runs', () => {
    const rows = new Rows();
    const generator = rows.each('t');
    expect(rows.log).toEqual([]);
    expect(runtime.spans()).toEqual([]);
    expect([...generator]).toEqual(['t/0/span', 't/1/span', 't/2/span']);
    expect(trace.getActiveSpan()).toBeUndefined();
    expect(statuses()).toEqual(['success']);
    expect(runtime.events()).toMatchObject([{ itemId: 't', operation: 'Rows.each' }]);
    expect(runtime.counted('Rows', 'each')).toBe(1);
  });

  test('takes what is sent and gives what is returned', () => {
    const rows = new Rows();
    const generator = rows.each('t');
    expect(generator.next()).toEqual({ done: false, value: 't/0/span' });
    generator.next('one');
    generator.next('two');
    expect(generator.next('three')).toEqual({ done: true, value: 'all' });
    expect(rows.log).toEqual(['begins', 'one', 'two', 'three', 'ends']);
    expect(generator.next()).toEqual({ done: true, value: undefined });
    expect(statuses()).toEqual(['success']);
  });

  test('that is left early is cancelled, and cleans up as it would', () => {
    const rows = new Rows();
    for (const row of rows.each('t')) if (row.startsWith('t/1')) break;
    expect(rows.log).toEqual(['begins', 'ends']);
    expect(statuses()).toEqual(['cancelled']);
    expect(runtime.counted('Rows', 'each', 'cancelled')).toBe(1);
  });

  test('that throws is a failure, and throws the very same error', () => {
    expect(() => [...new Rows().each('t', 1)]).toThrow(RangeError);
    const generator = new Rows().each('t');
    generator.next();
    const error = new Error('thrown in');
    expect(() => generator.throw(error)).toThrow(error);
    expect(statuses()).toEqual(['failure', 'failure']);
  });

  test('that is never asked, or returned before it begins, is no Call', () => {
    const rows = new Rows();
    rows.each('t');
    expect(rows.each('t').return('early')).toEqual({ done: true, value: 'early' });
    expect(() => rows.each('t').throw(new Error('early'))).toThrow('early');
    expect(rows.log).toEqual([]);
    expect(runtime.events()).toEqual([]);
  });

  test('is still a generator: iterable, tagged, delegated to, without properties of its own', () => {
    const rows = new Rows();
    const generator = rows.each('t');
    expect(generator[Symbol.iterator]()).toBe(generator);
    expect(Object.prototype.toString.call(generator)).toBe('[object Generator]');
    expect(Reflect.ownKeys(generator)).toEqual([]);
    const delegating = function* (): Generator<string> {
      yield* rows.each('d');
    };
    expect([...delegating()]).toHaveLength(3);
    expect(() => Object.getPrototypeOf(generator).next.call({}) as unknown).toThrow(TypeError);
  });
});

describe('an async generator', () => {
  test('is one Call, in whose context every step runs', async () => {
    const rows = new Rows();
    const seen: string[] = [];
    await runWithContext({ userId: 'u-1' }, async () => {
      for await (const row of rows.eachLater()) seen.push(row);
    });
    expect(seen).toEqual(['0/u-1/span', '1/u-1/span', '2/u-1/span']);
    expect(statuses()).toEqual(['success']);
  });

  test('that is left early is cancelled, and one that throws a failure', async () => {
    const rows = new Rows();
    for await (const row of rows.eachLater()) if (row.startsWith('1')) break;
    await expect(
      (async () => {
        for await (const _row of rows.eachLater(1)) void _row;
      })(),
    ).rejects.toThrow(RangeError);
    expect(statuses()).toEqual(['cancelled', 'failure']);
    expect(rows.log).toEqual(['ends', 'ends']);
  });

  test('may be asked several times at once, and ends once', async () => {
    const generator = new Rows().eachLater();
    const results = await Promise.all(Array.from({ length: 5 }, () => generator.next()));
    expect(results.map(({ done }) => done)).toEqual([false, false, false, true, true]);
    expect(statuses()).toEqual(['success']);
  });
});
