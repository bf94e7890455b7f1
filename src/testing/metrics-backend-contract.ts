import assert from 'node:assert/strict';
import * as v from 'valibot';
import type {
  HistogramValue,
  MetricsBackend,
  MetricSnapshot,
  MetricSource,
  SummaryValue,
} from '../metrics/metrics-backend';
import { callable } from '../option-values';
import { checkOptions } from '../validate-options';

/** What the contract is run against, and with. */
export interface MetricsBackendContractOptions {
  /** A fresh and empty backend. */
  readonly create: () => MetricsBackend | Promise<MetricsBackend>;
  /** The test runner's function: `test` of jest, vitest or node. */
  readonly test: (name: string, body: () => Promise<void>) => void;
}

const optionsSchema = v.strictObject({
  create: callable<MetricsBackendContractOptions['create']>(),
  test: callable<MetricsBackendContractOptions['test']>(),
});

/**
 * What every metrics backend has to do, as tests: run it against your own.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
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
export function metricsBackendContract(options: MetricsBackendContractOptions): void {
  const { create, test } = checkOptions(optionsSchema, options, 'metricsBackendContract');
  const withBackend = (name: string, body: (backend: MetricsBackend) => void | Promise<void>): void =>
    test(name, async () => {
      const backend = await create();
      try {
        await body(backend);
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
    assert.equal(backend.get('jobs_total'), undefined);
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

  withBackend(
    'takes other labels than the first: one that is missing is empty, an unknown one is left out',
    (backend) => {
      backend.increment('jobs_total', { kind: 'mail', queue: 'q' });
      backend.increment('jobs_total', { queue: 'q' });
      backend.increment('jobs_total');
      backend.increment('jobs_total', { kind: 'mail', queue: 'q', host: 'a' });
      assert.equal(backend.get('jobs_total', { kind: 'mail', queue: 'q' }), 2);
      assert.equal(backend.get('jobs_total', { kind: '', queue: 'q' }), 1);
      assert.equal(backend.get('jobs_total', { kind: '', queue: '' }), 1);
      assert.equal(backend.get('jobs_total', { kind: 'mail', queue: 'q', host: 'a' }), undefined);
    },
  );

  withBackend('refuses a second declaration with other labels, and a negative increment', (backend) => {
    backend.increment('jobs_total', { kind: 'mail' });
    const definition = { name: 'jobs_total', type: 'counter', help: 'Jobs.', labelNames: ['queue'] } as const;
    assert.throws(() => backend.declare(definition), { code: 'TREFOIL_METRIC_CONFLICT' });
    assert.throws(() => backend.histogram('jobs_total', 1, { kind: 'mail' }), { code: 'TREFOIL_METRIC_CONFLICT' });
    assert.throws(() => backend.increment('jobs_total', { kind: 'mail' }, -1), { code: 'TREFOIL_METRIC_INVALID' });
    assert.equal(backend.get('jobs_total', { kind: 'mail' }), 1);
  });

  withBackend('observes summaries: count, sum and quantiles, each a value that was observed', (backend) => {
    for (let value = 1; value <= 100; value += 1) backend.summary('size_bytes', value, { kind: 'mail' });
    const { count, sum, quantiles } = backend.get('size_bytes', { kind: 'mail' }) as SummaryValue;
    const expected = { '0.5': 50, '0.9': 90, '0.95': 95, '0.99': 99 };
    assert.deepEqual({ count, sum, quantiles }, { count: 100, sum: 5050, quantiles: expected });
  });

  withBackend('is not spoilt by what is no finite number', (backend) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined as unknown as number, 2]) {
      if (value !== undefined) backend.increment('jobs_total', {}, value);
      backend.histogram('wait_seconds', value);
      backend.summary('size_bytes', value);
    }
    const [wait, size] = [backend.get('wait_seconds') as HistogramValue, backend.get('size_bytes') as SummaryValue];
    assert.deepEqual([wait.count, wait.sum, size.count, size.sum], [1, 2, 1, 2]);
    assert.equal(backend.get('jobs_total'), 2);
  });

  withBackend('keeps no more than some hundred values of a label, and counts the others as one', (backend) => {
    for (let user = 0; user < 5_000; user += 1) backend.increment('logins_total', { user: `u-${user}` });
    const values = backend.getMetrics().filter(({ name }) => name === 'logins_total');
    assert.ok(values.length < 1_000, `${values.length} series`);
    const total = values.reduce((sum, metric) => sum + ('value' in metric ? metric.value : 0), 0);
    assert.equal(total, 5_000);
  });

  withBackend('takes numbers and nothing as values of labels', (backend) => {
    const labels = { code: 404, kind: undefined } as unknown as Record<string, string>;
    backend.increment('answers_total', labels);
    assert.equal(backend.get('answers_total', { code: '404', kind: 'other' }), 1);
  });

  withBackend('remembers the trace behind a bucket, of one observation a second', (backend) => {
    const family = backend.declare({ ...waits, labelNames: [] });
    const series = family.series([]);
    if (series.keepExemplar === undefined) return;
    const [timestamp, traceId, spanId] = [new Date(1e12), 'a'.repeat(32), 'b'.repeat(16)];
    for (const value of [0.5, 9]) {
      series.record(value);
      assert.equal(series.wantsExemplar?.(value, timestamp.getTime()), true);
      series.keepExemplar({ traceId, spanId, value, timestamp });
    }
    assert.equal(series.wantsExemplar?.(0.7, timestamp.getTime() + 999), false);
    assert.equal(series.wantsExemplar?.(0.7, timestamp.getTime() + 1_000), true);
    assert.equal(series.wantsExemplar?.(1.5, timestamp.getTime()), true);
    const { exemplars } = backend.get('wait_seconds') as HistogramValue;
    const shared = { traceId, spanId, timestamp };
    assert.deepEqual(exemplars, { '1': { ...shared, value: 0.5 }, '+Inf': { ...shared, value: 9 } });
    backend.reset();
    assert.equal((backend.get('wait_seconds') as HistogramValue).exemplars, undefined);
  });

  withBackend('collects everything there is, its sources included', async (backend) => {
    if (backend.collect === undefined) return;
    backend.increment('jobs_total', { kind: 'mail' }, 3);
    const endObserving = backend.observe?.({ ...jobs, name: 'queued' }, () => [{ labelValues: ['mail'], value: 4 }]);
    const end = backend.addSource?.({ collect: () => Promise.resolve([elsewhere('depth', 5)]) });
    const endAtOnce = backend.addSource?.({ collect: () => [elsewhere('age', 6)] });
    const found = (await backend.collect()).map(({ name, type, values: [value] }) => [name, type, numberOf(value)]);
    assert.ok(has(found, ['jobs_total', 'counter', 3]));
    if (backend.observe !== undefined) assert.ok(has(found, ['queued', 'gauge', 4]));
    if (backend.addSource !== undefined)
      assert.ok(has(found, ['depth', 'gauge', 5]) && has(found, ['age', 'gauge', 6]));
    for (const each of [endObserving, end, endAtOnce]) each?.();
    const names = (await backend.collect()).map(({ name }) => name);
    assert.ok(['queued', 'depth', 'age'].every((name) => !names.includes(name)));
  });

  withBackend('goes without a source that throws, hangs or gives nonsense', async (backend) => {
    if (backend.collect === undefined || backend.addSource === undefined) return;
    const broken: (() => unknown)[] = [
      () => {
        throw new Error('nobody knows');
      },
      () => Promise.reject(new Error('nobody knows')),
      () => new Promise(() => undefined),
      () => 'no list',
      () => [null, { name: 'not a name', type: 'gauge', values: [] }, { ...elsewhere('b', 1), values: [null, {}] }],
      () => [elsewhere('depth', 5)],
    ];
    for (const collect of broken) backend.addSource({ collect } as MetricSource);
    const found = await backend.collect();
    assert.deepEqual(found.find(({ name }) => name === 'depth')?.values.map(numberOf), [5]);
    assert.ok(found.every(({ name }) => name !== 'not a name'));
  });
}

const jobs = { type: 'gauge', help: 'Jobs.', labelNames: ['kind'] } as const;
const waits = { name: 'wait_seconds', type: 'histogram', help: 'Waits.', buckets: [1, 2] } as const;

function elsewhere(name: string, value: number): MetricSnapshot {
  return {
    name,
    type: 'gauge',
    help: 'Kept elsewhere.',
    values: [{ type: 'gauge', name, value, labels: {}, timestamp: new Date() }],
  };
}

function numberOf(value: MetricSnapshot['values'][number] | undefined): number | undefined {
  return value !== undefined && 'value' in value ? value.value : undefined;
}

function has(found: readonly unknown[], expected: readonly unknown[]): boolean {
  return found.some((one) => JSON.stringify(one) === JSON.stringify(expected));
}
