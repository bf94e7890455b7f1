import cluster, { type Worker } from 'node:cluster';
import { messageOf } from '../diagnostics';
import { checkSnapshot } from './check-snapshot';
import { collectMessage, isCollectedMessage, readSnapshots, type CollectedMessage } from './cluster-messages';
import type { Collectable } from './cluster-worker';
import { mergeSnapshots, withoutStates, type AggregationOf, type GaugeAggregation } from './merge-snapshots';
import type { MetricSnapshot } from './metrics-backend';

/** How the metrics of all processes become one. */
export interface ClusterMetricsOptions {
  /** How long a scrape waits for workers, in milliseconds; of one that is late what it told last is shown. Default 1,000. */
  readonly timeoutMs?: number;
  /** How gauges are aggregated, by name. Default: ages and delays by `max`, `min` or `average`, others by `sum`. */
  readonly gauges?: Readonly<Record<string, GaugeAggregation>>;
}

/** Of gauges that are known: ages and delays do not add up. Of all others it is the sum. */
const knownAggregations: Readonly<Record<string, GaugeAggregation>> = {
  process_start_time_seconds: 'first',
  process_max_fds: 'first',
  nodejs_version_info: 'first',
  nodejs_eventloop_lag_min_seconds: 'min',
  nodejs_eventloop_lag_max_seconds: 'max',
  audit_queue_age_seconds: 'max',
  audit_checkpoint_age_seconds: 'max',
  audit_latched: 'max',
};

/** How a gauge is aggregated that nobody has said it of; those of the process may have a prefix. */
function defaultAggregation(name: string): GaugeAggregation {
  const known = Object.keys(knownAggregations).find((each) => name.endsWith(each));
  if (known !== undefined) return knownAggregations[known] as GaugeAggregation;
  return name.includes('nodejs_eventloop_lag_') ? 'average' : 'sum';
}

/** A question, and who has not answered it yet. */
interface Question {
  readonly waitingFor: Set<number>;
  readonly done: () => void;
}

/**
 * The metrics of the primary process of a `node:cluster` and of its workers, as one. A worker that hangs is not waited for
 * for long; of one that has ended its counters are kept, so that none goes backwards, and its gauges are not.
 */
export class ClusterMetrics implements Collectable {
  readonly #own: Collectable;
  readonly #timeoutMs: number;
  readonly #aggregationOf: AggregationOf;
  readonly #onError: (error: unknown) => void;
  /** What each worker told last, by its id. */
  readonly #told = new Map<number, readonly MetricSnapshot[]>();
  readonly #questions = new Map<number, Question>();
  /** Workers that have not answered in time, and are not asked again until they do. */
  readonly #late = new Set<number>();
  /** Of all workers that have ended. */
  #ended: readonly MetricSnapshot[] = [];
  #collecting: Promise<readonly MetricSnapshot[]> | undefined;
  #lastQuestion = 0;
  #isOpen = false;

  constructor(own: Collectable, options: ClusterMetricsOptions, onError: (error: unknown) => void) {
    const { timeoutMs = 1_000, gauges = {} } = options;
    this.#own = own;
    this.#timeoutMs = timeoutMs;
    const byName = new Map(Object.entries(gauges));
    this.#aggregationOf = (name) => byName.get(name) ?? defaultAggregation(name);
    this.#onError = onError;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    cluster.on('message', this.#onMessage);
    // Later than `exit`: everything that a worker has sent has been read by then.
    cluster.on('disconnect', this.#onDisconnect);
    // Those that were there before have said that they are when nobody listened.
    for (const worker of Object.values(cluster.workers ?? {})) this.#ask(worker, 0);
  }

  close(): void {
    this.#isOpen = false;
    cluster.off('message', this.#onMessage);
    cluster.off('disconnect', this.#onDisconnect);
    for (const { done } of this.#questions.values()) done();
  }

  /** Never rejects where the primary's own metrics do not. Two that ask at once get the same: workers are asked once. */
  collect(): Promise<readonly MetricSnapshot[]> {
    this.#collecting ??= this.#collectOnce().finally(() => (this.#collecting = undefined));
    return this.#collecting;
  }

  async #collectOnce(): Promise<readonly MetricSnapshot[]> {
    const [own] = await Promise.all([this.#own.collect(), this.#askAll()]);
    return mergeSnapshots([own, ...this.#told.values(), this.#ended], this.#aggregationOf);
  }

  async #askAll(): Promise<void> {
    const id = (this.#lastQuestion += 1);
    const waitingFor = new Set([...this.#told.keys()].filter((worker) => !this.#late.has(worker)));
    if (waitingFor.size === 0 || !this.#isOpen) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs);
      this.#questions.set(id, { waitingFor, done: resolve });
      for (const worker of waitingFor) this.#ask(cluster.workers?.[worker], id);
    });
    clearTimeout(timer);
    this.#questions.delete(id);
    for (const worker of waitingFor) this.#late.add(worker);
  }

  #ask(worker: Worker | undefined, id: number): void {
    // One that cannot be asked any more is about to be disconnected.
    worker?.send(collectMessage(id), undefined, undefined, () => undefined);
  }

  readonly #onMessage = (worker: Worker, message: unknown): void => {
    if (!isCollectedMessage(message)) return;
    try {
      this.#take(worker.id, message);
    } catch (error) {
      this.#onError(new Error(`worker ${worker.id} told no metrics: ${messageOf(error)}`));
    }
    this.#answered(worker.id, message.id);
  };

  readonly #onDisconnect = (worker: Worker): void => {
    this.#end(worker.id, this.#told.get(worker.id));
    this.#late.delete(worker.id);
    for (const id of this.#questions.keys()) this.#answered(worker.id, id);
  };

  #take(worker: number, message: CollectedMessage): void {
    const snapshots = readSnapshots(message).flatMap((snapshot) => this.#checked(worker, snapshot));
    if (message.isLast) this.#end(worker, snapshots);
    else this.#told.set(worker, snapshots);
  }

  /** An application may hand on to the primary process what others have sent it: no line of a scrape is taken on trust. */
  #checked(worker: number, snapshot: MetricSnapshot): readonly MetricSnapshot[] {
    try {
      return [checkSnapshot(snapshot)];
    } catch (error) {
      this.#onError(new Error(`worker ${worker} told a metric that cannot be shown: ${messageOf(error)}`));
      return [];
    }
  }

  #end(worker: number, snapshots: readonly MetricSnapshot[] | undefined): void {
    this.#told.delete(worker);
    if (snapshots === undefined) return;
    this.#ended = mergeSnapshots([this.#ended, withoutStates(snapshots)], this.#aggregationOf);
  }

  #answered(worker: number, id: number): void {
    this.#late.delete(worker);
    const question = this.#questions.get(id);
    if (question === undefined || !question.waitingFor.delete(worker)) return;
    if (question.waitingFor.size === 0) question.done();
  }
}
