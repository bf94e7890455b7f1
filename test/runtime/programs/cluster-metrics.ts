import 'reflect-metadata';
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Counted, initializeObservability, Observed, Timed, type Trefoil } from '../../../src/index';

/** The same bootstrap in the primary process and in its workers; `program <scenario>`. */
const scenario = String(process.argv[2]);

class Orders {
  @Observed()
  async connect(): Promise<void> {}

  @Counted()
  @Timed()
  get(): void {}
}

const timeouts: Readonly<Record<string, number>> = { hanging: 200, asked: 60_000 };

function initialize(): Trefoil {
  return initializeObservability({
    metrics: {
      port: 0,
      defaultLabels: { service: 'orders' },
      cluster: { timeoutMs: timeouts[scenario] ?? 20_000, gauges: { level: 'max', only_here: 'omit' } },
    },
    tracing: { exporter: 'memory' },
    logging: { level: 'silent' },
    signals: false,
  });
}

const say = (told: object): void => void writeSync(1, `${JSON.stringify(told)}\n`);

async function work(): Promise<void> {
  const trefoil = initialize();
  await trefoil.ready;
  const id = cluster.worker?.id ?? 0;
  const orders = new Orders();
  await orders.connect();
  for (let call = 0; call < id; call += 1) orders.get();
  trefoil.metrics.gauge('level', id);
  trefoil.metrics.gauge('app_process_start_time_seconds', 1_700_000_000);
  trefoil.metrics.gauge('unmeasured', id === 1 ? Number.NaN : 0);
  trefoil.metrics.summary('size_bytes', id);
  process.on('message', (message: unknown) => {
    const { order, ...rest } = message as { readonly order?: string };
    // What trefoil asks comes by the same way, and is no order.
    if (order === undefined) return;
    if (order === 'hang') for (;;);
    if (order === 'die') process.kill(process.pid, 'SIGKILL');
    if (order === 'stop') void trefoil.shutdown().then(() => process.exit());
    if (order === 'exit') {
      orders.get();
      process.exit();
    }
    if (order === 'echo') process.send?.({ echo: rest });
    if (order === 'work') {
      orders.get();
      process.send?.({ worked: true });
    }
  });
  process.send?.({ isReady: true, url: trefoil.status().metrics.url ?? null });
}

/** What a worker sends next that is the application's own. */
function next(worker: Worker, property: string): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    // For good: two messages may come in one turn, and the second is not to be missed.
    worker.on('message', (message: Record<string, unknown>) => {
      if (property in message) resolve(message);
    });
  });
}

const timestamp = new Date().toISOString();
const counter = (name: string, labels: object): object => ({
  name,
  type: 'counter',
  help: name,
  values: [{ type: 'counter', name, value: 1, labels, timestamp }],
});
const told99: readonly object[] = [
  counter('forged 1\nforged_total', {}),
  counter('labelled_total', { 'forged"} 1\nforged': 'x' }),
  counter('sound_total', { from: 'one that is no more' }),
  {
    name: 'mixed',
    type: 'histogram',
    help: '',
    values: [
      { type: 'summary', name: 'mixed', count: 1, sum: 1, quantiles: {}, labels: {}, timestamp },
      { type: 'histogram', name: 'mixed', count: 1, sum: 1, buckets: { 'forged"': 1 }, labels: {}, timestamp },
      { type: 'histogram', name: 'mixed', count: 1, sum: 1, buckets: { 1: 1 }, labels: {}, timestamp },
    ],
  },
];

async function lead(): Promise<void> {
  // A test that fails must leave no processes behind; workers end with the primary one.
  globalThis.setTimeout(() => process.exit(3), 25_000).unref();
  const early = cluster.fork();
  const ready = [next(early, 'isReady')];
  if (scenario === 'late') await ready[0];
  const trefoil = initialize();
  await trefoil.ready;
  const workers = [early, cluster.fork(), cluster.fork()];
  ready.push(...workers.slice(1).map((worker) => next(worker, 'isReady')));
  const urls = (await Promise.all(ready)).map(({ url }) => url);
  const orders = new Orders();
  await orders.connect();
  orders.get();
  trefoil.metrics.gauge('only_here', 1);
  const scrape = (accept: string): Promise<string> =>
    fetch(String(trefoil.status().metrics.url), { headers: { accept } }).then((response) => response.text());
  const [text, openMetrics] = [(): Promise<string> => scrape('text/plain'), 'application/openmetrics-text'];
  const [, second, third] = workers as [Worker, Worker, Worker];
  const told: Record<string, unknown> = { urls, first: await text() };
  if (scenario === 'plain') {
    told['openMetrics'] = await scrape(openMetrics);
    const echoed = next(second, 'echo');
    second.send({ order: 'echo', id: 7, 'trefoil.metrics': 'mine' });
    told['echo'] = (await echoed)['echo'];
    // What looks like an answer, and is none, is not believed.
    for (const snapshots of ['[{"name":"forged"}]', 'null', 7]) {
      cluster.emit('message', second, { 'trefoil.metrics': 'collected', id: 1, isLast: false, snapshots });
    }
    // Nor is what cannot be shown, in a message that is in order otherwise.
    const last = { 'trefoil.metrics': 'collected', id: 0, isLast: true, snapshots: JSON.stringify(told99) };
    cluster.emit('message', { id: 99 }, last);
    cluster.emit('message', { id: 99 }, last);
    told['again'] = await text();
    told['reports'] = trefoil.status().reports;
  }
  if (scenario === 'dying' || scenario === 'stopping' || scenario === 'exiting') {
    const worked = next(third, 'worked');
    third.send({ order: 'work' });
    await worked;
    if (scenario === 'dying') told['before'] = await text();
    const gone = once(third, 'disconnect');
    const orderOf = { dying: 'die', stopping: 'stop', exiting: 'exit' };
    third.send({ order: orderOf[scenario] });
    await gone;
    const replaced = cluster.fork();
    await next(replaced, 'isReady');
    workers.push(replaced);
    told['after'] = await text();
  }
  if (scenario === 'hanging') {
    third.send({ order: 'hang' });
    told['after'] = await text();
    // To wait for it each time would take longer than this program may.
    for (let scrapes = 0; scrapes < 150; scrapes += 1) told['again'] = await text();
  }
  if (scenario === 'asked') {
    third.send({ order: 'hang' });
    const answer = text();
    await setTimeout(200);
    third.process.kill('SIGKILL');
    told['after'] = await answer;
  }
  for (const worker of workers) worker.process.kill('SIGKILL');
  await trefoil.shutdown();
  told['resources'] = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
  say(told);
  process.exit();
}

void (cluster.isPrimary ? lead() : work());
