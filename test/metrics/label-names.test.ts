import 'reflect-metadata';
import {
  InMemoryMetricsBackend,
  initializeObservability,
  PrometheusMetricsBackend,
  type MetricType,
} from '../../src/index';

const wrongNames = ['my-label', '1st', '', 'a b', 'größe', '__name__', '__own'];

describe.each([
  ['in-memory', () => new InMemoryMetricsBackend()],
  ['Prometheus', () => new PrometheusMetricsBackend()],
])('the %s backend refuses a label that Prometheus would not take', (_name, create) => {
  test.each(wrongNames)('%j, declared or ad hoc', async (name) => {
    const backend = create();
    const refused = { code: 'TREFOIL_METRIC_INVALID', path: { given: JSON.stringify(name) } };
    const attempts = [
      () => backend.increment('jobs_total', { [name]: 'x' }),
      () => backend.gauge('queue_length', 1, { [name]: 'x' }),
      () => backend.histogram('wait_seconds', 1, { [name]: 'x' }),
      () => backend.declare({ name: 'jobs_total', type: 'counter', help: 'Jobs.', labelNames: ['ok', name] }),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(expect.objectContaining(withPath(refused)));
    expect(backend.getMetrics()).toEqual([]);
    await backend.close();
  });

  test.each<[MetricType, boolean]>([
    ['counter', true],
    ['gauge', true],
    ['histogram', false],
  ])('the label of a bucket on a %s: %s', (type, isFine) => {
    const declared = expect(() => create().declare({ name: 'a', type, help: 'A.', labelNames: ['le'] }));
    if (isFine) declared.not.toThrow();
    else declared.toThrow(/TREFOIL_METRIC_INVALID.*the labels of a.*"le"/);
  });
});

/** Of the path of an error, what the test is about. */
function withPath<Refused extends { path: object }>(refused: Refused): Refused {
  return { ...refused, path: expect.objectContaining(refused.path) as object };
}

describe('labels by default', () => {
  test.each([...wrongNames, 'le', 'quantile'])('are not called %j', (name) => {
    const defaultLabels = { ok: 'x', [name]: 'x' };
    expect(() => new PrometheusMetricsBackend({ defaultLabels })).toThrow(/TREFOIL_OPTIONS_INVALID.*defaultLabels/);
    expect(() => initializeObservability({ metrics: { defaultLabels } })).toThrow(
      /TREFOIL_OPTIONS_INVALID.*metrics\.defaultLabels.*a Prometheus label name that is not reserved/,
    );
  });

  test('keep their names where those are fine', async () => {
    const backend = new PrometheusMetricsBackend({ defaultLabels: { service: 'orders', _zone: 'a' } });
    backend.increment('jobs_total');
    expect(await backend.export()).toContain('jobs_total{service="orders",_zone="a"} 1');
  });
});
