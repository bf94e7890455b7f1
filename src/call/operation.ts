import type { SpanKind } from '@opentelemetry/api';
import type { DiagnosticLevel } from '../diagnostics';
import type { Delivery, OnAuditFailure } from './delivery';
import type { AuditEventType } from './event-type';
import type { OutcomeSelector } from './outcome';
import { classNameOf } from './class-name';
import type { StoreIdentity } from './store-identity';

/** A user's function as trefoil sees it: called with whatever the caller passed. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** A selector with its parameter types erased; it reads something from the arguments of a call. */
export type Selector<Value = unknown> = (...args: readonly unknown[]) => Value;

/** What an item was before a call and what it is after it; either may be unknown. */
export interface AuditChanges {
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Where the changes of a call are read from: the first before the body runs, the second once its result is known. */
interface ChangesOptions {
  readonly before?: Selector | undefined;
  readonly after?: Selector | undefined;
  readonly diff?: boolean | undefined;
}

/** What `@Audited` asks for. */
export interface AuditedFacet {
  readonly event: AuditEventType;
  readonly metadata?: Selector | undefined;
  readonly changes?: ChangesOptions | undefined;
  readonly delivery?: Delivery | undefined;
  readonly onFailure?: OnAuditFailure | undefined;
  readonly execution?: 'async' | undefined;
  readonly when?: Selector | undefined;
}

/** What `@Traced` asks for. */
export interface TracedFacet {
  readonly kind: SpanKind;
  readonly spanName?: string | Selector | undefined;
  readonly when?: Selector | undefined;
}

/** One bounded label: a fixed text, or a value read from the arguments, optionally out of a known set. */
export interface LabelDeclaration {
  readonly values?: readonly string[] | undefined;
  readonly select: string | Selector;
}

/** A metric of the user's own, beside the standard ones. */
export interface MetricDeclaration {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelDeclaration>>;
  /** Upper bounds in seconds; histograms only. */
  readonly buckets?: readonly number[] | undefined;
}

/** What `@Timed` or `@Counted` asks for. */
interface MetricFacet {
  readonly metric?: MetricDeclaration | undefined;
  readonly when?: Selector | undefined;
}

/** What `@Counted` asks for. */
interface CountedFacet extends MetricFacet {
  /** What the method's name says that it does; what is audited knows better. */
  readonly event?: AuditEventType | undefined;
}

/** What every pillar may read, from whichever decorator of the stack gives it. */
export interface CallFields {
  readonly operation?: string | undefined;
  readonly item?: Selector | undefined;
  readonly user?: Selector | undefined;
  readonly attributes?: Selector | undefined;
  readonly onResult?: ((result: unknown, ...args: readonly unknown[]) => unknown) | undefined;
  readonly outcome?: OutcomeSelector | undefined;
  readonly returns?: 'same' | undefined;
  readonly callback?: 'last' | undefined;
  readonly slowMs?: number | false | undefined;
}

/** What `onResult` may add to a call once its result is known. */
export interface CallDetails {
  readonly item?: string | number | bigint | undefined;
  readonly user?: string | number | bigint | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly changes?: AuditChanges | undefined;
}

/** The facets of an operation, each there where its decorator is. */
export interface Facets {
  audited?: AuditedFacet;
  traced?: TracedFacet;
  timed?: MetricFacet;
  counted?: CountedFacet;
}

/** The names of the pillars' facets, in the order in which they are listed. */
export const facetNames = ['audited', 'traced', 'timed', 'counted'] as const;

/** The static description of one decorated method: what each decorator of its stack asked for. */
export class Operation {
  readonly method: AnyFunction;
  readonly key: string | symbol;
  /** The method as people write it: `get`, `#secret`, `[Symbol(size)]`. */
  readonly methodName: string;
  readonly isStatic: boolean;
  readonly facets: Facets = {};
  readonly fields: { -readonly [Field in keyof CallFields]: CallFields[Field] } = {};
  /** The class whose body holds the method; in the standard dialect known once the class is defined or first built. */
  declaringClass: object | undefined;
  /** The store that it belongs to where no class stands for one: that of a function, or of an object of others. */
  store: StoreIdentity | undefined;
  /** A foreign decorator stands between this stack and another one on the same method. */
  foreignDecorator = false;

  constructor(method: AnyFunction, key: string | symbol, isStatic: boolean, declaringClass?: object) {
    this.method = method;
    this.key = key;
    this.methodName = typeof key === 'symbol' ? `[${key.toString()}]` : key;
    this.isStatic = isStatic;
    this.declaringClass = declaringClass;
  }

  /** The value of the `operation` label. */
  get name(): string {
    return this.fields.operation ?? this.methodName;
  }

  /** `Class.method`, for messages. */
  get place(): string {
    const owner = this.declaringClass === undefined ? 'a class' : classNameOf(this.declaringClass);
    return `${this.store?.name ?? owner}.${this.methodName}`;
  }

  /** At which level it is reported that a call of it goes unrecorded: that of an audited method loses an event. */
  get lossLevel(): DiagnosticLevel {
    return this.facets.audited === undefined ? 'warn' : 'error';
  }
}
