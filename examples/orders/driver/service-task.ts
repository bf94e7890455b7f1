import type { OrdersOptions } from '../orders-options';
import type { Kind } from './drop-one';

/** What the driver asks of a service. */
export interface ServiceTask extends OrdersOptions {
  readonly observed: boolean;
  readonly dropOne?: Kind | undefined;
}

/** What the service tells the driver once it is up. */
export interface ServiceReady {
  readonly url: string;
  readonly metricsUrl: string;
  readonly auditDirectory: string;
  readonly logFile: string;
  readonly databaseFile: string;
}
