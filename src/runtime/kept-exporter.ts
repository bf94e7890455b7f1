import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import { exporterName } from '../tracing/foreign-span-sender';

/** An exporter that the user has handed over: one tracer after another may work with it, and none shuts it down. */
export class KeptExporter implements SpanExporter {
  readonly name: string;
  readonly #exporter: SpanExporter;

  constructor(exporter: SpanExporter) {
    this.name = exporterName(exporter);
    this.#exporter = exporter;
  }

  export(...given: Parameters<SpanExporter['export']>): void {
    return this.#exporter.export(...given);
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }
}
