import { join } from 'node:path';
import { startReceiver, startService } from '../../examples/orders/driver/child-process';
import { effectsOf } from '../../examples/orders/driver/traffic-effects';
import { send, sendAll, type Load } from '../../examples/orders/driver/load';
import { countRowChanges, lockNowAndThen } from '../../examples/orders/driver/row-changes';
import type { ReceivedSpan } from '../../examples/orders/driver/span-receiver';
import { compareStoreMetrics } from '../../examples/orders/driver/store-metrics';
import { Tally } from '../../examples/orders/driver/tally';
import { mixedTraffic, seedTraffic } from '../../examples/orders/driver/traffic';
import { barOf, cannotRun, type Bar } from '../faults/bar';
import { differences } from './differences';
import { expositionProblems } from './exposition';
import { PrometheusServer, type StoredSample } from './prometheus-server';
import { eventually, whyMissing } from './server-process';

/** The standard metrics with their types and labels. */
const standard: readonly (readonly [name: string, type: string, ...labels: string[]])[] = [
  ['store_operations_total', 'counter', 'operation', 'status', 'store'],
  ['store_operation_duration_seconds', 'histogram', 'operation', 'store'],
  ['store_bytes_read_total', 'counter', 'store'],
  ['store_bytes_written_total', 'counter', 'store'],
  ['store_connections_active', 'gauge', 'store'],
  ['store_cache_hits_total', 'counter', 'store'],
  ['store_cache_misses_total', 'counter', 'store'],
  ['store_errors_total', 'counter', 'error_type', 'store'],
];

/** A real Prometheus scrapes the demo while a load generator drives it, and is held against what the clients saw. */
export async function* prometheus(folder: string): AsyncGenerator<Bar> {
  const missing = whyMissing('prometheus') ?? whyMissing('promtool');
  if (missing !== undefined) return yield cannotRun('scrapes the demo', missing);
  const receiver = await startReceiver();
  const directory = join(folder, 'orders');
  const task = { directory, port: 0, metricsPort: 0, collectorUrl: receiver.ready.url, observed: true };
  const service = await startService(task);
  const server = await PrometheusServer.start(folder, new URL(service.ready.metricsUrl).host);
  try {
    const before = await firstScrape(server);
    const loads = await drive(service.ready.url, service.ready.databaseFile);
    const samples = await settled(server, loads);
    yield standardMetricsBar(samples, before, await server.metadata());
    yield countsBar(loads, samples);
    yield await firstFailuresBar(server, before, samples);
    yield* await expositionBars(service.ready.metricsUrl, samples);
    // What waits in a batch is on its way once the service has stopped.
    const exemplars = await server.exemplars('store_operation_duration_seconds_bucket');
    await service.stop();
    const spans = (await (await fetch(`${receiver.ready.url}/spans`)).json()) as ReceivedSpan[];
    yield exemplarBar(exemplars, spans);
  } finally {
    await Promise.all([server.stop(), service.stop(), receiver.stop()]);
  }
}

async function drive(url: string, databaseFile: string): Promise<Load[]> {
  countRowChanges(databaseFile);
  const seed = await send(url, seedTraffic(400));
  const locker = lockNowAndThen(databaseFile);
  try {
    return [seed, ...(await sendAll(url, mixedTraffic(seed.created)))];
  } finally {
    locker.stop();
  }
}

/** What was there before the first request. */
function firstScrape(server: PrometheusServer): Promise<StoredSample[]> {
  return eventually('Prometheus has scraped the service', async () => {
    const up = await server.query('up');
    if (up.length === 0) return undefined;
    if (up[0]?.value !== 1) throw new Error(`Prometheus cannot scrape: ${await server.scrapeError()}`);
    return server.query('{job="trefoil"}');
  });
}

/** What is there once a scrape has come after the last request. */
function settled(server: PrometheusServer, loads: readonly Load[]): Promise<StoredSample[]> {
  const calls = effectsOf(loads).reduce((sum, { effect, count }) => sum + (effect.call === undefined ? 0 : count), 1);
  return eventually(`Prometheus has seen ${calls} calls`, async () => {
    const samples = await server.query('{job="trefoil"}');
    const seen = samples.filter(({ name }) => name === 'store_operations_total');
    return seen.reduce((sum, { value }) => sum + value, 0) >= calls ? samples : undefined;
  });
}

function standardMetricsBar(
  samples: readonly StoredSample[],
  before: readonly StoredSample[],
  metadata: Awaited<ReturnType<PrometheusServer['metadata']>>,
): Bar {
  const violations = standard.flatMap(([name, type, ...labels]) => {
    const series = samples.filter((sample) => sample.name === (type === 'histogram' ? `${name}_count` : name));
    // OpenMetrics names a family of counters without its suffix.
    const described = metadata[name] ?? metadata[name.replace(/_total$/, '')];
    const found = [...new Set(series.flatMap((one) => Object.keys(one.labels)))].sort();
    const movedFrom = before.filter((one) => series.some(({ name: same }) => same === one.name));
    const hasMoved = sum(series) !== sum(movedFrom) || (name === 'store_connections_active' && sum(series) === 1);
    return [
      ...(described?.[0]?.type === type ? [] : [`${name}: expected the type ${type}, got ${described?.[0]?.type}`]),
      ...(found.join() === labels.join() ? [] : [`${name}: expected the labels ${labels.join()}, got ${found.join()}`]),
      ...(hasMoved ? [] : [`${name}: has not moved from ${sum(movedFrom)}`]),
    ];
  });
  const series = samples.filter(({ name }) => name.startsWith('store_')).length;
  return barOf('standard metrics', true, `${standard.length} families, ${series} series, in Prometheus`, violations);
}

/** A rate sees the first failure of an operation only where its series was there, at zero, before. */
async function firstFailuresBar(
  server: PrometheusServer,
  before: readonly StoredSample[],
  samples: readonly StoredSample[],
): Promise<Bar> {
  const isFailures = ({ name, labels }: StoredSample): boolean =>
    name === 'store_operations_total' && labels['status'] === 'failure';
  const failed = samples.filter((one) => isFailures(one) && one.value > 0).map(({ labels }) => labels['operation']);
  const atZero = before.filter((one) => isFailures(one) && one.value === 0).map(({ labels }) => labels['operation']);
  const increases = await server.query('increase(store_operations_total{status="failure"}[10m]) > 0');
  const increased = increases.map(({ labels }) => labels['operation']);
  const violations = [
    ...failed.filter((operation) => !atZero.includes(operation)).map((operation) => `${operation}: not at zero before`),
    ...failed.filter((operation) => !increased.includes(operation)).map((operation) => `${operation}: no increase`),
  ];
  const detail = `${atZero.length} operations at zero before; increase() of the ${failed.length} that failed`;
  return barOf('first failures', failed.length > 0, detail, violations);
}

function countsBar(loads: readonly Load[], samples: readonly StoredSample[]): Bar {
  const expected = new Tally();
  for (const { effect, count } of effectsOf(loads)) if (effect.call !== undefined) expected.add(effect.call, count);
  expected.add(['open', 'success']);
  const operations = new Tally();
  for (const [key, count] of expected.counts) operations.add([key.split(' ')[0]], count);
  const counted = new Tally();
  const timed = new Tally();
  for (const { name, labels, value } of samples) {
    if (name === 'store_operations_total') counted.add([labels['operation'], labels['status']], value);
    if (name === 'store_operation_duration_seconds_count') timed.add([labels['operation']], value);
  }
  const others = compareStoreMetrics(loads, { samples: samples.map((sample) => ({ ...sample, line: '' })) });
  const violations = [
    ...differences('counter', expected, counted),
    ...differences('histogram', operations, timed),
    ...others.filter(({ agrees }) => !agrees).map((row) => `${row.subject}: ${row.found} instead of ${row.expected}`),
  ];
  const calls = [...expected.counts.values()].reduce((all, count) => all + count, 0);
  const figures = expected.counts.size + operations.counts.size + others.length;
  return barOf('counts', true, `${calls} calls; ${figures} figures held against the clients' own`, violations);
}

async function expositionBars(metricsUrl: string, stored: readonly StoredSample[]): Promise<Bar[]> {
  const text = await (await fetch(metricsUrl, { headers: { accept: 'text/plain' } })).text();
  const response = await fetch(metricsUrl, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
  const openMetrics = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const violations = [
    ...(type.startsWith('application/openmetrics-text') ? [] : [`the content type is ${type}`]),
    ...(openMetrics.endsWith('# EOF\n') ? [] : ['it does not end with # EOF']),
    ...stored.filter(({ name }) => name.startsWith('store_') && !openMetrics.includes(name)).map(({ name }) => name),
  ];
  return [
    barOf(
      'the text format',
      true,
      `${text.length} bytes, read by promtool and by npm's parser`,
      expositionProblems(text),
    ),
    barOf('OpenMetrics', true, `${openMetrics.length} bytes, as Prometheus has scraped it`, violations),
  ];
}

function exemplarBar(found: Awaited<ReturnType<PrometheusServer['exemplars']>>, spans: readonly ReceivedSpan[]): Bar {
  const received = new Map(spans.map((span) => [span.spanId, span.traceId]));
  const exemplars = found.flatMap(({ exemplars: ofSeries }) => ofSeries);
  const violations = exemplars
    .filter(({ labels }) => received.get(labels['span_id'] ?? '') !== labels['trace_id'])
    .map(({ labels }) => `no span of the trace ${labels['trace_id']} is ${labels['span_id']}`);
  const detail = `${exemplars.length} of ${found.length} series, each a span that was received`;
  return barOf('exemplars', exemplars.length > 0, detail, violations);
}

function sum(samples: readonly StoredSample[]): number {
  return samples.reduce((all, { value }) => all + value, 0);
}
