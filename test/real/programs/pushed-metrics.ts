import 'reflect-metadata';
import { initializeObservability, Observed, Store } from 'trefoil';

// A job that ends before anybody could scrape it.

/** What is asked of it. */
export interface PushedTask {
  readonly gatewayUrl: string;
  readonly calls: number;
  readonly groupings: Readonly<Record<string, string>>;
}

@Store({ type: 'memory', id: 'rows' })
class RowStore {
  @Observed({ item: (row: number) => row })
  async create(row: number): Promise<number> {
    if (row % 10 === 0) throw new RangeError(`cannot import row ${row}`);
    return row;
  }
}

async function run({ gatewayUrl, calls, groupings }: PushedTask): Promise<void> {
  const trefoil = initializeObservability({
    service: { name: 'import' },
    metrics: { backend: 'prometheus', port: false, pushGateway: { url: gatewayUrl, job: 'import', groupings } },
    logging: { level: 'critical' },
    signals: false,
  });
  await trefoil.ready;
  const rows = new RowStore();
  for (let row = 0; row < calls; row += 1) await rows.create(row).catch(() => undefined);
  const { errors } = await trefoil.shutdown();
  process.send?.(errors, () => process.disconnect());
}

void run(JSON.parse(process.argv[2] ?? '{}') as PushedTask);
