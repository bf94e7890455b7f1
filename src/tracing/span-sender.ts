import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { messageOf } from '../diagnostics';

/** Spans that cannot be written out, since one of them holds what no span may. Those beside it can still be sent. */
export class UnwritableSpansError extends Error {
  constructor(cause: unknown) {
    super(`a span cannot be written out: ${messageOf(cause)}`, { cause });
  }
}

/** A request with more bytes than the far end takes, or than it is to be sent at once. Fewer spans may still arrive. */
export class TooManyBytesError extends Error {}

/** What takes batches of spans to where they are kept. */
export interface SpanSender {
  /** What it is called in labels. */
  readonly name: string;
  /** Further attempts at a batch that had failed. */
  readonly retries: number;
  /**
   * Resolves when the far end has accepted the spans; rejects where it is given up, with an {@link UnwritableSpansError}
   * before anything is sent, and with a {@link TooManyBytesError} where fewer may be accepted.
   */
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
    try {
      exporter.export(spans, ({ code, error }) => {
        if ((code as number) === success) resolve();
        else reject(error ?? new Error('the exporter gave up without saying why'));
      });
    } catch (cause) {
      // Spans are written out at once; what fails later is told by the result.
      reject(cause instanceof TooManyBytesError ? cause : new UnwritableSpansError(cause));
    }
  });
}

/** Of several spans, a request may have so many bytes; a span by itself is sent whatever its size. */
export function checkSize(bytes: number, maxBytes: number, spans: number): void {
  if (bytes > maxBytes && spans > 1) throw new TooManyBytesError(`${spans} spans are ${bytes} bytes`);
}
