import type { Evidence } from './evidence';
import type { Load } from './load';
import { pair, type PairRow } from './pair';
import { compareStoreMetrics } from './store-metrics';
import { Tally } from './tally';
import { effectsOf } from './traffic-effects';

/** The places that keep a figure for each operation and status; the histogram has one for each operation. */
const sources = ['audit', 'counter', 'spans', 'log'] as const;

/** What every source says of one operation and status. */
interface CallRow {
  readonly operation: string;
  readonly status: string;
  /** What the client saw. */
  readonly requests: number;
  /** None in the counter for what was called after the scrape. */
  readonly counts: Readonly<Record<(typeof sources)[number], number | undefined>>;
  readonly agrees: boolean;
}

/** The store closes when nobody can scrape any more. */
const afterScrape = 'close';

/** Everything that was compared. */
export interface Comparison {
  readonly calls: readonly CallRow[];
  /** Requests that reached an operation, and the count of its histogram. */
  readonly histogram: readonly PairRow[];
  /** What the client saw of the standard metrics that count no calls, and what they say. */
  readonly metrics: readonly PairRow[];
  /** Requests that must have changed a row, and the triggers' count. */
  readonly rows: readonly PairRow[];
  /** Requests sent, and answers of the kind that was expected. */
  readonly answers: readonly PairRow[];
  /** Calls, and how many have the same ids everywhere. */
  readonly linked: PairRow;
  readonly disagreements: number;
}

/** Holds what the client saw against what the service has left behind. */
export function compare(loads: readonly Load[], evidence: Evidence, linkedCalls: number): Comparison {
  const calls = compareCalls(loads, evidence);
  const histogram = compareHistogram(calls, evidence);
  const metrics = compareStoreMetrics(loads, evidence);
  const rows = (['insert', 'update', 'delete'] as const).map((change) =>
    pair(
      change,
      effectsOf(loads).reduce((sum, { effect, count }) => sum + (effect.row === change ? count : 0), 0),
      evidence.rowChanges[change],
    ),
  );
  const answers = loads.map((load) => pair(load.traffic.title, load.sent, expectedAnswers(load)));
  const linked = pair(
    'all',
    calls.reduce((sum, { requests }) => sum + requests, 0),
    linkedCalls,
  );
  const all = [...calls, ...histogram, ...metrics, ...rows, ...answers, linked];
  return {
    calls,
    histogram,
    metrics,
    rows,
    answers,
    linked,
    disagreements: all.filter(({ agrees }) => !agrees).length,
  };
}

function compareCalls(loads: readonly Load[], evidence: Evidence): CallRow[] {
  const requests = new Tally();
  for (const { effect, count } of effectsOf(loads)) if (effect.call !== undefined) requests.add(effect.call, count);
  for (const operation of ['open', afterScrape]) requests.add([operation, 'success']);

  const tallies = { audit: new Tally(), counter: new Tally(), spans: new Tally(), log: new Tally() };
  for (const event of evidence.auditEvents) {
    // The audit trail names the class, too.
    tallies.audit.add([String(event['operation']).replace(/^OrderStore\./, ''), event['status']]);
  }
  for (const { name, labels, value } of evidence.samples) {
    if (name === 'store_operations_total') tallies.counter.add([labels['operation'], labels['status']], value);
  }
  for (const { attributes } of evidence.spans) {
    tallies.spans.add([attributes['store.operation'], attributes['store.outcome']]);
  }
  for (const line of evidence.logLines) tallies.log.add([line['operation'], line['outcome']]);

  const keys = new Set([requests, ...Object.values(tallies)].flatMap((tally) => [...tally.counts.keys()]));
  return [...keys].sort().map((key) => {
    const [operation = '', status = ''] = key.split(' ');
    const expected = requests.of(key);
    const counts = {
      audit: tallies.audit.of(key),
      counter: operation === afterScrape ? undefined : tallies.counter.of(key),
      spans: tallies.spans.of(key),
      log: tallies.log.of(key),
    };
    const agrees = sources.every((one) => (counts[one] ?? expected) === expected);
    return { operation, status, requests: expected, counts, agrees };
  });
}

function compareHistogram(calls: readonly CallRow[], { samples }: Evidence): PairRow[] {
  const expected = new Tally();
  for (const { operation, requests, counts } of calls) {
    if (counts.counter !== undefined) expected.add([operation], requests);
  }
  const found = new Tally();
  for (const { name, labels, value } of samples) {
    if (name === 'store_operation_duration_seconds_count') found.add([labels['operation']], value);
  }
  const operations = new Set([...expected.counts.keys(), ...found.counts.keys()]);
  return [...operations].map((operation) => pair(operation, expected.of(operation), found.of(operation)));
}

function expectedAnswers({ traffic, byStatus }: Load): number {
  return Object.keys(traffic.effects).reduce((sum, status) => sum + (byStatus[Number(status)] ?? 0), 0);
}
