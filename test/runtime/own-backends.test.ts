import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-node';
import { container } from 'tsyringe';
import {
  AsyncAuditBackend,
  AUDIT_BACKEND,
  CompositeAuditBackend,
  FileAuditBackend,
  InMemoryAuditBackend,
  InMemoryMetricsBackend,
  InMemoryTracer,
  METRICS_BACKEND,
  Observed,
  Store,
  TRACER,
  type TrefoilOptions,
} from '../../src/index';
import { RecordingLogger } from '../fixtures/memory-runtime';
import { RecordingAudit } from './recording-audit';
import { quiet, shutDownAll, start } from './runtimes';

@Store()
class Parcels {
  @Observed({ item: (id: string) => id })
  get(id: string): string {
    return id;
  }
}

/** Counts what is done to it. */
class CountingExporter extends InMemorySpanExporter {
  shutdowns = 0;

  override shutdown(): Promise<void> {
    this.shutdowns += 1;
    return Promise.resolve();
  }

  get names(): string[] {
    return this.getFinishedSpans().map(({ name }) => name);
  }
}

class CountingMetrics extends InMemoryMetricsBackend {
  closed = 0;

  override close(): Promise<void> {
    this.closed += 1;
    return super.close();
  }
}

const directory = mkdtempSync(join(tmpdir(), 'trefoil-own-'));
let onConsole: jest.SpyInstance<void, unknown[]>;
beforeEach(() => (onConsole = jest.spyOn(console, 'error').mockImplementation(() => undefined)));
afterEach(async () => {
  await shutDownAll();
  onConsole.mockRestore();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const counted = (metrics: InMemoryMetricsBackend): unknown =>
  metrics.get('store_operations_total', { store: 'Parcels', operation: 'get', status: 'success' });

describe('an instance in the options', () => {
  test('is in force, is flushed while it is in use, and closed with the runtime', async () => {
    const [audit, metrics, exporter, logger] = [
      new RecordingAudit(),
      new CountingMetrics(),
      new CountingExporter(),
      new RecordingLogger(),
    ];
    const trefoil = start({
      audit: { backend: audit },
      metrics: { backend: metrics },
      tracing: { exporter },
      logging: { logger },
    });
    expect(trefoil.audit).toBe(audit);
    expect(trefoil.metrics).toBe(metrics);
    new Parcels().get('1');
    await trefoil.flush();
    expect(audit.items).toEqual(['1']);
    expect(audit.flushed).toBeGreaterThan(0);
    expect(counted(metrics)).toBe(1);
    expect(exporter.names).toEqual(['Parcels.get']);
    expect(trefoil.status()).toMatchObject({
      audit: { backend: 'recording' },
      tracing: { backend: 'CountingExporter', exports: [{ exporter: 'CountingExporter', exported: 1 }] },
      problems: [],
    });
    expect([audit.closed, metrics.closed, exporter.shutdowns]).toEqual([0, 0, 0]);
    await trefoil.shutdown();
    expect([audit.closed, metrics.closed, exporter.shutdowns]).toEqual([1, 1, 1]);
  });

  test('stays, unchanged, while anything else changes, and is not closed when another takes its place', async () => {
    const [audit, exporter] = [new RecordingAudit(), new CountingExporter()];
    const trefoil = start({ audit: { backend: audit }, tracing: { exporter } });
    await trefoil.reconfigure({ logging: { level: 'critical' } });
    await trefoil.reconfigure({ tracing: { sampleRate: 0.999_999 } });
    expect(trefoil.audit).toBe(audit);
    expect(trefoil.options.audit.backend).toBe(audit);
    expect(trefoil.options.tracing.exporter).toBe(exporter);
    await trefoil.reconfigure({ audit: { backend: 'memory' }, tracing: { exporter: 'memory' } });
    expect([audit.closed, exporter.shutdowns]).toEqual([0, 0]);
    expect(audit.flushed).toBeGreaterThan(0);
    expect(Object.isFrozen(audit)).toBe(false);
  });

  test('of a tracer is used as it is', () => {
    const tracer = new InMemoryTracer();
    expect(start({ tracing: { exporter: tracer } }).tracer).toBe(tracer);
    new Parcels().get('1');
    expect(tracer.getSpans()).toHaveLength(1);
  });

  test('may be a plain object, and is not copied', () => {
    const items: (string | undefined)[] = [];
    const backend = {
      name: 'plain',
      guarantees: { delivery: 'buffered', volatile: true } as const,
      log: (event: { readonly itemId?: string | undefined }) => void items.push(event.itemId),
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    expect(start({ audit: { backend } }).audit).toBe(backend);
    new Parcels().get('1');
    expect(items).toEqual(['1']);
  });

  test.each<[string, () => TrefoilOptions, string]>([
    [
      'an async one',
      () => ({
        audit: { backend: new AsyncAuditBackend({ backend: new InMemoryAuditBackend() }), delivery: 'bestEffort' },
      }),
      'async',
    ],
    [
      'a composite',
      () => ({ audit: { backend: new CompositeAuditBackend({ backends: [new InMemoryAuditBackend()] }) } }),
      'composite',
    ],
  ])('can be chosen for an environment alone: %s', (_, make, name) => {
    const environments = { test: make(), production: { audit: { backend: 'none' } } } as const;
    const trefoil = start({ ...quiet, audit: { path: join(directory, 'base') }, environments });
    expect(trefoil.status().audit.backend).toBe(name);
  });

  test('that can give less than the delivery asked for is refused', () => {
    const backend = new RecordingAudit();
    expect(() => start({ audit: { backend, delivery: 'durable' } })).toThrow(
      expect.objectContaining({ code: 'TREFOIL_AUDIT_DELIVERY' }) as Error,
    );
    expect(backend.closed).toBe(0);
  });

  test.each<[string, unknown, string]>([
    ['audit', { audit: { backend: { log: () => undefined } } }, 'audit.backend'],
    ['metrics', { metrics: { backend: {} } }, 'metrics.backend'],
    ['tracing', { tracing: { exporter: { export: () => undefined } } }, 'tracing.exporter'],
  ])('that is none is refused, by the option: %s', (_, options, option) => {
    expect(() => start(options as TrefoilOptions)).toThrow(
      expect.objectContaining({
        code: 'TREFOIL_BACKEND_INVALID',
        message: expect.stringContaining(`Using ${option} at`) as string,
      }) as Error,
    );
  });
});

describe('a function in the options', () => {
  test('is called once, and what it has made is closed as soon as another takes its place', async () => {
    const made: RecordingAudit[] = [];
    const exporters: CountingExporter[] = [];
    const trefoil = start({
      audit: {
        backend: () => {
          made.push(new RecordingAudit());
          return made.at(-1) as RecordingAudit;
        },
      },
      metrics: { backend: () => new CountingMetrics() },
      tracing: {
        exporter: () => {
          exporters.push(new CountingExporter());
          return exporters.at(-1) as CountingExporter;
        },
      },
      logging: { logger: () => new RecordingLogger() },
    });
    await trefoil.reconfigure();
    await trefoil.reconfigure({ repeatedCallsLimit: 5 });
    new Parcels().get('1');
    await trefoil.flush();
    expect([made.length, exporters.length]).toEqual([1, 1]);
    expect(made[0]?.items).toEqual(['1']);
    expect(exporters[0]?.names).toEqual(['Parcels.get']);
    const metrics = trefoil.metrics as CountingMetrics;
    expect(counted(metrics)).toBe(1);
    await trefoil.reconfigure({
      audit: { backend: 'memory' },
      metrics: { backend: 'none' },
      tracing: { exporter: 'none' },
    });
    expect([made[0]?.closed, metrics.closed, exporters[0]?.shutdowns]).toEqual([1, 1, 1]);
    await trefoil.shutdown();
    expect([made[0]?.closed, metrics.closed, exporters[0]?.shutdowns]).toEqual([1, 1, 1]);
  });

  test('is called only where its section is in force, and not where a token wins', () => {
    const make = jest.fn(() => new RecordingAudit());
    const production = { audit: { backend: make } };
    start({ environments: { production } });
    const child = container.createChildContainer();
    const registered = new RecordingAudit();
    child.register(AUDIT_BACKEND, { useValue: registered });
    child.register(METRICS_BACKEND, { useValue: new InMemoryMetricsBackend() });
    child.register(TRACER, { useValue: new InMemoryTracer() });
    const never = (): never => {
      throw new Error('not to be called');
    };
    const trefoil = start(
      { audit: { backend: make }, metrics: { backend: never }, tracing: { exporter: never } },
      child,
    );
    expect(trefoil.audit).toBe(registered);
    expect(trefoil.status().state).toBe('running');
    expect(make).not.toHaveBeenCalled();
  });

  test('that makes none is refused', () => {
    const make = () => ({ name: 'nothing' }) as unknown as RecordingAudit;
    expect(() => start({ audit: { backend: make } })).toThrow(
      expect.objectContaining({
        code: 'TREFOIL_BACKEND_INVALID',
        message: expect.stringContaining('Using what audit.backend makes at the audit pillar') as string,
      }) as Error,
    );
  });

  test('that throws degrades its part, or ends the start where it is required', () => {
    const cause = new Error('no driver');
    const make = (): never => {
      throw cause;
    };
    expect(start({ metrics: { backend: make } }).status().metrics).toMatchObject({
      backend: 'none',
      state: 'degraded',
      error: { code: 'TREFOIL_BACKEND_INVALID', message: expect.stringContaining('no driver') as string },
    });
    expect(() => start({ metrics: { backend: make, required: true } }, container.createChildContainer())).toThrow(
      expect.objectContaining({ code: 'TREFOIL_BACKEND_INVALID', cause }) as Error,
    );
  });

  test('that makes a backend of trefoil’s keeps its reason', () => {
    const backend = () => new FileAuditBackend({ path: '/dev/null/audit' });
    expect(start({ audit: { backend } }).status().audit.error?.code).toBe('TREFOIL_AUDIT_PATH');
  });
});
