import { once } from 'node:events';
import { createServer } from 'node:net';
import { startService } from './child-process';

/** Keeps the service up until Ctrl-C. */
export async function serve(directory: string, collectorUrl: string): Promise<number> {
  const port = await freePort(3000);
  const metricsPort = await freePort(9464);
  const service = await startService({ directory, port, metricsPort, collectorUrl, observed: true });
  const { url, metricsUrl, auditDirectory, logFile } = service.ready;
  console.log(`
The service is up.

  orders    ${url}/orders
  metrics   ${metricsUrl}
  spans     ${collectorUrl}/spans
  audit     ${auditDirectory}
  log       ${logFile}

Try

  curl -i ${url}/orders -H 'x-user-id: customer-1' -H 'content-type: application/json' -d '{"product":"clover","quantity":3}'
  curl -i ${url}/orders -H 'x-user-id: customer-1'
  curl -i ${url}/orders/no-such-order
  curl -s ${metricsUrl} | grep store_operations_total
  tail -n 1 ${auditDirectory}/*/*.ndjson

Ctrl-C stops it.`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await service.stop();
  return 0;
}

/** The port, or 0, which takes any free one, where something else has it. */
function freePort(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}
