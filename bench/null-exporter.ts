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
  /** How many characters it has read. */
  read = 0;
  readonly #isReading: boolean;

  /** Where it is `isReading`, it reads of every span what an exporter writes, without writing it. */
  constructor(isReading: boolean) {
    this.#isReading = isReading;
  }

  export(spans: ReadableSpan[], done: ExportDone): void {
    if (this.#isReading) for (const span of spans) this.read += sizeOf(span);
    if (this.spanIds !== undefined) for (const span of spans) this.spanIds.push(span.spanContext().spanId);
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function sizeOf(span: ReadableSpan): number {
  const { traceId, spanId } = span.spanContext();
  let size = traceId.length + spanId.length + (span.parentSpanContext?.spanId.length ?? 0) + span.name.length;
  const { attributes, events, links, status, startTime, endTime } = span;
  for (const key in attributes) size += key.length + String(attributes[key]).length;
  return size + events.length + links.length + status.code + startTime.length + endTime.length + span.kind;
}

/** A synchronous batch of calls gives it no turn, so its queue is longer than by default. */
export function batchProcessor(exporter: SpanExporter): BatchSpanProcessor {
  return new BatchSpanProcessor(exporter, { maxQueueSize: 65_536 });
}

/** A provider that batches as in production. */
export function batchingProvider(exporter: SpanExporter, isSampled: boolean): BasicTracerProvider {
  return new BasicTracerProvider({
    sampler: isSampled ? new AlwaysOnSampler() : new AlwaysOffSampler(),
    spanProcessors: [batchProcessor(exporter)],
  });
}
