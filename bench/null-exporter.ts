import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';

type ExportDone = Parameters<SpanExporter['export']>[1];

/** Sends spans nowhere; it notes their ids while somebody asks for them. */
export class NullExporter implements SpanExporter {
  spanIds: string[] | undefined = undefined;

  export(spans: ReadableSpan[], done: ExportDone): void {
    if (this.spanIds !== undefined) for (const span of spans) this.spanIds.push(span.spanContext().spanId);
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** A provider that batches as in production. A synchronous batch of calls gives it no turn, so its queue is longer. */
export function batchingProvider(exporter: SpanExporter, isSampled: boolean): BasicTracerProvider {
  return new BasicTracerProvider({
    sampler: isSampled ? new AlwaysOnSampler() : new AlwaysOffSampler(),
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: 65_536 })],
  });
}
