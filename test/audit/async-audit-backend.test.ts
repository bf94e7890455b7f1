import 'reflect-metadata';
import { AsyncAuditBackend, AuditEvent, InMemoryAuditBackend, type AsyncAuditBackendOptions } from '../../src/index';
import { auditBackendContract } from '../../src/testing/index';

const event = (itemId: string): AuditEvent =>
  new AuditEvent({ eventType: 'read', status: 'success', storeType: 'test', itemId });

/** Answers when the test says so. */
class SlowAudit extends InMemoryAuditBackend {
  readonly waiting: (() => void)[] = [];

  override log(one: AuditEvent): void {
    const answered = new Promise<void>((resolve) => {
      this.waiting.push(() => {
        super.log(one);
        resolve();
      });
    });
    return answered as unknown as void;
  }

  async release(): Promise<void> {
    for (const answer of this.waiting.splice(0)) answer();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const items = (backend: InMemoryAuditBackend): unknown => backend.getAll().map(({ itemId }) => itemId);

describe('the async backend', () => {
  auditBackendContract({ create: () => new AsyncAuditBackend({ backend: new InMemoryAuditBackend() }), test });

  test('returns before anything is written, and writes in order', async () => {
    const inner = new InMemoryAuditBackend();
    const backend = new AsyncAuditBackend({ backend: inner });
    for (const id of ['1', '2', '3']) backend.log(event(id));
    expect(items(inner)).toEqual([]);
    expect(backend.health()).toMatchObject({ accepted: 3, written: 0, queueDepth: 3 });
    await backend.flush();
    expect(items(inner)).toEqual(['1', '2', '3']);
    expect(backend.health()).toMatchObject({ accepted: 3, written: 3, queueDepth: 0, queueAgeSeconds: 0 });
    await backend.close();
  });

  test('writes by itself after the interval, and at once when it is half full', async () => {
    for (const options of [{ flushIntervalSeconds: 0.001 }, { queueSize: 2 }]) {
      const inner = new InMemoryAuditBackend();
      const backend = new AsyncAuditBackend({ backend: inner, ...options });
      backend.log(event('1'));
      while (backend.health().written === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      expect(items(inner)).toEqual(['1']);
      await backend.close();
    }
  });

  test.each([
    ['drop-newest', ['1', '2']],
    ['drop-oldest', ['2', '3']],
    ['block', ['1', '2', '3']],
  ] as const)('without room left does what it is told: %s', async (overflow, expected) => {
    const inner = new InMemoryAuditBackend();
    const backend = new AsyncAuditBackend({ backend: inner, queueSize: 2, overflow });
    for (const id of ['1', '2', '3']) backend.log(event(id));
    expect(items(inner)).toEqual(overflow === 'block' ? ['1'] : []);
    await backend.close();
    expect(items(inner)).toEqual(expected);
    const { accepted, written, dropped } = backend.health();
    expect({ accepted, written, dropped }).toEqual({
      accepted: 3,
      written: expected.length,
      dropped: { queue_full: 3 - expected.length, write_failed: 0 },
    });
  });

  test('hands a slow backend one batch after the other, and waits for all of it', async () => {
    const inner = new SlowAudit();
    const backend = new AsyncAuditBackend({ backend: inner });
    const all = Array.from({ length: 600 }, (_, index) => String(index));
    for (const id of all) backend.log(event(id));
    const flushed = backend.flush();
    expect(inner.waiting.length).toBeLessThan(all.length);
    expect(backend.health().queueDepth).toBe(600);
    backend.log(event('late'));
    while (backend.health().queueDepth !== 0) await inner.release();
    await flushed;
    expect(items(inner)).toEqual([...all, 'late']);
    await backend.close();
  });

  test('counts and tells what the backend did not take, and goes on', async () => {
    const inner = new InMemoryAuditBackend();
    const log = inner.log.bind(inner);
    inner.log = (one) => {
      if (one.itemId === '2') throw new Error('disk full');
      log(one);
    };
    const told: unknown[] = [];
    const backend = new AsyncAuditBackend({
      backend: inner,
      onError: (error, { itemId }) => {
        told.push([(error as Error).message, itemId]);
        throw new Error('telling fails, too');
      },
    });
    for (const id of ['1', '2', '3']) backend.log(event(id));
    await backend.flush();
    expect([items(inner), told]).toEqual([['1', '3'], [['disk full', '2']]]);
    expect(backend.health().dropped).toEqual({ queue_full: 0, write_failed: 1 });
    await backend.close();
  });

  test('refuses events once it is closed, having written those before', async () => {
    const inner = new InMemoryAuditBackend();
    const backend = new AsyncAuditBackend({ backend: inner });
    backend.log(event('1'));
    const closed = backend.close();
    expect(() => backend.log(event('2'))).toThrow(/TREFOIL_CLOSED/);
    await closed;
    expect(items(inner)).toEqual(['1']);
    expect(backend.health().rejected).toBe(1);
  });

  test('holds no listener of the process while nothing waits', async () => {
    const count = (): number => process.listenerCount('exit') + process.listenerCount('beforeExit');
    const before = count();
    const backends = [1, 2].map(() => new AsyncAuditBackend({ backend: new InMemoryAuditBackend() }));
    for (const backend of backends) backend.log(event('1'));
    expect(count()).toBe(before + 2);
    for (const backend of backends) await backend.close();
    expect(count()).toBe(before);
  });

  test.each([
    [{ queueSize: 0 }, /queueSize: expected a whole number from 1 on, got 0/],
    [{ flushIntervalSeconds: -1 }, /flushIntervalSeconds/],
    [{ overflow: 'wait' }, /overflow/],
  ])('refuses %j', (options, message) => {
    const backend = new InMemoryAuditBackend();
    expect(() => new AsyncAuditBackend({ backend, ...options } as AsyncAuditBackendOptions)).toThrow(message);
  });

  test('cannot block for a backend that does not write synchronously', () => {
    const backend = Object.assign(new InMemoryAuditBackend(), { logSync: undefined });
    expect(() => new AsyncAuditBackend({ backend, overflow: 'block' })).toThrow(/overflow.*logSync/);
  });
});
