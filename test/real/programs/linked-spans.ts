import 'reflect-metadata';
import { initializeObservability, Observed, SpanKind, Store } from 'trefoil';

// Sends two traces by one protocol: a call in a call, and a call that fails.

/** What is asked of it. */
export interface LinkedTask {
  readonly endpoint: string;
  readonly protocol: 'http/protobuf' | 'http/json' | 'grpc';
}

@Store({ type: 'memory', id: 'letters' })
class LetterStore {
  @Observed({ item: (id: string) => id, kind: SpanKind.CLIENT, attributes: () => ({ pages: 3, sealed: true }) })
  async create(id: string): Promise<string> {
    return this.get(id);
  }

  @Observed({ item: (id: string) => id })
  async get(id: string): Promise<string> {
    return `letter ${id}`;
  }

  @Observed()
  async delete(): Promise<never> {
    throw new RangeError('no such letter');
  }
}

async function run({ endpoint, protocol }: LinkedTask): Promise<void> {
  const trefoil = initializeObservability({
    service: { name: `letters over ${protocol}` },
    metrics: { backend: 'none' },
    tracing: { exporter: 'otlp', endpoint, protocol },
    logging: { level: 'critical' },
    signals: false,
  });
  await trefoil.ready;
  const letters = new LetterStore();
  await letters.create('a "quoted" one, ☘');
  await letters.delete().catch(() => undefined);
  await trefoil.shutdown();
  process.send?.('sent', () => process.disconnect());
}

void run(JSON.parse(process.argv[2] ?? '{}') as LinkedTask);
