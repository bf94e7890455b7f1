/** Levels from the most to the least urgent; `silent` writes nothing. */
export const logLevels = ['silent', 'critical', 'error', 'warn', 'info', 'debug'] as const;

/** One of the levels. */
export type LogLevel = (typeof logLevels)[number];

/** Facts beside the message; redacted before they are written. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The ids that tie a line to its call; filled from the running context where they are not given. */
export interface LogIds {
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly correlationId?: string | undefined;
}

/**
 * Writes log lines. Every line carries service and environment, and inside a call or request its trace, span and
 * correlation ids.
 */
export interface Logger {
  /** What `status()` calls it. */
  readonly name: string;
  isLevelEnabled(level: LogLevel): boolean;
  log(level: LogLevel, message: string, fields?: LogFields, ids?: LogIds): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  critical(message: string, fields?: LogFields): void;
  /** A logger whose lines all carry these fields. */
  child(fields: LogFields): Logger;
  /** Resolves when every line so far has been handed to the operating system. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
