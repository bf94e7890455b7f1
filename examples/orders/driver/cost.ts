import { join } from 'node:path';
import { startService, type Child } from './child-process';
import { percentile, send, sendAll } from './load';
import type { ServiceReady } from './service-task';
import { plainTraffic, seedTraffic, type Traffic } from './traffic';

/** What a request costs in one way of running the service. */
export interface Cost {
  readonly title: string;
  /** Milliseconds, as the client saw them. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the service's process, exports included; the median of the rounds. */
  readonly cpuMicroseconds: number;
}

interface Variant {
  readonly title: string;
  readonly service: Child<ServiceReady>;
  readonly traffic: readonly Traffic[];
  readonly latencies: number[];
  readonly cpuMicroseconds: number[];
}

const rounds = 4;
const reads = 1_200;
const writes = 400;

const ways = [
  { title: 'off', observed: false, environment: 'development' },
  { title: 'on, log level info', observed: true, environment: 'production' },
  { title: 'on, every call logged', observed: true, environment: 'development' },
];

/** Runs the same load against the same service, unobserved and observed in turn. */
export async function measureCost(directory: string, collectorUrl: string): Promise<Cost[]> {
  const variants: Variant[] = [];
  try {
    for (const [index, { title, observed, environment }] of ways.entries()) {
      const task = { directory: join(directory, `cost-${index}`), port: 0, metricsPort: 0, collectorUrl, observed };
      const service = await startService(task, environment);
      const { created } = await send(service.ready.url, seedTraffic(200));
      const traffic = plainTraffic(created, reads, writes);
      variants.push({ title, service, traffic, latencies: [], cpuMicroseconds: [] });
    }
    // The first round only warms up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const variant of variants) await measureRound(variant, round > 0);
    }
    return variants.map(({ title, latencies, cpuMicroseconds }) => {
      latencies.sort((a, b) => a - b);
      cpuMicroseconds.sort((a, b) => a - b);
      return {
        title,
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        cpuMicroseconds: percentile(cpuMicroseconds, 0.5),
      };
    });
  } finally {
    await Promise.all(variants.map(({ service }) => service.stop()));
  }
}

async function measureRound(variant: Variant, counts: boolean): Promise<void> {
  const before = await cpuTime(variant);
  const loads = await sendAll(variant.service.ready.url, variant.traffic);
  const used = (await cpuTime(variant)) - before;
  if (!counts) return;
  for (const { latencies } of loads) variant.latencies.push(...latencies);
  variant.cpuMicroseconds.push(used / (reads + writes));
}

async function cpuTime({ service }: Variant): Promise<number> {
  return (await service.ask<{ readonly cpuMicroseconds: number }>('usage')).cpuMicroseconds;
}
