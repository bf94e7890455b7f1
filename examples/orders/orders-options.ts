/** Where the service keeps its files and who it talks to. */
export interface OrdersOptions {
  /** Holds the database, the audit trail and the log. */
  readonly directory: string;
  /** The port of the service; 0 takes any free one. */
  readonly port: number;
  /** The port of `/metrics`; 0 takes any free one. */
  readonly metricsPort: number;
  /** The collector of the spans, by OTLP over HTTP. */
  readonly collectorUrl: string;
}
