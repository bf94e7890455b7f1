import { declaredOperations, type Declarations } from '../call/declared-operations';
import type { Operation } from '../call/operation';
import { onCatalogChange, type Constructor } from '../call/operation-catalog';
import { runAsTelemetry } from '../call/suppression';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { showAtZero } from '../metrics/zero-series';

/** Shows the standard metrics of everything that is declared, also of classes that are loaded later, at zero. */
export class DeclaredSeries {
  readonly #onError: (metric: string, error: unknown) => void;
  #backend: MetricsBackend | undefined;
  #end: (() => void) | undefined;
  #isPending = false;
  #stores = new Set<Constructor>();
  #operations = new Set<Operation>();

  constructor(onError: (metric: string, error: unknown) => void) {
    this.#onError = onError;
  }

  /** From now on in this backend; nowhere without one. */
  showIn(backend: MetricsBackend | undefined): void {
    this.#backend = backend;
    if (backend === undefined) {
      this.#end?.();
      this.#end = undefined;
      return;
    }
    this.#end ??= onCatalogChange({
      onOperation: (operation) => this.#showSoon(this.#operations, operation),
      onStore: (store) => this.#showSoon(this.#stores, store),
    });
    this.#show();
  }

  /** A class is told of while it is being defined: its name and its store are known when its definition is done. */
  #showSoon<News>(news: Set<News>, one: News): void {
    news.add(one);
    if (this.#isPending) return;
    this.#isPending = true;
    queueMicrotask(() => {
      const declared = { stores: this.#stores, operations: this.#operations };
      this.#stores = new Set();
      this.#operations = new Set();
      this.#isPending = false;
      this.#show(declared);
    });
  }

  /** Shows these; everything, unless they are given. */
  #show(declarations?: Declarations): void {
    const backend = this.#backend;
    if (backend === undefined) return;
    try {
      runAsTelemetry(() => {
        for (const declared of declaredOperations(declarations)) showAtZero(backend, declared, this.#onError);
      });
    } catch (error) {
      this.#onError('store_operations_total', error);
    }
  }
}
