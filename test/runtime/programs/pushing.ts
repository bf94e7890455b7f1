import 'reflect-metadata';
import { initializeObservability } from '../../../src/index';

/** Counts once, and lets its process end by itself; `program <url of the gateway>`. */
const trefoil = initializeObservability({
  service: { name: 'nightly' },
  metrics: { port: false, pushGateway: { url: String(process.argv[2]), intervalMs: 3_600_000 } },
  logging: { level: 'silent' },
});
void trefoil.ready.then(() => setImmediate(() => trefoil.metrics.increment('rows_total', {}, 3)));
