import 'reflect-metadata';
import { container } from 'tsyringe';
import {
  AsyncAuditBackend,
  AUDIT_BACKEND,
  Audited,
  CompositeAuditBackend,
  initializeObservability,
  InMemoryAuditBackend,
  PrometheusMetricsBackend,
  METRICS_BACKEND,
  type AuditHealth,
  type Trefoil,
} from '../../src/index';
import { RecordingAudit } from './recording-audit';

class Orders {
  @Audited()
  get(): string {
    return 'order';
  }
}

/** Knows everything that a backend can know. */
class KnowingAudit extends RecordingAudit {
  override readonly name = 'knowing';
  reads = 0;
  fails = false;

  health(): AuditHealth {
    this.reads += 1;
    if (this.fails) throw new Error('cannot tell');
    return {
      accepted: this.events.length,
      written: 7,
      dropped: { queue_full: 2, write_failed: 1 },
      rejected: 3,
      outcomeUnknown: 4,
      queueDepth: 5,
      queueAgeSeconds: 0.5,
      fsync: { count: 3, sum: 0.25, buckets: { '0.01': 1, '0.1': 2 } },
      checkpointAgeSeconds: 12,
      latched: 'the disk does not answer',
      members: { disk: { accepted: 1, written: 1, dropped: {}, rejected: 0 } },
    };
  }
}

let trefoil: Trefoil;
const metrics = (): string[] =>
  trefoil.metrics.getMetrics().flatMap((metric) => {
    if (!metric.name.startsWith('audit_')) return [];
    const labels = Object.values(metric.labels).join(' ');
    return [
      `${metric.name} ${labels} ${'value' in metric ? metric.value : JSON.stringify('buckets' in metric ? metric.buckets : metric)}`,
    ];
  });

function start(backend: object, metricsBackend: object = new PrometheusMetricsBackend()): void {
  container.reset();
  container.register(AUDIT_BACKEND, { useValue: backend });
  container.register(METRICS_BACKEND, { useValue: metricsBackend });
  trefoil = initializeObservability({
    audit: { delivery: 'bestEffort' },
    logging: { level: 'silent' },
    signals: false,
  });
}

afterEach(() => trefoil.shutdown());

test('the trail tells how it is doing, when it is asked and not at every event', async () => {
  const backend = new KnowingAudit();
  const prometheus = new PrometheusMetricsBackend();
  start(backend, prometheus);
  const before = backend.reads;
  for (let call = 0; call < 3; call += 1) new Orders().get();
  expect(backend.reads).toBe(before);
  expect(metrics()).toEqual([
    'audit_events_accepted_total knowing 3',
    'audit_events_accepted_total knowing/disk 1',
    'audit_events_written_total knowing 7',
    'audit_events_written_total knowing/disk 1',
    'audit_events_dropped_total knowing queue_full 2',
    'audit_events_dropped_total knowing write_failed 1',
    'audit_events_rejected_total knowing 3',
    'audit_events_rejected_total knowing/disk 0',
    'audit_outcome_unknown_total knowing 4',
    'audit_queue_depth knowing 5',
    'audit_queue_age_seconds knowing 0.5',
    'audit_fsync_duration_seconds knowing {"0.01":1,"0.1":2}',
    'audit_checkpoint_age_seconds knowing 12',
    'audit_latched knowing 1',
    'audit_latched knowing/disk 0',
  ]);
  expect(trefoil.status().audit.health).toEqual(backend.health());
  const scraped = await prometheus.export();
  expect(scraped).toContain('audit_events_dropped_total{backend="knowing",reason="queue_full"} 2');
  expect(scraped).toContain('audit_fsync_duration_seconds_bucket{le="+Inf",backend="knowing"} 3');
  expect(scraped).toContain('audit_latched{backend="knowing"} 1');
});

test('a backend that fails to tell spoils neither the scrape nor the status', async () => {
  const backend = new KnowingAudit();
  const prometheus = new PrometheusMetricsBackend();
  start(backend, prometheus);
  backend.fails = true;
  new Orders().get();
  expect(metrics()).toEqual([]);
  expect(trefoil.status().audit).not.toHaveProperty('health');
  await expect(prometheus.export()).resolves.toContain('audit_queue_depth');
});

test('queues and what stands behind them are told apart', async () => {
  const memory = new InMemoryAuditBackend();
  const backend = new CompositeAuditBackend({ backends: [new AsyncAuditBackend({ backend: memory })] });
  start(backend);
  new Orders().get();
  new Orders().get();
  expect(metrics()).toEqual(
    expect.arrayContaining([
      'audit_events_accepted_total composite 2',
      'audit_events_accepted_total composite/async 2',
      'audit_events_accepted_total composite/async/memory 0',
      'audit_queue_depth composite/async 2',
    ]),
  );
  await trefoil.flush();
  expect(metrics()).toContain('audit_events_accepted_total composite/async/memory 2');
});

test('another backend takes the place of the one before, and nothing is told after the shutdown', async () => {
  start(new KnowingAudit());
  const memory = new InMemoryAuditBackend();
  container.register(AUDIT_BACKEND, { useValue: memory });
  await trefoil.reconfigure();
  new Orders().get();
  expect(metrics()).toEqual([
    'audit_events_accepted_total memory 1',
    'audit_events_written_total memory 1',
    'audit_events_rejected_total memory 0',
    'audit_latched memory 0',
  ]);
  await trefoil.shutdown();
  expect(metrics()).toEqual([]);
});

test('a metric of the same name that is there already is reported, and harms nothing else', () => {
  const prometheus = new PrometheusMetricsBackend();
  prometheus.increment('audit_queue_depth');
  start(new KnowingAudit(), prometheus);
  expect(new Orders().get()).toBe('order');
  expect(trefoil.status().reports).toEqual({ TREFOIL_METRIC_CONFLICT: 1 });
});
