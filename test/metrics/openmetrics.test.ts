import 'reflect-metadata';
import { Registry } from 'prom-client';
import {
  InMemoryAuditBackend,
  initializeObservability,
  PrometheusMetricsBackend,
  type AuditHealth,
  type MetricDefinition,
} from '../../src/index';
import { AUDIT_BACKEND } from '../../src/index';
import { container } from 'tsyringe';

const offset: MetricDefinition = {
  name: 'offset_seconds',
  type: 'histogram',
  help: 'Clock offset.',
  labelNames: [],
  buckets: [-1, 0, 1],
};

describe('a histogram with negative buckets', () => {
  test('has neither sum nor count as OpenMetrics, which allows neither, and both as text', async () => {
    const backend = new PrometheusMetricsBackend();
    backend.declare(offset).series([]).record(-0.5);
    expect(await backend.export('openmetrics')).toBe(
      [
        '# TYPE offset_seconds histogram',
        '# HELP offset_seconds Clock offset.',
        'offset_seconds_bucket{le="-1"} 0',
        'offset_seconds_bucket{le="0"} 1',
        'offset_seconds_bucket{le="1"} 1',
        'offset_seconds_bucket{le="+Inf"} 1',
        '# EOF\n',
      ].join('\n'),
    );
    expect(await backend.export()).toContain('offset_seconds_sum -0.5\noffset_seconds_count 1\n');
  });

  test('neither where it comes from elsewhere', async () => {
    const backend = new PrometheusMetricsBackend();
    backend.observe(offset, () => [{ labelValues: [], count: 2, sum: -1, buckets: { '-1': 1, '0': 2 } }]);
    const text = await backend.export('openmetrics');
    expect(text).toContain('offset_seconds_bucket{le="+Inf"} 2');
    expect(text).not.toMatch(/offset_seconds_(sum|count)/);
    expect(await backend.export()).toContain('offset_seconds_sum -1');
  });
});

describe('target_info', () => {
  const resource = { 'service.name': 'orders', 'k8s.pod-uid': 'a"b\n', '9lives': 'x' };
  const labels = 'service_name="orders",k8s_pod_uid="a\\"b\\n",_9lives="x",zone="eu"';

  test('tells of the resource, in both formats and by names that Prometheus takes', async () => {
    const backend = new PrometheusMetricsBackend({ resource, defaultLabels: { zone: 'eu' } });
    expect(await backend.export('openmetrics')).toBe(
      `# TYPE target info\n# HELP target What the metrics are of.\ntarget_info{${labels}} 1\n# EOF\n`,
    );
    expect(await backend.export()).toBe(
      `# HELP target_info What the metrics are of.\n# TYPE target_info gauge\ntarget_info{${labels}} 1\n`,
    );
  });

  test('is not shown without a resource, nor where somebody else shows it', async () => {
    expect(await new PrometheusMetricsBackend().export('openmetrics')).toBe('# EOF\n');
    const registry = new Registry();
    const backend = new PrometheusMetricsBackend({ resource, registry });
    backend.gauge('target_info', 1, { mine: 'yes' });
    expect((await backend.export()).match(/^target_info/gm)).toHaveLength(1);
  });

  test('has the service of the runtime', async () => {
    const trefoil = initializeObservability({
      service: { name: 'orders', version: '1.4.0', environment: 'test' },
      metrics: { port: false },
      signals: false,
    });
    const text = await (trefoil.metrics as PrometheusMetricsBackend).export('openmetrics');
    await trefoil.shutdown();
    expect(text).toMatch(
      /^target_info\{service_name="orders",service_instance_id="[^"]+",service_version="1.4.0",deployment_environment_name="test"\} 1$/m,
    );
  });
});

test('a scrape asks the trail once how it is, and each read by itself anew', async () => {
  let asked = 0;
  class Asked extends InMemoryAuditBackend {
    override health(): AuditHealth {
      asked += 1;
      return { ...super.health(), accepted: asked, written: asked };
    }
  }
  const within = container.createChildContainer();
  within.registerInstance(AUDIT_BACKEND, new Asked());
  const trefoil = initializeObservability({ metrics: { port: false }, signals: false }, within);
  const metrics = trefoil.metrics as PrometheusMetricsBackend;
  asked = 0;
  const text = await metrics.export();
  expect(asked).toBe(1);
  expect(text).toContain('audit_events_accepted_total{backend="memory"} 1\n');
  expect(text).toContain('audit_events_written_total{backend="memory"} 1\n');
  await metrics.collect();
  expect(asked).toBe(2);
  expect(metrics.get('audit_events_written_total', { backend: 'memory' })).toBe(3);
  await trefoil.shutdown();
});
