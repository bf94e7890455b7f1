import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { whenRejected } from '../diagnostics';
import type { SpanSender } from './span-sender';

/** The SDK's `ExportResultCode.SUCCESS`. */
const success = 0;

/** Hands batches of spans to an exporter of the application's, which makes its own attempts. */
export class ForeignSpanSender implements SpanSender {
  readonly name: string;
  readonly retries = 0;
  readonly #exporter: SpanExporter;

  constructor(exporter: SpanExporter) {
    this.name = exporterName(exporter);
    this.#exporter = exporter;
  }

  send(spans: ReadableSpan[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const returned: unknown = this.#exporter.export(spans, ({ code, error }) => {
        if ((code as number) === success) resolve();
        else reject(error ?? new Error('the exporter gave up without saying why'));
      });
      whenRejected(returned, reject);
    });
  }

  abandon(): void {
    // Nothing in the SDK's interface stops an export.
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }
}

/** What an exporter is called in labels. */
export function exporterName(exporter: SpanExporter): string {
  const { name }: { readonly name?: unknown } = exporter as object;
  if (typeof name === 'string' && name !== '') return name;
  return (exporter.constructor as { readonly name?: string } | undefined)?.name ?? 'exporter';
}
