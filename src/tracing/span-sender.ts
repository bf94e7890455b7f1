import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';

/** What takes batches of spans to where they are kept. */
export interface SpanSender {
  /** What it is called in labels. */
  readonly name: string;
  /** Further attempts at a batch that had failed. */
  readonly retries: number;
  /** Resolves when the far end has accepted the spans; rejects where it is given up. */
  send(spans: ReadableSpan[]): Promise<void>;
  /** Stops what is still being sent, where that can be stopped. */
  abandon(): void;
  shutdown(): Promise<void>;
}

/** The SDK's `ExportResultCode.SUCCESS`. */
const success = 0;

/** One export with an exporter of the SDK, as a promise. */
export function exportSpans(exporter: SpanExporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => {
      if ((code as number) === success) resolve();
      else reject(error ?? new Error('the exporter gave up without saying why'));
    });
  });
}
