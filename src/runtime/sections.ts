import type { AuditSection } from './audit-section';
import type { LoggingSection } from './logging-section';
import type { MetricsSection } from './metrics-section';
import type { TracingSection } from './tracing-section';

/** Which service this is. */
export interface ServiceOptions {
  /** Default: `OTEL_SERVICE_NAME`, else `unknown_service`. */
  readonly name?: string;
  readonly version?: string;
  /** Default: `TREFOIL_ENV`, else `NODE_ENV`, else `development`. */
  readonly environment?: string;
}

/** What is removed before anything is written. */
export interface RedactionSection {
  /** Default `[REDACTED]`. */
  readonly replacement?: string;
  /** Names of fields beside the default ones. */
  readonly fieldsToRedact?: readonly string[];
  /** What is removed from any text: regular expressions without lookarounds and back-references. */
  readonly patterns?: readonly (string | RegExp)[];
}

/** The sections that an environment may change. */
export interface TrefoilSections {
  readonly service?: ServiceOptions;
  readonly audit?: AuditSection;
  readonly metrics?: MetricsSection;
  readonly tracing?: TracingSection;
  readonly logging?: LoggingSection;
  readonly redaction?: RedactionSection;
  /**
   * Shut down when the event loop runs empty, and on SIGTERM and SIGINT, after which the signal has its default effect.
   * Where the application listens to the signal too, everything is flushed, and leaving is the application's: calls
   * that it makes until then are recorded. Default true.
   */
  readonly signals?: boolean;
  /** How often an operation may be called under one parent call before that is marked as N+1. Default 20. */
  readonly repeatedCallsLimit?: number;
  /**
   * How long a stream that a method returns may wait for its reader, in milliseconds, and a writable one may last. The
   * call of one that takes longer is recorded as cancelled, and the stream left as it is. Default 600,000, ten minutes.
   */
  readonly streamTimeoutMs?: number;
  /** How long a shutdown may take, in milliseconds. Default 5,000. */
  readonly shutdownTimeoutMs?: number;
}
