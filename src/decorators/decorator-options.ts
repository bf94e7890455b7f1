import type { SpanKind } from '@opentelemetry/api';
import type { Delivery, OnAuditFailure } from '../call/delivery';
import type { CallDetails } from '../call/operation';
import type { AuditEventType } from '../call/event-type';
import type { Outcome } from '../call/outcome';

/** What identifies something: numbers and big integers are written out. */
type Id = string | number | bigint | null | undefined;

/** A value that may be a label once it is written out. */
export type LabelValue = string | number | boolean | null | undefined;

/** Options that every decorator takes and that belong to the whole call; each at most once in a stack. */
interface CallOptions {
  /** The `operation` label. Default: the method's name. */
  readonly operation?: string;
  /** Classifies how the call ended; `undefined` leaves it to the store's classifier, then to success or failure. */
  readonly outcome?: (...args: never) => Outcome | undefined;
  /** `'same'`: return the very promise that the method returned, where its identity matters to callers. */
  readonly returns?: 'same';
  /** `'last'`: where the last argument is a function, the call ends when the method first calls it, `(error, result)`. */
  readonly callback?: 'last';
  /** From which duration on the call is logged as slow, in milliseconds; `false`: never. Default: the store's. */
  readonly slowMs?: number | false;
  /** Records the call in this decorator's pillar only where it holds for the arguments. */
  readonly when?: (...args: never) => boolean;
}

/** Options that say what a call was about; called with the method's arguments. */
interface DetailOptions {
  /** The id of the item that is read or written. */
  readonly item?: (...args: never) => Id;
  /** Who the call is for. Default: the request context's user. */
  readonly user?: (...args: never) => Id;
  /** Facts of any cardinality; for spans, audit and logs, never for metrics. */
  readonly attributes?: (...args: never) => Readonly<Record<string, unknown>> | undefined;
  /** More about the call, once its result is known. */
  readonly onResult?: (...args: never) => CallDetails | undefined;
}

/** Options of an audit entry. */
interface AuditOptions {
  /** What the call does to the store. Default: inferred from the method's name. */
  readonly event?: AuditEventType;
  /** Facts for the audit trail alone. */
  readonly metadata?: (...args: never) => Readonly<Record<string, unknown>> | undefined;
  /**
   * What the item was and what it is: `before` is called with the arguments, and the store as `this`, before the body
   * runs; `after` with the result and the arguments. What they give is copied at once, without its secrets: those become
   * `[REDACTED, changed]` or `[REDACTED, unchanged]`. Neither may be asynchronous: the call would have to wait for it. A
   * method that has read the item itself says so in `onResult`.
   */
  readonly changes?: {
    readonly before?: (...args: never) => unknown;
    readonly after?: (...args: never) => unknown;
    /** Whether only the fields that differ are recorded; a list that differs is recorded whole. Default: `false`. */
    readonly diff?: boolean;
  };
  /** How safely the entry is kept. Default: `audit.delivery` of the runtime. */
  readonly delivery?: Delivery;
  /** What happens to a call whose entry cannot be kept. Default: `fail-operation` for strict and durable. */
  readonly onFailure?: OnAuditFailure;
  /** `'async'`: the method always returns a promise although it is not declared `async`. */
  readonly execution?: 'async';
}

/** Options of a metric of your own, beside the standard ones. */
interface MetricOptions {
  /** The metric's name; without one, only the standard metric is fed. */
  readonly name?: string;
  /** The metric's help text. */
  readonly help?: string;
  /** Bounded labels: a fixed text, a selector, or a selector with its allowed values. They need a `name`. */
  readonly labels?: Readonly<
    Record<
      string,
      | string
      | ((...args: never) => LabelValue)
      | { readonly values: readonly string[]; readonly select: (...args: never) => LabelValue }
    >
  >;
}

/** Options of {@link Audited}. */
export interface AuditedOptions extends CallOptions, DetailOptions, AuditOptions {}

/** Options of {@link Traced}. */
export interface TracedOptions extends CallOptions, DetailOptions {
  /** Default: internal. */
  readonly kind?: SpanKind;
  /** The span's name. Default: `Class.operation`. */
  readonly name?: string | ((...args: never) => string);
}

/** Options of {@link Timed}. */
export interface TimedOptions extends CallOptions, MetricOptions {
  /** Upper bounds of the histogram's buckets, in seconds, ascending. Needs a `name`. */
  readonly buckets?: readonly number[];
}

/** Options of {@link Counted}. */
export interface CountedOptions extends CallOptions, MetricOptions {}

/** Options of {@link Observed}. */
export interface ObservedOptions extends CallOptions, DetailOptions, AuditOptions {
  /** The span's kind. Default: internal. */
  readonly kind?: SpanKind;
}

/** Options of {@link Store}. */
export interface StoreOptions<Instance = unknown> {
  /** The `store` label. Default: the class name. */
  readonly name?: string;
  /** What kind of storage it is, such as `s3` or `postgres`. Default: `unspecified`. */
  readonly type?: string;
  /** Which one it is, such as a bucket; a function is called with the instance. */
  readonly id?: string | ((store: Instance) => Id);
  /** Classifies how a call ended, for methods that do not classify themselves. */
  readonly outcome?: (
    settled: { readonly threw: true; readonly error: unknown } | { readonly threw: false; readonly result: unknown },
  ) => Outcome | undefined;
  /** How safely audit events are kept, for methods that do not say. Default: `audit.delivery` of the runtime. */
  readonly delivery?: Delivery;
  /** What happens to a call whose audit event cannot be kept, for methods that do not say. */
  readonly onFailure?: OnAuditFailure;
  /**
   * From which duration on a call is logged as slow, in milliseconds, for methods that do not say; `false`: never.
   * Default: `logging.slowOperationMs` of the runtime.
   */
  readonly slowMs?: number | false;
}
