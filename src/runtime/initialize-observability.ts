import type { DependencyContainer } from 'tsyringe';
import { TrefoilError } from '../errors';
import { containerFor } from './container';
import type { TrefoilOptions } from './options';
import { Trefoil } from './trefoil';

const runtimes = new WeakMap<DependencyContainer, Trefoil>();

/**
 * Sets up audit, metrics, tracing and logging for a tsyringe container, once at bootstrap. A part that cannot start is
 * reported in `status()` and replaced by its no-op, unless it is `required`. What you have registered under
 * `AUDIT_BACKEND`, `METRICS_BACKEND`, `TRACER`, `LOGGER` and `CALL_HANDLER` wins over the options.
 *
 * Instances that a child container with a runtime of its own resolves use that runtime; singletons and values keep the
 * runtime of the container that registered them. Initialize a container before you make children of it: tsyringe tells
 * nobody about those that are there already.
 *
 * @param options everything has a default; unknown options and wrong values are refused
 * @param container default: tsyringe's root container, whose runtime also serves instances made by plain `new`
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`, `TREFOIL_CONTAINER_INVALID`, `TREFOIL_ALREADY_INITIALIZED`,
 * `TREFOIL_BACKEND_INVALID`, `TREFOIL_AUDIT_DELIVERY`, or the error of a `required` part
 *
 * @example
 * ```ts
 * import 'reflect-metadata';
 * import { container } from 'tsyringe';
 * import { initializeObservability } from 'trefoil';
 *
 * const trefoil = initializeObservability(
 *   { service: { name: 'orders' }, audit: { backend: 'file', path: 'var/audit' }, metrics: { port: 0 } },
 *   container,
 * );
 * await trefoil.ready;
 * await trefoil.shutdown();
 * ```
 */
export function initializeObservability(options: TrefoilOptions = {}, container?: DependencyContainer): Trefoil {
  const within = containerFor(container);
  const running = runtimes.get(within);
  if (running !== undefined && running.status().state !== 'stopped') {
    throw new TrefoilError('TREFOIL_ALREADY_INITIALIZED', {
      attempted: 'Initializing observability',
      where: `the container of the service ${running.status().service}`,
      why: 'it has a running runtime',
      todo: 'Use trefoil.reconfigure() to change it, or await trefoil.shutdown() first.',
    });
  }
  const trefoil = new Trefoil(options, within);
  runtimes.set(within, trefoil);
  return trefoil;
}
