import type { Diagnostics } from '../diagnostics';
import type { DataRedactor } from '../redaction/data-redactor';
import type { CallHandler, Pillar } from './call-handler';
import { classNameOf } from './class-name';
import type { Operation } from './operation';
import { Plan } from './plan';
import { storeIdentityOf } from './store-identity';

/** What one runtime does with calls, until it is reconfigured or shut down. */
export interface InstrumentationParts {
  readonly pillars: readonly Pillar[];
  /** The user's own handlers; they see every call. */
  readonly handlers: readonly CallHandler[];
  readonly redactor: DataRedactor;
  readonly diagnostics: Diagnostics;
  /** Makes the ids of audit events; never throws. */
  readonly generateId: () => string;
  /** How often an operation may be called under one parent before that is marked. */
  readonly repeatedCallsLimit: number;
  /** How long a stream that a call has returned may wait for its reader before the call is given up, in milliseconds. */
  readonly streamTimeoutMs: number;
}

/** A call whose result may never end, such as a stream that nobody reads. */
export interface OpenEndedCall {
  /** Whether it does nothing but wait for others, such as a subscription: a shutdown waits for it for a part of its time. */
  readonly isPassive?: boolean;
  /** Ends it, as cancelled where nothing else is known. */
  giveUp(): void;
  /** Ends it where its result has ended without saying so; asked twice, with a turn of the event loop in between. */
  endIfOver?(): void;
}

const noReceiver = {};

/**
 * The pillars and handlers in force, and the plans made from them. It never changes: a reconfigured runtime gets a new
 * one, while calls in flight finish on the one that they began with.
 */
export class Instrumentation {
  readonly parts: InstrumentationParts;
  /** Whether there is nobody that any call could be handed to. */
  readonly recordsNothing: boolean;
  /** Those that are still open. */
  readonly openEnded = new Set<OpenEndedCall>();
  /** Those whose result nobody has asked for yet; nobody may ever do, and they are not waited for. */
  readonly unasked = new Set<OpenEndedCall>();
  readonly #plans = new WeakMap<Operation, WeakMap<object, Plan>>();
  #callsInFlight = 0;
  readonly #whenIdle: (() => void)[] = [];

  constructor(parts: InstrumentationParts) {
    this.parts = parts;
    this.recordsNothing = parts.pillars.length === 0 && parts.handlers.length === 0;
  }

  /** What plans are kept by: the class of a static method, else the receiver's prototype. */
  static planKey(self: unknown): object {
    if (typeof self === 'function') return self;
    if (typeof self !== 'object' || self === null) return noReceiver;
    return (Object.getPrototypeOf(self) as object | null) ?? noReceiver;
  }

  planFor(operation: Operation, key: object): Plan {
    let plans = this.#plans.get(operation);
    if (plans === undefined) {
      plans = new WeakMap();
      this.#plans.set(operation, plans);
    }
    let plan = plans.get(key);
    if (plan === undefined) {
      plan = this.#makePlan(operation, key);
      plans.set(key, plan);
    }
    return plan;
  }

  enter(): void {
    this.#callsInFlight += 1;
  }

  leave(): void {
    this.#callsInFlight -= 1;
    if (this.#callsInFlight > 0 || this.#whenIdle.length === 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Resolves when no call that began on it is still running. What nobody has asked for by then is given up. */
  async idle(): Promise<void> {
    for (let look = 0; look < 2 && this.openEnded.size > 0; look += 1) {
      for (const call of this.openEnded) call.endIfOver?.();
      await new Promise(setImmediate);
    }
    await this.#noneInFlight();
    for (const call of this.unasked) call.giveUp();
  }

  #noneInFlight(): Promise<void> {
    if (this.#callsInFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
    });
  }

  #makePlan(operation: Operation, key: object): Plan {
    const { store: own } = operation;
    if (own !== undefined) return new Plan(operation, own, own.name, this.parts);
    const constructor = concreteClass(operation, key);
    const className = constructor === undefined ? 'anonymous' : classNameOf(constructor);
    const store = storeIdentityOf(constructor ?? key, className);
    return new Plan(operation, store, className, this.parts);
  }
}

function concreteClass(operation: Operation, key: object): object | undefined {
  if (key === noReceiver) return operation.declaringClass;
  if (typeof key === 'function') return key;
  const { constructor } = key;
  return typeof constructor === 'function' ? constructor : operation.declaringClass;
}
