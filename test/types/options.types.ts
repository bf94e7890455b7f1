// Options are what their interfaces say: no other keys, no other values.
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-node';
import {
  Audited,
  AuditEventType,
  CompositeAuditBackend,
  Counted,
  InMemoryAuditBackend,
  InMemoryMetricsBackend,
  InMemoryTracer,
  initializeObservability,
  Observed,
  SpanKind,
  Store,
  Timed,
  Traced,
  Unobserved,
  type Trefoil,
  type TrefoilOptions,
} from '../../src/index';

export class Fitting {
  @Audited({ event: 'read' })
  one(): void {}

  @Audited({ event: AuditEventType.READ })
  two(): void {}

  @Audited({ event: 'batch_delete', delivery: 'durable', onFailure: 'continue', execution: 'async', returns: 'same' })
  three(): Promise<void> {
    return Promise.resolve();
  }

  @Traced({ kind: SpanKind.CLIENT, operation: 'four' })
  @Timed({ name: 'four_seconds', help: 'Four.', buckets: [1, 2] })
  @Counted()
  four(): void {}

  @Audited({})
  get(): void {}

  @Unobserved()
  five(): void {}
}

export class NotFitting {
  // @ts-expect-error no such event
  @Audited({ event: 'reed' })
  one(): void {}

  // @ts-expect-error any text is too much
  @Audited({ event: 'read' as string })
  two(): void {}

  // @ts-expect-error unknown option
  @Audited({ events: 'read' })
  three(): void {}

  // @ts-expect-error unknown option beside a known one
  @Traced({ kind: SpanKind.CLIENT, itme: (id: string) => id })
  four(_id: string): void {}

  // @ts-expect-error an option of @Timed
  @Counted({ name: 'five_total', buckets: [1] })
  five(): void {}

  // @ts-expect-error an option of @Audited
  @Timed({ delivery: 'strict' })
  six(): void {}

  // @ts-expect-error an option of @Traced
  @Observed({ name: 'get' })
  get(): void {}

  // @ts-expect-error no such delivery
  @Audited({ delivery: 'best-effort' })
  load(): void {}

  // @ts-expect-error the decorator has to be called
  @Audited
  list(): void {}

  // @ts-expect-error @Unobserved has no options
  @Unobserved({})
  seven(): void {}
}

// @ts-expect-error unknown option
@Store({ naem: 'orders' })
export class MisspelledStore {}

export const options: TrefoilOptions = {
  service: { name: 'orders', version: '1.4.0' },
  audit: { backend: 'file', path: 'var/audit', delivery: 'durable' },
  metrics: { backend: 'prometheus', port: false },
  environments: { test: { audit: { backend: 'memory' } } },
};

initializeObservability(options);
initializeObservability({
  audit: { backend: new CompositeAuditBackend({ backends: [new InMemoryAuditBackend()] }) },
  metrics: { backend: () => new InMemoryMetricsBackend() },
  tracing: { exporter: () => new InMemorySpanExporter() },
  logging: { logger: () => console },
  environments: {
    test: { audit: { backend: () => new InMemoryAuditBackend() }, tracing: { exporter: new InMemoryTracer() } },
    ci: { tracing: { exporter: ['otlp', 'console', new InMemorySpanExporter()] }, logging: { logger: console } },
  },
});
// @ts-expect-error a metrics backend is no audit backend
initializeObservability({ audit: { backend: new InMemoryMetricsBackend() } });
// @ts-expect-error what the function makes is no audit backend
initializeObservability({ audit: { backend: () => new InMemoryMetricsBackend() } });
// @ts-expect-error a class is not called
initializeObservability({ audit: { backend: InMemoryAuditBackend } });
// @ts-expect-error spans are kept in memory, or exported
initializeObservability({ tracing: { exporter: ['memory', 'otlp'] } });

void async function inForce(): Promise<void> {
  const trefoil: Trefoil = initializeObservability();
  // @ts-expect-error the options in force are changed by reconfigure
  trefoil.options.audit.delivery = 'strict';
  await trefoil.reconfigure({ audit: { delivery: 'strict' } });
};
initializeObservability();
// @ts-expect-error no such backend
initializeObservability({ audit: { backend: 'postgress' } });
// @ts-expect-error unknown option
initializeObservability({ audits: {} });
// @ts-expect-error the second argument is a container
initializeObservability(options, {});
