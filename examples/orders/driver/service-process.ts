import 'reflect-metadata';
import { join } from 'node:path';
import { container } from 'tsyringe';
import { observe, startOrders } from '../main';
import { registerLossyBackend } from './drop-one';
import type { ServiceReady, ServiceTask } from './service-task';

// The service in a process of its own, told by one JSON argument what to do.

async function run(task: ServiceTask): Promise<void> {
  const lossy = task.dropOne === undefined ? {} : await registerLossyBackend(container, task.dropOne, task);
  const trefoil = task.observed ? observe(task) : undefined;
  const orders = await startOrders(task, trefoil);

  // Asked how much processor time it has used: what is still waiting to be exported counts, too.
  process.on('message', () => {
    void Promise.resolve(trefoil?.flush()).then(() => {
      const { user, system } = process.cpuUsage();
      process.send?.({ cpuMicroseconds: user + system });
    });
  });
  let stopped: Promise<void> | undefined;
  const stop = (): void => {
    stopped ??= orders.stop().then(() => {
      if (process.connected) process.disconnect();
    });
  };
  // Without the driver a child has no business.
  for (const end of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(end, stop);
  const ready: ServiceReady = {
    url: orders.url,
    metricsUrl: trefoil?.status().metrics.url ?? lossy.metricsUrl ?? '',
    auditDirectory: join(task.directory, 'audit'),
    logFile: join(task.directory, 'orders.log'),
    databaseFile: join(task.directory, 'orders.db'),
  };
  process.send?.(ready);
}

void run(JSON.parse(process.argv[2] ?? '{}') as ServiceTask);
