import { isDeepStrictEqual } from 'node:util';
import type { PrometheusMetricsBackend } from '../metrics/prometheus-metrics-backend';
import type { GatewayPush, PushGatewayOptions } from '../metrics/push-gateway';
import type { Outlet } from './part';

/** Pushes the metrics to a Pushgateway, as long as it is open. */
export class PushOutlet implements Outlet {
  readonly #backend: PrometheusMetricsBackend;
  readonly #options: PushGatewayOptions;
  readonly #text: (() => Promise<string>) | undefined;
  #push: GatewayPush | undefined;

  /** @param text what is pushed; default: what the backend exports */
  constructor(backend: PrometheusMetricsBackend, options: PushGatewayOptions, text?: () => Promise<string>) {
    this.#backend = backend;
    this.#options = options;
    this.#text = text;
  }

  /** Whether it can go on as it is. */
  serves(backend: object, options: PushGatewayOptions): boolean {
    return this.#backend === backend && isDeepStrictEqual(this.#options, options);
  }

  /** Nobody waits for the first push: a gateway that is down must not keep the application from starting. */
  open(): Promise<void> {
    this.#push ??= this.#backend.beginPush(this.#options, this.#text);
    return Promise.resolve();
  }

  /** The backend pushes when it is flushed. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#push?.close();
    this.#push = undefined;
  }
}
