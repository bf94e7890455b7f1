import 'reflect-metadata';
import { container, type DependencyContainer } from 'tsyringe';
import { initializeObservability, type Trefoil, type TrefoilOptions } from '../../src/index';

const running = new Set<Trefoil>();

/** Everything in memory, nothing on the console, no listeners. */
export const quiet = {
  service: { name: 'quiet', environment: 'test' },
  audit: { backend: 'memory' },
  metrics: { backend: 'memory' },
  tracing: { exporter: 'memory' },
  logging: { level: 'silent' },
  signals: false,
} as const satisfies TrefoilOptions;

/** Starts a runtime that is shut down after the test; sections given replace the quiet ones. */
export function start(options: TrefoilOptions = {}, within?: DependencyContainer): Trefoil {
  const trefoil = initializeObservability({ ...quiet, ...options }, within);
  running.add(trefoil);
  return trefoil;
}

/** A root container as it was at first, and no runtime left; to be called after each test. */
export async function shutDownAll(): Promise<void> {
  for (const trefoil of running) await trefoil.shutdown();
  running.clear();
  container.reset();
}
