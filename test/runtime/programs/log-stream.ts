import 'reflect-metadata';
import { initializeObservability } from '../../../src/index';

const trefoil = initializeObservability({
  service: { name: 'orders' },
  metrics: { backend: 'none' },
  logging: { format: 'json', stream: process.argv[2] as 'stdout' | 'stderr' },
});
trefoil.logger.info('to the stream');
process.exit();
