import 'reflect-metadata';
import { container } from 'tsyringe';
import {
  AsyncAuditBackend,
  AUDIT_BACKEND,
  Audited,
  CompositeAuditBackend,
  Counted,
  type AuditBackend,
  type AuditEvent,
  type Metric,
  type MetricDefinition,
  initializeObservability,
  InMemoryAuditBackend,
  InMemoryMetricsBackend,
  MetricsRegistry,
  PrometheusMetricsBackend,
} from '../../src/index';
import { isForeign } from '../../src/runtime/foreign-backends';

class OwnAuditBackend extends InMemoryAuditBackend {}

class OwnMetricsBackend extends InMemoryMetricsBackend {
  override declare(definition: MetricDefinition): ReturnType<InMemoryMetricsBackend['declare']> {
    return super.declare(definition);
  }
}

function registryOf(backend: InMemoryMetricsBackend): MetricsRegistry {
  const registry = new MetricsRegistry();
  registry.registerBackend('only', backend);
  return registry;
}

/** The series of calls that have been counted; declared ones are there from the start, at zero. */
function isCount(metric: Metric): boolean {
  return metric.name === 'store_operations_total' && 'value' in metric && metric.value > 0;
}

function withItsOwnLog(): InMemoryAuditBackend {
  const backend = new InMemoryAuditBackend();
  backend.log = () => undefined;
  return backend;
}

test.each<[what: string, backend: object, isForeign: boolean]>([
  ['an InMemoryAuditBackend', new InMemoryAuditBackend(), false],
  ['a PrometheusMetricsBackend', new PrometheusMetricsBackend(), false],
  ['a composite of ours', new CompositeAuditBackend({ backends: [new InMemoryAuditBackend()] }), false],
  ['a queue before one of ours', new AsyncAuditBackend({ backend: new InMemoryAuditBackend() }), false],
  ['a registry of ours', registryOf(new InMemoryMetricsBackend()), false],
  ['a subclass', new OwnAuditBackend(), true],
  ['an instance with a log of its own', withItsOwnLog(), true],
  ['a composite with a subclass', new CompositeAuditBackend({ backends: [new OwnAuditBackend()] }), true],
  ['a queue before a subclass', new AsyncAuditBackend({ backend: new OwnAuditBackend() }), true],
  ['a registry with a subclass', registryOf(new OwnMetricsBackend()), true],
  ['a plain object', { log: () => undefined }, true],
])('says of %s whether it runs foreign code', (_what, backend, expected) => {
  expect(isForeign(backend)).toBe(expected);
});

class Lookup {
  @Counted()
  nameOf(id: string): string {
    return `user ${id}`;
  }
}

class OrderStore {
  @Audited({ event: 'read', item: (id: string) => id })
  get(id: string): string {
    return id;
  }
}

/** Looks something up by a decorated method, and does so again after the turn of the call. */
class LookingUp extends InMemoryAuditBackend {
  readonly done: Promise<string>[] = [];

  override log(event: AuditEvent): void {
    const lookup = new Lookup();
    lookup.nameOf('now');
    this.done.push(Promise.resolve().then(() => lookup.nameOf('later')));
    super.log(event);
  }
}

test.each<[what: string, wrap: (backend: LookingUp) => AuditBackend]>([
  ['registered alone', (backend) => backend],
  ['behind a composite', (backend) => new CompositeAuditBackend({ backends: [backend] })],
])(
  'a backend of the user that calls decorated methods, now or later, %s, is not recorded by it',
  async (_what, wrap) => {
    const backend = new LookingUp();
    container.register(AUDIT_BACKEND, { useValue: wrap(backend) });
    const trefoil = initializeObservability({
      metrics: { backend: 'memory' },
      tracing: { exporter: 'none' },
      logging: { level: 'silent' },
      signals: false,
    });
    new OrderStore().get('o-1');
    await Promise.all(backend.done);
    expect(backend.done).toHaveLength(1);
    expect(backend.getAll()).toHaveLength(1);
    new Lookup().nameOf('by the application');
    const counted = trefoil.metrics.getMetrics().filter(isCount);
    expect(counted).toMatchObject([{ labels: { operation: 'nameOf' }, value: 1 }]);
    await trefoil.shutdown();
    container.reset();
  },
);

test('a member of the registry that is foreign and comes later is isolated as well', async () => {
  const trefoil = initializeObservability({
    metrics: { backend: 'memory' },
    tracing: { exporter: 'none' },
    logging: { level: 'silent' },
    signals: false,
  });
  trefoil.metricsRegistry.registerBackend('ours', new InMemoryMetricsBackend());
  new Lookup().nameOf('before');
  const done: Promise<unknown>[] = [];
  class LookingUpLater extends InMemoryMetricsBackend {
    override declare(definition: MetricDefinition): ReturnType<InMemoryMetricsBackend['declare']> {
      if (definition.name === 'store_operations_total') {
        done.push(Promise.resolve().then(() => new Lookup().nameOf('from telemetry')));
      }
      return super.declare(definition);
    }
  }
  trefoil.metricsRegistry.registerBackend('theirs', new LookingUpLater());
  new Lookup().nameOf('after');
  await Promise.all(done);
  expect(done.length).toBeGreaterThan(0);
  const counted = trefoil.metrics.getMetrics().filter(isCount);
  expect(counted).toMatchObject([{ value: 2 }]);
  await trefoil.shutdown();
  container.reset();
});
