import { types } from 'node:util';
import { SpanStatusCode } from '@opentelemetry/api';
import type { AuditEvent, InMemoryAuditBackend, InMemorySpan, InMemoryTracer } from '../../src/index';
import type { InMemoryMetricsBackend } from '../../src/metrics/in-memory-metrics-backend';
import { familyOf, wrapperCount, type Decorator, type RandomCase, type RandomMethod } from './random-case';
import type { Seen, Strand, World } from './world';

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

/** How a call of one wrapper has to be recorded. */
interface Expected {
  readonly status: string;
  /** The message of its error, where it has one. */
  readonly message: string | undefined;
  readonly threw: boolean;
}

const pillars = ['Audited', 'Traced', 'Timed', 'Counted'] as const;
type PillarName = (typeof pillars)[number];

/** The pillars of each of a method's wrappers, from the outermost to the innermost. */
function wrappersOf(method: RandomMethod, { inheritance }: RandomCase): ReadonlySet<PillarName>[] {
  const { stack, foreignAt } = method;
  const parts = (): ReadonlySet<PillarName>[] => {
    if (stack === 'class-wide') return [new Set(pillars)];
    if (stack.length === 0) return [];
    const divided = wrapperCount(method) === 2 ? [stack.slice(0, foreignAt), stack.slice(foreignAt)] : [stack];
    return divided.map((part: readonly Decorator[]) => {
      return new Set(part.flatMap((each): readonly PillarName[] => (each === 'Observed' ? pillars : [each])));
    });
  };
  return inheritance === 'decorated super' ? [...parts(), ...parts()] : parts();
}

/** What is wrong with the records of a run, held against what its callers saw; `undefined` where nothing is. */
export function wrongRecord(world: World, random: RandomCase, recorded: Recorded): string | undefined {
  const expected = new Map<string, number>();
  let timed = 0;
  let isWholeCase = true;
  for (const strand of world.strands) {
    const { method } = strand;
    if (method === undefined) continue;
    const wanted = expectedOf(strand, method);
    if (wanted === undefined) {
      isWholeCase = false;
      continue;
    }
    const wrappers = wrappersOf(method, random);
    const id = correlationOf(world, strand);
    // An intent is `unknown`: its outcome is an event of its own.
    const events = recorded.events.filter(({ correlationId, status }) => correlationId === id && status !== 'unknown');
    const audited = wrappers.filter((wrapper) => wrapper.has('Audited')).length;
    // What is thrown and is no error has a text of trefoil's.
    const hasMessages = wanted.every(({ threw, message }) => !threw || message !== undefined);
    const eventOf = (event: AuditEvent): string => (hasMessages ? describeEvent(event) : event.status);
    const traced = wrappers.filter((wrapper) => wrapper.has('Traced')).length;
    const found =
      wrong(
        `audit events of ${strand.name}`,
        times(wanted, audited).map((each) => (hasMessages ? describe(each) : each.status)),
        events.map(eventOf),
      ) ?? wrongSpans(world, strand, recorded.spans, times(wanted, traced), random);
    if (found !== undefined) return found;
    timed += wanted.length * wrappers.filter((wrapper) => wrapper.has('Timed')).length;
    for (const { status } of wanted) {
      const count = wrappers.filter((wrapper) => wrapper.has('Counted')).length;
      if (count > 0) expected.set(status, (expected.get(status) ?? 0) + count);
    }
  }
  if (!isWholeCase) return undefined;
  const list = (counts: ReadonlyMap<string, number>): string[] =>
    [...counts].filter(([, count]) => count > 0).map(([status, count]) => `${status}: ${count}`);
  return (
    wrong('counters', list(expected), list(recorded.counted)) ??
    wrong('durations', [String(timed)], [String(recorded.timed)])
  );
}

/** `undefined` where the caller cannot know. */
function expectedOf(strand: Strand, method: RandomMethod): readonly Expected[] | undefined {
  // Of a class, only the methods whose event type can be inferred are covered.
  if (strand.seen === undefined || method.stack === 'class-wide') return undefined;
  if (method.option === 'when not') return [];
  const isPartial = method.option === 'partial outcome';
  // Of a divided stack, one part alone has it.
  if (isPartial && wrapperCount(method) === 2) return undefined;
  return strand.seen.map((seen) => ({
    threw: seen.threw,
    status: isPartial ? 'partial' : statusOf(seen),
    message: messageOf(seen),
  }));
}

function statusOf({ threw, error, isCancelled }: Seen): string {
  if (isCancelled === true) return 'cancelled';
  if (!threw) return 'success';
  return types.isNativeError(error) && error.name === 'AbortError' ? 'cancelled' : 'failure';
}

function messageOf({ threw, error }: Seen): string | undefined {
  return threw && types.isNativeError(error) && Object.hasOwn(error, 'message') ? error.message : undefined;
}

/** Its spans, and that each is the child of a span of what made the call. */
function wrongSpans(
  world: World,
  strand: Strand,
  spans: readonly InMemorySpan[],
  wanted: readonly Expected[],
  random: RandomCase,
): string | undefined {
  const own = spans.filter((span) => span.attributes['correlation.id'] === correlationOf(world, strand));
  const found = wrong(
    `spans of ${strand.name}`,
    wanted.map(({ status }) => spanOf(status)),
    own.map(describeSpan),
  );
  if (found !== undefined || wanted.length === 0) return found;
  const strands = new Map(spans.map((span) => [span.spanContext().spanId, span.attributes['correlation.id']]));
  let caller = strand.caller;
  const isTraced = ({ method }: Strand): boolean =>
    method?.option !== 'when not' && wrappersOf(method as RandomMethod, random).some((each) => each.has('Traced'));
  while (caller !== undefined && !isTraced(caller)) caller = caller.caller;
  // It may not have ended yet.
  if (caller !== undefined && (caller.seen === undefined || caller.method?.stack === 'class-wide')) return undefined;
  const parent = caller === undefined ? undefined : correlationOf(world, caller);
  // What the method itself calls before it returns a lazy result: no run of that has begun, and the parent is none of them.
  const isBeforeRun = caller !== undefined && isLazy(caller.method as RandomMethod);
  for (const { parentSpanId } of own) {
    const of = parentSpanId === undefined ? undefined : strands.get(parentSpanId);
    if (isBeforeRun && of === undefined && parentSpanId !== undefined) continue;
    if (of !== parent && of !== correlationOf(world, strand)) {
      return `recorded, parent of ${strand.name}: "${parent ?? 'none'}" became "${String(of ?? parentSpanId ?? 'none')}"`;
    }
  }
  return undefined;
}

/** Whether each run of the result is a call, and the call of the method itself is none. */
function isLazy({ kind, gives }: RandomMethod): boolean {
  const isLazyValue = kind === 'iterator by hand' || (kind === 'returns' && gives === 'thenable');
  return isLazyValue || ['thenable', 'observable'].includes(familyOf(kind));
}

function spanOf(status: string): string {
  return status === 'failure' ? 'failure ERROR' : status;
}

function describeSpan({ attributes, status }: InMemorySpan): string {
  return `${String(attributes['store.outcome'])}${status.code === SpanStatusCode.ERROR ? ' ERROR' : ''}`;
}

function times(wanted: readonly Expected[], count: number): Expected[] {
  return Array.from({ length: count }, () => wanted).flat();
}

function describe({ status, message }: Expected): string {
  return message === undefined ? status : `${status}: ${message}`;
}

function describeEvent({ status, errorMessage, errorType }: AuditEvent): string {
  if (errorMessage === undefined) return status;
  const prefix = `${errorType}: `;
  return `${status}: ${errorMessage.startsWith(prefix) ? errorMessage.slice(prefix.length) : errorMessage}`;
}

function wrong(where: string, wanted: readonly string[], found: readonly string[]): string | undefined {
  const [one, other] = [[...wanted].sort().join(), [...found].sort().join()];
  return one === other ? undefined : `recorded, ${where}: "${one}" became "${other}"`;
}
