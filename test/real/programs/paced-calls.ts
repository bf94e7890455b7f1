import 'reflect-metadata';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { initializeObservability, Observed, Store } from 'trefoil';

// Makes calls at a steady pace beside a collector, whatever that does, and tells after each round how they went.

/** What is asked of it. */
export interface PacedTask {
  /** None: no spans are made. */
  readonly collectorUrl?: string;
}

/** What a round has come to. */
export interface RoundReport {
  readonly calls: number;
  /** Calls that went otherwise than the undecorated method would have. */
  readonly harmed: number;
  /** Milliseconds, as the callers saw them. */
  readonly p99: number;
  /** With everything collected that can be, in MB. */
  readonly heapMb: number;
}

/** What became of the spans. */
export interface SpansReport {
  readonly exported: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failures: number;
  readonly retries: number;
  readonly queueDepth: number;
}

const workers = 20;
const callsOfWorker = 50;
/** What the store takes, as one over a network might, and what a caller thinks then on average: 250 calls in a second. */
const [workMs, thinkMs] = [5, 75];

const failure = new Error('no such item');

@Store({ type: 'remote', id: 'paced' })
class PacedStore {
  @Observed({ item: (id: string) => id, attributes: (id: string) => ({ note: `${id} is ${'long'.repeat(10)}` }) })
  async get(id: string): Promise<string> {
    await sleep(workMs);
    if (id.endsWith('0')) throw failure;
    return id;
  }
}

async function round(index: number, store: PacedStore): Promise<Omit<RoundReport, 'heapMb'>> {
  const latencies: number[] = [];
  let harmed = 0;
  const worker = async (name: number): Promise<void> => {
    await sleep((thinkMs * name) / workers);
    for (let call = 0; call < callsOfWorker; call += 1) {
      const id = `${index}.${name}.${call}`;
      const start = performance.now();
      const result = await store.get(id).catch((error: unknown) => error);
      latencies.push(performance.now() - start);
      if (result !== (id.endsWith('0') ? failure : id)) harmed += 1;
      // In step, callers would wait for each other and not for the store.
      await sleep(thinkMs * (0.5 + Math.random()));
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, name) => worker(name)));
  latencies.sort((a, b) => a - b);
  return { calls: latencies.length, harmed, p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN };
}

function run({ collectorUrl }: PacedTask): void {
  const trefoil = initializeObservability({
    service: { name: 'paced-calls' },
    metrics: { backend: 'memory' },
    // A collector that takes 10 s is slow, but not given up.
    tracing:
      collectorUrl === undefined
        ? { exporter: 'none' }
        : { exporter: 'otlp', endpoint: collectorUrl, timeoutMs: 12_000 },
    logging: { level: 'critical' },
    signals: false,
  });
  const store = new PacedStore();
  let rounds = 0;
  const commands: Readonly<Record<string, () => Promise<unknown>>> = {
    async round() {
      const report = await round((rounds += 1), store);
      return { ...report, heapMb: await heapNow() };
    },
    async flush() {
      await trefoil.flush().catch(() => undefined);
      const { exports = [] } = trefoil.status().tracing;
      return exports[0] ?? {};
    },
    async stop() {
      await trefoil.shutdown();
      return 'stopped';
    },
  };
  process.on('message', (command: string) => {
    void commands[command]?.().then((report) => {
      process.send?.(report);
      if (command === 'stop') process.disconnect();
    });
  });
}

async function heapNow(): Promise<number> {
  for (let times = 0; times < 3; times += 1) {
    await turn();
    (globalThis as { gc?: () => void }).gc?.();
  }
  return process.memoryUsage().heapUsed / 1e6;
}

run(JSON.parse(process.argv[2] ?? '{}') as PacedTask);
