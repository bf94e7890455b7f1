import * as v from 'valibot';
import type { MetricSnapshot } from './metrics-backend';

/** What marks a message as ours; nobody else's have such a property. */
const mark = 'trefoil.metrics';

/** From the primary: tell your metrics. */
export interface CollectMessage {
  readonly [mark]: 'collect';
  readonly id: number;
}

/** From a worker: its metrics. */
export interface CollectedMessage {
  readonly [mark]: 'collected';
  /** Of the question; 0 where it was not asked. */
  readonly id: number;
  /** Whether it has no more to tell. */
  readonly isLast: boolean;
  /** As JSON, which may hold what a message cannot: numbers that are none. */
  readonly snapshots: string;
}

export function collectMessage(id: number): CollectMessage {
  return { [mark]: 'collect', id };
}

export function collectedMessage(id: number, isLast: boolean, snapshots: readonly MetricSnapshot[]): CollectedMessage {
  return { [mark]: 'collected', id, isLast, snapshots: JSON.stringify(snapshots, writable) };
}

const collectSchema = v.object({ [mark]: v.literal('collect'), id: v.number() });

const collectedSchema = v.object({
  [mark]: v.literal('collected'),
  id: v.number(),
  isLast: v.boolean(),
  snapshots: v.string(),
});

export function isCollectMessage(message: unknown): message is CollectMessage {
  return v.is(collectSchema, message);
}

export function isCollectedMessage(message: unknown): message is CollectedMessage {
  return v.is(collectedSchema, message);
}

const notFinite = ['NaN', 'Infinity', '-Infinity'] as const;
const amount = v.union([v.number(), v.pipe(v.picklist(notFinite), v.transform(Number))]);
const amounts = v.record(v.string(), amount);
const date = v.pipe(
  v.string(),
  v.transform((text) => new Date(text)),
);
const series = { name: v.string(), labels: v.record(v.string(), v.string()), timestamp: date };
const counts = { count: amount, sum: amount };
const exemplar = v.object({ traceId: v.string(), spanId: v.string(), value: amount, timestamp: date });
const metric = v.variant('type', [
  v.object({ type: v.picklist(['counter', 'gauge']), value: amount, ...series }),
  v.object({
    type: v.literal('histogram'),
    buckets: amounts,
    exemplars: v.exactOptional(v.record(v.string(), exemplar)),
    ...counts,
    ...series,
  }),
  v.object({ type: v.literal('summary'), quantiles: amounts, ...counts, ...series }),
]);

const snapshotsSchema = v.array(
  v.object({
    name: v.string(),
    type: v.picklist(['counter', 'gauge', 'histogram', 'summary']),
    help: v.string(),
    unit: v.optional(v.string()),
    values: v.array(metric),
  }),
);

/** @throws Error where they are not what a worker sends */
export function readSnapshots({ snapshots }: CollectedMessage): readonly MetricSnapshot[] {
  return v.parse(snapshotsSchema, JSON.parse(snapshots));
}

function writable(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
