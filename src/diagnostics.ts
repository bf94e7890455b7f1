import type { TrefoilErrorCode } from './errors';

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

/** Where reports go; it may throw, and nothing happens if it does. */
export type DiagnosticSink = (report: DiagnosticReport) => void;

interface CodeState {
  count: number;
  suppressed: number;
  quietUntil: number;
}

/** The text of anything that was thrown, also of what is no Error or throws while being read. */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return thrown.message;
    return typeof thrown === 'string' ? thrown : String(thrown);
  } catch {
    return 'an error that cannot be read';
  }
}

/**
 * Where trefoil's own failures go: counted always, passed on to the sink at most once per code and interval.
 * Reporting never throws and never recurses: a sink that fails, or that reports again while it runs, is ignored.
 */
export class Diagnostics {
  readonly #states = new Map<TrefoilErrorCode, CodeState>();
  readonly #intervalMs: number;
  #sink: DiagnosticSink;
  #reporting = false;

  constructor(sink: DiagnosticSink, intervalMs = 10_000) {
    this.#sink = sink;
    this.#intervalMs = intervalMs;
  }

  /** Send later reports elsewhere, as soon as a better place (the logger) is there. */
  setSink(sink: DiagnosticSink): void {
    this.#sink = sink;
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
      this.#sink({ code, where, message: messageOf(cause), cause, suppressed: state.suppressed });
      state.suppressed = 0;
    } catch {
      // A sink that fails has nowhere to be reported to; the count stands.
    } finally {
      this.#reporting = false;
    }
  }

  /** How often each code was reported, passed on or not. */
  counts(): Readonly<Partial<Record<TrefoilErrorCode, number>>> {
    const counts: Partial<Record<TrefoilErrorCode, number>> = {};
    for (const [code, state] of this.#states) counts[code] = state.count;
    return counts;
  }
}
