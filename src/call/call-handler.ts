import type { Call } from './call';
import type { HandlerTarget } from './handler-target';

/**
 * Observes calls. Handlers run guarded: one that throws is counted and reported, and the call is not harmed.
 * `onStart` runs in the order of registration, `onSettle` in the reverse order.
 *
 * @example
 * ```ts
 * import { container } from 'tsyringe';
 * import { CALL_HANDLER, type CallHandler } from 'trefoil';
 *
 * const slowCalls: CallHandler = {
 *   name: 'slow-calls',
 *   onSettle(call) {
 *     if (call.durationMs > 1000) console.warn(`${call.operationName} took ${call.durationMs} ms`);
 *   },
 * };
 * container.register(CALL_HANDLER, { useValue: slowCalls });
 * ```
 */
export interface CallHandler {
  /** Names the handler in reports. */
  readonly name: string;
  /** Called before the body runs; must not block. */
  onStart?(call: Call): void;
  /**
   * Called when an operation is called more often under one parent than the limit allows (N+1), once for each parent:
   * with the call that exceeded it, whose `parent` is the one to be marked.
   */
  onRepeated?(call: Call): void;
  /** Called once the call has settled: `call.outcome` and `call.durationMs` are set. */
  onSettle?(call: Call): void;
}

/** A handler chosen for one plan, with what it needs of each call. */
export interface BoundHandler {
  readonly handler: CallHandler;
  /** Records the call only where this holds for its arguments. */
  readonly when?: ((...args: readonly unknown[]) => unknown) | undefined;
  /** Whether item, user, attributes and metadata have to be read from the arguments for it. */
  readonly needsFields: boolean;
  /** Whether the receiver of the call is kept for it, to be had by `call.kept(handler)`. */
  readonly needsReceiver?: boolean | undefined;
  /** Makes what each call makes of the same class; a plan keeps one, for its hidden class. */
  readonly specimenOf?: ((call: Call) => unknown) | undefined;
  /** May refuse the body and replace the result; only strict and durable audit has one. */
  readonly admission?: Admission | undefined;
}

/** One of audit, metrics, tracing and logging, resolved against the backends of a runtime. */
export interface Pillar {
  readonly name: string;
  /** Whether its handlers and its admission run code that is not trefoil's: a backend of the user's own. */
  readonly runsForeignCode?: boolean | undefined;
  /** Chosen once per plan; empty where the operation asks nothing of this pillar. */
  bind(target: HandlerTarget): readonly BoundHandler[];
}

/**
 * The stage before and after the body that may do more than observe. What `admit` throws is thrown instead of calling
 * the body; what `conclude` throws replaces the result of a call that succeeded.
 */
export interface Admission {
  /** Whether there is anything to record before the body runs. */
  readonly recordsIntent: boolean;
  admit(call: Call): Promise<void>;
  conclude(call: Call): Promise<void>;
  /** The same, to be called where the method is synchronous. */
  admitSync(call: Call): void;
  concludeSync(call: Call): void;
}
