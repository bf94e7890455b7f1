import 'reflect-metadata';
import perfHooks, { type IntervalHistogram } from 'node:perf_hooks';
import { Gauge, Registry } from 'prom-client';
import { PrometheusMetricsBackend } from '../../src/index';

const names = (text: string): string[] => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');

describe('metrics of the process', () => {
  test('are there where they are asked for, in both formats, and end with the backend', async () => {
    const { monitorEventLoopDelay, PerformanceObserver } = perfHooks;
    const backend = new PrometheusMetricsBackend({ defaultMetrics: { prefix: 'my_', gcDurationBuckets: [0.5, 2] } });
    expect(perfHooks).toMatchObject({ monitorEventLoopDelay, PerformanceObserver });
    const text = await backend.export();
    const expected = [
      'my_process_cpu_seconds_total',
      'my_nodejs_eventloop_lag_p99_seconds',
      'my_nodejs_gc_duration_seconds',
    ];
    expect(names(text)).toEqual(expect.arrayContaining(expected));
    const openMetrics = await backend.export('openmetrics');
    expect(openMetrics).toContain('# TYPE my_process_cpu_seconds counter\n');
    expect((await backend.collect()).map(({ name }) => name)).toEqual(expect.arrayContaining(expected));
    await backend.close();
    expect(names(await backend.export())).toEqual([]);
    expect(backend.registry.getMetricsAsArray()).toEqual([]);
  });

  test.each([{ prefix: 'a b' }, { gcDurationBuckets: [2, 1] }])('are refused with %p', (defaultMetrics) => {
    expect(() => new PrometheusMetricsBackend({ defaultMetrics })).toThrow(/TREFOIL_OPTIONS_INVALID/);
  });

  test('are not there unless they are asked for', async () => {
    expect(await new PrometheusMetricsBackend().export()).toBe('\n');
  });

  test('leave neither the monitor of the event loop nor the observer of collections running', async () => {
    const { monitorEventLoopDelay, PerformanceObserver } = perfHooks;
    const monitors: IntervalHistogram[] = [];
    let observers = 0;
    class CountedObserver extends PerformanceObserver {
      constructor(...args: ConstructorParameters<typeof PerformanceObserver>) {
        super(...args);
        observers += 1;
      }

      override disconnect(): void {
        observers -= 1;
        super.disconnect();
      }
    }
    const monitor = (...args: Parameters<typeof monitorEventLoopDelay>): IntervalHistogram => {
      monitors.push(monitorEventLoopDelay(...args));
      return monitors.at(-1) as IntervalHistogram;
    };
    Object.assign(perfHooks, { monitorEventLoopDelay: monitor, PerformanceObserver: CountedObserver });
    try {
      const backends = [1, 2].map(() => new PrometheusMetricsBackend({ defaultMetrics: true }));
      expect([monitors.length, observers]).toEqual([2, 2]);
      for (const backend of backends) await backend.close();
      // It says whether there was anything to stop.
      expect(monitors.map((each) => each.disable())).toEqual([false, false]);
      expect(observers).toBe(0);
    } finally {
      Object.assign(perfHooks, { monitorEventLoopDelay, PerformanceObserver });
    }
  });

  test('take their metrics back where the registry has one of their names', () => {
    const registry = new Registry();
    new Gauge({ name: 'nodejs_version_info', help: 'Taken.', registers: [registry] });
    expect(() => new PrometheusMetricsBackend({ registry, defaultMetrics: true })).toThrow(/TREFOIL_METRIC_CONFLICT/);
    expect(registry.getMetricsAsArray()).toHaveLength(1);
  });
});
