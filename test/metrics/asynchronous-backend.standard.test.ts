import 'reflect-metadata';
import { container } from 'tsyringe';
import {
  Counted,
  initializeObservability,
  InMemoryMetricsBackend,
  METRICS_BACKEND,
  Timed,
  type MetricDefinition,
} from '../../src/index';
import { unhandledRejections } from '../fixtures/unhandled-rejections';

class Jobs {
  @Timed()
  @Counted({ name: 'jobs_by_kind_total', labels: { kind: 'mail' } })
  run(): void {
    throw new Error('failed');
  }
}

/** A backend whose series answer with a promise that rejects. */
class RejectingMetrics extends InMemoryMetricsBackend {
  override declare(definition: MetricDefinition): ReturnType<InMemoryMetricsBackend['declare']> {
    const metric = super.declare(definition);
    const series = (): { record(): void } => ({
      record: () => Promise.reject(new Error('no metrics')) as unknown as void,
    });
    return Object.assign(metric, { series });
  }
}

test('a metrics backend that is asynchronous is reported, and leaves no rejection unhandled', async () => {
  container.reset();
  container.register(METRICS_BACKEND, { useValue: new RejectingMetrics() });
  const trefoil = initializeObservability({ logging: { level: 'silent' }, signals: false });
  const unhandled = await unhandledRejections(() => expect(() => new Jobs().run()).toThrow('failed'));
  expect(unhandled).toEqual([]);
  // Operations, errors, duration and the metric of one's own.
  expect(trefoil.status().reports).toEqual({ TREFOIL_BACKEND_FAILED: 4 });
  await trefoil.shutdown();
});
