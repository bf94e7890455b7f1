import type { Tracer } from '@opentelemetry/api';
import type { BenchCase, Recorded, Records } from './bench-case';
import { sdkTracing, type Reading } from './case-tracing';
import { HandWrittenSinks } from './hand-written-sinks';
import { handWrittenPart, type HandWrittenPart } from './hand-written-parts';
import { handWrittenStore, UntracedHandWrittenStore } from './hand-written-store';
import type { OrderStore } from './stores';

interface HandWrittenCaseOptions extends Pick<BenchCase, 'name' | 'methods' | 'concurrency'>, Reading {
  /** Recorded, not sampled, or none at all. */
  readonly span: Records['span'];
  /** Records nothing else. */
  readonly part?: HandWrittenPart;
  /** How many audit events are kept. */
  readonly ring: number;
  /** Another store with a span than the usual one, or several behind one. */
  readonly makeStore?: (sinks: HandWrittenSinks, tracer: Tracer) => OrderStore;
}

/** The same content written by hand with the raw libraries. */
export function handWrittenCase({
  span,
  ring,
  isRead,
  makeStore,
  part,
  ...benchCase
}: HandWrittenCaseOptions): BenchCase {
  const sinks = new HandWrittenSinks(ring);
  const tracing = sdkTracing(span, { isRead });
  const store =
    part !== undefined
      ? handWrittenPart(part, sinks, tracing?.tracer)
      : tracing === undefined
        ? new UntracedHandWrittenStore(sinks)
        : (makeStore ?? newStore)(sinks, tracing.tracer);
  return {
    ...benchCase,
    store,
    records: { ...recordsOf(part), ...(span === undefined ? {} : { span }) },
    ...(tracing === undefined ? {} : { drain: () => tracing.drain() }),
    reset() {
      sinks.clear();
      if (tracing !== undefined) tracing.exporter.spanIds = [];
    },
    async recorded(method): Promise<Recorded> {
      await tracing?.drain();
      const recorded = {
        counter: await sinks.counted(method),
        histogram: await sinks.timed(method),
        auditSpanIds: sinks.events.map(({ spanId }) => spanId),
        exportedSpanIds: tracing?.exporter.spanIds ?? [],
      };
      if (tracing !== undefined) tracing.exporter.spanIds = undefined;
      return recorded;
    },
    async close() {
      await tracing?.close();
    },
  };
}

function recordsOf(part: HandWrittenPart | undefined): Records {
  if (part === undefined) return { audit: true, counter: true, histogram: true };
  const records = { audit: { audit: true }, timer: { histogram: true }, counter: { counter: true }, span: {} } as const;
  return records[part];
}

function newStore(sinks: HandWrittenSinks, tracer: Tracer): OrderStore {
  return new (handWrittenStore())(sinks, tracer);
}
