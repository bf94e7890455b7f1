/**
 * How one exporter is doing: what it was given since it started, and what has become of it. A backend that sends
 * something somewhere tells it by a method `exportHealth()`; the runtime shows it in `status()` and as metrics.
 */
export interface ExportHealth {
  /** What it is called in labels, such as `otlp` or `pushgateway`. */
  readonly exporter: string;
  /** Records that wait to be sent, those that are being sent included. */
  readonly queueDepth: number;
  /** How many may wait; more are dropped. `undefined` where none wait. */
  readonly queueLimit: number | undefined;
  /** Records that the far end has accepted. */
  readonly exported: number;
  /** Records that are lost, by reason: `queue_full`, `export_failed`, `too_large` or `shutdown`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Exports given up, their retries included. */
  readonly failures: number;
  /** Further attempts at an export that had failed. */
  readonly retries: number;
  /** Why the last export failed, redacted; `undefined` once one has succeeded. */
  readonly lastError: string | undefined;
}
