import type { BenchCase, Recorded, Records } from './bench-case';
import { HandWrittenSinks } from './hand-written-sinks';
import { HandWrittenStore, UntracedHandWrittenStore } from './hand-written-store';
import { batchingProvider, NullExporter } from './null-exporter';

interface HandWrittenCaseOptions {
  readonly name: string;
  /** Recorded, not sampled, or none at all. */
  readonly span: Records['span'];
  /** How many audit events are kept. */
  readonly ring: number;
}

/** The same content written by hand with the raw libraries. */
export function handWrittenCase({ name, span, ring }: HandWrittenCaseOptions): BenchCase {
  const sinks = new HandWrittenSinks(ring);
  const exporter = new NullExporter();
  const provider = span === undefined ? undefined : batchingProvider(exporter, span === 'recorded');
  const store =
    provider === undefined
      ? new UntracedHandWrittenStore(sinks)
      : new HandWrittenStore(sinks, provider.getTracer('bench'));
  return {
    name,
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
