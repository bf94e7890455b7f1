import { InMemoryMetricsBackend, type MetricsBackend, PrometheusMetricsBackend } from '../../src/index';

type Reported = readonly [code: string, where: string, why: string];

describe.each<[string, (onProblem: (...told: Reported) => void) => MetricsBackend]>([
  ['in memory', (onProblem) => new InMemoryMetricsBackend({ onProblem })],
  ['for Prometheus', (onProblem) => new PrometheusMetricsBackend({ onProblem })],
])('a backend %s, given other labels than the first time', (_name, create) => {
  const reported: Reported[] = [];
  let backend: MetricsBackend;

  beforeEach(() => {
    reported.length = 0;
    backend = create((...told) => reported.push(told));
  });

  test('never throws: counters, gauges, histograms and summaries', () => {
    for (const record of [
      (labels?: Record<string, string>) => backend.increment('a_total', labels),
      (labels?: Record<string, string>) => backend.gauge('b', 1, labels),
      (labels?: Record<string, string>) => backend.histogram('c_seconds', 1, labels),
      (labels?: Record<string, string>) => backend.summary('d_bytes', 1, labels),
    ]) {
      record({ kind: 'mail' });
      expect(() => record()).not.toThrow();
      expect(() => record({ queue: 'q' })).not.toThrow();
      expect(() => record({ kind: 'mail', 'no label': 'x' })).not.toThrow();
    }
    expect(backend.get('a_total', { kind: 'mail' })).toBe(2);
    expect(backend.get('a_total', { kind: '' })).toBe(2);
  });

  test('counts and reports what it leaves out, and not what is missing', () => {
    backend.increment('a_total', { kind: 'mail', queue: 'q' });
    backend.increment('a_total', { queue: 'q' });
    expect(reported).toEqual([]);
    backend.increment('a_total', { kind: 'mail', host: 'x', zone: 'y' });
    expect(reported).toEqual([
      ['TREFOIL_LABEL_FOLDED', 'a_total{host,zone}', 'the metric was first recorded with the labels {kind, queue}'],
    ]);
    expect(backend.get('trefoil_metric_problems_total', { metric: 'a_total', problem: 'label_unknown' })).toBe(1);
  });

  test('keeps the labels of the standard metrics', () => {
    backend.increment('store_operations_total', { store: 's3', verb: 'get' });
    expect(backend.get('store_operations_total', { store: 's3', operation: '', status: '' })).toBe(1);
    expect(reported).toHaveLength(1);
  });
});
