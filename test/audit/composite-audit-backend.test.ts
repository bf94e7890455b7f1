import 'reflect-metadata';
import {
  AuditEvent,
  CompositeAuditBackend,
  InMemoryAuditBackend,
  type AuditBackend,
  type AuditGuarantees,
  type Delivery,
} from '../../src/index';
import { auditBackendContract } from '../../src/testing/index';

/** What a backend answers with is up to the test. */
class ScriptedAudit implements AuditBackend {
  readonly name: string;
  readonly guarantees: AuditGuarantees;
  readonly asked: (Delivery | undefined)[] = [];
  closed = 0;
  answer: () => void | Promise<void> = () => undefined;

  constructor(delivery: Delivery, name = 'scripted') {
    this.name = name;
    this.guarantees = { delivery, volatile: false };
  }

  log(_event: AuditEvent, delivery?: Delivery): void | Promise<void> {
    this.asked.push(delivery);
    return this.answer();
  }

  async flush(): Promise<void> {
    await this.answer();
  }

  async close(): Promise<void> {
    this.closed += 1;
    await this.answer();
  }
}

const event = (itemId = 'o-1'): AuditEvent =>
  new AuditEvent({ eventType: 'read', status: 'success', storeType: 'test', itemId });
const fails = (): never => {
  throw new Error('disk full');
};
const rejects = (): Promise<void> => Promise.reject(new Error('disk full'));
const hangs = (): Promise<void> => new Promise(() => undefined);

describe('the composite backend', () => {
  auditBackendContract({
    create: () => new CompositeAuditBackend({ backends: [new InMemoryAuditBackend(), new InMemoryAuditBackend()] }),
    test,
  });

  test('needs at least one backend', () => {
    expect(() => new CompositeAuditBackend({ backends: [] })).toThrow(/TREFOIL_OPTIONS_INVALID.*backends/);
  });

  test.each([
    ['throws', fails],
    ['rejects', rejects],
    ['hangs', hangs],
  ])('gives every event to the others where one %s', (_how, answer) => {
    const [first, broken, last] = [
      new InMemoryAuditBackend(),
      new ScriptedAudit('buffered'),
      new InMemoryAuditBackend(),
    ];
    broken.answer = answer;
    const backend = new CompositeAuditBackend({ backends: [first, broken, last], require: 'any', onError: fails });
    try {
      void Promise.resolve(backend.log(event())).catch(() => undefined);
    } catch {
      // Whether the caller is told is another matter.
    }
    expect([first.getAll().length, broken.asked.length, last.getAll().length]).toEqual([1, 1, 1]);
  });

  test('that requires all tells the caller of each that has not taken the event, after the others', async () => {
    const [one, other] = [new ScriptedAudit('durable'), new ScriptedAudit('durable')];
    const told: unknown[] = [];
    const backend = new CompositeAuditBackend({ backends: [one, other], onError: (...args) => told.push(args) });
    expect(backend.log(event())).toBeUndefined();
    one.answer = fails;
    expect(() => backend.log(event())).toThrow('disk full');
    one.answer = rejects;
    await expect(backend.log(event())).rejects.toThrow('disk full');
    other.answer = rejects;
    await expect(backend.log(event())).rejects.toThrow('2 of 2 audit backends failed');
    expect(told).toHaveLength(4);
    expect(backend.health()).toEqual({
      accepted: 1,
      written: 1,
      dropped: {},
      rejected: 3,
      members: {
        scripted: { accepted: 1, written: 1, dropped: {}, rejected: 3 },
        'scripted-2': { accepted: 3, written: 3, dropped: {}, rejected: 1 },
      },
    });
  });

  test('that requires any waits for the first that keeps the event as safely as was asked, and no longer', async () => {
    const [disk, queue] = [new ScriptedAudit('durable'), new ScriptedAudit('bestEffort')];
    const memory = new InMemoryAuditBackend();
    const backend = new CompositeAuditBackend({ backends: [memory, queue, disk], require: 'any' });
    expect(backend.guarantees).toEqual({ delivery: 'durable', volatile: false });
    queue.answer = hangs;
    expect(backend.log(event(), 'durable')).toBeUndefined();
    // Neither what forgets its events nor what cannot wait for the disk has made this one durable.
    disk.answer = rejects;
    await expect(backend.log(event(), 'durable')).rejects.toThrow('disk full');
    expect([memory.getAll().length, queue.asked, disk.asked]).toEqual([
      2,
      ['bestEffort', 'bestEffort'],
      ['durable', 'durable'],
    ]);
    queue.answer = () => undefined;
    expect(backend.log(event(), 'bestEffort')).toBeUndefined();
  });

  test('forgets its events only where every member does', () => {
    const memory = new InMemoryAuditBackend();
    expect(new CompositeAuditBackend({ backends: [memory] }).guarantees).toEqual({
      delivery: 'strict',
      volatile: true,
    });
    const mixed = new CompositeAuditBackend({ backends: [memory, new ScriptedAudit('buffered')] });
    expect(mixed.guarantees).toEqual({ delivery: 'buffered', volatile: false });
  });

  test('writes synchronously where enough of its members can', () => {
    const [memory, queue] = [new InMemoryAuditBackend(), new ScriptedAudit('buffered')];
    const all = new CompositeAuditBackend({ backends: [memory, queue] });
    expect(all.logSync).toBeUndefined();
    const both = new CompositeAuditBackend({ backends: [memory, new InMemoryAuditBackend()] });
    both.logSync?.(event(), 'strict');
    expect(memory.getAll()).toHaveLength(1);
    expect(both.health().accepted).toBe(1);
  });

  test('closes and flushes every member, and says which could not', async () => {
    const [one, other] = [new ScriptedAudit('durable'), new ScriptedAudit('durable')];
    const backend = new CompositeAuditBackend({ backends: [one, other] });
    one.answer = fails;
    await expect(backend.flush()).rejects.toThrow('disk full');
    await expect(backend.close()).rejects.toThrow('disk full');
    await backend.close().catch(() => undefined);
    expect([one.closed, other.closed]).toEqual([1, 1]);
    const lenient = new CompositeAuditBackend({ backends: [one, other], require: 'any' });
    await lenient.close();
  });

  test('asks the first member that can answer', async () => {
    const memory = new InMemoryAuditBackend();
    const backend = new CompositeAuditBackend({ backends: [new ScriptedAudit('buffered'), memory] });
    void backend.log(event('o-7'));
    const found: unknown[] = [];
    for await (const { itemId } of backend.query({ itemId: 'o-7' })) found.push(itemId);
    expect(found).toEqual(['o-7']);
    const mute = new CompositeAuditBackend({ backends: [new ScriptedAudit('buffered')] });
    for await (const _event of mute.query()) throw new Error('nobody could answer');
  });
});
