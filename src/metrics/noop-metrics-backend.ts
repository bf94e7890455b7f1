import type { MetricDefinition, MetricFamily, MetricsBackend } from './metrics-backend';

const noSeries = Object.freeze({ record(): void {} });

/** Keeps nothing; what metrics are when they are switched off or could not start. */
export class NoopMetricsBackend implements MetricsBackend {
  readonly name: string = 'none';

  declare(definition: MetricDefinition): MetricFamily {
    return { definition, series: () => noSeries };
  }

  observe(): () => void {
    return () => undefined;
  }

  addSource(): () => void {
    return () => undefined;
  }

  increment(): void {}

  gauge(): void {}

  histogram(): void {}

  summary(): void {}

  get(): undefined {
    return undefined;
  }

  getMetrics(): readonly [] {
    return [];
  }

  collect(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  reset(): void {}

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
