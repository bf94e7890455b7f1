import type { TrefoilErrorCode } from '../errors';
import { StoredMetric } from './metric-store';
import { standardMetrics } from './metric-names';

/** What can be wrong with what is recorded or collected, without anything to be thrown. */
export type MetricProblem =
  'label_folded' | 'label_unknown' | 'value_ignored' | 'source_failed' | 'source_late' | 'name_taken';

/** Where else problems are told; it has to return. */
export type ReportMetricProblem = (code: TrefoilErrorCode, where: string, why: string) => void;

/** Of how many metrics problems are counted by name. */
const most = 1000;

/** What had to be folded or left out, counted in a metric that is there once there is something to count. */
export class MetricProblems {
  readonly #report: ReportMetricProblem;
  #counter: StoredMetric | undefined;

  constructor(report: ReportMetricProblem = () => undefined) {
    this.#report = report;
  }

  get counter(): StoredMetric | undefined {
    return this.#counter;
  }

  count(problem: MetricProblem, metric: string, where: string, why: string): void {
    const counter = (this.#counter ??= new StoredMetric(standardMetrics.problems));
    const isKnown = counter.seriesCount < most || counter.has([metric, problem]);
    counter.series([isKnown ? metric : 'other', problem]).record(1);
    this.#report(codes[problem], where, why);
  }
}

const codes = {
  label_folded: 'TREFOIL_LABEL_FOLDED',
  label_unknown: 'TREFOIL_LABEL_FOLDED',
  value_ignored: 'TREFOIL_METRIC_IGNORED',
  source_failed: 'TREFOIL_BACKEND_FAILED',
  source_late: 'TREFOIL_BACKEND_FAILED',
  name_taken: 'TREFOIL_METRIC_CONFLICT',
} as const satisfies Record<MetricProblem, TrefoilErrorCode>;
