import { Counter, Histogram, Registry } from 'prom-client';
import { PrometheusMetricsBackend } from 'trefoil';
import { markdownTable } from './markdown-table';
import { grouped, rounded, type Goal, type Measurement } from './measurement';
import { parseSamples } from './parse-samples';
import { inOrderOf, median } from './statistics';

const labelNames = ['store', 'operation'];
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const counter = { name: 'orders_total', help: 'Orders.', labelNames };
const histogram = { name: 'order_duration_seconds', help: 'Duration of orders in seconds.', labelNames, buckets };

/** A metrics library that holds the same series as the others. */
interface Scraped {
  readonly name: string;
  readonly scrape: () => Promise<string>;
  readonly ms: number[];
}

interface Scrape {
  readonly series: number;
  readonly samples: number;
  readonly rounds: number;
  readonly libraries: readonly { readonly name: string; readonly ms: number; readonly bytes: number }[];
  readonly problems: readonly string[];
}

/** How long a scrape of many series takes, during which the event loop stands still. */
export const scrape: Measurement<Scrape> = {
  name: 'scrape',
  title: 'A scrape of 10,000 series',
  async run({ isQuick }) {
    const series = 10_000;
    const rounds = isQuick ? 3 : 30;
    const contenders: Scraped[] = [
      { name: 'trefoil', scrape: observedScrape(series), ms: [] },
      { name: 'prom-client', scrape: promClientScrape(series), ms: [] },
    ];
    const texts: string[] = [];
    for (const { scrape: warmUp } of contenders) texts.push(await warmUp());
    for (let round = 0; round < rounds; round += 1) {
      for (const { scrape: scrapeOnce, ms } of inOrderOf(round, contenders)) {
        const start = performance.now();
        await scrapeOnce();
        ms.push(performance.now() - start);
      }
    }
    const [ours, theirs] = texts.map(parseSamples) as [Map<string, number>, Map<string, number>];
    return {
      series,
      samples: theirs.size,
      rounds,
      libraries: contenders.map(({ name, ms }, index) => ({
        name,
        ms: rounded(median(ms)),
        bytes: Buffer.byteLength(texts[index] ?? ''),
      })),
      problems: [...differences(ours, theirs, series)],
    };
  },
  problems: ({ problems }) => problems,
  goals: ({ libraries: [ours, theirs] }): Goal[] => {
    const ratio = (ours?.ms ?? Number.NaN) / (theirs?.ms ?? Number.NaN);
    const measured = ratio.toFixed(3);
    return [{ what: 'scrape of 10,000 series', goal: "<= 1.00 x prom-client's own", measured, isMet: ratio <= 1 }];
  },
  render: ({ samples, rounds, libraries }) =>
    [
      `Half of them counters, half of them histograms with ${buckets.length} buckets: ${grouped(samples)} lines. trefoil`,
      `renders its cells, prom-client the same series of its own. Medians of ${rounds} interleaved scrapes; both texts parse`,
      'to the same values.',
      '',
      markdownTable(
        ['', 'ms per scrape', 'bytes'],
        libraries.map(({ name, ms, bytes }) => [name, ms.toFixed(1), grouped(bytes)]),
      ),
    ].join('\n'),
};

/** Labels of each series, and a value that no other has. */
function* seriesOf(count: number): Generator<{ store: string; operation: string; value: number }> {
  for (let index = 0; index < count; index += 1) {
    yield { store: `Store${index % 100}`, operation: `operation "${Math.floor(index / 100)}"`, value: index / 1_000 };
  }
}

function observedScrape(series: number): () => Promise<string> {
  const backend = new PrometheusMetricsBackend();
  const counters = backend.declare({ ...counter, type: 'counter' });
  const histograms = backend.declare({ ...histogram, type: 'histogram' });
  for (const { store, operation, value } of seriesOf(series / 2)) {
    counters.series([store, operation]).record(value);
    histograms.series([store, operation]).record(value);
  }
  return () => backend.export();
}

function promClientScrape(series: number): () => Promise<string> {
  const registry = new Registry();
  const counters = new Counter({ ...counter, registers: [registry] });
  const histograms = new Histogram({ ...histogram, registers: [registry] });
  for (const { value, ...labels } of seriesOf(series / 2)) {
    counters.inc(labels, value);
    histograms.observe(labels, value);
  }
  return () => registry.metrics();
}

function* differences(
  ours: ReadonlyMap<string, number>,
  theirs: ReadonlyMap<string, number>,
  series: number,
): Generator<string> {
  // A counter has one line; a histogram one for each bucket, +Inf, the sum and the count.
  const expected = (series / 2) * (1 + buckets.length + 3);
  if (theirs.size !== expected) yield `expected ${expected} lines of prom-client, got ${theirs.size}`;
  if (ours.size !== theirs.size) yield `expected ${theirs.size} lines as of prom-client, got ${ours.size}`;
  for (const [sample, value] of theirs) {
    if (ours.get(sample) === value) continue;
    yield `${sample}: expected ${value} as of prom-client, got ${ours.get(sample)}`;
    return;
  }
}
