// Does one thing with a trail, in a process of its own so that its memory is its own, and prints what it has found as JSON:
// node --expose-gc trail-task.js write|verify|query ROOT [RECORDS]
import { AuditEvent, JsonAuditBackend, verifyTrail } from 'trefoil';

/** What one task has done. */
export interface TrailTask {
  readonly records: number;
  readonly seconds: number;
  /** At most, at the work: after full collections, now and then. */
  readonly heapBytes: number;
  /** At most, as seen every few milliseconds. */
  readonly rssBytes: number;
}

/** One item in so many is looked for by the query. */
export const itemsOfTrail = 1_000;
const recordsPerTurn = 1_000;
const rssIntervalMs = 5;
const heapIntervalMs = 100;

async function main([task, root, records]: readonly string[]): Promise<void> {
  if (root === undefined) throw new Error('expected the directory of a trail');
  const run = { write: () => write(root, Number(records)), verify: () => verify(root), query: () => query(root) };
  if (!isTask(task, run)) throw new Error(`expected write, verify or query, got ${task}`);
  const start = performance.now();
  const memory = { heapBytes: 0, rssBytes: 0 };
  const seeRss = (): void => {
    memory.rssBytes = Math.max(memory.rssBytes, process.memoryUsage.rss());
  };
  const seeHeap = (): void => {
    globalThis.gc?.();
    memory.heapBytes = Math.max(memory.heapBytes, process.memoryUsage().heapUsed);
  };
  const timers = [setInterval(seeRss, rssIntervalMs), setInterval(seeHeap, heapIntervalMs)];
  const done = await run[task]();
  const seconds = (performance.now() - start) / 1_000;
  for (const timer of timers) clearInterval(timer);
  // What was over before the first look is seen at its end.
  seeRss();
  seeHeap();
  const found: TrailTask = { records: done, seconds, ...memory };
  console.log(JSON.stringify(found));
}

function isTask<Tasks extends object>(name: string | undefined, tasks: Tasks): name is string & keyof Tasks {
  return name !== undefined && name in tasks;
}

async function write(directory: string, records: number): Promise<number> {
  const backend = new JsonAuditBackend({ directory, rotateDaily: false });
  for (let record = 1; record <= records; record += 1) {
    void backend.log(eventOf(`order-${record % itemsOfTrail}`), 'bestEffort');
    if (record % recordsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await backend.close();
  return records;
}

/** Gives how many records were sound. */
async function verify(root: string): Promise<number> {
  const { records, firstBad } = await verifyTrail(root);
  if (firstBad !== undefined) throw new Error(`${firstBad.file}:${firstBad.line}: ${firstBad.message}`);
  return records;
}

/** Gives how many events were found. */
async function query(directory: string): Promise<number> {
  const backend = new JsonAuditBackend({ directory });
  let found = 0;
  for await (const { itemId } of backend.query({ itemId: 'order-7' })) if (itemId === 'order-7') found += 1;
  await backend.close();
  return found;
}

function eventOf(itemId: string): AuditEvent {
  return new AuditEvent({
    eventType: 'update',
    status: 'success',
    storeType: 'postgres',
    storeId: 'orders-main',
    storeName: 'OrderStore',
    operation: 'OrderStore.update',
    itemId,
    userId: 'user-42',
    sessionId: 'session-7',
    tenantId: 'tenant-1',
    durationMs: 1.234,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    correlationId: '0af7651916cd43dd8448eb211c80319c',
    requestId: 'request-9',
    service: 'orders',
    environment: 'production',
  });
}

if (require.main === module) void main(process.argv.slice(2));
