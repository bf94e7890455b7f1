import 'reflect-metadata';
import { setImmediate as turn } from 'node:timers/promises';
import { Counted, extractContext, initializeObservability, Observed, runWithContext, Store } from 'trefoil';
import { oddTexts } from '../odd-texts';

// Gives odd and ever new texts to everything that takes any, and tells what has happened and how large the heap is.

/** What is asked of it. */
export interface OddTask {
  readonly rounds: number;
  /** Of labels in each round. */
  readonly values: number;
  readonly logFile: string;
}

/** What has happened. */
export interface OddReport {
  /** Of each of the two metrics. */
  readonly recorded: number;
  /** Calls under headers of 64 KB. */
  readonly extracted: number;
  /** What has not gone as it would undecorated. */
  readonly harmed: readonly string[];
  /** After each round, with everything collected that can be, in MB. */
  readonly heapMb: readonly number[];
  readonly metricsUrl: string;
}

@Store({ type: 'memory', id: 'odd' })
class OddStore {
  @Observed()
  async count(round: number): Promise<number> {
    return round;
  }

  @Counted({ name: 'odd_reads_total', labels: { text: (text: string) => text } })
  async get(text: string): Promise<string> {
    return text;
  }

  @Observed({
    item: (text: string) => text,
    user: (text: string) => text,
    attributes: (text: string) => ({ text, [text]: text }),
  })
  async find(text: string): Promise<string> {
    return text;
  }

  @Observed({ item: (text: string) => text })
  async load(text: string): Promise<never> {
    const error = new Error(text);
    error.name = text;
    throw error;
  }
}

const harmed: string[] = [];
let extracted = 0;

/** More than a server of HTTP would take, but not more than a queue might. */
const headerNames = ['traceparent', 'tracestate', 'baggage', 'x-correlation-id', 'x-request-id'];

function hostileHeaders(index: number): Readonly<Record<string, string>>[] {
  const long = 'x'.repeat(64 * 1024) + index;
  const members = Array.from({ length: 4_000 }, (_, at) => `key${index}.${at}=value`).join(',');
  const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  return [
    ...headerNames.map((name) => ({ [name]: long })),
    { traceparent: valid, tracestate: members, baggage: members },
    { traceparent: valid + long, tracestate: long, baggage: `${long}=${long}` },
  ];
}

async function round(index: number, task: OddTask, increment: (text: string) => void): Promise<number> {
  const store = new OddStore();
  // The odd ones come first, so that they are within the bounds of the label.
  const fresh = Array.from({ length: task.values }, (_, at) => `${oddTexts[at % oddTexts.length]} ${index}.${at}`);
  const texts = [...oddTexts, ...fresh, 'x'.repeat(64 * 1024) + index];
  for (const text of texts) {
    increment(text);
    if ((await store.get(text)) !== text) harmed.push('get');
    if ((await store.find(text)) !== text) harmed.push('find');
    await store.load(text).then(
      () => harmed.push('load'),
      (error: Error) => error.message === text || harmed.push('load'),
    );
  }
  for (const headers of hostileHeaders(index)) {
    if ((await runWithContext(extractContext(headers), () => store.count(index))) !== index) harmed.push('count');
    extracted += 1;
  }
  return texts.length;
}

async function run(task: OddTask): Promise<void> {
  const trefoil = initializeObservability({
    service: { name: 'odd-input' },
    audit: { backend: 'memory', maxEvents: 100 },
    metrics: { backend: 'prometheus', port: 0 },
    tracing: { exporter: 'memory', maxSpans: 100 },
    logging: { level: 'debug', format: 'json', path: task.logFile },
    signals: false,
  });
  await trefoil.ready;
  const heapMb: number[] = [];
  let recorded = 0;
  for (let index = 0; index < task.rounds; index += 1) {
    recorded += await round(index, task, (text) => trefoil.metrics.increment('odd_texts_total', { text }));
    await trefoil.flush();
    heapMb.push(await heapNow());
  }
  const report: OddReport = { recorded, extracted, harmed, heapMb, metricsUrl: trefoil.status().metrics.url ?? '' };
  process.send?.(report);
  process.once('message', () => {
    void trefoil.shutdown().then(() => {
      process.send?.('stopped');
      process.disconnect();
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

void run(JSON.parse(process.argv[2] ?? '{}') as OddTask);
