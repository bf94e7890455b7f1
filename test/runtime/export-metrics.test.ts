import 'reflect-metadata';
import { container } from 'tsyringe';
import {
  InMemoryMetricsBackend,
  METRICS_BACKEND,
  NoopTracer,
  PrometheusMetricsBackend,
  Traced,
  TRACER,
  type ExportHealth,
} from '../../src/index';
import { shutDownAll, start } from './runtimes';

/** An exporter of the application's. */
class TellingTracer extends NoopTracer {
  override readonly name: string = 'telling';
  tell: () => unknown = () => [health];

  exportHealth(): unknown {
    return this.tell();
  }
}

const health: ExportHealth = {
  exporter: 'carrier "pigeon"\n',
  queueDepth: 5,
  queueLimit: 10,
  exported: 100,
  dropped: { queue_full: 2, eaten: 1 },
  failures: 3,
  retries: 4,
  lastError: 'it rained',
};

function exportMetrics(backend: PrometheusMetricsBackend): Record<string, unknown> {
  const entries = backend
    .getMetrics()
    // The logger has an exporter of its own.
    .filter(({ name, labels }) => name.startsWith('trefoil_') && labels['signal'] !== 'logging')
    .map((metric) => [
      `${metric.name} ${JSON.stringify(Object.values(metric.labels))}`,
      'value' in metric && metric.value,
    ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

let metrics: PrometheusMetricsBackend;
let tracer: TellingTracer;

beforeEach(() => {
  metrics = new PrometheusMetricsBackend();
  tracer = new TellingTracer();
  container.register(METRICS_BACKEND, { useValue: metrics });
  container.register(TRACER, { useValue: tracer });
});

afterEach(shutDownAll);

const pigeon = (...more: string[]): string => JSON.stringify(['tracing', health.exporter, ...more]);

describe('what a backend tells of its exports', () => {
  test('is part of the status, and read whenever metrics are', () => {
    const trefoil = start();
    expect(trefoil.status().tracing).toMatchObject({ backend: 'telling', exports: [health] });
    expect(trefoil.status().metrics).not.toHaveProperty('exports');
    expect(exportMetrics(metrics)).toEqual({
      [`trefoil_export_records_total ${pigeon()}`]: 100,
      [`trefoil_export_dropped_total ${pigeon('queue_full')}`]: 2,
      [`trefoil_export_dropped_total ${pigeon('eaten')}`]: 1,
      [`trefoil_export_failures_total ${pigeon()}`]: 3,
      [`trefoil_export_retries_total ${pigeon()}`]: 4,
      [`trefoil_export_queue_depth ${pigeon()}`]: 5,
    });
    tracer.tell = () => [{ ...health, exported: 101, dropped: {} }];
    expect(exportMetrics(metrics)[`trefoil_export_records_total ${pigeon()}`]).toBe(101);
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('not now');
      },
    ],
    ['is a promise that rejects', () => Promise.reject(new Error('not now'))],
    ['is none', () => undefined],
    ['is something else', () => [null, 7, 'fine', { exporter: 'x' }, { ...health, dropped: { lost: 'many' } }]],
  ])('harms nothing where it %s', (_name, tell) => {
    tracer.tell = tell;
    const trefoil = start();
    expect(trefoil.status().tracing.exports ?? []).toEqual([]);
    expect(exportMetrics(metrics)).toEqual({});
  });

  test('is read of what is in force alone', async () => {
    const trefoil = start();
    const other = new TellingTracer();
    other.tell = () => [{ ...health, exporter: 'other' }];
    container.register(TRACER, { useValue: other });
    await trefoil.reconfigure();
    expect(Object.keys(exportMetrics(metrics)).filter((name) => name.includes('records'))).toEqual([
      'trefoil_export_records_total ["tracing","other"]',
    ]);
  });

  test('is told of the members of the registry as well, from when they are added', async () => {
    const trefoil = start();
    const pushing = Object.assign(new InMemoryMetricsBackend(), { exportHealth: (): unknown => [health] });
    trefoil.metricsRegistry.registerBackend('pushing', pushing);
    expect(trefoil.status().metrics).toMatchObject({ exports: [health] });
    const failures = { signal: 'metrics', exporter: health.exporter };
    expect(metrics.get('trefoil_export_failures_total', failures)).toBe(3);
    pushing.exportHealth = () => Promise.reject(new Error('not today'));
    expect(trefoil.status().metrics).not.toHaveProperty('exports');
    expect(metrics.get('trefoil_export_failures_total', failures)).toBeUndefined();
  });
});

test('reports of trefoil’s own are counted by their code', () => {
  class Orders {
    @Traced({
      name: () => {
        throw new Error('no name');
      },
    })
    get(): string {
      return 'order';
    }
  }
  tracer.tell = () => [];
  start();
  expect(exportMetrics(metrics)).toEqual({});
  for (let index = 0; index < 3; index += 1) new Orders().get();
  expect(exportMetrics(metrics)).toEqual({ 'trefoil_reports_total ["TREFOIL_SELECTOR_FAILED"]': 3 });
});
