import { types } from 'node:util';
import { describeValue, type TrefoilErrorCode } from './errors';
import { DataRedactor } from './redaction/data-redactor';
import { functionText } from './redaction/function-text';

/** One failure of trefoil's own, as handed to the sink. */
export interface DiagnosticReport {
  readonly code: TrefoilErrorCode;
  /** Which handler, selector, backend or operation. */
  readonly where: string;
  readonly message: string;
  readonly cause: unknown;
  /** How many reports of this code were counted but not passed on since the last one that was. */
  readonly suppressed: number;
}

/** Where reports go; it may throw or reject, and nothing happens if it does. */
export type DiagnosticSink = (report: DiagnosticReport) => unknown;

/** Removes the secrets of a message. */
export type TextRedactor = Pick<DataRedactor, 'redactText'>;

interface CodeState {
  count: number;
  suppressed: number;
  quietUntil: number;
}

/** Also an error of another realm, such as a `vm` context. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

/** The text of anything that was thrown, also of what is no Error or throws while being read. */
export function messageOf(thrown: unknown): string {
  try {
    const message: unknown =
      typeof thrown === 'object' && thrown !== null ? (thrown as { readonly message?: unknown }).message : undefined;
    if (!isError(thrown)) return typeof message === 'string' ? message : writtenOut(thrown);
    return message === undefined ? 'an error without a message' : writtenOut(message);
  } catch {
    return 'an error that cannot be read';
  }
}

/** Written out by itself, a function or a list of them would show its source. */
function writtenOut(value: unknown): string {
  if (typeof value === 'function') return functionText(value);
  return Array.isArray(value) ? describeValue(value) : String(value);
}

/**
 * Where trefoil's own failures go: counted always, passed on to the sink, without secrets, at most once per code and
 * interval.
 * Reporting never throws and never recurses: a sink that fails, or that reports again while it runs, is ignored.
 */
export class Diagnostics {
  readonly #states = new Map<TrefoilErrorCode, CodeState>();
  readonly #intervalMs: number;
  #sink: DiagnosticSink;
  #redactor: TextRedactor;
  #reporting = false;

  constructor(sink: DiagnosticSink, intervalMs = 10_000) {
    this.#sink = sink;
    this.#redactor = new DataRedactor();
    this.#intervalMs = intervalMs;
  }

  /** Send later reports elsewhere, as soon as a better place (the logger) is there, and better rules for secrets. */
  setSink(sink: DiagnosticSink, redactor: TextRedactor = this.#redactor): void {
    this.#sink = sink;
    this.#redactor = redactor;
  }

  report(code: TrefoilErrorCode, where: string, cause: unknown): void {
    const now = Date.now();
    let state = this.#states.get(code);
    if (state === undefined) {
      state = { count: 0, suppressed: 0, quietUntil: 0 };
      this.#states.set(code, state);
    }
    state.count += 1;
    if (this.#reporting || now < state.quietUntil) {
      state.suppressed += 1;
      return;
    }
    state.quietUntil = now + this.#intervalMs;
    this.#reporting = true;
    try {
      const message = this.#redactor.redactText(messageOf(cause));
      const told = this.#sink({ code, where, message, cause, suppressed: state.suppressed });
      state.suppressed = 0;
      whenRejected(told, () => undefined);
    } catch {
      // A sink that fails has nowhere to be reported to; the count stands.
    } finally {
      this.#reporting = false;
    }
  }

  /** Reports the rejection of what a handler or backend gave back, if that is a promise: nobody else waits for it. */
  watch(code: TrefoilErrorCode, where: string, returned: unknown): void {
    whenRejected(returned, (error) => this.report(code, where, error));
  }

  /** How often each code was reported, passed on or not. */
  counts(): Readonly<Partial<Record<TrefoilErrorCode, number>>> {
    const counts: Partial<Record<TrefoilErrorCode, number>> = {};
    for (const [code, state] of this.#states) counts[code] = state.count;
    return counts;
  }
}

/** Tells of the rejection of what somebody gave back, if that is a promise. */
export function whenRejected(returned: unknown, tell: (error: unknown) => void): void {
  // Most return nothing, and need no promise to say so.
  if ((typeof returned !== 'object' && typeof returned !== 'function') || returned === null) return;
  Promise.resolve(returned).catch(tell);
}
