import { isDeepStrictEqual } from 'node:util';
import type { TrefoilError } from '../errors';
import type { MetricsServer, MetricsServerOptions } from '../metrics/metrics-server';
import type { Outlet } from './part';

/** What can be served over HTTP. */
export interface Servable {
  startHttpServer(options: MetricsServerOptions): Promise<MetricsServer>;
}

/**
 * Where the metrics are scraped; opened and closed apart from the backend, so that another port costs no counters.
 * Without its port the backend still counts; only nobody can scrape it.
 */
export class MetricsEndpoint implements Outlet {
  error: TrefoilError | undefined = undefined;
  url: string | undefined = undefined;
  readonly #backend: Servable;
  readonly #options: MetricsServerOptions;
  #server: MetricsServer | undefined;
  #opening: Promise<void> | undefined;

  constructor(backend: Servable, options: MetricsServerOptions) {
    this.#backend = backend;
    this.#options = options;
  }

  /** Whether it can stay where it is; one that could not be opened is tried anew. */
  serves(backend: object, options: MetricsServerOptions): boolean {
    return this.error === undefined && this.#backend === backend && isDeepStrictEqual(this.#options, options);
  }

  /** Opened once, however often it is asked for, until it is closed. */
  open(): Promise<void> {
    return (this.#opening ??= this.#open());
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    this.url = undefined;
    await this.#server?.close();
    this.#server = undefined;
  }

  async #open(): Promise<void> {
    try {
      this.#server = await this.#backend.startHttpServer(this.#options);
      this.url = this.#server.url;
    } catch (error) {
      this.error = error as TrefoilError;
      throw error;
    }
  }
}
