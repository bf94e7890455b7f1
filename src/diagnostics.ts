import { types } from 'node:util';
import { describeValue, type TrefoilErrorCode } from './errors';
import { DataRedactor } from './redaction/data-redactor';
import { functionText } from './redaction/function-text';

/** `error` is for what an application must not miss: lost audit events, and audit that has become weaker. */
export type DiagnosticLevel = 'warn' | 'error';

/** One failure of trefoil's own, as handed to the sink. */
export interface DiagnosticReport {
  readonly code: TrefoilErrorCode;
  readonly level: DiagnosticLevel;
  /** Which handler, selector, backend or operation. */
  readonly where: string;
  readonly message: string;
  readonly cause: unknown;
  /** How many reports of this code and level were counted but not passed on since the last one that was. */
  readonly suppressed: number;
}

/** Where reports go; it may throw or reject, and nothing happens if it does. */
export type DiagnosticSink = (report: DiagnosticReport) => unknown;

/** Removes the secrets of a message. */
export type TextRedactor = Pick<DataRedactor, 'redactText'>;

interface CodeState {
  suppressed: number;
  quietUntil: number;
  /** Of the level `error`: what was held back last, and is passed on when the interval is over. */
  last?: Pick<DiagnosticReport, 'where' | 'cause'> | undefined;
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
 * Where trefoil's own failures go: counted always, passed on to the sink, without secrets, at most once per code, level
 * and interval; of the level `error`, what was held back is passed on at the end of the interval, with its count.
 * Reporting never throws and never recurses: a sink that fails, or that reports again while it runs, is ignored.
 */
export class Diagnostics {
  readonly #counts = new Map<TrefoilErrorCode, number>();
  /** By level: what is lost elsewhere must not keep a lost audit event from being told. */
  readonly #states: Record<DiagnosticLevel, Map<TrefoilErrorCode, CodeState>> = { warn: new Map(), error: new Map() };
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

  report(code: TrefoilErrorCode, where: string, cause: unknown, level: DiagnosticLevel = 'warn'): void {
    const now = Date.now();
    let state = this.#states[level].get(code);
    if (state === undefined) {
      state = { suppressed: 0, quietUntil: 0 };
      this.#states[level].set(code, state);
    }
    this.#count(code);
    if (this.#reporting || now < state.quietUntil) {
      state.suppressed += 1;
      if (level === 'error') this.#passOnLater(code, state, { where, cause });
      return;
    }
    state.quietUntil = now + this.#intervalMs;
    const { suppressed } = state;
    if (this.#tell({ code, level, where, cause, suppressed })) state.suppressed -= suppressed;
  }

  /** Nobody is to wait for the next loss to hear how many there were. */
  #passOnLater(code: TrefoilErrorCode, state: CodeState, last: Pick<DiagnosticReport, 'where' | 'cause'>): void {
    const isPlanned = state.last !== undefined;
    state.last = last;
    if (!isPlanned) setTimeout(() => this.#passOn(code, state), this.#intervalMs).unref();
  }

  #passOn(code: TrefoilErrorCode, state: CodeState): void {
    const { last, suppressed } = state;
    state.last = undefined;
    // Whatever was passed on meanwhile has brought the count along.
    if (last === undefined || suppressed === 0) return;
    state.quietUntil = Date.now() + this.#intervalMs;
    if (this.#tell({ code, level: 'error', ...last, suppressed: suppressed - 1 })) state.suppressed -= suppressed;
  }

  /** Passes on at once what waits for the end of its interval: before the sink closes, or the process ends. */
  passOnHeld(): void {
    for (const [code, state] of this.#states.error) this.#passOn(code, state);
  }

  /** Reports what happens seldom, at `error`, however soon it comes after another of its code. */
  announce(code: TrefoilErrorCode, where: string, cause: unknown): void {
    this.#count(code);
    this.#tell({ code, level: 'error', where, cause, suppressed: 0 });
  }

  /** Reports the rejection of what a handler or backend gave back, if that is a promise: nobody else waits for it. */
  watch(code: TrefoilErrorCode, where: string, returned: unknown, level: DiagnosticLevel = 'warn'): void {
    whenRejected(returned, (error) => this.report(code, where, error, level));
  }

  /** How often each code was reported, passed on or not. */
  counts(): Readonly<Partial<Record<TrefoilErrorCode, number>>> {
    return Object.fromEntries(this.#counts);
  }

  #count(code: TrefoilErrorCode): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** Whether the sink took it. */
  #tell(report: Omit<DiagnosticReport, 'message'>): boolean {
    if (this.#reporting) return false;
    this.#reporting = true;
    try {
      const message = this.#redactor.redactText(messageOf(report.cause));
      const told = this.#sink({ ...report, message });
      whenRejected(told, () => undefined);
      return true;
    } catch {
      // A sink that fails has nowhere to be reported to; the count stands.
      return false;
    } finally {
      this.#reporting = false;
    }
  }
}

/** Tells of the rejection of what somebody gave back, if that is a promise. */
export function whenRejected(returned: unknown, tell: (error: unknown) => void): void {
  // Most return nothing, and need no promise to say so.
  if ((typeof returned !== 'object' && typeof returned !== 'function') || returned === null) return;
  Promise.resolve(returned).catch(tell);
}
