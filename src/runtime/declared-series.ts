import { declaredOperations } from '../call/declared-operations';
import { onCatalogChange } from '../call/operation-catalog';
import { runAsTelemetry } from '../call/suppression';
import type { MetricsBackend } from '../metrics/metrics-backend';
import { showAtZero } from '../metrics/zero-series';

/** Shows the standard metrics of everything that is declared, also of classes that are loaded later, at zero. */
export class DeclaredSeries {
  readonly #onError: (metric: string, error: unknown) => void;
  #backend: MetricsBackend | undefined;
  #end: (() => void) | undefined;
  #isPending = false;

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
    this.#end ??= onCatalogChange(() => this.#showSoon());
    this.#show();
  }

  /** A class is told of while it is being defined: its name and its store are known when its definition is done. */
  #showSoon(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    queueMicrotask(() => {
      this.#isPending = false;
      this.#show();
    });
  }

  #show(): void {
    const backend = this.#backend;
    if (backend === undefined) return;
    try {
      runAsTelemetry(() => {
        for (const declared of declaredOperations()) showAtZero(backend, declared, this.#onError);
      });
    } catch (error) {
      this.#onError('store_operations_total', error);
    }
  }
}
