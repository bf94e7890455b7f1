import type { MetricsBackend } from '../metrics/metrics-backend';
import type { MetricsRegistry } from '../metrics/metrics-registry';
import type { Outlet } from './part';

/** What the runtime's own backend is called in its registry. */
export const ownMember = 'runtime';

/** The members of the runtime's registry beside its own backend, flushed and closed with it. */
export class RegistryOutlet implements Outlet {
  readonly #registry: MetricsRegistry;

  constructor(registry: MetricsRegistry) {
    this.#registry = registry;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return this.#forEach((backend) => backend.flush());
  }

  close(): Promise<void> {
    return this.#forEach((backend) => backend.close());
  }

  async #forEach(settle: (backend: MetricsBackend) => Promise<void>): Promise<void> {
    const others = this.#registry.backendNames.filter((name) => name !== ownMember);
    const settling = others.map(async (name) => settle(this.#registry.getBackend(name) as MetricsBackend));
    const failed = (await Promise.allSettled(settling)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }
}
