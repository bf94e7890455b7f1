import { types } from 'node:util';
import type { Context } from '@opentelemetry/api';
import { INVALID_TRACEID, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Diagnostics } from '../diagnostics';
import type { TrefoilErrorCode } from '../errors';
import type { DataRedactor } from '../redaction/data-redactor';
import { boundedId } from './bounded-id';
import type { Call } from './call';
import type { Admission, BoundHandler, CallHandler, Pillar } from './call-handler';
import { monotonicMs } from './clock';
import type { HandlerTarget } from './handler-target';
import { isAbort } from './error-type';
import { isPromise, onRejection } from './observe-promise';
import type { AuditChanges, CallDetails, CallFields, Operation } from './operation';
import { isOutcome, type Outcome, type OutcomeSelector, type Settled } from './outcome';
import type { StoreIdentity } from './store-identity';
import { enterTelemetry, leaveTelemetry, runSuppressed } from './suppression';

/** One hook of one handler, with the handler's place among all of them. */
interface Hook {
  readonly handler: CallHandler;
  readonly hook: (this: CallHandler, call: Call) => unknown;
  readonly index: number;
}

type HookName = 'onStart' | 'onRepeated' | 'onSettle';

/** The hooks of one name, in the order in which they run: from the first foreign one on, all of them run isolated. */
interface Hooks {
  readonly own: readonly Hook[];
  readonly isolated: readonly Hook[];
}

/** A handler chosen by a plan. */
interface PlannedHandler extends BoundHandler {
  readonly isForeign: boolean;
}

function hooksOf(planned: readonly PlannedHandler[], name: HookName): Hooks {
  const hooks = planned.flatMap(({ handler, isForeign }, index) => {
    const hook: unknown = Reflect.get(handler, name);
    return typeof hook === 'function' ? [{ handler, hook: hook as Hook['hook'], index, isForeign }] : [];
  });
  // Last in first out.
  if (name === 'onSettle') hooks.reverse();
  const firstForeign = hooks.findIndex(({ isForeign }) => isForeign);
  return firstForeign === -1
    ? { own: hooks, isolated: [] }
    : { own: hooks.slice(0, firstForeign), isolated: hooks.slice(firstForeign) };
}

interface PlanParts {
  readonly pillars: readonly Pillar[];
  readonly handlers: readonly CallHandler[];
  readonly redactor: DataRedactor;
  readonly diagnostics: Diagnostics;
  readonly generateId: () => string;
  readonly repeatedCallsLimit: number;
}

/** An operation on one concrete class, resolved against the backends of one runtime. Only this runs per call. */
export class Plan implements HandlerTarget {
  readonly operation: Operation;
  readonly store: StoreIdentity;
  readonly className: string;
  readonly ownerName: string;
  readonly operationName: string;
  readonly redactor: DataRedactor;
  readonly generateId: () => string;
  /** Whether the method surely returns a promise, so that records may be awaited. */
  readonly isAsync: boolean;
  /** Whether what the method returns is known to be a promise and nothing more, to be answered by a derived one. */
  readonly returnsPlainPromise: boolean;
  /** Calls, events and spans that nobody gets; see {@link Plan.keepSpecimens}. */
  #specimens: readonly unknown[] | undefined = undefined;
  readonly #diagnostics: Diagnostics;
  readonly #bound: readonly PlannedHandler[];
  readonly #starting: Hooks;
  readonly #repeating: Hooks;
  readonly #settling: Hooks;
  readonly #conditional: boolean;
  readonly #needsFields: boolean;
  readonly #admissionIndex: number;
  /** The method's comes before the store's. */
  readonly #classifiers: readonly OutcomeSelector[];
  /** Whether handlers of the user's own take part, which see the arguments. */
  readonly #copiesArguments: boolean;
  readonly #repeatedCallsLimit: number;

  constructor(operation: Operation, store: StoreIdentity, className: string, parts: PlanParts) {
    this.operation = operation;
    this.store = store;
    this.className = className;
    this.ownerName = store.isNamed ? store.name : className;
    this.operationName = operation.name;
    this.redactor = parts.redactor;
    this.generateId = parts.generateId;
    const isAsyncFunction = types.isAsyncFunction(operation.method);
    this.isAsync = isAsyncFunction || operation.facets.audited?.execution === 'async';
    this.returnsPlainPromise = isAsyncFunction && operation.fields.returns !== 'same';
    this.#copiesArguments = parts.handlers.length > 0;
    this.#repeatedCallsLimit = parts.repeatedCallsLimit;
    this.#diagnostics = parts.diagnostics;
    this.#bound = [
      ...parts.pillars.flatMap((pillar) => this.#bind(pillar)),
      ...parts.handlers.map((handler) => ({ handler, needsFields: true, isForeign: true })),
    ];
    this.#starting = hooksOf(this.#bound, 'onStart');
    this.#repeating = hooksOf(this.#bound, 'onRepeated');
    this.#settling = hooksOf(this.#bound, 'onSettle');
    this.#conditional = this.#bound.some((bound) => bound.when !== undefined || bound.needsReceiver === true);
    this.#needsFields = this.#bound.some((bound) => bound.needsFields);
    this.#classifiers = [operation.fields.outcome, store.outcome].filter((classify) => classify !== undefined);
    this.#admissionIndex = this.#bound.findIndex((bound) => bound.admission !== undefined);
  }

  /** Whether anything at all would look at a call. */
  get isOff(): boolean {
    return this.#bound.length === 0;
  }

  /** The admission stage of this call, where audit has one and its `when` did not say no. */
  admissionOf(call: Call): Admission | undefined {
    if (this.#admissionIndex === -1 || isSkipped(call, this.#admissionIndex)) return undefined;
    return this.#bound[this.#admissionIndex]?.admission;
  }

  /** What a call keeps of its arguments: handlers of the user's own must not be able to change what the body receives. */
  seen(args: readonly unknown[]): readonly unknown[] {
    return this.#copiesArguments ? [...args] : args;
  }

  /**
   * Keeps one object of each kind that every call makes. When no object of a hidden class is left, V8 throws away the
   * optimised code that relies on it: each full collection between two calls would cost the whole call path its
   * optimisation (bench: after a full collection).
   *
   * @param makeCall makes a call that never runs
   */
  keepSpecimens(makeCall: () => Call): void {
    if (this.#specimens !== undefined) return;
    this.#specimens = [];
    try {
      const call = makeCall();
      this.#specimens = [call, ...this.#bound.map(({ specimenOf }) => specimenOf?.(call))];
    } catch {
      // They only make calls faster; the call that comes first must not run bare for want of one.
    }
  }

  /** Begin a call: read its fields before the body can change the arguments, and start the handlers. */
  start(call: Call, around: Context, self: unknown): void {
    this.#startHandlers(call, self);
    if (call.span === undefined) this.#readActiveSpan(call, around);
  }

  /** End a call: one duration, one outcome, then the handlers in reverse. */
  settle(call: Call, threw: boolean, value: unknown, byDefault?: Outcome): void {
    call.durationMs = monotonicMs() - call.startedAtMonotonicMs;
    call.threw = threw;
    if (threw) call.error = value;
    else call.result = value;
    this.#settleHandlers(call, byDefault);
  }

  /** A handler, selector or backend has called the method: recording that would never end. */
  onSuppressed(): void {
    this.#report('TREFOIL_CALL_FROM_TELEMETRY', 'called by telemetry', new Error('it ran, but was not recorded'));
  }

  onDetailError(error: unknown): void {
    this.#report('TREFOIL_SELECTOR_FAILED', 'currentCall()', error);
  }

  /** Runs a stage of the admission. Decorated methods that it calls run bare, so that telemetry cannot feed itself. */
  isolated<Result>(run: () => Result): Result {
    enterTelemetry();
    try {
      return this.#bound[this.#admissionIndex]?.isForeign === true ? runSuppressed(run) : run();
    } finally {
      leaveTelemetry();
    }
  }

  #startHandlers(call: Call, self: unknown): void {
    enterTelemetry();
    try {
      if (this.#needsFields) this.#readFields(call, self);
      if (this.#conditional) this.#readConditions(call, self);
      this.#notify(this.#starting, call);
      if (call.parent !== undefined && call.parent.outcome === undefined) this.#countUnder(call.parent, call);
    } finally {
      leaveTelemetry();
    }
  }

  #settleHandlers(call: Call, byDefault: Outcome | undefined): void {
    enterTelemetry();
    try {
      call.outcome = this.#classify(call) ?? byDefault ?? defaultOutcome(call);
      if (!call.threw && this.#needsFields) this.#readResult(call);
      this.#notify(this.#settling, call);
    } finally {
      leaveTelemetry();
    }
  }

  /** The same operation again and again under one call is usually a loop that wants to be one query. */
  #countUnder(parent: Call, call: Call): void {
    if (parent.countBelow(this.operation, this.#repeatedCallsLimit)) this.#notify(this.#repeating, call);
  }

  #notify({ own, isolated }: Hooks, call: Call): void {
    this.#run(own, call);
    if (isolated.length > 0) runSuppressed(this.#runIsolated, isolated, call);
  }

  readonly #runIsolated = (hooks: readonly Hook[], call: Call): void => this.#run(hooks, call);

  #run(hooks: readonly Hook[], call: Call): void {
    for (const { handler, hook, index } of hooks) {
      if (call.skipped !== 0 && isSkipped(call, index)) continue;
      try {
        const returned: unknown = hook.call(handler, call);
        if (returned !== undefined) this.#swallow('TREFOIL_HANDLER_FAILED', handler.name, returned);
      } catch (error) {
        this.#report('TREFOIL_HANDLER_FAILED', handler.name, error);
      }
    }
  }

  /** A pillar that cannot take the operation on is reported and left out; the others take it all the same. */
  #bind(pillar: Pillar): readonly PlannedHandler[] {
    try {
      const isForeign = pillar.runsForeignCode === true;
      return pillar.bind(this).map((bound) => ({ ...bound, isForeign }));
    } catch (error) {
      this.#report('TREFOIL_BACKEND_FAILED', pillar.name, error);
      return [];
    }
  }

  /** What the method's or the store's classifier says, in this order. */
  #classify(call: Call): Outcome | undefined {
    if (this.#classifiers.length === 0) return undefined;
    const settled: Settled = call.threw ? { threw: true, error: call.error } : { threw: false, result: call.result };
    for (const classify of this.#classifiers) {
      const outcome = this.#read('outcome', classify, [settled, ...call.args]);
      if (isOutcome(outcome)) return outcome;
    }
    return undefined;
  }

  #readFields(call: Call, self: unknown): void {
    const { item, user, attributes } = this.operation.fields;
    const { id } = this.store;
    const { metadata, changes } = this.operation.facets.audited ?? {};
    const { args } = call;
    if (typeof id === 'string') call.storeId = id;
    else if (id !== undefined) call.storeId = idText(this.#read('id', id, [self as object]));
    if (item !== undefined) call.item = idText(this.#read('item', item, args));
    call.user = idText(call.request?.userId);
    if (user !== undefined) call.user = idText(this.#read('user', user, args)) ?? call.user;
    if (attributes !== undefined) call.attributes = this.#redacted(this.#read('attributes', attributes, args));
    if (metadata !== undefined) call.metadata = this.#redacted(this.#read('metadata', metadata, args));
    // The one selector that may look at the store itself: what was there before is nowhere else.
    if (changes?.before !== undefined) {
      this.#noteChange(call, 'before', this.#read('changes.before', changes.before.bind(self), args));
    }
  }

  #readResult(call: Call): void {
    const { onResult } = this.operation.fields;
    const after = this.operation.facets.audited?.changes?.after;
    if (after !== undefined) {
      this.#noteChange(call, 'after', this.#read('changes.after', after, [call.result, ...call.args]));
    }
    if (onResult === undefined) return;
    const details = this.#read('onResult', readDetails, [onResult, call.result, call.args]);
    if (details === undefined) return;
    call.item = idText(details.item) ?? call.item;
    call.user = idText(details.user) ?? call.user;
    const attributes = this.#redacted(details.attributes);
    const metadata = this.#redacted(details.metadata);
    if (attributes !== undefined) call.attributes = { ...call.attributes, ...attributes };
    if (metadata !== undefined) call.metadata = { ...call.metadata, ...metadata };
    this.#noteChange(call, 'before', details.changes?.before);
    this.#noteChange(call, 'after', details.changes?.after);
  }

  /** Copied at once: what is there may be changed by the very call. */
  #noteChange(call: Call, side: keyof AuditChanges, value: unknown): void {
    if (value !== undefined) call.changes = { ...call.changes, [side]: this.redactor.copySide(value) };
  }

  #readConditions(call: Call, self: unknown): void {
    for (let index = 0; index < this.#bound.length; index += 1) {
      const { when, handler, needsReceiver } = this.#bound[index] as BoundHandler;
      if (needsReceiver === true) call.keep(handler, self);
      // A condition that throws records: better one event too many than one that was promised and lost.
      if (when !== undefined && this.#read('when', when, call.args) === false) call.skipped |= 1 << index;
    }
  }

  /** Without a span of its own, a call belongs to whatever span the caller is in. */
  #readActiveSpan(call: Call, around: Context): void {
    const active = around === ROOT_CONTEXT ? undefined : trace.getSpanContext(around);
    if (active === undefined || active.traceId === INVALID_TRACEID) return;
    call.traceId = active.traceId;
    call.spanId = active.spanId;
  }

  #redacted(value: unknown): Record<string, unknown> | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    return this.redactor.redactRecord(value);
  }

  /** What a selector gives; one that throws, or turns out to be asynchronous, gives nothing and is reported. */
  #read<Args extends readonly unknown[], Value>(
    field: string,
    select: (...args: Args) => Value,
    args: Args,
  ): Value | undefined {
    try {
      const value = select(...args);
      if (!isPromise(value)) return value;
      this.#swallow('TREFOIL_SELECTOR_FAILED', field, value);
      this.#report(
        'TREFOIL_SELECTOR_FAILED',
        field,
        new Error('a selector has to give its value at once, not a promise'),
      );
    } catch (error) {
      this.#report('TREFOIL_SELECTOR_FAILED', field, error);
    }
    return undefined;
  }

  /** Of a hook that is asynchronous against the contract, at least no rejection goes unhandled. */
  #swallow(code: TrefoilErrorCode, part: string, returned: unknown): void {
    if (isPromise(returned)) onRejection(returned, (error) => this.#report(code, part, error));
  }

  #report(code: TrefoilErrorCode, part: string, error: unknown): void {
    this.#diagnostics.report(code, `${this.ownerName}.${this.operation.methodName} (${part})`, error);
  }
}

/** What was aborted by the caller has not failed. */
function defaultOutcome({ threw, error }: Call): Outcome {
  if (!threw) return 'success';
  return isAbort(error) ? 'cancelled' : 'failure';
}

/** Reads all of what `onResult` gives under one guard: its fields may be getters. */
function readDetails(
  onResult: NonNullable<CallFields['onResult']>,
  result: unknown,
  args: readonly unknown[],
): CallDetails | undefined {
  const details = onResult(result, ...args) as CallDetails | null | undefined;
  if (details === null || details === undefined) return undefined;
  // Against the contract; whoever reads the fields deals with it.
  if (isPromise(details)) return details;
  const { item, user, attributes, metadata, changes } = details;
  return { item, user, attributes, metadata, changes: changes && { before: changes.before, after: changes.after } };
}

/** Ids are short texts, of 1,024 characters at most: numbers and big integers are written out, anything else is no id. */
function idText(value: unknown): string | undefined {
  if (typeof value === 'string') return boundedId(value);
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

/** Conditions stand on the pillars' handlers, which come first and are few; the user's own have none. */
function isSkipped(call: Call, index: number): boolean {
  return index < 31 && (call.skipped & (1 << index)) !== 0;
}
