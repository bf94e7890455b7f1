import 'reflect-metadata';
import { container } from 'tsyringe';
import {
  AUDIT_BACKEND,
  CALL_HANDLER,
  type CallHandler,
  InMemoryMetricsBackend,
  LOGGER,
  METRICS_BACKEND,
  Observed,
  Store,
  TRACER,
  InMemoryTracer,
  type InMemorySpan,
} from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { RecordingAudit } from './recording-audit';
import { shutDownAll, start } from './runtimes';

@Store()
class Orders {
  @Observed({ item: (id: string) => id })
  get(id: string): string {
    return id;
  }

  @Observed({
    item: (): string => {
      throw new Error('no item');
    },
  })
  find(id: string): string {
    return id;
  }
}

class ThrowingHandler implements CallHandler {
  readonly name = 'throwing';
  onStart(): void {
    throw new Error('onStart');
  }
  onSettle(): void {
    throw new Error('onSettle');
  }
}

class ThrowingAudit extends RecordingAudit {
  override log(): void {
    throw new Error('disk full');
  }
}

class RejectingAudit extends RecordingAudit {
  override log(): never {
    return Promise.reject(new Error('disk full')) as never;
  }
}

class ThrowingMetrics extends InMemoryMetricsBackend {
  override declare(): never {
    throw new Error('no metrics');
  }
}

class ThrowingTracer extends InMemoryTracer {
  override startSpan(): InMemorySpan {
    throw new Error('no span');
  }
}

class ThrowingLogger extends RecordingLogger {
  override log(): never {
    throw new Error('no log');
  }
}

class RejectingLogger extends RecordingLogger {
  override log(): never {
    return Promise.reject(new Error('no log')) as never;
  }
}

class LevellessLogger extends RecordingLogger {
  override isLevelEnabled(): never {
    throw new Error('no level');
  }
}

let logger: RecordingLogger;

beforeEach(() => {
  logger = new RecordingLogger();
  container.register(LOGGER, { useValue: logger });
});

afterEach(shutDownAll);

const messages = (at: string): string[] =>
  logger.lines.filter(({ level }) => level === at).map(({ message }) => message);

test('a handler that throws is counted at every call, and told once', () => {
  container.register(CALL_HANDLER, { useClass: ThrowingHandler });
  const trefoil = start();
  for (const id of ['1', '2', '3']) expect(new Orders().get(id)).toBe(id);
  expect(trefoil.status().reports).toEqual({ TREFOIL_HANDLER_FAILED: 6 });
  expect(logger.lines.filter(({ level }) => level === 'warn')).toEqual([
    {
      level: 'warn',
      message: 'trefoil: onStart',
      fields: { code: 'TREFOIL_HANDLER_FAILED', where: 'Orders.get (throwing)' },
      ids: {},
    },
  ]);
});

test('after ten seconds it is told again, with how often it was not', () => {
  container.register(CALL_HANDLER, { useClass: ThrowingHandler });
  start();
  const now = jest.spyOn(Date, 'now').mockReturnValue(1_000);
  try {
    new Orders().get('1');
    now.mockReturnValue(12_000);
    new Orders().get('2');
  } finally {
    now.mockRestore();
  }
  expect(messages('warn')).toEqual(['trefoil: onStart', 'trefoil: onStart']);
  expect(logger.lines.filter(({ level }) => level === 'warn')[1]?.fields).toMatchObject({ suppressed: 1 });
});

test('a selector that throws is counted, and its field left out', () => {
  const audit = new RecordingAudit();
  container.register(AUDIT_BACKEND, { useValue: audit });
  const trefoil = start();
  expect(new Orders().find('1')).toBe('1');
  expect(trefoil.status().reports).toEqual({ TREFOIL_SELECTOR_FAILED: 1 });
  expect(audit.items).toEqual([undefined]);
});

test.each([
  ['throws', ThrowingAudit],
  ['rejects', RejectingAudit],
])('an audit backend that %s is counted, and told of at error', async (_how, useClass) => {
  container.register(AUDIT_BACKEND, { useClass });
  const trefoil = start();
  expect(new Orders().get('1')).toBe('1');
  await new Promise((resolve) => setImmediate(resolve));
  expect(trefoil.status().reports).toEqual({ TREFOIL_BACKEND_FAILED: 1 });
  expect(messages('error')).toEqual(['trefoil: disk full']);
});

test('a metrics backend or tracer that throws is counted, and the call is audited all the same', () => {
  const audit = new RecordingAudit();
  container.register(AUDIT_BACKEND, { useValue: audit });
  container.register(METRICS_BACKEND, { useClass: ThrowingMetrics });
  container.register(TRACER, { useClass: ThrowingTracer });
  const trefoil = start();
  expect(new Orders().get('1')).toBe('1');
  expect(audit.items).toEqual(['1']);
  expect(trefoil.status().reports.TREFOIL_HANDLER_FAILED).toBeGreaterThanOrEqual(2);
});

test('a logger that throws is counted, and harms neither calls nor reports', () => {
  container.register(LOGGER, { useClass: ThrowingLogger });
  const trefoil = start();
  expect(new Orders().get('1')).toBe('1');
  expect(new Orders().get('2')).toBe('2');
  expect(trefoil.status().reports).toEqual({ TREFOIL_HANDLER_FAILED: 2 });
});

test.each([
  ['throws at it', ThrowingLogger],
  ['rejects it', RejectingLogger],
])('a lost audit event is told on the console where the logger %s', async (_how, useClass) => {
  const written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    container.register(LOGGER, { useClass });
    container.register(AUDIT_BACKEND, { useClass: ThrowingAudit });
    start();
    expect(new Orders().get('1')).toBe('1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(written.mock.calls).toEqual([['[trefoil] TREFOIL_BACKEND_FAILED audit of Orders.get: disk full']]);
  } finally {
    written.mockRestore();
  }
});

test('a logger that throws when asked for its level harms no start, and is given lost audit events', () => {
  const levelless = new LevellessLogger();
  container.register(LOGGER, { useValue: levelless });
  container.register(AUDIT_BACKEND, { useClass: ThrowingAudit });
  start();
  expect(new Orders().get('1')).toBe('1');
  const errors = levelless.lines.filter(({ level }) => level === 'error');
  expect(errors.map(({ message }) => message)).toEqual(['trefoil: disk full']);
});

test('reports of one runtime are not those of another', () => {
  const child = container.createChildContainer();
  child.register(CALL_HANDLER, { useClass: ThrowingHandler });
  const root = start();
  const own = start({}, child);
  child.resolve(Orders).get('1');
  expect(own.status().reports).toEqual({ TREFOIL_HANDLER_FAILED: 2 });
  expect(root.status().reports).toEqual({});
});
