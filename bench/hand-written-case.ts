import type { Tracer } from '@opentelemetry/api';
import type { BenchCase, Recorded, Records } from './bench-case';
import { HandWrittenSinks } from './hand-written-sinks';
import { handWrittenStore, UntracedHandWrittenStore } from './hand-written-store';
import { batchingProvider, NullExporter } from './null-exporter';
import type { OrderStore } from './stores';

interface HandWrittenCaseOptions extends Pick<BenchCase, 'name' | 'methods' | 'concurrency'> {
  /** Recorded, not sampled, or none at all. */
  readonly span: Records['span'];
  /** How many audit events are kept. */
  readonly ring: number;
  /** Another store with a span than the usual one, or several behind one. */
  readonly makeStore?: (sinks: HandWrittenSinks, tracer: Tracer) => OrderStore;
}

/** The same content written by hand with the raw libraries. */
export function handWrittenCase({ span, ring, makeStore, ...benchCase }: HandWrittenCaseOptions): BenchCase {
  const sinks = new HandWrittenSinks(ring);
  const exporter = new NullExporter();
  const provider = span === undefined ? undefined : batchingProvider(exporter, span === 'recorded');
  const store =
    provider === undefined
      ? new UntracedHandWrittenStore(sinks)
      : (makeStore ?? newStore)(sinks, provider.getTracer('bench'));
  return {
    ...benchCase,
    store,
    records: { audit: true, counter: true, histogram: true, ...(span === undefined ? {} : { span }) },
    ...(provider === undefined ? {} : { drain: () => provider.forceFlush() }),
    reset() {
      sinks.clear();
      exporter.spanIds = [];
    },
    async recorded(method): Promise<Recorded> {
      await provider?.forceFlush();
      const recorded = {
        counter: await sinks.counted(method),
        histogram: await sinks.timed(method),
        auditSpanIds: sinks.events.map(({ spanId }) => spanId),
        exportedSpanIds: exporter.spanIds ?? [],
      };
      exporter.spanIds = undefined;
      return recorded;
    },
    async close() {
      await provider?.shutdown();
    },
  };
}

function newStore(sinks: HandWrittenSinks, tracer: Tracer): OrderStore {
  return new (handWrittenStore())(sinks, tracer);
}
