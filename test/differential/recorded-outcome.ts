import type { AuditEvent, InMemoryAuditBackend, InMemorySpan, InMemoryTracer } from '../../src/index';
import type { InMemoryMetricsBackend } from '../../src/metrics/in-memory-metrics-backend';
import { describe, describeEvent, expectedOf, type Expected } from './expected-outcome';
import type { RandomCase } from './random-case';
import { wrongSpans } from './recorded-spans';
import type { PillarName } from './wrappers';
import type { Strand, World } from './world';

/** The backends of a state that keeps what it records. */
export interface Records {
  readonly audit: InMemoryAuditBackend;
  readonly metrics: InMemoryMetricsBackend;
  readonly tracer: InMemoryTracer;
}

/** What one run has left behind in them. */
export interface Recorded {
  readonly events: readonly AuditEvent[];
  readonly spans: readonly InMemorySpan[];
  /** `store_operations_total`, by status. */
  readonly counted: ReadonlyMap<string, number>;
  /** How many durations there are. */
  readonly timed: number;
}

export function clearRecords({ audit, metrics, tracer }: Records): void {
  audit.clear();
  metrics.reset();
  tracer.clear();
}

export function readRecords({ audit, metrics, tracer }: Records): Recorded {
  const counted = new Map<string, number>();
  for (const metric of metrics.valuesOf('store_operations_total')) {
    if (metric.type !== 'counter') continue;
    const status = String(metric.labels['status']);
    counted.set(status, (counted.get(status) ?? 0) + metric.value);
  }
  let timed = 0;
  for (const metric of metrics.valuesOf('store_operation_duration_seconds')) {
    if (metric.type === 'histogram') timed += metric.count;
  }
  return { events: audit.getAll(), spans: tracer.getSpans(), counted, timed };
}

/** The correlation id of everything that a strand calls. */
export function correlationOf(world: World, strand: Strand): string {
  return `${world.id} ${strand.name}`;
}

/** What is wrong with the records of a run, held against what its callers saw; `undefined` where nothing is. */
export function wrongRecord(world: World, random: RandomCase, recorded: Recorded): string | undefined {
  const counted = new Map<string, number>();
  let timed = 0;
  let isWholeCase = true;
  for (const strand of world.strands) {
    if (strand.method === undefined) continue;
    const expected = expectedOf(strand, random);
    if (expected === undefined) {
      isWholeCase = false;
      continue;
    }
    const by = (pillar: PillarName): Expected[][] =>
      expected.filter(({ pillars }) => pillars.has(pillar)).map(({ ends }) => [...ends]);
    const found =
      wrongEvents(world, strand, recorded.events, by('Audited').flat()) ??
      wrongSpans(world, strand, recorded.spans, by('Traced'), random);
    if (found !== undefined) return found;
    timed += by('Timed').flat().length;
    for (const { status } of by('Counted').flat()) counted.set(status, (counted.get(status) ?? 0) + 1);
  }
  if (!isWholeCase) return undefined;
  const list = (counts: ReadonlyMap<string, number>): string[] =>
    [...counts].filter(([, count]) => count > 0).map(([status, count]) => `${status}: ${count}`);
  return (
    wrong('counters', list(counted), list(recorded.counted)) ??
    wrong('durations', [String(timed)], [String(recorded.timed)])
  );
}

/** What should have been recorded already, before what is still open is given up; `undefined` where all is. */
export function missingRecord(world: World, random: RandomCase, recorded: Recorded): string | undefined {
  for (const strand of world.strands) {
    const expected = strand.method === undefined ? undefined : expectedOf(strand, random);
    const audited = (expected ?? []).filter(({ pillars }) => pillars.has('Audited')).flatMap(({ ends }) => ends);
    const wanted = audited.filter(({ isGivenUp }) => !isGivenUp);
    const left = eventsOf(world, strand, recorded.events).map(({ status }) => String(status));
    for (const { status } of wanted) {
      const at = left.indexOf(status);
      if (at < 0)
        return `recorded, audit events of ${strand.name} in time: "${status}" became "nothing" ${JSON.stringify(eventsOf(world, strand, recorded.events).map((e) => [e.status, e.errorMessage]))} ${strand.events.join('; ')}`;
      left.splice(at, 1);
    }
  }
  return undefined;
}

/** An intent is `unknown`: its outcome is an event of its own. */
function eventsOf(world: World, strand: Strand, events: readonly AuditEvent[]): readonly AuditEvent[] {
  const id = correlationOf(world, strand);
  return events.filter(({ correlationId, status }) => correlationId === id && status !== 'unknown');
}

function wrongEvents(
  world: World,
  strand: Strand,
  events: readonly AuditEvent[],
  wanted: readonly Expected[],
): string | undefined {
  // What is thrown and is no error has a text of trefoil's.
  const hasMessages = wanted.every(
    ({ threw, isCancelled, message }) => message !== undefined || !(threw || isCancelled),
  );
  return wrong(
    `audit events of ${strand.name}`,
    wanted.map((each) => (hasMessages ? describe(each) : each.status)),
    eventsOf(world, strand, events).map((event) => (hasMessages ? describeEvent(event) : event.status)),
  );
}

export function wrong(where: string, wanted: readonly string[], found: readonly string[]): string | undefined {
  const [one, other] = [[...wanted].sort().join(), [...found].sort().join()];
  return one === other ? undefined : `recorded, ${where}: "${one}" became "${other}"`;
}
