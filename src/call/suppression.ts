import { createContextKey, ROOT_CONTEXT, type Context } from '@opentelemetry/api';

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

/** A Context in which decorated calls run bare, also after the turn has ended; for code that is not trefoil's own. */
export function suppressed(within: Context): Context {
  return within.setValue(suppressedKey, true);
}

/** Whether telemetry itself is calling: recording that would call telemetry again, without end. */
export function isSuppressed(within: Context): boolean {
  return depth > 0 || (within !== ROOT_CONTEXT && within.getValue(suppressedKey) === true);
}
