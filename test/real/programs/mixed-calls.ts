import 'reflect-metadata';
import { initializeObservability, runWithContext } from 'trefoil';
import { Happenings, OrderStore, StockStore } from './mixed-stores';

// Makes mixed calls under all four pillars, then tells what it has seen and waits to be told to stop.

/** What is asked of it. */
export interface MixedTask {
  readonly calls: number;
  readonly concurrency: number;
  readonly auditDirectory: string;
  readonly logFile: string;
  readonly collectorUrl: string;
}

/** What has happened. */
export interface MixedReport {
  readonly calls: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  /** Calls that went otherwise than the undecorated method would have. */
  readonly harmed: readonly string[];
  readonly metricsUrl: string;
}

const happenings = new Happenings();
const harmed: string[] = [];
const stock = new StockStore(happenings);
const orders = new OrderStore(happenings, stock);

/** Each makes so many calls. */
const scenarios: readonly { readonly calls: number; readonly run: (id: string) => unknown }[] = [
  { calls: 3, run: async (id) => expectResult(await orders.create(id), id.length * 2) },
  { calls: 1, run: (id) => expectResult(stock.get(id), id.length) },
  { calls: 1, run: (id) => expectError(() => orders.update(id), 'RangeError') },
  { calls: 1, run: (id) => expectError(() => orders.delete(id), 'DeniedError') },
  { calls: 1, run: (id) => expectError(() => orders.load(id), 'TypeError') },
  { calls: 1, run: (id) => expectResult(stock.deleteMany([id]).left, 1) },
  { calls: 1, run: () => leaveEarly() },
  { calls: 1, run: () => readAll() },
];

async function leaveEarly(): Promise<void> {
  for await (const page of stock.pages()) if (page === 2) break;
  happenings.call('StockStore', 'pages', 'cancelled');
}

async function readAll(): Promise<void> {
  let sum = 0;
  for await (const page of stock.pages()) sum += page;
  expectResult(sum, 4_950);
  happenings.call('StockStore', 'pages', 'success');
}

function expectResult(given: unknown, expected: unknown): void {
  if (given !== expected) harmed.push(`expected ${String(expected)}, got ${String(given)}`);
}

async function expectError(call: () => unknown, name: string): Promise<void> {
  try {
    expectResult(await call(), name);
  } catch (error) {
    expectResult((error as Error).name, name);
  }
}

async function work(task: MixedTask): Promise<void> {
  let made = 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (made < task.calls) {
      const index = (next += 1);
      // The last calls fill up exactly.
      const fitting = scenarios.filter(({ calls }) => calls <= task.calls - made);
      const scenario = fitting[index % fitting.length];
      if (scenario === undefined) return;
      made += scenario.calls;
      await runWithContext({ correlationId: `request-${index}` }, async () => scenario.run(`order-${index}`));
    }
  };
  await Promise.all(Array.from({ length: task.concurrency }, worker));
}

async function run(task: MixedTask): Promise<void> {
  const trefoil = initializeObservability({
    service: { name: 'mixed-calls' },
    audit: { backend: 'file', path: task.auditDirectory, required: true },
    metrics: { backend: 'prometheus', port: 0 },
    tracing: { exporter: 'otlp', endpoint: task.collectorUrl, sampleRate: 1 },
    logging: { level: 'debug', format: 'json', path: task.logFile },
    signals: false,
  });
  await trefoil.ready;
  await work(task);
  await trefoil.flush();
  const report: MixedReport = {
    calls: happenings.calls,
    events: happenings.events,
    harmed,
    metricsUrl: trefoil.status().metrics.url ?? '',
  };
  process.send?.(report);
  process.once('message', () => {
    void trefoil.shutdown().then(() => {
      process.send?.('stopped');
      process.disconnect();
    });
  });
}

void run(JSON.parse(process.argv[2] ?? '{}') as MixedTask);
