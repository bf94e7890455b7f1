import 'reflect-metadata';
import { container } from 'tsyringe';
import {
  AsyncAuditBackend,
  Audited,
  CompositeAuditBackend,
  initializeObservability,
  InMemoryAuditBackend,
  type AuditBackend,
  type AuditHealth,
  type LogLevel,
  type Trefoil,
} from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

class OrderStore {
  @Audited({ event: 'read', item: (id: string) => id })
  get(id: string): string {
    return id;
  }
}

/** A backend of an application's own that can be told to fail, and says how it is doing. */
class Failing extends InMemoryAuditBackend {
  isFailing = false;
  latched: string | undefined;
  #rejected = 0;

  override log(...args: Parameters<InMemoryAuditBackend['log']>): void {
    if (this.isFailing) {
      this.#rejected += 1;
      throw new Error('the disk is full');
    }
    super.log(...args);
  }

  override logSync(...args: Parameters<InMemoryAuditBackend['log']>): void {
    this.log(...args);
  }

  override health(): AuditHealth {
    const latched = this.latched === undefined ? {} : { latched: this.latched };
    return { ...super.health(), rejected: this.#rejected, ...latched };
  }
}

let trefoil: Trefoil;
const errors: string[] = [];

function start(backend: AuditBackend, level: LogLevel = 'info'): void {
  trefoil = initializeObservability({
    audit: { backend },
    metrics: { backend: 'none' },
    tracing: { exporter: 'none' },
    logging: { level },
    signals: false,
  });
}

beforeEach(() => {
  errors.length = 0;
  jest.spyOn(console, 'error').mockImplementation((text: string) => void errors.push(text));
});

afterEach(async () => {
  await trefoil.shutdown();
  jest.restoreAllMocks();
  container.reset();
});

test.each<[what: string, wrap: (backend: Failing) => AuditBackend]>([
  ['that refuses events', (backend) => backend],
  ['one of whose members does', (backend) => new CompositeAuditBackend({ backends: [backend] })],
])('a trail %s is degraded until it has written one again', (_what, wrap) => {
  const backend = new Failing();
  start(wrap(backend), 'silent');
  const store = new OrderStore();
  store.get('o-1');
  expect(trefoil.status()).toMatchObject({ state: 'running', audit: { state: 'running' } });
  backend.isFailing = true;
  store.get('o-2');
  const losing = { state: 'degraded', error: { code: 'TREFOIL_AUDIT_NOT_WRITTEN' } };
  expect(trefoil.status()).toMatchObject({ state: 'degraded', audit: losing });
  expect(trefoil.status().state).toBe('degraded');
  backend.isFailing = false;
  expect(trefoil.status().state).toBe('degraded');
  store.get('o-3');
  expect(trefoil.status()).toMatchObject({ state: 'running', audit: { state: 'running' } });
  expect(trefoil.status().audit).not.toHaveProperty('error');
});

test('a trail that is latched is degraded as long as it is', () => {
  const backend = new Failing();
  start(backend, 'silent');
  backend.latched = 'two syncs have failed';
  expect(trefoil.status().audit.error?.message).toContain('two syncs have failed');
  expect(trefoil.status().state).toBe('degraded');
  backend.latched = undefined;
  expect(trefoil.status().state).toBe('running');
});

test('a trail that drops events for want of room is degraded until it has written one', async () => {
  const queue = new AsyncAuditBackend({ backend: new InMemoryAuditBackend(), queueSize: 1 });
  start(queue, 'silent');
  const store = new OrderStore();
  store.get('o-1');
  store.get('o-2');
  expect(trefoil.status().state).toBe('degraded');
  await queue.flush();
  expect(trefoil.status().state).toBe('running');
});

test.each<[what: string, make: () => AuditBackend]>([
  ['that a backend refuses', () => Object.assign(new Failing(), { isFailing: true })],
  [
    'that a member of a composite refuses',
    () =>
      new CompositeAuditBackend({
        backends: [new InMemoryAuditBackend(), Object.assign(new Failing(), { isFailing: true })],
        require: 'any',
      }),
  ],
  ['that a full queue drops', () => new AsyncAuditBackend({ backend: new InMemoryAuditBackend(), queueSize: 1 })],
])('the loss of an event %s is told on the console where the log is silent', (_what, make) => {
  start(make(), 'silent');
  const store = new OrderStore();
  store.get('o-1');
  store.get('o-2');
  expect(errors.filter((text) => text.includes('TREFOIL_BACKEND_FAILED'))).toHaveLength(1);
});

test('the loss of an event is logged at error where the log is not silent', async () => {
  const runtime = startMemoryRuntime({ audit: { backend: Object.assign(new Failing(), { isFailing: true }) } });
  trefoil = runtime.trefoil;
  const lines: string[] = [];
  const logger = trefoil.logger;
  jest.spyOn(logger, 'log').mockImplementation(((level: LogLevel, message: string) => {
    lines.push(`${level} ${message}`);
    return logger;
  }) as never);
  jest.spyOn(logger, 'isLevelEnabled').mockReturnValue(true);
  new OrderStore().get('o-1');
  expect(lines.filter((line) => line.includes('the disk is full'))).toEqual(['error trefoil: the disk is full']);
  await trefoil.shutdown();
});
