import type { Diagnostics } from '../diagnostics';
import { standardMetrics } from './metric-names';
import type { MetricsBackend } from './metrics-backend';
import { MetricsRegistry } from './metrics-registry';

/** How many are open, by store, over everybody who records into one backend. */
const totals = new WeakMap<object, Map<string, number>>();

/** Where a backend leads to another, what that is; two ways to one backend must not overwrite each other. */
const keyOf = (backend: MetricsBackend): object =>
  (backend instanceof MetricsRegistry ? backend.primary : undefined) ?? backend;

/**
 * The connections that are open at stores, for `store_connections_active`. It knows them itself and sets the gauge, so that
 * the gauge is right after a reset, in another backend, and never below zero.
 */
export class OpenConnections {
  readonly #diagnostics: Diagnostics;
  readonly #counts = new Map<string, number>();
  /** How many of them were opened by hand. */
  readonly #byHand = new Map<string, number>();
  /** The store's name at the time when an instance was opened. */
  readonly #instances = new WeakMap<object, string>();
  #backend: MetricsBackend;

  constructor(backend: MetricsBackend, diagnostics: Diagnostics) {
    this.#backend = backend;
    this.#diagnostics = diagnostics;
  }

  /** An instance is one connection, however often it is opened. */
  openedBy(instance: object, store: string): void {
    if (this.#instances.has(instance)) return;
    this.#instances.set(instance, store);
    this.#add(store, 1);
  }

  closedBy(instance: object): void {
    const store = this.#instances.get(instance);
    if (store === undefined) return;
    this.#instances.delete(instance);
    this.#add(store, -1);
  }

  opened(store: string): void {
    this.#byHand.set(store, (this.#byHand.get(store) ?? 0) + 1);
    this.#add(store, 1);
  }

  /** @returns false where none that was opened by hand is left */
  closed(store: string): boolean {
    const open = this.#byHand.get(store) ?? 0;
    if (open === 0) return false;
    this.#byHand.set(store, open - 1);
    this.#add(store, -1);
    return true;
  }

  /** Takes what is open along to another backend; the same one is told again. */
  moveTo(backend: MetricsBackend): void {
    const before = this.#backend;
    this.#backend = backend;
    for (const [store, count] of this.#counts) {
      if (keyOf(before) !== keyOf(backend)) {
        this.#show(before, store, addTo(before, store, -count));
        addTo(backend, store, count);
      }
      this.#show(backend, store, addTo(backend, store, 0));
    }
  }

  #add(store: string, by: number): void {
    this.#counts.set(store, (this.#counts.get(store) ?? 0) + by);
    this.#show(this.#backend, store, addTo(this.#backend, store, by));
  }

  #show(backend: MetricsBackend, store: string, count: number): void {
    const { connectionsActive } = standardMetrics;
    try {
      backend.declare(connectionsActive);
      const returned: unknown = backend.gauge(connectionsActive.name, count, { store });
      this.#diagnostics.watch('TREFOIL_BACKEND_FAILED', connectionsActive.name, returned);
    } catch (error) {
      this.#diagnostics.report('TREFOIL_BACKEND_FAILED', connectionsActive.name, error);
    }
  }
}

function addTo(backend: MetricsBackend, store: string, by: number): number {
  const key = keyOf(backend);
  let counts = totals.get(key);
  if (counts === undefined) {
    counts = new Map();
    totals.set(key, counts);
  }
  const count = (counts.get(store) ?? 0) + by;
  counts.set(store, count);
  return count;
}
