import 'reflect-metadata';
import {
  Counted,
  InMemoryMetricsBackend,
  initializeObservability,
  Observed,
  Store,
  Timed,
  type MetricDefinition,
  type PrometheusMetricsBackend,
  type Trefoil,
} from '../../src/index';

@Store({ name: 'zero-orders' })
class ZeroOrders {
  @Counted()
  @Timed()
  get(fails: boolean): void {
    if (fails) throw new Error('not there');
  }

  @Counted({ operation: 'place' })
  create(): void {}

  @Timed()
  list(): void {}
}

abstract class ZeroBase {
  @Counted()
  find(): void {}
}

@Store({ name: 'zero-derived' })
class ZeroDerived extends ZeroBase {}

@Store({ name: 'zero-whole' })
@Observed()
class ZeroWhole {
  get(): void {}

  render(): void {}
}

let trefoil: Trefoil;

const start = (backend: 'prometheus' | 'memory' = 'prometheus'): Trefoil =>
  initializeObservability({
    metrics: { backend, port: false },
    tracing: { exporter: 'none' },
    logging: { level: 'silent' },
    signals: false,
  });

/** The lines of these stores. */
async function linesOf(prefix: string): Promise<string[]> {
  const text = await (trefoil.metrics as PrometheusMetricsBackend).export();
  return text.split('\n').filter((line) => line.includes(`store="${prefix}`) && !line.includes('_bucket'));
}

describe('what is declared is shown at zero before its first call', () => {
  beforeEach(() => void (trefoil = start()));
  afterEach(() => trefoil.shutdown());

  test('successes, failures and durations, by the names of stores and operations', async () => {
    expect(await linesOf('zero-orders')).toEqual([
      'store_operations_total{store="zero-orders",operation="get",status="success"} 0',
      'store_operations_total{store="zero-orders",operation="get",status="failure"} 0',
      'store_operations_total{store="zero-orders",operation="place",status="success"} 0',
      'store_operations_total{store="zero-orders",operation="place",status="failure"} 0',
      'store_operation_duration_seconds_sum{store="zero-orders",operation="get"} 0',
      'store_operation_duration_seconds_count{store="zero-orders",operation="get"} 0',
      'store_operation_duration_seconds_sum{store="zero-orders",operation="list"} 0',
      'store_operation_duration_seconds_count{store="zero-orders",operation="list"} 0',
    ]);
  });

  test('so that the first failure is an increase by one, in the same series', async () => {
    expect(() => new ZeroOrders().get(true)).toThrow('not there');
    const lines = (await linesOf('zero-orders')).filter((line) => line.includes('operation="get",status'));
    expect(lines).toEqual([
      'store_operations_total{store="zero-orders",operation="get",status="success"} 0',
      'store_operations_total{store="zero-orders",operation="get",status="failure"} 1',
    ]);
  });

  test('a store that inherits its methods, and not the class without a store that it derives from', async () => {
    expect(new ZeroDerived()).toBeInstanceOf(ZeroBase);
    expect(await linesOf('zero-derived')).toHaveLength(2);
    expect(await linesOf('ZeroBase')).toEqual([]);
  });

  test('a class that is observed as a whole, as far as its methods are', async () => {
    expect(new ZeroWhole().render()).toBeUndefined();
    expect((await linesOf('zero-whole')).every((line) => line.includes('operation="get"'))).toBe(true);
    expect(await linesOf('zero-whole')).toHaveLength(4);
  });

  test('a class that is loaded later', async () => {
    @Store({ name: 'zero-late' })
    class ZeroLate {
      @Counted()
      delete(): void {}
    }
    expect(await linesOf('zero-late')).toHaveLength(2);
    new ZeroLate().delete();
    expect(await linesOf('zero-late')).toContain(
      'store_operations_total{store="zero-late",operation="delete",status="success"} 1',
    );
  });

  test('also in members of the registry that are added later, and after a change of the backend', async () => {
    const member = new InMemoryMetricsBackend();
    trefoil.metricsRegistry.registerBackend('more', member);
    const labels = { store: 'zero-orders', operation: 'get', status: 'failure' };
    expect(member.get('store_operations_total', labels)).toBe(0);
    await trefoil.reconfigure({ metrics: { backend: 'memory' } });
    expect(trefoil.metrics.get('store_operations_total', labels)).toBe(0);
  });
});

test('a class that is loaded later is the only one that is looked at', async () => {
  const declared: string[] = [];
  class Watched extends InMemoryMetricsBackend {
    override declare(definition: MetricDefinition): ReturnType<InMemoryMetricsBackend['declare']> {
      const metric = super.declare(definition);
      const series: typeof metric.series = (labelValues) => {
        declared.push(labelValues.join());
        return metric.series(labelValues);
      };
      return { definition: metric.definition, series } as unknown as typeof metric;
    }
  }
  await using _trefoil = initializeObservability({
    metrics: { backend: new Watched() },
    logging: { level: 'silent' },
    signals: false,
  });
  expect(declared).toContain('zero-orders,get,success');
  declared.length = 0;
  @Store({ name: 'zero-next' })
  class ZeroNext extends ZeroBase {}
  await Promise.resolve();
  expect(new ZeroNext()).toBeInstanceOf(ZeroBase);
  expect(declared).toEqual(['zero-next,find,success', 'zero-next,find,failure']);
});

test('a method below the decorator of another library is shown, too', async () => {
  const wrapping = (...[target, , descriptor]: unknown[]): unknown => {
    const method = ((descriptor as PropertyDescriptor | undefined)?.value ?? target) as () => unknown;
    const wrapper = function (this: unknown): unknown {
      return method.call(this);
    };
    return descriptor === undefined ? wrapper : { ...(descriptor as PropertyDescriptor), value: wrapper };
  };
  @Store({ name: 'zero-foreign' })
  class ZeroForeign {
    @(wrapping as MethodDecorator & ((method: () => void, context: ClassMethodDecoratorContext) => () => void))
    @Counted()
    get(): void {}
  }
  await using trefoil = start('memory');
  expect(new ZeroForeign().get()).toBeUndefined();
  // In the standard dialect such a method is known from the first instance on.
  await Promise.resolve();
  const labels = { store: 'zero-foreign', operation: 'get', status: 'failure' };
  expect(trefoil.metrics.get('store_operations_total', labels)).toBe(0);
});

test('after the shutdown nothing is shown any more', async () => {
  trefoil = start('memory');
  await trefoil.shutdown();
  @Store({ name: 'zero-never' })
  class ZeroNever {
    @Counted()
    get(): void {}
  }
  await Promise.resolve();
  expect(new ZeroNever()).toBeDefined();
  const labels = { store: 'zero-never', operation: 'get', status: 'success' };
  expect(trefoil.metrics.get('store_operations_total', labels)).toBeUndefined();
});
