import 'reflect-metadata';
import { container } from 'tsyringe';
import {
  AUDIT_BACKEND,
  Audited,
  AuditOutcomeError,
  AuditUnavailableError,
  initializeObservability,
  type Trefoil,
} from '../../src/index';
import { SwitchableAudit } from '../fixtures/switchable-audit';

type Callback = (error: unknown, amount?: number) => unknown;

class Ledger {
  ran: string[] = [];

  @Audited({ event: 'update', delivery: 'strict', callback: 'last' })
  post(amount: number, callback: Callback): string {
    this.ran.push(`body after ${backend.statuses().join(' ')}`);
    setImmediate(() => this.#answer(amount, callback));
    return 'returned';
  }

  @Audited({ event: 'update', delivery: 'strict', callback: 'last', onFailure: 'continue' })
  postAnyway(amount: number, callback: Callback): void {
    this.#answer(amount, callback);
  }

  @Audited({ event: 'update', delivery: 'durable', callback: 'last' })
  postDurably(amount: number, callback: Callback): void {
    if (amount === 0) throw new RangeError('zero');
    this.#answer(amount, callback);
  }

  #answer(amount: number, callback: Callback): void {
    if (amount < 0) callback(new RangeError('negative'));
    else callback(null, amount);
  }
}

let backend: SwitchableAudit;
let ledger: Ledger;
let trefoil: Trefoil;

beforeEach(() => {
  container.reset();
  backend = new SwitchableAudit();
  container.register(AUDIT_BACKEND, { useValue: backend });
  trefoil = initializeObservability({ metrics: { backend: 'none' }, logging: { level: 'silent' }, signals: false });
  ledger = new Ledger();
});

afterEach(async () => {
  expect(await trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
});

/** What the callback is told, and what is recorded by then. */
const told = (method: 'post' | 'postAnyway' | 'postDurably', amount: number): Promise<unknown> =>
  new Promise((resolve) => {
    ledger[method](amount, (...given: unknown[]) => resolve([given, backend.statuses()]));
  });

const recordsNo = (...refused: string[]): void => {
  backend.fails = ({ status }) => refused.includes(status);
};

describe('strict and durable delivery of a method that answers by a callback', () => {
  test('records the intent before the body and the outcome before the callback', async () => {
    expect(await told('post', 5)).toEqual([
      [null, 5],
      ['unknown', 'success'],
    ]);
    expect(ledger.ran).toEqual(['body after unknown']);
    const [intent, outcome] = backend.taken;
    expect(intent?.eventId).toBe(outcome?.eventId);
    expect(await told('post', -5)).toEqual([
      [new RangeError('negative')],
      ['unknown', 'success', 'unknown', 'failure'],
    ]);
    backend.taken.length = 0;
    expect(await told('postDurably', 5)).toEqual([[null, 5], ['success']]);
  });

  test('gives what the method returns', async () => {
    await new Promise<void>((resolve) => {
      expect(ledger.post(5, () => resolve())).toBe('returned');
    });
  });

  test('tells the callback, in a later turn, where the intent cannot be recorded and so the method is not called', async () => {
    recordsNo('unknown');
    const callback = jest.fn();
    expect(ledger.post(5, callback)).toBeUndefined();
    expect(callback.mock.calls).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(callback.mock.calls).toEqual([[expect.any(AuditUnavailableError)]]);
    expect(callback.mock.calls).toMatchObject([[{ invoked: false, cause: new Error('disk full') }]]);
    expect(ledger.ran).toEqual([]);
    expect(backend.statuses()).toEqual([]);
  });

  test('tells the callback, with the result, where only the outcome cannot be recorded', async () => {
    recordsNo('success');
    for (const method of ['post', 'postDurably'] as const) {
      const [given] = (await told(method, 5)) as [unknown[]];
      expect(given).toEqual([expect.any(AuditOutcomeError)]);
      expect(given).toMatchObject([{ invoked: true, result: 5, code: 'TREFOIL_AUDIT_OUTCOME' }]);
    }
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBe(2);
  });

  test('lets the error of the method win over one of the trail', async () => {
    recordsNo('failure');
    expect(await told('post', -5)).toEqual([[new RangeError('negative')], ['unknown']]);
    expect(() => ledger.postDurably(0, () => undefined)).toThrow(RangeError);
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBe(2);
  });

  test('goes on where the method says so, and counts what is missing', async () => {
    recordsNo('unknown', 'success');
    expect(await told('postAnyway', 5)).toEqual([[null, 5], []]);
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBe(2);
  });
});
