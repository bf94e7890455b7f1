import type { ExportHealth } from '../export-health';

/** Levels from the most to the least urgent; `silent` writes nothing. */
export const logLevels = ['silent', 'critical', 'error', 'warn', 'info', 'debug'] as const;

/** One of the levels. */
export type LogLevel = (typeof logLevels)[number];

/** How verbose a level is: a line is written where its level is no more verbose than the logger's. */
export const severities: Readonly<Record<LogLevel, number>> = {
  silent: 0,
  critical: 1,
  error: 2,
  warn: 3,
  info: 4,
  debug: 5,
};

/** Facts beside the message; redacted before they are written. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A line as one object: what is not its level or message is a field. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: unknown;
  readonly [field: string]: unknown;
}

/** The ids that tie a line to its call; filled from the running context where they are not given. */
export interface LogIds {
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly requestId?: string | undefined;
}

/** A line whose level, message and some of whose fields never change: put together once, written often. */
export interface PreparedLine {
  /**
   * Writes it with further fields, of which those that are `undefined` are left out. Texts are redacted; what lies in
   * lists and objects has to be without secrets already.
   */
  write(fields: LogFields, ids: LogIds): void;
}

/**
 * Writes log lines. Every line carries service and environment, and inside a call or request its trace, span,
 * correlation and request ids.
 *
 * A message may be followed by fields, by an error, and by values for `%s`, `%d`, `%i`, `%f`, `%j`, `%o` and `%O` in it. An
 * error, be it the message itself, behind it, or a field `err` or `error`, is written with type, message, stack and causes.
 * What has no place in the message becomes the field `value`.
 *
 * @example
 * ```ts
 * import 'reflect-metadata';
 * import { initializeObservability } from 'trefoil';
 *
 * const trefoil = initializeObservability({ metrics: { port: false } });
 * const payments = trefoil.logger.child({ module: 'payments' });
 * payments.warn('retrying', { attempt: 2 }).info('took %d ms', 12);
 * payments.error('charge failed', new Error('declined'), { order_id: 'o-1' });
 * trefoil.logger.setLevel('debug'); // its children follow
 * await trefoil.shutdown();
 * ```
 */
export interface Logger {
  /** What `status()` calls it. */
  readonly name: string;
  /** The least urgent level that is written. */
  readonly level: LogLevel;
  /** Changes the level from the next line on, of all loggers that come from the same one. */
  setLevel(level: LogLevel): void;
  isLevelEnabled(level: LogLevel): boolean;
  /**
   * A line of any level, also as one object. Where the message is followed by fields and a {@link LogIds} alone, the line
   * has these ids instead of the running ones, and its message is written as it is.
   */
  log(level: LogLevel | LogEntry, message?: unknown, ...details: unknown[]): Logger;
  debug(message: unknown, ...details: unknown[]): Logger;
  info(message: unknown, ...details: unknown[]): Logger;
  warn(message: unknown, ...details: unknown[]): Logger;
  error(message: unknown, ...details: unknown[]): Logger;
  critical(message: unknown, ...details: unknown[]): Logger;
  /** An error line with the type, message, stack and causes of what was thrown, whatever that is. */
  exception(message: string, error: unknown, fields?: LogFields): Logger;
  /** A logger whose lines all carry these fields; those of a line itself win over them. */
  child(fields: LogFields): Logger;
  /**
   * Ties fields to the running request: its lines carry them from here on, whichever logger writes them. Requests begun
   * inside it later inherit them, the one around it does not get them.
   *
   * @returns a child with these fields, for where no request is running
   */
  bind(fields: LogFields): Logger;
  /** Resolves when every line so far has been handed to the operating system, or is counted as lost. */
  flush(): Promise<void>;
  close(): Promise<void>;
  /** Puts a line together that is going to be written often; `undefined` where that saves nothing. */
  prepare?(level: LogLevel, message: string, fields: LogFields): PreparedLine | undefined;
  /**
   * Tells of every later change of the level.
   *
   * @returns what ends that; without it, whoever was told stays in memory as long as the logger
   */
  onLevelChange?(tell: () => void): (() => void) | void;
  /** Whoever still holds the logger when it is closed, or a child of it, logs to another one from then on. */
  handOver?(next: () => Logger): void;
  /** How many lines were written and lost. */
  exportHealth?(): readonly ExportHealth[];
}
