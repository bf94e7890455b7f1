import type { Evidence } from './evidence';
import type { Load } from './load';

/** The places that keep a figure for each operation and status; the histogram has one for each operation. */
const sources = ['audit', 'counter', 'spans', 'log'] as const;

/** What every source says of one operation and status. */
interface CallRow {
  readonly operation: string;
  readonly status: string;
  /** What the client saw. */
  readonly requests: number;
  readonly counts: Readonly<Record<(typeof sources)[number], number>>;
  readonly agrees: boolean;
}

/** Two figures that must be equal. */
export interface PairRow {
  readonly subject: string;
  readonly expected: number;
  readonly found: number;
  readonly agrees: boolean;
}

/** Everything that was compared. */
export interface Comparison {
  readonly calls: readonly CallRow[];
  /** Requests that reached an operation, and the count of its histogram. */
  readonly histogram: readonly PairRow[];
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
  const all = [...calls, ...histogram, ...rows, ...answers, linked];
  return { calls, histogram, rows, answers, linked, disagreements: all.filter(({ agrees }) => !agrees).length };
}

function compareCalls(loads: readonly Load[], evidence: Evidence): CallRow[] {
  const requests = new Tally();
  for (const { effect, count } of effectsOf(loads)) if (effect.call !== undefined) requests.add(effect.call, count);

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
      counter: tallies.counter.of(key),
      spans: tallies.spans.of(key),
      log: tallies.log.of(key),
    };
    return { operation, status, requests: expected, counts, agrees: sources.every((one) => counts[one] === expected) };
  });
}

function compareHistogram(calls: readonly CallRow[], { samples }: Evidence): PairRow[] {
  const expected = new Tally();
  for (const { operation, requests } of calls) expected.add([operation], requests);
  const found = new Tally();
  for (const { name, labels, value } of samples) {
    if (name === 'store_operation_duration_seconds_count') found.add([labels['operation']], value);
  }
  const operations = new Set([...expected.counts.keys(), ...found.counts.keys()]);
  return [...operations].map((operation) => pair(operation, expected.of(operation), found.of(operation)));
}

function effectsOf(loads: readonly Load[]) {
  return loads.flatMap(({ traffic, byStatus }) =>
    Object.entries(traffic.effects).map(([status, effect]) => ({ effect, count: byStatus[Number(status)] ?? 0 })),
  );
}

function expectedAnswers({ traffic, byStatus }: Load): number {
  return Object.keys(traffic.effects).reduce((sum, status) => sum + (byStatus[Number(status)] ?? 0), 0);
}

function pair(subject: string, expected: number, found: number): PairRow {
  return { subject, expected, found, agrees: expected === found };
}

/** Counts by a key of several parts. */
class Tally {
  readonly counts = new Map<string, number>();

  add(parts: readonly unknown[], count = 1): void {
    const key = parts.join(' ');
    if (count !== 0) this.counts.set(key, this.of(key) + count);
  }

  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }
}
