import { createContextKey, ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import { activeContext, runInContext } from './context';

const suppressedKey = createContextKey('trefoil suppressed');

/** How many of trefoil's own stages are running in this turn, one inside the other. */
let depth = 0;

/** From here to {@link leaveTelemetry} handlers, selectors and backends run, whose own calls are not recorded. */
export function enterTelemetry(): void {
  depth += 1;
}

/** The end of what {@link enterTelemetry} began. */
export function leaveTelemetry(): void {
  depth -= 1;
}

/**
 * A Context in which decorated calls run bare, over the values of another one. To set a value on that would copy all of
 * them with every call (bench: backends under tokens).
 */
class SuppressedContext implements Context {
  readonly #within: Context;

  constructor(within: Context) {
    this.#within = within;
  }

  getValue(key: symbol): unknown {
    return key === suppressedKey ? true : this.#within.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new SuppressedContext(this.#within.setValue(key, value));
  }

  deleteValue(key: symbol): Context {
    return new SuppressedContext(this.#within.deleteValue(key));
  }
}

/** Runs foreign code: decorated methods that it calls run bare, also after the turn has ended. */
export function runSuppressed<Args extends unknown[], Result>(fn: (...args: Args) => Result, ...args: Args): Result {
  return runInContext(new SuppressedContext(activeContext()), fn, ...args);
}

/** Runs foreign code outside of any stage: what it calls runs bare, now and later. */
export function runAsTelemetry<Result>(run: () => Result): Result {
  enterTelemetry();
  try {
    return runSuppressed(run);
  } finally {
    leaveTelemetry();
  }
}

/** Whether telemetry itself is calling: recording that would call telemetry again, without end. */
export function isSuppressed(within: Context): boolean {
  return depth > 0 || (within !== ROOT_CONTEXT && within.getValue(suppressedKey) === true);
}
