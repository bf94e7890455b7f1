import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { Audited, initializeObservability, Observed } from '../../../src/index';

const [, , signals, endpoint] = process.argv;

class Orders {
  @Observed()
  async get(id: string): Promise<string> {
    return id;
  }

  @Audited({ delivery: 'durable' })
  async save(id: string): Promise<string> {
    return id;
  }
}

/** What would keep the process alive, or would be told of its end. */
function open(): object {
  const resources = process.getActiveResourcesInfo().filter((name) => !['PipeWrap', 'TTYWrap'].includes(name));
  const listeners = ['SIGTERM', 'SIGINT', 'beforeExit', 'exit'].map((event) => process.listenerCount(event));
  return { resources: resources.sort(), listeners };
}

async function main(): Promise<void> {
  const before = JSON.stringify(open());
  const trefoil = initializeObservability({
    audit: { backend: 'file', path: 'audit' },
    metrics: { port: 0 },
    tracing: { exporter: 'otlp', endpoint: String(endpoint) },
    logging: { level: 'debug', format: 'json', path: 'log/orders.log' },
    signals: signals !== 'without signals',
  });
  await trefoil.ready;
  const orders = new Orders();
  await Promise.all([orders.get('1'), orders.save('2')]);
  await fetch(String(trefoil.status().metrics.url)).then((response) => response.text());
  const running = JSON.stringify(open());
  await trefoil.reconfigure();
  const report = await trefoil.shutdown();
  // Sockets and files are let go of in a later turn; the timer that is running now would count, too.
  await new Promise((resolve) => setTimeout(resolve, 200));
  setImmediate(() => {
    writeSync(1, `${JSON.stringify({ before, running, after: JSON.stringify(open()), report })}\n`);
  });
}

void main();
