import 'reflect-metadata';
import { container } from 'tsyringe';
import {
  AUDIT_BACKEND,
  Audited,
  AuditLogger,
  CompositeAuditBackend,
  initializeObservability,
  type AuditBackend,
  type AuditGuarantees,
  type AuditLoggerOptions,
  type Delivery,
  type Trefoil,
} from '../../src/index';
import { unhandledRejections } from '../fixtures/unhandled-rejections';

class Orders {
  @Audited()
  read(): string {
    return 'order';
  }

  @Audited({ delivery: 'durable' })
  async update(): Promise<string> {
    return 'updated';
  }

  @Audited({ delivery: 'strict' })
  delete(): string {
    return 'deleted';
  }
}

/** A backend as JavaScript may write one: what `log` and `logSync` give back is up to the test. */
class LooseAudit implements AuditBackend {
  readonly name = 'loose';
  readonly guarantees: AuditGuarantees = { delivery: 'strict', volatile: false };
  readonly #answer: () => unknown;

  constructor(answer: () => unknown) {
    this.#answer = answer;
  }

  log(): void {
    return this.#answer() as void;
  }

  logSync(): void {
    return this.#answer() as void;
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}

let trefoil: Trefoil;

function start(answer: () => unknown): Orders {
  container.reset();
  container.register(AUDIT_BACKEND, { useValue: new LooseAudit(answer) });
  trefoil = initializeObservability({ metrics: { backend: 'none' }, logging: { level: 'silent' }, signals: false });
  return new Orders();
}

afterEach(() => trefoil.shutdown());

const thenable = (error?: Error): object => ({
  then: (resolve: (value: unknown) => void, reject: (error: Error) => void) =>
    error === undefined ? resolve(undefined) : reject(error),
});

test.each([
  ['null', () => null],
  ['true', () => true],
  ['an object', () => ({})],
  ['a thenable without catch', () => thenable()],
  ['a promise', () => Promise.resolve('taken')],
])('a backend that answers with %s has taken the event', async (_what, answer) => {
  const orders = start(answer);
  expect(orders.read()).toBe('order');
  await expect(orders.update()).resolves.toBe('updated');
  await new Promise((resolve) => setImmediate(resolve));
  expect(trefoil.status().reports).toEqual({});
});

test('a thenable that rejects is reported, as any rejection is', async () => {
  const orders = start(() => thenable(new Error('disk full')));
  expect(orders.read()).toBe('order');
  await expect(orders.update()).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_OUTCOME', result: 'updated' });
  expect(trefoil.status().reports).toEqual({ TREFOIL_BACKEND_FAILED: 2 });
});

test.each([
  ['resolves', () => Promise.resolve(), 1],
  ['rejects', () => Promise.reject(new Error('disk full')), 2],
  ['is a thenable', () => thenable(), 1],
])('a promise that %s is no answer to a synchronous call', async (_how, answer, reports) => {
  const orders = start(answer);
  const call = (): void =>
    expect(() => orders.delete()).toThrow(
      expect.objectContaining({
        code: 'TREFOIL_AUDIT_UNAVAILABLE',
        cause: new Error('the backend "loose" answered with a promise where it has to write at once'),
      }),
    );
  expect(await unhandledRejections(call)).toEqual([]);
  expect(trefoil.status().reports).toEqual({ TREFOIL_BACKEND_FAILED: reports });
});

test('null is an answer to a synchronous call', () => {
  expect(start(() => null).delete()).toBe('deleted');
  expect(trefoil.status().reports).toEqual({});
});

describe('a backend that never answers', () => {
  const never = new Promise<void>(() => undefined);
  const taken: [status: string, delivery: Delivery | undefined][] = [];
  const hanging: AuditBackend = {
    name: 'hanging',
    guarantees: { delivery: 'strict', volatile: false },
    log: ({ status }, delivery) => {
      taken.push([status, delivery]);
      return never;
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  let called: string[];

  class Hung {
    @Audited({ event: 'update', delivery: 'durable' })
    async durable(): Promise<string> {
      called.push('durable');
      return 'done';
    }

    @Audited({ event: 'update', delivery: 'strict' })
    async strict(): Promise<string> {
      called.push('strict');
      return 'done';
    }

    @Audited({ event: 'update', delivery: 'strict', onFailure: 'continue' })
    async anyhow(): Promise<string> {
      called.push('anyhow');
      return 'done';
    }
  }

  beforeEach(() => {
    called = [];
    taken.length = 0;
    container.reset();
    container.register(AUDIT_BACKEND, { useValue: new CompositeAuditBackend({ backends: [hanging] }) });
    trefoil = initializeObservability({
      ...{ metrics: { backend: 'none' }, logging: { level: 'silent' }, signals: false },
      audit: { maxWaitMs: 20 },
    });
  });

  test('keeps nobody for ever: a call is refused before its body runs, and the trail told that it came to nothing', async () => {
    const refusal = await new Hung().strict().catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'TREFOIL_AUDIT_UNAVAILABLE',
      invoked: false,
      cause: { code: 'TREFOIL_AUDIT_LATE' },
    });
    expect(called).toEqual([]);
    expect(taken).toEqual([
      ['unknown', 'strict'],
      ['cancelled', 'buffered'],
    ]);
  });

  test('keeps the result of a call whose outcome it has not confirmed', async () => {
    await expect(new Hung().durable()).rejects.toMatchObject({
      code: 'TREFOIL_AUDIT_OUTCOME',
      result: 'done',
      cause: { code: 'TREFOIL_AUDIT_LATE' },
    });
  });

  test('does not matter to who goes on all the same', async () => {
    await expect(new Hung().anyhow()).resolves.toBe('done');
    expect(taken).toEqual([
      ['unknown', 'strict'],
      ['success', 'strict'],
    ]);
  });

  test('keeps no entry of an audit logger waiting either', async () => {
    const options = { backend: hanging, storeType: 's3', delivery: 'durable', maxWaitMs: 20, onError: () => undefined };
    const logger = new AuditLogger(options as AuditLoggerOptions);
    await expect(logger.logCreate('1')).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_LATE' });
  });
});
