import 'reflect-metadata';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { initializeObservability, type Trefoil } from 'trefoil';
import { container } from 'tsyringe';
import { OPEN_DATABASE, openDatabase } from './database';
import { createOrderService } from './order-service';
import { OrderStore } from './order-store';
import type { OrdersOptions } from './orders-options';

/** A running service. */
export interface Orders {
  readonly url: string;
  stop(): Promise<void>;
}

/** Sets up the four pillars: what differs between environments is said once, here. */
export function observe({ directory, metricsPort, collectorUrl }: OrdersOptions): Trefoil {
  return initializeObservability(
    {
      service: { name: 'orders', version: '1.0.0' },
      audit: { backend: 'file', path: join(directory, 'audit'), required: true },
      metrics: { backend: 'prometheus', port: metricsPort },
      tracing: { exporter: 'otlp', endpoint: collectorUrl, protocol: 'http/json' },
      logging: { level: 'info', format: 'json', path: join(directory, 'orders.log') },
      // Leaving is up to `stop`, which first lets the requests under way finish.
      signals: false,
      environments: {
        // Calls that succeed are logged at debug.
        development: { logging: { level: 'debug' } },
        test: { audit: { backend: 'memory' }, metrics: { backend: 'memory' }, tracing: { exporter: 'memory' } },
      },
    },
    container,
  );
}

/** Starts the service; without `trefoil` it runs unobserved. */
export async function startOrders(options: OrdersOptions, trefoil?: Trefoil): Promise<Orders> {
  await trefoil?.ready;
  trefoil?.verify();

  mkdirSync(options.directory, { recursive: true });
  container.register(OPEN_DATABASE, { useValue: () => openDatabase(join(options.directory, 'orders.db')) });
  const store = container.resolve(OrderStore);
  store.open();
  const service = createOrderService(store);
  const url = await service.listen({ host: '127.0.0.1', port: options.port });

  return {
    url,
    async stop() {
      await service.close();
      store.close();
      await trefoil?.shutdown();
    },
  };
}
