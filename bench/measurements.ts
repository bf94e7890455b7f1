import { afterCollection } from './after-collection';
import { allocation } from './allocation';
import { audit } from './audit';
import { auditLatency } from './audit-latency';
import { auditTrail } from './audit-trail';
import { backendsByToken } from './backends-by-token';
import { comparison, rootContainer } from './comparison';
import { concurrency } from './concurrency';
import { eventLoopDelay } from './event-loop-delay';
import { heapGrowth } from './heap-growth';
import { logging } from './logging';
import type { AnyMeasurement } from './measurement';
import { methodGrowth } from './method-growth';
import { offOverhead } from './off-overhead';
import { peers } from './peers';
import { scrape } from './scrape';

/** The programs of the bench, in the order of the report. */
export const measurements: readonly AnyMeasurement[] = [
  comparison,
  rootContainer,
  afterCollection,
  backendsByToken,
  peers,
  offOverhead,
  allocation,
  heapGrowth,
  methodGrowth,
  concurrency,
  eventLoopDelay,
  scrape,
  logging,
  audit,
  auditLatency,
  auditTrail,
];
