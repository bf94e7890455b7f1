import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import {
  AUDIT_BACKEND,
  Audited,
  AuditOutcomeError,
  AuditUnavailableError,
  FileAuditBackend,
  initializeObservability,
  type Trefoil,
  Store,
} from '../../src/index';
import { SwitchableAudit } from '../fixtures/switchable-audit';

/** Runs each time it is awaited. */
class LazyQuery implements PromiseLike<string> {
  #runs = 0;

  then<A = string, B = never>(
    onFulfilled?: ((row: string) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#runs += 1;
    return Promise.resolve(`row ${this.#runs}`).then(onFulfilled, onRejected);
  }
}

@Store({ delivery: 'strict', onFailure: 'continue' })
class StrictStore {
  ran = 0;

  @Audited({ event: 'update' })
  async post(): Promise<void> {
    this.ran += 1;
    await Promise.resolve();
  }

  @Audited({ event: 'update', onFailure: 'fail-operation' })
  postOrFail(): void {
    this.ran += 1;
  }

  @Audited({ event: 'read', delivery: 'buffered' })
  look(): void {
    this.ran += 1;
  }
}

class Ledger {
  ran = 0;
  onPost: () => void = () => undefined;

  @Audited({ event: 'update', delivery: 'strict' })
  async post(amount: number): Promise<number> {
    this.ran += 1;
    this.onPost();
    await Promise.resolve();
    if (amount < 0) throw new RangeError('negative');
    return amount;
  }

  @Audited({ event: 'update', delivery: 'strict' })
  postSync(amount: number): number {
    this.ran += 1;
    this.onPost();
    if (amount < 0) throw new RangeError('negative');
    return amount;
  }

  @Audited({ event: 'update', delivery: 'strict' })
  postDeferred(amount: number): Promise<number> {
    this.ran += 1;
    return Promise.resolve(amount);
  }

  @Audited({ event: 'update', delivery: 'strict', onFailure: 'continue' })
  async postAnyway(amount: number): Promise<number> {
    this.ran += 1;
    return Promise.resolve(amount);
  }

  @Audited({ event: 'update', delivery: 'durable' })
  async postDurably(amount: number): Promise<number> {
    this.ran += 1;
    return Promise.resolve(amount);
  }

  @Audited({ event: 'list', delivery: 'strict' })
  *entries(): Generator<number> {
    this.ran += 1;
    yield 1;
  }

  @Audited({ event: 'query', delivery: 'strict' })
  query(): LazyQuery {
    return new LazyQuery();
  }

  @Audited({ event: 'read', delivery: 'strict', when: (amount: number) => amount > 0 })
  peek(amount: number): number {
    return amount;
  }
}

describe('strict and durable delivery', () => {
  let backend: SwitchableAudit;
  let ledger: Ledger;
  let trefoil: Trefoil;

  beforeEach(() => {
    container.reset();
    backend = new SwitchableAudit();
    container.register(AUDIT_BACKEND, { useValue: backend });
    trefoil = initializeObservability({
      metrics: { backend: 'none' },
      logging: { level: 'silent' },
      signals: false,
    });
    ledger = new Ledger();
  });

  afterEach(() => trefoil.shutdown());

  test('records the intent before the body and the outcome before the call settles', async () => {
    await expect(ledger.post(5)).resolves.toBe(5);
    expect(ledger.postSync(6)).toBe(6);
    await expect(ledger.postDeferred(7)).resolves.toBe(7);
    expect(backend.statuses()).toEqual(['unknown', 'success', 'unknown', 'success', 'unknown', 'success']);
    const [intent, outcome] = backend.taken;
    expect(intent?.eventId).toBe(outcome?.eventId);
  });

  test('is what the store asks for, where the method does not', async () => {
    const store = new StrictStore();
    await store.post();
    store.look();
    await new Promise((resolve) => setImmediate(resolve));
    expect(backend.statuses()).toEqual(['unknown', 'success', 'success']);
    backend.fails = () => true;
    await store.post();
    expect(store.ran).toBe(3);
    expect(() => store.postOrFail()).toThrow(AuditUnavailableError);
    expect(store.ran).toBe(3);
  });

  test('does not call the body where the intent cannot be recorded', async () => {
    backend.fails = ({ status }) => status === 'unknown';
    await expect(ledger.post(5)).rejects.toThrow(AuditUnavailableError);
    expect(() => ledger.postSync(5)).toThrow(AuditUnavailableError);
    expect(() => ledger.postDeferred(5)).toThrow(/TREFOIL_AUDIT_UNAVAILABLE.*Ledger\.postDeferred/);
    expect(ledger.ran).toBe(0);
    await expect(ledger.post(5)).rejects.toMatchObject({ invoked: false, cause: new Error('disk full') });
  });

  test('does not begin a generator whose intent cannot be recorded, however often it is asked', async () => {
    backend.fails = ({ status }) => status === 'unknown';
    const entries = ledger.entries();
    expect(() => entries.next()).toThrow(AuditUnavailableError);
    expect(() => entries.next()).toThrow(AuditUnavailableError);
    expect(ledger.ran).toBe(0);
    backend.fails = () => false;
    expect([...entries]).toEqual([1]);
    // Nobody can wait for the outcome.
    await new Promise((resolve) => setImmediate(resolve));
    expect(backend.statuses()).toEqual(['unknown', 'success']);
  });

  test('announces a query with its method, and each further run by an intent of its own', async () => {
    const query = ledger.query();
    expect(backend.statuses()).toEqual(['unknown']);
    await expect(query).resolves.toBe('row 1');
    // Nobody can wait for the outcome.
    await new Promise((resolve) => setImmediate(resolve));
    expect(backend.statuses()).toEqual(['unknown', 'success']);
    expect(backend.taken[0]?.eventId).toBe(backend.taken[1]?.eventId);
    await expect(query).resolves.toBe('row 2');
    await new Promise((resolve) => setImmediate(resolve));
    expect(backend.statuses().slice(2)).toEqual(['unknown', 'success']);
    expect(new Set(backend.taken.map(({ eventId }) => eventId)).size).toBe(2);
  });

  test('records of a query that nobody runs that it was cancelled', async () => {
    const query = ledger.query();
    expect(await trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
    expect(backend.statuses()).toEqual(['unknown', 'cancelled']);
    await expect(query).resolves.toBe('row 1');
    expect(backend.statuses()).toHaveLength(2);
  });

  test('hands over the result where only the outcome cannot be recorded', async () => {
    backend.fails = ({ status }) => status !== 'unknown';
    await expect(ledger.post(5)).rejects.toMatchObject({ invoked: true, result: 5, code: 'TREFOIL_AUDIT_OUTCOME' });
    expect(() => ledger.postSync(6)).toThrow(AuditOutcomeError);
    await expect(ledger.postDeferred(7)).rejects.toMatchObject({ result: 7, auditId: backend.taken[2]?.eventId });
    await expect(ledger.postDurably(8)).rejects.toMatchObject({ result: 8 });
    expect(ledger.ran).toBe(4);
  });

  test('lets the error of the body win over one of the trail', async () => {
    backend.fails = ({ status }) => status !== 'unknown';
    await expect(ledger.post(-1)).rejects.toThrow(RangeError);
    expect(() => ledger.postSync(-1)).toThrow(RangeError);
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBe(2);
  });

  test('goes on where the method says so, and counts what is missing', async () => {
    backend.fails = () => true;
    await expect(ledger.postAnyway(5)).resolves.toBe(5);
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBe(2);
  });

  test('starts the body of a durable method in the caller’s turn, and records one event', async () => {
    const pending = ledger.postDurably(5);
    expect(ledger.ran).toBe(1);
    await pending;
    expect(backend.statuses()).toEqual(['success']);
  });

  test('asks nothing of calls that are not audited', () => {
    expect(ledger.peek(-1)).toBe(-1);
    expect(backend.taken).toEqual([]);
    expect(ledger.peek(1)).toBe(1);
    expect(backend.statuses()).toEqual(['unknown', 'success']);
  });

  describe('with the file backend', () => {
    let path: string;
    let file: FileAuditBackend;

    beforeEach(async () => {
      path = mkdtempSync(join(tmpdir(), 'trefoil-durable-'));
      file = new FileAuditBackend({ path });
      container.register(AUDIT_BACKEND, { useValue: file });
      await trefoil.reconfigure({ metrics: { backend: 'none' }, logging: { level: 'silent' }, signals: false });
    });

    afterEach(() => rmSync(path, { recursive: true }));

    const records = (): { kind: string; event?: { status: string } }[] =>
      readFileSync(file.file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { b: { kind: string; event?: { status: string } } }).b);

    test('a durable call has its event in the file when it settles, and shares the sync with others', async () => {
      await Promise.all(Array.from({ length: 50 }, (_, amount) => ledger.postDurably(amount)));
      expect(records().map(({ kind }) => kind)).toEqual(['open', ...Array<string>(50).fill('event')]);
      expect(file.status).toMatchObject({ written: 50, unsyncedBytes: 0 });
      expect(file.status.syncs).toBeLessThan(50);
    });

    test('a strict call has its intent before the body and its outcome after it, sync or not', async () => {
      const during: string[] = [];
      ledger.onPost = () => void during.push(records().at(-1)?.kind ?? '');
      expect(ledger.postSync(1)).toBe(1);
      await expect(ledger.post(2)).resolves.toBe(2);
      expect(during).toEqual(['intent', 'intent']);
      expect(records().map(({ kind, event }) => `${kind} ${event?.status}`)).toEqual([
        'open undefined',
        'intent unknown',
        'outcome success',
        'intent unknown',
        'outcome success',
      ]);
      expect(trefoil.describe().problems.map(({ code }) => code)).not.toContain('TREFOIL_AUDIT_DELIVERY');
    });
  });
});
