import type { HrTime } from '@opentelemetry/api';
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { metricsSdk } from './metrics-sdk';

/** What had been counted when a series was last sent. */
interface Sent {
  readonly value: number | Histogram;
  readonly endTime: HrTime;
  readonly round: number;
}

/** What is to be sent now, and what is to be remembered once it has arrived. */
export interface Delta {
  readonly metrics: MetricData[];
  /** To be called when the receiver has accepted it: the next delta begins where this one ends. */
  readonly commit: () => void;
}

/** After how many exports a series that is gone is forgotten, so that those that come and go do not pile up. */
const roundsKept = 100;

/**
 * What was counted since the last export that was *accepted*: as long as none is, nothing is forgotten, and the counts of
 * a failed export are part of the next. Gauges and sums that go down are sent as they are.
 */
export class DeltaCounts {
  readonly #sent = new Map<string, Sent>();
  #round = 0;
  #lastClaim: Promise<void> = Promise.resolve();

  /**
   * Resolves when nobody else is sending of it any more, so that nothing goes twice; what it gives lets the next one.
   * Those who claim several at once do not wait for each other as long as they claim all of them in one turn.
   */
  async claim(): Promise<() => void> {
    const before = this.#lastClaim;
    let release: () => void = () => undefined;
    this.#lastClaim = new Promise((resolve) => (release = resolve));
    await before;
    return release;
  }

  since(metrics: readonly MetricData[]): Delta {
    this.#round += 1;
    const next: (readonly [string, Sent])[] = [];
    const deltas = metrics.flatMap((data) => {
      const delta = this.#deltaOf(data, next);
      return delta.dataPoints.length === 0 ? [] : [delta];
    });
    const commit = (): void => {
      for (const [key, sent] of next) this.#sent.set(key, sent);
      for (const [key, { round }] of this.#sent) if (round < this.#round - roundsKept) this.#sent.delete(key);
    };
    return { metrics: deltas, commit };
  }

  #deltaOf(data: MetricData, next: (readonly [string, Sent])[]): MetricData {
    const { AggregationTemporality, DataPointType } = metricsSdk();
    const aggregationTemporality = AggregationTemporality.DELTA;
    const { name } = data.descriptor;
    const since = <Value extends number | Histogram>(
      points: readonly DataPoint<Value>[],
      subtract: (now: Value, before: Value) => Value | undefined,
    ): DataPoint<Value>[] =>
      points.flatMap((point) => {
        const key = seriesKey(name, data.dataPointType, point.attributes);
        const before = this.#sent.get(key);
        const { value, endTime } = point;
        const grown = before === undefined ? undefined : subtract(value, before.value as Value);
        next.push([key, { value, endTime, round: this.#round }]);
        // What is less than before began anew.
        if (before === undefined || grown === undefined) return isNothing(value) ? [] : [point];
        return isNothing(grown) ? [] : [{ ...point, startTime: before.endTime, value: grown }];
      });
    if (data.dataPointType === DataPointType.SUM && data.isMonotonic) {
      return { ...data, aggregationTemporality, dataPoints: since(data.dataPoints, numbersSince) };
    }
    if (data.dataPointType === DataPointType.HISTOGRAM) {
      return { ...data, aggregationTemporality, dataPoints: since(data.dataPoints, histogramsSince) };
    }
    return data;
  }
}

/** What each destination has been sent of metrics that outlive whoever sends them. */
export class SentCounts {
  readonly #byDestination = new Map<string, DeltaCounts>();

  to(destination: string): DeltaCounts {
    let sent = this.#byDestination.get(destination);
    if (sent === undefined) {
      sent = new DeltaCounts();
      this.#byDestination.set(destination, sent);
    }
    return sent;
  }
}

function seriesKey(name: string, type: number, attributes: object): string {
  return JSON.stringify([name, type, Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1))]);
}

function isNothing(value: number | Histogram): boolean {
  return typeof value === 'number' ? value === 0 : value.count === 0;
}

function numbersSince(now: number, before: number): number | undefined {
  return now < before ? undefined : now - before;
}

/** The least and the greatest are those of all time, and so not of a delta. */
function histogramsSince(now: Histogram, before: Histogram): Histogram | undefined {
  const { boundaries } = now.buckets;
  const isSame = boundaries.length === before.buckets.boundaries.length;
  if (!isSame || now.count < before.count) return undefined;
  return {
    count: now.count - before.count,
    ...(now.sum !== undefined && { sum: now.sum - (before.sum ?? 0) }),
    buckets: {
      boundaries,
      counts: now.buckets.counts.map((count, index) => count - (before.buckets.counts[index] ?? 0)),
    },
  };
}
