import 'reflect-metadata';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import {
  AsyncAuditBackend,
  AUDIT_BACKEND,
  Audited,
  type AuditBackend,
  type AuditHealth,
  CompositeAuditBackend,
  InMemoryAuditBackend,
  Store,
  type Trefoil,
  type TrefoilOptions,
} from '../../src/index';
import { AuditTally } from '../../src/audit/audit-losses';
import { TrailState } from '../../src/runtime/trail-state';
import { SwitchableAudit } from '../fixtures/switchable-audit';
import { RecordingAudit } from './recording-audit';
import { shutDownAll, start } from './runtimes';

@Store()
class Ledger {
  @Audited({ event: 'update', item: (id: string) => id })
  book(id: string): string {
    return id;
  }

  @Audited({ event: 'update', delivery: 'durable', onFailure: 'continue', item: (id: string) => id })
  async post(id: string): Promise<string> {
    return Promise.resolve(id);
  }
}

/** A backend of a user's own that throws while it is told to, and does not say how it is doing. */
class FailingAudit extends RecordingAudit {
  isFailing = false;

  override log(event: Parameters<RecordingAudit['log']>[0]): void {
    if (this.isFailing) throw new Error('disk full');
    super.log(event);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function startWith(backend: AuditBackend, options: TrefoilOptions = {}): Trefoil {
  container.register(AUDIT_BACKEND, { useValue: backend });
  return start({ audit: { delivery: 'bestEffort' }, ...options });
}

let root: string;
let written: jest.SpyInstance<void, unknown[]>;
const lines = (): string[] => written.mock.calls.map(([line]) => String(line));

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'trefoil-trail-'));
  written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(async () => {
  await shutDownAll();
  written.mockRestore();
  fs.rmSync(root, { recursive: true, force: true });
});

describe('status() is degraded', () => {
  test('while a backend of a user’s own refuses events, and until it takes one again', () => {
    const audit = new FailingAudit();
    const trefoil = startWith(audit);
    const ledger = new Ledger();
    ledger.book('1');
    expect(trefoil.status()).toMatchObject({ state: 'running', audit: { state: 'running' } });
    audit.isFailing = true;
    ledger.book('2');
    ledger.book('3');
    const message = expect.stringContaining('has lost or refused 2 events') as string;
    const error = { code: 'TREFOIL_AUDIT_NOT_WRITTEN', message };
    expect(trefoil.status()).toMatchObject({ state: 'degraded', audit: { state: 'degraded', error } });
    expect(trefoil.status().state).toBe('degraded');
    audit.isFailing = false;
    ledger.book('4');
    const status = trefoil.status();
    expect(status).toMatchObject({ state: 'running', audit: { state: 'running' } });
    expect(status.audit).not.toHaveProperty('error');
    expect(audit.items).toEqual(['1', '4']);
  });

  test('while one that answers with promises rejects, under durable too', async () => {
    const audit = new SwitchableAudit();
    const trefoil = startWith(audit);
    audit.fails = () => true;
    await new Ledger().post('1');
    expect(trefoil.status().state).toBe('degraded');
    audit.fails = () => false;
    await new Ledger().post('2');
    expect(trefoil.status().state).toBe('running');
  });

  test('while events by hand are refused', () => {
    const audit = new FailingAudit();
    const trefoil = startWith(audit);
    const logger = trefoil.auditLogger({ storeType: 's3' });
    audit.isFailing = true;
    void logger.logCreate('1');
    expect(trefoil.status().state).toBe('degraded');
    audit.isFailing = false;
    void logger.logCreate('2');
    expect(trefoil.status().state).toBe('running');
  });

  test('while a queue drops events, and until it has written some without dropping one', async () => {
    const trefoil = startWith(new AsyncAuditBackend({ backend: new InMemoryAuditBackend(), queueSize: 2 }));
    const ledger = new Ledger();
    for (const id of ['1', '2', '3']) ledger.book(id);
    expect(trefoil.status()).toMatchObject({
      state: 'degraded',
      audit: { error: { message: expect.stringContaining('has lost or refused 1 events') as string } },
    });
    await trefoil.flush();
    expect(trefoil.status().state).toBe('running');
  });

  test('while a member behind others fails, though another one keeps the events', () => {
    const failing = new FailingAudit();
    const backends = [new RecordingAudit(), failing];
    const trefoil = startWith(new CompositeAuditBackend({ backends, require: 'any' }));
    failing.isFailing = true;
    new Ledger().book('1');
    expect(trefoil.status()).toMatchObject({
      state: 'degraded',
      audit: { error: { message: expect.stringContaining('the audit trail, recording-2 has lost') as string } },
    });
    failing.isFailing = false;
    new Ledger().book('2');
    expect(trefoil.status().state).toBe('running');
  });

  test('while the trail on disk is latched, and no longer when the disk works again', async () => {
    const path = join(root, 'audit');
    // Each event fills a file, so that the next one needs another.
    const trefoil = start({ audit: { backend: 'file', path, maxFileSizeMb: 0.000001 } });
    const ledger = new Ledger();
    ledger.book('1');
    fs.renameSync(path, `${path}-away`);
    fs.writeFileSync(path, 'a file in the place of the directory');
    for (const id of ['2', '3', '4']) expect(ledger.book(id)).toBe(id);
    expect(trefoil.status()).toMatchObject({
      state: 'degraded',
      audit: {
        state: 'degraded',
        error: { message: expect.stringMatching(/^the audit trail takes nothing more: /) as string },
      },
    });
    fs.rmSync(path);
    fs.renameSync(`${path}-away`, path);
    await until(() => trefoil.status().audit.health?.latched === undefined);
    ledger.book('5');
    expect(trefoil.status().state).toBe('running');
  });

  test('not for a backend that says nothing of use about itself', () => {
    const audit = Object.assign(new FailingAudit(), {
      health: () => ({ accepted: 1, written: 1, dropped: null, rejected: 1, members: [undefined] }) as never,
    });
    const trefoil = startWith(audit);
    new Ledger().book('1');
    expect(trefoil.status()).toMatchObject({ state: 'running', audit: { state: 'running' } });
  });

  test('not for what a backend has lost before the runtime began', () => {
    const audit = new AsyncAuditBackend({ backend: new InMemoryAuditBackend(), queueSize: 1 });
    startWith(audit);
    for (const id of ['1', '2']) new Ledger().book(id);
    const child = container.createChildContainer();
    expect(start({ audit: { backend: audit, delivery: 'bestEffort' } }, child).status().state).toBe('running');
  });
});

describe('a runtime that shares a backend with another', () => {
  test('still tells of its losses when the other is shut down', async () => {
    const audit = queue(new InMemoryAuditBackend());
    const trefoil = startWith(audit);
    const other = start({ audit: { backend: audit, delivery: 'bestEffort' } }, container.createChildContainer());
    audit.close = () => Promise.resolve();
    await other.shutdown();
    for (const id of ['1', '2']) new Ledger().book(id);
    expect(trefoil.status().reports).toEqual({ TREFOIL_BACKEND_FAILED: 1 });
    expect(other.status().reports).toEqual({});
  });
});

describe('a runtime whose backend is put in the place of another', () => {
  test('still tells of the losses of what both hand their events on to', async () => {
    const shared = queue(new InMemoryAuditBackend());
    shared.close = () => Promise.resolve();
    const trefoil = startWith(new CompositeAuditBackend({ backends: [shared] }));
    container.register(AUDIT_BACKEND, { useValue: new CompositeAuditBackend({ backends: [shared] }) });
    await trefoil.reconfigure();
    for (const id of ['1', '2']) new Ledger().book(id);
    expect(trefoil.status().reports).toMatchObject({ TREFOIL_BACKEND_FAILED: 1 });
  });
});

describe('a trail without anything to write', () => {
  const unhurt: AuditHealth = { accepted: 0, written: 0, dropped: {}, rejected: 0 };

  test('is not degraded for ever: a minute without a loss is enough', () => {
    let now = 0;
    const state = new TrailState(unhurt, new AuditTally(), () => now);
    const hurt: AuditHealth = { ...unhurt, rejected: 1 };
    expect(state.problemOf(hurt)).toBeDefined();
    now = 59_999;
    expect(state.problemOf(hurt)).toBeDefined();
    now = 60_000;
    expect(state.problemOf(hurt)).toBeUndefined();
  });

  test.each(['latched', 'refusing'])('is degraded as long as it is %s', (reason) => {
    let now = 0;
    const state = new TrailState(unhurt, new AuditTally(), () => now);
    expect(state.problemOf({ ...unhurt, [reason]: 'the disk is full' })).toContain('the disk is full');
    now = 120_000;
    expect(state.problemOf({ ...unhurt, [reason]: 'the disk is full' })).toContain('the disk is full');
    expect(state.problemOf(unhurt)).toBeUndefined();
  });
});

describe('a lost audit event is told at once, whatever is logged', () => {
  const silent: TrefoilOptions = { logging: { level: 'silent' } };

  test.each<[string, () => AuditBackend, RegExp]>([
    ['a backend throws', () => failing(), /audit of Ledger\.book: disk full$/],
    ['a promise rejects', () => rejecting(), /audit of Ledger\.book: disk full$/],
    ['a queue is full', () => queue(new InMemoryAuditBackend()), /the audit trail: the queue of 1 events is full/],
    ['what is behind a queue throws', () => queue(failing(), 10), /the audit trail: disk full$/],
    ['what is behind a queue rejects', () => queue(rejecting(), 10), /the audit trail: disk full$/],
    ['a member throws', () => anyOf(failing()), /the audit trail: disk full$/],
    ['a member rejects', () => anyOf(rejecting()), /the audit trail: disk full$/],
    ['one of all members throws', () => allOf(failing()), /audit of Ledger\.book: disk full$/],
    [
      'a queue behind others is full',
      () => anyOf(queue(new InMemoryAuditBackend())),
      /the audit trail: the queue of 1 events is full/,
    ],
  ])('%s', async (_how, make, line) => {
    const trefoil = startWith(make(), silent);
    for (const id of ['1', '2']) expect(new Ledger().book(id)).toBe(id);
    await turn();
    await trefoil.flush();
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatch(/^\[trefoil\] TREFOIL_BACKEND_FAILED /);
    expect(lines()[0]).toMatch(line);
  });

  test('a closed backend', async () => {
    const audit = new AsyncAuditBackend({ backend: new InMemoryAuditBackend() });
    startWith(audit, silent);
    await audit.close();
    new Ledger().book('1');
    expect(lines()).toEqual([expect.stringContaining('audit of Ledger.book: ')]);
  });

  test('an answer that comes too late', async () => {
    const audit = new SwitchableAudit();
    audit.log = () => new Promise(() => undefined);
    startWith(audit, { ...silent, audit: { maxWaitMs: 5 } });
    await new Ledger().post('1');
    expect(lines()).toEqual([expect.stringMatching(/audit of Ledger\.post: .*TREFOIL_AUDIT_LATE|within 5 ms/)]);
  });

  test('events by hand', () => {
    const trefoil = startWith(failing(), silent);
    void trefoil.auditLogger({ storeType: 's3' }).logCreate('1');
    expect(lines()).toEqual([expect.stringContaining('audit of s3 (AuditLogger): disk full')]);
  });

  test.each(['buffered', 'bestEffort'] as const)('a disk that fails, under %s', async (delivery) => {
    const path = join(root, 'audit');
    const trefoil = start({ ...silent, audit: { backend: 'file', path, maxFileSizeMb: 0.000001, delivery } });
    new Ledger().book('1');
    fs.renameSync(path, `${path}-away`);
    fs.writeFileSync(path, '');
    for (const id of ['2', '3']) new Ledger().book(id);
    await trefoil.flush().catch(() => undefined);
    expect(lines()).toContainEqual(expect.stringMatching(/TREFOIL_AUDIT_JOURNAL .*nothing can be written: /));
    expect(lines()).toContainEqual(expect.stringMatching(/TREFOIL_BACKEND_FAILED audit of Ledger\.book: /));
    fs.rmSync(path);
    fs.renameSync(`${path}-away`, path);
  });

  test('a trail that cannot be opened', () => {
    fs.writeFileSync(join(root, 'a-file'), '');
    start({ ...silent, audit: { backend: 'file', path: join(root, 'a-file', 'audit') } });
    expect(lines()).toEqual([expect.stringContaining('TREFOIL_AUDIT_PATH audit: ')]);
  });

  test('with the count of the rest at shutdown', async () => {
    const trefoil = startWith(failing(), silent);
    for (const id of ['1', '2', '3']) new Ledger().book(id);
    await trefoil.shutdown();
    expect(lines()).toEqual([
      expect.stringMatching(/: disk full$/),
      expect.stringMatching(/: disk full \(and 1 more before it\)$/),
    ]);
  });

  test('not a file that is none of the trail’s', () => {
    const path = join(root, 'audit');
    fs.mkdirSync(path);
    fs.writeFileSync(join(path, 'notes.txt'), 'mine');
    const trefoil = start({ logging: { path: join(root, 'log') } });
    return trefoil.reconfigure({ audit: { backend: 'file', path } }).then(() => {
      expect(trefoil.status().reports).toEqual({ TREFOIL_AUDIT_JOURNAL: 1 });
      expect(lines()).toEqual([]);
    });
  });
});

function failing(): FailingAudit {
  return Object.assign(new FailingAudit(), { isFailing: true });
}

function rejecting(): SwitchableAudit {
  return Object.assign(new SwitchableAudit(), { fails: () => true });
}

function queue(backend: AuditBackend, queueSize = 1): AuditBackend {
  return new AsyncAuditBackend({ backend, queueSize });
}

function anyOf(backend: AuditBackend): AuditBackend {
  return new CompositeAuditBackend({ backends: [new RecordingAudit(), backend], require: 'any' });
}

function allOf(backend: AuditBackend): AuditBackend {
  return new CompositeAuditBackend({ backends: [new InMemoryAuditBackend(), backend] });
}
