import type { BatchObservableResult, Observable, ObservableResult } from '@opentelemetry/api';
import type { TrefoilErrorCode } from '../errors';

/** Told of what instruments could not take. */
export type ReportMeterProblem = (code: TrefoilErrorCode, where: string, error: unknown) => void;

type Callback<Result> = (result: Result) => void | Promise<void>;

/**
 * Callbacks of observable instruments as the SDK is to call them: one that throws or rejects is told, and one that has
 * not come back yet is not called again, so that what hangs does not pile up.
 */
export class GuardedCallbacks<Result extends ObservableResult | BatchObservableResult> {
  readonly #guarded = new Map<unknown, Callback<Result>>();
  readonly #where: string;
  readonly #report: ReportMeterProblem;
  readonly #checked: (result: Result) => Result;

  constructor(where: string, report: ReportMeterProblem, checked: (result: Result) => Result) {
    this.#where = where;
    this.#report = report;
    this.#checked = checked;
  }

  /** The same for the same callback, so that the SDK adds it once, and finds it when it is removed. */
  guard(callback: unknown): Callback<Result> {
    let guarded = this.#guarded.get(callback);
    if (guarded === undefined) {
      guarded = this.#guardedOf(callback as Callback<Result>);
      this.#guarded.set(callback, guarded);
    }
    return guarded;
  }

  #guardedOf(callback: Callback<Result>): Callback<Result> {
    let isRunning = false;
    const fail = (error: unknown): void => this.#report('TREFOIL_METRIC_CALLBACK', this.#where, error);
    return (result) => {
      if (isRunning) return fail(new Error('it has not come back since it was last called'));
      try {
        const returned = callback(this.#checked(result));
        // Most are synchronous, and the SDK need not wait for them.
        if ((typeof returned !== 'object' && typeof returned !== 'function') || returned === null) return undefined;
        isRunning = true;
        return Promise.resolve(returned)
          .catch(fail)
          .finally(() => (isRunning = false));
      } catch (error) {
        return fail(error);
      }
    };
  }
}

/** What a callback may give: numbers that are finite; others are told and left out. */
export function checkedResult(
  result: ObservableResult,
  isUsable: (value: unknown) => boolean,
): Pick<ObservableResult, 'observe'> {
  return {
    observe: (value, attributes) => {
      if (isUsable(value)) result.observe(value, attributes);
    },
  };
}

/** The same of a callback for several instruments, which gives them as the user has them. */
export function checkedBatch(
  result: BatchObservableResult,
  innerOf: (observable: Observable) => Observable | undefined,
  isUsable: (value: unknown) => boolean,
): Pick<BatchObservableResult, 'observe'> {
  return {
    observe: (observable: Observable, value, attributes) => {
      const inner = innerOf(observable);
      if (inner !== undefined && isUsable(value)) result.observe(inner, value, attributes);
    },
  };
}
