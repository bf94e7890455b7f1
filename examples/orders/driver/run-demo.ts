import { startService } from './child-process';
import { compare } from './comparison';
import { measureCost } from './cost';
import type { Kind } from './drop-one';
import { collectEvidence, scrape } from './evidence';
import { send, sendAll, type Load } from './load';
import { linkCalls, pickCall } from './one-call';
import type { Sample } from './prometheus-text';
import { report } from './report';
import { countRowChanges, lockNowAndThen } from './row-changes';
import { mixedTraffic, seedTraffic } from './traffic';

/** Drives the service, compares, prints the report, and gives the exit code. */
export async function runDemo(directory: string, collectorUrl: string, dropOne: Kind | undefined): Promise<number> {
  console.log('Starting the service and sending requests …');
  const service = await startService({ directory, port: 0, metricsPort: 0, collectorUrl, observed: true, dropOne });
  const { url, metricsUrl, databaseFile } = service.ready;
  let loads: Load[];
  let samples: Sample[];
  try {
    countRowChanges(databaseFile);
    loads = await drive(url, databaseFile);
    samples = await scrape(metricsUrl);
  } finally {
    await service.stop();
  }
  const evidence = await collectEvidence(service.ready, collectorUrl, samples);

  console.log('Measuring what instrumentation costs …');
  const costs = await measureCost(directory, collectorUrl);

  const linked = linkCalls(evidence);
  const comparison = compare(loads, evidence, linked.length);
  const call = pickCall(linked);
  console.log(report({ loads, comparison, call, costs, service: service.ready, dropped: dropOne }));
  return comparison.disagreements === 0 ? 0 : 1;
}

async function drive(url: string, databaseFile: string): Promise<Load[]> {
  const seed = await send(url, seedTraffic(800));
  const locker = lockNowAndThen(databaseFile);
  try {
    return [seed, ...(await sendAll(url, mixedTraffic(seed.created)))];
  } finally {
    locker.stop();
  }
}
