import { Timed } from '../../src/index';
import { startMemoryRuntime } from '../fixtures/memory-runtime';

class OrderStore {
  @Timed({ name: 'wait_seconds', labels: { kind: 'order' } })
  get(id: string): string {
    return id;
  }
}

test('own buckets and a prefix are options, and the standard metrics keep their names', async () => {
  const { trefoil } = startMemoryRuntime({
    metrics: {
      backend: 'memory',
      prefix: 'orders',
      buckets: { store_operation_duration_seconds: [1, 2], wait_seconds: [3] },
    },
  });
  new OrderStore().get('o-1');
  const standard = trefoil.metrics.get('store_operation_duration_seconds', { store: 'OrderStore', operation: 'get' });
  expect(standard).toMatchObject({ count: 1, buckets: { '1': 1, '2': 1 } });
  expect(trefoil.metrics.getMetrics().map(({ name }) => name)).toContain('orders_wait_seconds');
  expect(trefoil.metrics.get('wait_seconds', { kind: 'order' })).toMatchObject({ buckets: { '3': 1 } });
  await trefoil.shutdown();
});

test('what is ignored or folded is reported', async () => {
  const { trefoil } = startMemoryRuntime({ metrics: { backend: 'memory', labelBudget: 1 } });
  trefoil.metrics.increment('jobs_total', {}, Number.NaN);
  for (const kind of ['a', 'b']) trefoil.metrics.increment('kinds_total', { kind });
  expect(trefoil.status().reports).toMatchObject({ TREFOIL_METRIC_IGNORED: 1, TREFOIL_LABEL_FOLDED: 1 });
  await trefoil.shutdown();
});

test('the process is measured where that is asked for, and no longer than that', async () => {
  const { trefoil } = startMemoryRuntime({ metrics: { port: 0, defaultMetrics: true } });
  await trefoil.ready;
  const scrape = async (): Promise<string> => (await fetch(trefoil.status().metrics.url ?? '')).text();
  expect(await scrape()).toContain('# TYPE process_cpu_seconds_total counter\n');
  await trefoil.reconfigure({ metrics: { port: 0, defaultMetrics: false } });
  expect(await scrape()).not.toContain('process_cpu');
  await trefoil.reconfigure({ metrics: { port: 0, defaultMetrics: { prefix: 'my_' } } });
  expect(await scrape()).toContain('# TYPE my_process_cpu_seconds_total counter\n');
  await trefoil.shutdown();
});
