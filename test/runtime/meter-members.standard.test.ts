import 'reflect-metadata';
import { container } from 'tsyringe';
import { initializeObservability, MetricsRegistry, OpenTelemetryMetricsBackend } from '../../src';
import { OtlpReceiver } from '../fixtures/otlp-receiver';

it('shows instruments and the standard metrics in each member of the registry', async () => {
  const receiver = await OtlpReceiver.start();
  container.reset();
  const trefoil = initializeObservability({ metrics: { port: false }, signals: false, logging: { level: 'silent' } });
  const placed = trefoil.meter.createCounter('orders.placed');
  placed.add(1);
  const otlp = new OpenTelemetryMetricsBackend({ protocol: 'grpc', endpoint: receiver.grpcEndpoint });
  MetricsRegistry.getInstance().registerBackend('otlp', otlp);
  placed.add(2);
  trefoil.storeMetrics({ storeType: 'memory' }).recordCacheHit();

  const texts = await MetricsRegistry.getInstance().exportAll();
  expect(texts['runtime']).toContain('orders_placed_total 3');
  expect(texts['otlp']).toContain('store_cache_hits_total');
  await otlp.flush();
  const pushed = receiver.metrics.map(({ name }) => name);
  expect(pushed).toContain('store_cache_hits_total');
  expect(pushed.filter((name) => name === 'orders.placed')).toHaveLength(1);

  await trefoil.shutdown();
  expect(() => placed.add(1)).not.toThrow();
  await receiver.close();
});
