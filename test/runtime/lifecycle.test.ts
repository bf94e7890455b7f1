import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container } from 'tsyringe';
import {
  AUDIT_BACKEND,
  Audited,
  Counted,
  fromConsole,
  type InMemoryAuditBackend,
  LOGGER,
  type Logger,
  METRICS_BACKEND,
  InMemoryMetricsBackend,
  Observed,
  Store,
  type Trefoil,
  WinstonLogger,
} from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { RecordingAudit } from './recording-audit';
import { quiet, shutDownAll, start } from './runtimes';

/** A store whose calls end when the test says so. */
@Store()
class Gated {
  #open: () => void = () => undefined;
  readonly #gate = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  open(): void {
    this.#open();
  }

  @Audited({ event: 'read', item: (id: string) => id })
  @Counted()
  async read(id: string): Promise<string> {
    await this.#gate;
    return id;
  }

  @Audited({ event: 'read', item: (id: string) => id })
  @Counted()
  touch(id: string): string {
    return id;
  }
}

/** A store whose calls are not to go unrecorded. */
@Store()
class Recorded {
  called = 0;

  @Audited({ event: 'update', delivery: 'strict' })
  async strict(): Promise<string> {
    this.called += 1;
    return Promise.resolve('done');
  }

  @Audited({ event: 'update', delivery: 'strict' })
  strictAtOnce(): string {
    this.called += 1;
    return 'done';
  }

  @Audited({ event: 'update', delivery: 'durable' })
  async durable(): Promise<string> {
    return Promise.resolve('done');
  }

  @Audited({ event: 'update', delivery: 'durable', onFailure: 'continue' })
  async durableAnyhow(): Promise<string> {
    return Promise.resolve('done');
  }
}

const counted = ({ metrics }: Trefoil, operation: string): unknown =>
  metrics.get('store_operations_total', { store: 'Gated', operation, status: 'success' });

function items({ audit }: Trefoil): (string | undefined)[] {
  return (audit as InMemoryAuditBackend).getAll().map((event) => event.itemId);
}

let folder: string;
/** A regular file: nothing can be made below it, whoever runs the test. */
let aFile: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trefoil-lifecycle-'));
  aFile = join(folder, 'a-file');
  writeFileSync(aFile, '');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(shutDownAll);

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((_request, response) => response.end('somebody else'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function freePort(): Promise<number> {
  const { server, port } = await listen();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function scrape(trefoil: Trefoil): Promise<string> {
  return (await fetch(String(trefoil.status().metrics.url))).text();
}

/** All that file backends have written below a directory. */
function trailIn(path: string): string {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ndjson'));
  return names.map((name) => readFileSync(join(path, name), 'utf8')).join('');
}

describe('a part that cannot start', () => {
  test('is reported, and its calls go on: the port is taken', async () => {
    const { server, port } = await listen();
    try {
      const trefoil = start({ metrics: { port } });
      await trefoil.ready;
      new Gated().touch('1');
      expect(trefoil.status()).toMatchObject({
        state: 'degraded',
        metrics: { backend: 'prometheus', state: 'degraded', error: { code: 'TREFOIL_METRICS_PORT' } },
        reports: { TREFOIL_METRICS_PORT: 1 },
      });
      expect(trefoil.status().metrics.error?.message).toContain(String(port));
      expect(trefoil.describe().problems).toContainEqual(expect.objectContaining({ code: 'TREFOIL_METRICS_PORT' }));
      expect(counted(trefoil, 'touch')).toBe(1);
    } finally {
      server.close();
    }
  });

  test('is tried again by reconfigure(), and keeps its counts: the port is free again', async () => {
    const { server, port } = await listen();
    const trefoil = start({ metrics: { port } });
    await trefoil.ready;
    new Gated().touch('1');
    await new Promise((resolve) => server.close(resolve));
    await trefoil.reconfigure();
    expect(trefoil.status()).toMatchObject({ state: 'running', metrics: { state: 'running' } });
    expect(await scrape(trefoil)).toContain('operation="touch",status="success"} 1');
  });

  test('rejects ready where it is required: the port is taken', async () => {
    const { server, port } = await listen();
    try {
      const trefoil = start({ metrics: { port, required: true } });
      await expect(trefoil.ready).rejects.toMatchObject({
        code: 'TREFOIL_METRICS_PORT',
        message: expect.stringContaining(`127.0.0.1:${port}`) as string,
      });
    } finally {
      server.close();
    }
  });

  test('is replaced by its no-op: a directory that cannot be made', async () => {
    const trefoil = start({ audit: { backend: 'file', path: join(aFile, 'audit') } });
    await trefoil.ready;
    expect(new Gated().touch('1')).toBe('1');
    expect(trefoil.status()).toMatchObject({
      state: 'degraded',
      audit: { backend: 'none', state: 'degraded', error: { code: 'TREFOIL_AUDIT_PATH' } },
      metrics: { state: 'running' },
      reports: { TREFOIL_AUDIT_PATH: 1 },
    });
    expect(counted(trefoil, 'touch')).toBe(1);
    const codes = trefoil.describe().problems.map(({ code }) => code);
    expect(codes).toContain('TREFOIL_AUDIT_PATH');
    expect(codes).not.toContain('TREFOIL_BACKEND_MISSING');
  });

  test('lets no strict or durable call pass for a recorded one, and counts what others lose', async () => {
    const trefoil = start({ audit: { backend: 'file', path: join(aFile, 'audit') } });
    const store = new Recorded();
    await expect(store.strict()).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_UNAVAILABLE', invoked: false });
    expect(() => store.strictAtOnce()).toThrow('TREFOIL_AUDIT_UNAVAILABLE');
    expect(store.called).toBe(0);
    await expect(store.durable()).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_OUTCOME', result: 'done' });
    expect(await store.durableAnyhow()).toBe('done');
    expect(new Gated().touch('1')).toBe('1');
    expect(trefoil.status().audit.health).toMatchObject({ accepted: 0, dropped: { unavailable: 1 }, rejected: 4 });
  });

  test('throws at once where it is required: a directory that cannot be made', () => {
    const path = join(aFile, 'audit');
    expect(() => start({ audit: { backend: 'file', path, required: true } })).toThrow(
      expect.objectContaining({
        code: 'TREFOIL_AUDIT_PATH',
        message: expect.stringContaining(path) as string,
      }) as Error,
    );
  });

  test('that is the logger says so on the console', () => {
    const written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      const trefoil = start({ logging: { path: join(aFile, 'log') } });
      expect(trefoil.status().logging).toMatchObject({
        backend: 'none',
        state: 'degraded',
        error: { code: 'TREFOIL_LOGGING_PATH' },
      });
      expect(written).toHaveBeenCalledWith(expect.stringContaining('[trefoil] TREFOIL_LOGGING_PATH logging'));
    } finally {
      written.mockRestore();
    }
  });

  test('leaves nothing behind of the parts before it', async () => {
    const log = join(folder, 'half', 'half.log');
    const port = await freePort();
    expect(() =>
      start({
        metrics: { port },
        logging: { level: 'debug', path: log },
        audit: { backend: 'file', path: join(aFile, 'audit'), required: true },
      }),
    ).toThrow('TREFOIL_AUDIT_PATH');
    const { server } = await new Promise<{ server: Server }>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject).listen(port, '127.0.0.1', () => resolve({ server }));
    });
    server.close();
    expect(readFileSync(log, 'utf8')).toBe('');
  });

  test('asked for more than a backend can give is a mistake, not a degradation', () => {
    container.register(AUDIT_BACKEND, { useValue: new RecordingAudit() });
    expect(() => start({ audit: { delivery: 'durable' } })).toThrow(
      expect.objectContaining({
        code: 'TREFOIL_AUDIT_DELIVERY',
        path: expect.objectContaining({ where: 'audit.delivery', given: 'durable' }) as object,
      }) as Error,
    );
    expect(() => start({ audit: { delivery: 'buffered' } })).not.toThrow();
  });
});

describe('reconfigure()', () => {
  test('is in force at the next call, and lets calls in flight finish on the old backends', async () => {
    const trefoil = start();
    const store = new Gated();
    const old = trefoil.audit as InMemoryAuditBackend;
    const inFlight = store.read('old');
    const reconfigured = trefoil.reconfigure({ ...quiet, audit: { backend: 'memory', maxEvents: 7 } });
    store.touch('new');
    store.open();
    await inFlight;
    await reconfigured;
    expect(old.getAll().map((event) => event.itemId)).toEqual(['old']);
    expect(items(trefoil)).toEqual(['new']);
  });

  test('closes what it has replaced, once the calls in flight are done', async () => {
    const path = join(folder, 'replaced');
    const trefoil = start({ audit: { backend: 'file', path } });
    const store = new Gated();
    const old = trefoil.audit;
    const inFlight = store.read('old');
    const reconfigured = trefoil.reconfigure({ ...quiet, audit: { backend: 'memory' } });
    await new Promise((resolve) => setImmediate(resolve));
    store.open();
    await inFlight;
    await reconfigured;
    expect(trailIn(path)).toContain('"item_id":"old"');
    expect(() => old.log((trefoil.audit as InMemoryAuditBackend).getAll()[0] as never)).toThrow();
  });

  test('keeps what has not changed', async () => {
    const trefoil = start();
    const { audit, metrics, tracer, logger } = trefoil;
    new Gated().touch('1');
    await trefoil.reconfigure();
    await trefoil.reconfigure({
      ...quiet,
      service: { name: 'renamed', environment: 'test' },
      audit: { backend: 'memory', delivery: 'bestEffort' },
      redaction: { fieldsToRedact: ['iban'] },
    });
    expect(trefoil).toMatchObject({ audit, metrics, tracer });
    expect(trefoil.logger).not.toBe(logger);
    expect(items(trefoil)).toEqual(['1']);
    expect(counted(trefoil, 'touch')).toBe(1);
    expect((trefoil.audit as InMemoryAuditBackend).getAll()).toHaveLength(1);
    new Gated().touch('2');
    expect((trefoil.audit as InMemoryAuditBackend).getAll()[1]?.service).toBe('renamed');
  });

  test('moves the endpoint to another port without losing a count', async () => {
    const [before, after] = [await freePort(), await freePort()];
    const trefoil = start({ metrics: { port: before } });
    await trefoil.ready;
    new Gated().touch('1');
    await trefoil.reconfigure({ ...quiet, metrics: { port: after } });
    expect(trefoil.status().metrics.url).toBe(`http://127.0.0.1:${after}/metrics`);
    expect(await scrape(trefoil)).toContain('operation="touch",status="success"} 1');
    await expect(fetch(`http://127.0.0.1:${before}/metrics`)).rejects.toThrow();
  });

  test('hands the port over to a new backend', async () => {
    const port = await freePort();
    const trefoil = start({ metrics: { port } });
    await trefoil.ready;
    await trefoil.reconfigure({ ...quiet, metrics: { port, defaultLabels: { region: 'eu' }, required: true } });
    new Gated().touch('1');
    expect(trefoil.status()).toMatchObject({ state: 'running', metrics: { url: `http://127.0.0.1:${port}/metrics` } });
    expect(await scrape(trefoil)).toContain('region="eu"');
  });

  test('closes the endpoint where none is asked for any more', async () => {
    const trefoil = start({ metrics: { port: 0 } });
    await trefoil.ready;
    const { url } = trefoil.status().metrics;
    await trefoil.reconfigure({ ...quiet, metrics: { port: false } });
    expect(trefoil.status().metrics).toEqual({ backend: 'prometheus', state: 'running' });
    await expect(fetch(String(url))).rejects.toThrow();
  });

  test('leaves everything as it was where the options are wrong', async () => {
    const trefoil = start();
    const { audit } = trefoil;
    await expect(trefoil.reconfigure({ audit: { maxEvents: 0 } })).rejects.toMatchObject({
      code: 'TREFOIL_OPTIONS_INVALID',
    });
    await expect(
      trefoil.reconfigure({ ...quiet, audit: { backend: 'file', path: join(aFile, 'x'), required: true } }),
    ).rejects.toMatchObject({ code: 'TREFOIL_AUDIT_PATH' });
    new Gated().touch('1');
    expect(trefoil.audit).toBe(audit);
    expect(items(trefoil)).toEqual(['1']);
    // What is read again is what was in force, not what was refused.
    await expect(trefoil.reconfigure()).resolves.toBeUndefined();
  });

  test('goes back where a required endpoint cannot be opened', async () => {
    const { server, port: taken } = await listen();
    try {
      const trefoil = start({ metrics: { port: 0 } });
      await trefoil.ready;
      new Gated().touch('1');
      const { audit, metrics } = trefoil;
      await expect(
        trefoil.reconfigure({ ...quiet, audit: { backend: 'none' }, metrics: { port: taken, required: true } }),
      ).rejects.toMatchObject({ code: 'TREFOIL_METRICS_PORT' });
      new Gated().touch('2');
      expect(trefoil).toMatchObject({ audit, metrics });
      expect(trefoil.status().state).toBe('running');
      expect(items(trefoil)).toEqual(['1', '2']);
      expect(await scrape(trefoil)).toContain('operation="touch",status="success"} 2');
    } finally {
      server.close();
    }
  });

  test('twice at once ends with what was asked for last', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const trefoil = start({ metrics: { port: 0 } });
    await Promise.all([
      trefoil.reconfigure({ ...quiet, metrics: { port: first } }),
      trefoil.reconfigure({ ...quiet, metrics: { port: second } }),
    ]);
    expect(trefoil.status()).toMatchObject({
      state: 'running',
      metrics: { url: `http://127.0.0.1:${second}/metrics` },
    });
    await expect(fetch(`http://127.0.0.1:${first}/metrics`)).rejects.toThrow();
  });

  test('is refused after a shutdown', async () => {
    const trefoil = start();
    await trefoil.shutdown();
    await expect(trefoil.reconfigure()).rejects.toMatchObject({ code: 'TREFOIL_CLOSED' });
  });

  test('flushes a backend of the user that it replaces, without closing it', async () => {
    const audit = new RecordingAudit();
    const child = container.createChildContainer();
    child.register(AUDIT_BACKEND, { useValue: audit });
    const trefoil = start({}, child);
    child.reset();
    await trefoil.reconfigure();
    expect(trefoil.status().audit.backend).toBe('memory');
    expect(audit).toMatchObject({ flushed: 1, closed: 0 });
  });
});

describe('the watch of a logger’s level', () => {
  /** A logger that tells who listens to its level. */
  function watchedLogger(): { logger: Logger; watching: Set<() => void> } {
    const watching = new Set<() => void>();
    const onLevelChange = (tell: () => void): (() => void) => {
      watching.add(tell);
      return () => watching.delete(tell);
    };
    return { logger: Object.assign(new RecordingLogger(), { onLevelChange }), watching };
  }

  test('is one, however often a logger comes and goes, and ends with the runtime', async () => {
    const [one, other] = [watchedLogger(), watchedLogger()];
    const trefoil = start({ logging: { logger: one.logger } });
    for (let round = 0; round < 3; round += 1) {
      await trefoil.reconfigure({ logging: { logger: other.logger } });
      expect([one.watching.size, other.watching.size]).toEqual([0, 1]);
      await trefoil.reconfigure({ logging: { logger: one.logger } });
      expect([one.watching.size, other.watching.size]).toEqual([1, 0]);
    }
    await trefoil.shutdown();
    expect([one.watching.size, other.watching.size]).toEqual([0, 0]);
  });

  test('harms nothing where it cannot be ended', async () => {
    const onLevelChange = () => () => {
      throw new Error('cannot end');
    };
    const logger = Object.assign(new RecordingLogger(), { onLevelChange });
    const trefoil = start({ logging: { logger } });
    expect(await trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
    expect(trefoil.status().reports.TREFOIL_BACKEND_FAILED).toBe(1);
  });

  test.each([
    ['winston', () => new WinstonLogger({ service: 's', environment: 'e' })],
    ['the console', () => fromConsole(console)],
  ])('of %s is ended by what it gives', async (_, make) => {
    const logger = make();
    const told: string[] = [];
    const end = logger.onLevelChange?.(() => told.push('ended'));
    logger.onLevelChange?.(() => told.push('goes on'));
    logger.setLevel('warn');
    end?.();
    logger.setLevel('error');
    expect(told).toEqual(['ended', 'goes on', 'goes on']);
    await logger.close();
  });
});

test('as long as one runtime listens to signals, the end of another takes nothing from it', async () => {
  const before = process.listenerCount('SIGTERM');
  const [first, second] = [start({ signals: true }), start({ signals: true }, container.createChildContainer())];
  await first.shutdown();
  expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  await second.shutdown();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

describe('flush()', () => {
  test('hands on what is recorded, in every part', async () => {
    const audit = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: audit });
    const trefoil = start();
    await trefoil.flush();
    expect(audit).toMatchObject({ flushed: 1, closed: 0 });
    expect(trefoil.status().state).toBe('running');
  });

  test('rejects with what could not be handed on, and flushes the rest', async () => {
    class FailingAudit extends RecordingAudit {
      override flush(): Promise<void> {
        return Promise.reject(new Error('audit is stuck'));
      }
    }
    let flushed = 0;
    class CountingMetrics extends InMemoryMetricsBackend {
      override async flush(): Promise<void> {
        flushed += 1;
        if (flushed > 1) throw new Error('metrics are stuck');
      }
    }
    container.register(AUDIT_BACKEND, { useClass: FailingAudit });
    container.register(METRICS_BACKEND, { useClass: CountingMetrics });
    const trefoil = start();
    await expect(trefoil.flush()).rejects.toThrow('audit is stuck');
    expect(flushed).toBe(1);
    await expect(trefoil.flush()).rejects.toMatchObject({
      errors: [{ message: 'audit is stuck' }, { message: 'metrics are stuck' }],
    });
  });
});

describe('shutdown()', () => {
  test('flushes and closes last in first out, once, and reports', async () => {
    const order: string[] = [];
    class OrderedAudit extends RecordingAudit {
      override async flush(): Promise<void> {
        order.push('audit flushed');
      }
      override async close(): Promise<void> {
        order.push('audit closed');
      }
    }
    class OrderedLogger extends RecordingLogger {
      override async flush(): Promise<void> {
        order.push('logger flushed');
      }
      override async close(): Promise<void> {
        order.push('logger closed');
      }
    }
    container.register(AUDIT_BACKEND, { useClass: OrderedAudit });
    container.register(LOGGER, { useClass: OrderedLogger });
    const trefoil = start();
    const [first, second] = [trefoil.shutdown(), trefoil.shutdown()];
    expect(second).toBe(first);
    expect(await first).toEqual({ timedOut: false, errors: [] });
    expect(order).toEqual(['audit flushed', 'audit closed', 'logger flushed', 'logger closed']);
    expect(trefoil.status().state).toBe('stopped');
  });

  test('reports what fails, and closes the rest', async () => {
    class FailingAudit extends RecordingAudit {
      override flush(): Promise<void> {
        return Promise.reject(new Error('cannot flush'));
      }
      override close(): never {
        throw new Error('cannot close');
      }
    }
    container.register(AUDIT_BACKEND, { useClass: FailingAudit });
    const trefoil = start({ metrics: { port: 0 } });
    await trefoil.ready;
    const { url } = trefoil.status().metrics;
    expect(await trefoil.shutdown()).toEqual({
      timedOut: false,
      errors: [
        { part: 'audit', message: 'cannot flush' },
        { part: 'audit', message: 'cannot close' },
      ],
    });
    await expect(fetch(String(url))).rejects.toThrow();
  });

  test('closes once what was closed before the deadline', async () => {
    const written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    class HangingLogger extends RecordingLogger {
      override flush(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    const audit = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: audit });
    container.register(LOGGER, { useValue: new HangingLogger() });
    const trefoil = start({ shutdownTimeoutMs: 50 });
    expect(await trefoil.shutdown()).toEqual({
      timedOut: true,
      errors: [{ part: 'logging', message: 'not done within 50 ms' }],
    });
    expect(audit.closed).toBe(1);
    written.mockRestore();
  });

  test('waits for a backend that hangs no longer than its deadline, and closes the rest', async () => {
    const written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    class HangingAudit extends RecordingAudit {
      override flush(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    container.register(AUDIT_BACKEND, { useClass: HangingAudit });
    const trefoil = start({ metrics: { port: 0 }, shutdownTimeoutMs: 50 });
    await trefoil.ready;
    const { url } = trefoil.status().metrics;
    expect(await trefoil.shutdown()).toEqual({
      timedOut: true,
      errors: [{ part: 'audit', message: 'not done within 50 ms' }],
    });
    expect(trefoil.status().reports.TREFOIL_SHUTDOWN_TIMEOUT).toBe(1);
    expect((trefoil.audit as RecordingAudit).closed).toBe(1);
    await expect(fetch(String(url))).rejects.toThrow();
    expect(written).toHaveBeenCalledTimes(1);
    written.mockRestore();
  });

  test('waits for calls in flight, whose records are kept', async () => {
    const audit = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: audit });
    const trefoil = start();
    const store = new Gated();
    const inFlight = store.read('in flight');
    const stopped = trefoil.shutdown();
    store.touch('after');
    setImmediate(() => store.open());
    expect(await stopped).toEqual({ timedOut: false, errors: [] });
    expect(await inFlight).toBe('in flight');
    expect(audit.items).toEqual(['in flight']);
    expect(audit.closed).toBe(1);
  });

  test('records what is still streaming at the deadline as cancelled, on the old backends too', async () => {
    const written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    class Files {
      @Audited({ event: 'read', item: (id: string) => id })
      open(_id: string): ReadableStream {
        return new ReadableStream();
      }
    }
    const audit = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: audit });
    const trefoil = start({ shutdownTimeoutMs: 50 });
    const before = new Files().open('before');
    const changed = trefoil.reconfigure();
    const after = new Files().open('after');
    expect(await trefoil.shutdown()).toMatchObject({ timedOut: true });
    await changed;
    expect(audit.events.map(({ itemId, status }) => `${itemId} ${status}`).sort()).toEqual([
      'after cancelled',
      'before cancelled',
    ]);
    expect([before.locked, after.locked]).toEqual([false, false]);
    written.mockRestore();
  });

  test('hands on what is recorded even if a call never ends', async () => {
    const written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const audit = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: audit });
    const trefoil = start({ shutdownTimeoutMs: 500 });
    const store = new Gated();
    void store.read('never');
    expect(await trefoil.shutdown()).toEqual({
      timedOut: true,
      errors: [{ part: 'calls in flight', message: 'not done within 500 ms' }],
    });
    expect(audit).toMatchObject({ flushed: 1, closed: 1 });
    written.mockRestore();
  });

  test('while starting waits for the start, and leaves no endpoint behind', async () => {
    const port = await freePort();
    const trefoil = start({ metrics: { port } });
    expect(await trefoil.shutdown()).toEqual({ timedOut: false, errors: [] });
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    await expect(trefoil.ready).resolves.toBeUndefined();
  });

  test('during a reconfigure() waits for the calls on the old backends, too', async () => {
    const path = join(folder, 'both');
    const trefoil = start({ audit: { backend: 'file', path } });
    const store = new Gated();
    const inFlight = store.read('old');
    const reconfigured = trefoil.reconfigure({ ...quiet, audit: { backend: 'memory' } });
    const stopped = trefoil.shutdown();
    setImmediate(() => store.open());
    expect(await stopped).toEqual({ timedOut: false, errors: [] });
    await Promise.all([inFlight, reconfigured]);
    expect(trailIn(path)).toContain('"item_id":"old"');
    expect(store.touch('bare')).toBe('bare');
    expect(trefoil.status().callsAfterShutdown).toBe(1);
  });

  test('during a reconfigure() that fails stays shut down', async () => {
    const { server, port } = await listen();
    try {
      const trefoil = start();
      const reconfigured = trefoil.reconfigure({ metrics: { backend: 'prometheus', port, required: true } });
      const stopped = trefoil.shutdown();
      await expect(reconfigured).rejects.toMatchObject({ code: 'TREFOIL_METRICS_PORT' });
      expect(await stopped).toEqual({ timedOut: false, errors: [] });
      new Gated().touch('bare');
      expect(trefoil.status()).toMatchObject({ state: 'stopped', callsAfterShutdown: 1 });
    } finally {
      server.close();
    }
  });

  test('lets later calls run bare, and counts them', async () => {
    const trefoil = start();
    const store = new Gated();
    store.open();
    store.touch('before');
    await trefoil.shutdown();
    expect(store.touch('after')).toBe('after');
    expect(await store.read('after')).toBe('after');
    expect(items(trefoil)).toEqual(['before']);
    expect(trefoil.status().callsAfterShutdown).toBe(2);
  });

  test('comes by itself at the end of `await using`', async () => {
    const audit = new RecordingAudit();
    container.register(AUDIT_BACKEND, { useValue: audit });
    let used: Trefoil;
    {
      await using trefoil = start();
      used = trefoil;
      new Gated().touch('within');
    }
    expect(used.status().state).toBe('stopped');
    expect(audit).toMatchObject({ closed: 1, items: ['within'] });
  });

  test('leaves no listeners, and with signals off there never are any', async () => {
    const listeners = (): number[] =>
      ['SIGTERM', 'SIGINT', 'beforeExit'].map((event) => process.listenerCount(event as 'beforeExit'));
    const before = listeners();
    const one = start({ signals: true });
    const other = start({ signals: true }, container.createChildContainer());
    expect(listeners()).toEqual(before.map((count) => count + 1));
    await other.reconfigure({ ...quiet, signals: false });
    await one.shutdown();
    expect(listeners()).toEqual(before);
    await other.reconfigure({ ...quiet, signals: true });
    expect(listeners()).toEqual(before.map((count) => count + 1));
    await other.shutdown();
    expect(listeners()).toEqual(before);
  });
});

describe('status()', () => {
  test('says what runs, what is off and where it can be reached', async () => {
    const trefoil = start({ metrics: { port: 0 }, tracing: { exporter: 'none' } });
    await trefoil.ready;
    expect(trefoil.status()).toEqual({
      state: 'running',
      service: 'quiet',
      environment: 'test',
      audit: {
        backend: 'memory',
        state: 'running',
        volatile: true,
        health: { accepted: 0, written: 0, dropped: {}, rejected: 0 },
      },
      metrics: { backend: 'prometheus', state: 'running', url: expect.stringMatching(/^http:.*\/metrics$/) as string },
      tracing: { backend: 'none', state: 'off' },
      logging: {
        backend: 'winston',
        state: 'running',
        exports: [
          {
            exporter: 'log_stdout',
            queueDepth: 0,
            queueLimit: 10_000,
            exported: 0,
            dropped: {},
            failures: 0,
            retries: 0,
            lastError: undefined,
          },
        ],
      },
      propagation: { from: 'trefoil', headers: ['traceparent', 'tracestate', 'baggage'] },
      problems: [],
      reports: {},
      callsAfterShutdown: 0,
    });
  });
});

@Store()
class Everything {
  @Observed({ event: 'read' })
  read(): void {}
}

test('calls before any start run bare', () => {
  expect(() => new Everything().read()).not.toThrow();
});
