import assert from 'node:assert/strict';
import type { HistogramValue, MetricsBackend } from '../metrics/metrics-backend';

/** What the contract is run against, and with. */
export interface MetricsBackendContractOptions {
  /** A fresh and empty backend. */
  readonly create: () => MetricsBackend | Promise<MetricsBackend>;
  /** The test runner's function: `test` of jest, vitest or node. */
  readonly test: (name: string, body: () => Promise<void>) => void;
}

/**
 * What every metrics backend has to do, as tests: run it against your own.
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { InMemoryMetricsBackend } from 'trefoil';
 * import { metricsBackendContract } from 'trefoil/testing';
 *
 * metricsBackendContract({ create: () => new InMemoryMetricsBackend(), test: (name, body) => void test(name, body) });
 * ```
 */
export function metricsBackendContract({ create, test }: MetricsBackendContractOptions): void {
  const withBackend = (name: string, body: (backend: MetricsBackend) => void): void =>
    test(name, async () => {
      const backend = await create();
      try {
        body(backend);
      } finally {
        await backend.close();
      }
    });

  withBackend('adds up counters by their labels', (backend) => {
    backend.increment('jobs_total', { kind: 'mail' });
    backend.increment('jobs_total', { kind: 'mail' }, 4);
    backend.increment('jobs_total', { kind: 'print' });
    assert.equal(backend.get('jobs_total', { kind: 'mail' }), 5);
    assert.equal(backend.get('jobs_total', { kind: 'print' }), 1);
    assert.equal(backend.get('jobs_total', { kind: 'fax' }), undefined);
  });

  withBackend('keeps label values apart that a joined key would merge', (backend) => {
    backend.increment('pairs_total', { a: '1,b:2', b: '3' });
    backend.increment('pairs_total', { a: '1', b: '2,b:3' }, 7);
    assert.equal(backend.get('pairs_total', { a: '1,b:2', b: '3' }), 1);
    assert.equal(backend.get('pairs_total', { a: '1', b: '2,b:3' }), 7);
  });

  withBackend('takes labels in any order', (backend) => {
    backend.increment('jobs_total', { kind: 'mail', queue: 'q' });
    backend.increment('jobs_total', { queue: 'q', kind: 'mail' });
    assert.equal(backend.get('jobs_total', { kind: 'mail', queue: 'q' }), 2);
  });

  withBackend('sets gauges', (backend) => {
    backend.gauge('connections_active', 5);
    backend.gauge('connections_active', 3);
    assert.equal(backend.get('connections_active'), 3);
  });

  withBackend('observes histograms: count, sum and cumulative buckets, bounds included', (backend) => {
    const family = backend.declare({
      name: 'wait_seconds',
      type: 'histogram',
      help: 'Waits.',
      labelNames: [],
      buckets: [1, 2],
    });
    for (const value of [0.5, 1, 1.5, 9]) family.series([]).record(value);
    const { count, sum, buckets } = backend.get('wait_seconds') as HistogramValue;
    assert.deepEqual({ count, sum, buckets }, { count: 4, sum: 12, buckets: { '1': 2, '2': 3 } });
  });

  withBackend('reads what is kept elsewhere whenever it is read, and adds up those who tell of the same', (backend) => {
    if (backend.observe === undefined) return;
    const definition = { name: 'queue_total', type: 'counter', help: 'Queued.', labelNames: ['queue'] } as const;
    let queued = 1;
    const end = backend.observe(definition, () => [{ labelValues: ['mail'], value: queued }]);
    queued = 5;
    assert.equal(backend.get('queue_total', { queue: 'mail' }), 5);
    const endOther = backend.observe(definition, () => [{ labelValues: ['mail'], value: 2 }]);
    const endBroken = backend.observe(definition, () => {
      throw new Error('nobody knows');
    });
    assert.equal(backend.get('queue_total', { queue: 'mail' }), 7);
    assert.equal(backend.get('queue_total', { queue: 'fax' }), undefined);
    assert.equal(backend.getMetrics().filter(({ name }) => name === 'queue_total').length, 1);
    for (const each of [end, endOther, endBroken]) each();
    assert.equal(backend.get('queue_total', { queue: 'mail' }), undefined);
  });

  withBackend('keeps a series that was found once across growth and reset', (backend) => {
    const family = backend.declare({ name: 'hits_total', type: 'counter', help: 'Hits.', labelNames: ['at'] });
    const first = family.series(['0']);
    for (let index = 1; index < 100; index += 1) family.series([String(index)]).record(1);
    first.record(2);
    assert.equal(backend.get('hits_total', { at: '0' }), 2);
    backend.reset();
    assert.equal(backend.get('hits_total', { at: '0' }), 0);
    first.record(1);
    assert.equal(backend.get('hits_total', { at: '0' }), 1);
  });

  withBackend('refuses a second declaration with other labels, and a negative increment', (backend) => {
    backend.increment('jobs_total', { kind: 'mail' });
    assert.throws(() => backend.increment('jobs_total', { queue: 'q' }), { code: 'TREFOIL_METRIC_CONFLICT' });
    assert.throws(() => backend.histogram('jobs_total', 1, { kind: 'mail' }), { code: 'TREFOIL_METRIC_CONFLICT' });
    assert.throws(() => backend.increment('jobs_total', { kind: 'mail' }, -1), { code: 'TREFOIL_METRIC_INVALID' });
    assert.equal(backend.get('jobs_total', { kind: 'mail' }), 1);
  });
}
