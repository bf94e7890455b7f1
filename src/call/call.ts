import type { Attributes, Span } from '@opentelemetry/api';
import { inheritBoundFields } from './bound-fields';
import { boundedId } from './bounded-id';
import { monotonicMs } from './clock';
import type { HandlerTarget } from './handler-target';
import type { AuditChanges } from './operation';
import type { Outcome } from './outcome';
import type { RequestContext } from './request-context';
import { monotonicNs, timelineAt, type Timeline } from './timeline';

/** What the running method may say of its own call; every method does nothing outside a call. */
export interface CurrentCall {
  /** Adds to the call's span, audit event and log line; redacted like every other value. */
  setAttribute(key: string, value: unknown): void;
  /** Adds an event to the call's span, such as a retry. */
  addEvent(name: string, attributes?: Readonly<Record<string, unknown>>): void;
  /** Adds to `store_bytes_read_total`, in bytes. */
  recordBytesRead(bytes: number): void;
  /** Adds to `store_bytes_written_total`, in bytes. */
  recordBytesWritten(bytes: number): void;
  /** Adds one to `store_cache_hits_total`. */
  cacheHit(): void;
  /** Adds one to `store_cache_misses_total`. */
  cacheMiss(): void;
  /** Says who the call is for, where only the method itself learns it. */
  setUser(user: string): void;
}

/** Of a call that has none, or has let go of them. */
export const noArguments: readonly unknown[] = Object.freeze([]);

/**
 * One call of a decorated method: the record that every pillar reads, so that audit entry, histogram sample, span and
 * log line cannot disagree.
 */
export class Call implements CurrentCall {
  readonly target: HandlerTarget;
  /** The decorated call around this one, until this one has settled. */
  parent: Call | undefined;
  readonly request: RequestContext | undefined;
  /** Monotonic clock at the start, milliseconds; only differences mean anything. */
  readonly startedAtMonotonicMs = monotonicMs();
  /** What the wall clock shows meanwhile: by the timeline of the call around it, where there is one. */
  timeline: Timeline;
  /** Set when the call settles. */
  durationMs = 0;
  /** Set when the call settles; `undefined` while it runs. */
  outcome: Outcome | undefined = undefined;
  /** Whether the method threw or its promise rejected; `error` then holds what, which may be `undefined`. */
  threw = false;
  error: unknown = undefined;
  /** The result, until the handlers are done with it. */
  result: unknown = undefined;
  /** The arguments, until the handlers are done with them. */
  args: readonly unknown[];
  span: Span | undefined = undefined;
  traceId: string | undefined = undefined;
  spanId: string | undefined = undefined;
  storeId: string | undefined = undefined;
  item: string | undefined = undefined;
  user: string | undefined = undefined;
  /** Redacted; for spans, audit and logs, never for metrics. */
  attributes: Record<string, unknown> | undefined = undefined;
  /** Redacted; for audit only. */
  metadata: Record<string, unknown> | undefined = undefined;
  /** The same. */
  changes: AuditChanges | undefined = undefined;
  bytesRead = 0;
  bytesWritten = 0;
  cacheHits = 0;
  cacheMisses = 0;
  /** One bit for each pillar whose `when` said no. */
  skipped = 0;
  #auditId: string | undefined = undefined;
  #event: { readonly eventId: string } | undefined = undefined;
  readonly #correlationId: string | undefined;
  #kept: Map<object, unknown> | undefined = undefined;
  #calledBelow: Map<object, number> | undefined = undefined;

  constructor(
    target: HandlerTarget,
    parent: Call | undefined,
    request: RequestContext | undefined,
    args: readonly unknown[],
  ) {
    this.target = target;
    this.parent = parent;
    this.request = request;
    this.args = args;
    this.timeline = timelineAt(this.startedAtMonotonicMs, parent?.timeline);
    // Taken at once: to ask the parent later would keep the whole chain of them alive.
    this.#correlationId = request?.correlationId ?? parent?.correlationId;
  }

  /** The start, in whole milliseconds since the Unix epoch. */
  get startedAtMs(): number {
    return this.timeline.msAt(monotonicNs(this.startedAtMonotonicMs));
  }

  /** The end, in whole nanoseconds of the monotonic clock; the start until the call has settled. */
  get endedAtNs(): number {
    return monotonicNs(this.startedAtMonotonicMs + this.durationMs);
  }

  /** Goes by the timeline of the trace that the call is part of. */
  joinTimeline(ofTrace: Timeline | undefined): void {
    if (ofTrace !== undefined) this.timeline = timelineAt(this.startedAtMonotonicMs, ofTrace);
  }

  /** The value of the `operation` label. */
  get operationName(): string {
    return this.target.operationName;
  }

  /** Made when it is first asked for, so that a call which nobody audits pays nothing for it. */
  get auditId(): string {
    return (this.#auditId ??= this.#event?.eventId ?? this.target.generateId());
  }

  /** The request's, else the parent's, else the trace's, else the audit id. */
  get correlationId(): string {
    return this.#correlationId ?? this.traceId ?? this.auditId;
  }

  /** The correlation id that others gave the call. */
  get givenCorrelationId(): string | undefined {
    return this.#correlationId;
  }

  /**
   * From here on the audit id is that of the event, which makes it when somebody reads it.
   *
   * @returns the id that the event has to take, where it has been made already
   */
  auditedBy(event: { readonly eventId: string }): string | undefined {
    const made = this.#auditId ?? this.#event?.eventId;
    this.#event = event;
    return made;
  }

  /** Counts a call of an operation directly below this one; says once, for each operation, that there are too many. */
  countBelow(operation: object, limit: number): boolean {
    const counts = (this.#calledBelow ??= new Map<object, number>());
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count > limit ? Number.POSITIVE_INFINITY : count);
    return count === limit + 1;
  }

  /** Takes a call back that has turned out to be none. */
  discountBelow(operation: object): void {
    const count = this.#calledBelow?.get(operation);
    if (count !== undefined) this.#calledBelow?.set(operation, count - 1);
  }

  /** Lets a handler keep something from `onStart` to `onSettle`. */
  keep(handler: object, value: unknown): void {
    (this.#kept ??= new Map()).set(handler, value);
  }

  kept(handler: object): unknown {
    return this.#kept?.get(handler);
  }

  setAttribute(key: string, value: unknown): void {
    if (this.outcome !== undefined) return;
    this.#guarded(() => Object.assign((this.attributes ??= {}), this.target.redactor.redactRecord({ [key]: value })));
  }

  addEvent(name: string, attributes?: Readonly<Record<string, unknown>>): void {
    const { span } = this;
    if (this.outcome !== undefined || span === undefined) return;
    const { redactor } = this.target;
    // By the call's own clocks: by others, the event of a short call would lie behind its end.
    const time = this.timeline.now();
    this.#guarded(() =>
      span.addEvent(redactor.redactText(name), redactor.redactRecord(attributes) as Attributes, time),
    );
  }

  recordBytesRead(bytes: number): void {
    if (isAmount(bytes)) this.bytesRead += bytes;
  }

  recordBytesWritten(bytes: number): void {
    if (isAmount(bytes)) this.bytesWritten += bytes;
  }

  cacheHit(): void {
    this.cacheHits += 1;
  }

  cacheMiss(): void {
    this.cacheMisses += 1;
  }

  setUser(user: string): void {
    if (this.outcome === undefined) this.#guarded(() => (this.user = boundedId(String(user))));
  }

  /**
   * A copy to end the call by, where nobody may be left to end it: with everything that is recorded of it by now, and nothing
   * that leads to the user's own objects, which it must not keep alive.
   */
  copyToEnd(): Call {
    const { request } = this;
    const { data: _data, ...ids } = request ?? { data: undefined };
    const copy = new Call(this.target, this.parent, request && (ids as RequestContext), noArguments);
    if (copy.request !== undefined) inheritBoundFields(request, copy.request);
    const { startedAtMonotonicMs, timeline, span, traceId, spanId, storeId, item, user, skipped } = this;
    const { attributes, metadata, changes, bytesRead, bytesWritten, cacheHits, cacheMisses } = this;
    Object.assign(copy, { startedAtMonotonicMs, timeline, span, traceId, spanId, storeId, item, user, skipped });
    Object.assign(copy, { attributes, metadata, changes, bytesRead, bytesWritten, cacheHits, cacheMisses });
    copy.parent = undefined;
    copy.#auditId = this.#auditId;
    copy.#event = this.#event;
    copy.#kept = this.#kept;
    return copy;
  }

  /** Let go of everything that belongs to the user; an audit event may hold the call for long. */
  release(): void {
    this.args = noArguments;
    this.result = undefined;
    this.error = undefined;
    this.span = undefined;
    this.#kept = undefined;
    this.#calledBelow = undefined;
    this.parent = undefined;
  }

  /** What the method says of its call may be anything; the method must not fail by it. */
  #guarded(record: () => unknown): void {
    try {
      record();
    } catch (error) {
      this.target.onDetailError(error);
    }
  }
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY;
}
