import type { Writable } from 'node:stream';
import { trace } from '@opentelemetry/api';
import type * as Winston from 'winston';
import { activeContext, callIn, requestIn } from '../call/context';
import { DataRedactor } from '../redaction/data-redactor';
import { escapeJson, escapeText } from '../redaction/escape-text';
import { openFileStream } from './file-stream';
import type { LogFields, Logger, LogIds, LogLevel } from './logger';

/** Settings of a {@link WinstonLogger}. */
export interface WinstonLoggerOptions {
  readonly service: string;
  readonly environment: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** One JSON object a line, or text for people. Default `json`. */
  readonly format?: 'json' | 'readable';
  /** A file to append to instead of standard output; its directory is made where it is missing. */
  readonly path?: string;
  /** Told of a line that could not be written to the file, and is lost. */
  readonly onWriteError?: (error: unknown) => void;
  /** Applied to fields and messages. Default: the default redactor. */
  readonly redactor?: DataRedactor;
}

const severities = { silent: 0, critical: 1, error: 2, warn: 3, info: 4, debug: 5 } as const satisfies Record<
  LogLevel,
  number
>;

type Info = Readonly<Record<string, unknown>> & { readonly level: string; readonly message: string };

/**
 * Logs through winston, with the ids of the running call on every line.
 *
 * @throws TrefoilError `TREFOIL_LOGGING_PATH` where the file cannot be written
 *
 * @example
 * ```ts
 * import { WinstonLogger } from 'trefoil';
 *
 * const logger = new WinstonLogger({ service: 'orders', environment: 'development', format: 'readable' });
 * logger.info('order placed', { order_id: 'o-1', card_number: '4111' }); // card_number: [REDACTED]
 * await logger.close();
 * ```
 */
export class WinstonLogger implements Logger {
  readonly name: string = 'winston';
  readonly #options: WinstonLoggerOptions;
  readonly #winston: Winston.Logger;
  readonly #file: Writable | undefined;
  readonly #redactor: DataRedactor;
  readonly #fixed: LogFields;

  constructor(options: WinstonLoggerOptions, parent?: { readonly logger: WinstonLogger; readonly fields: LogFields }) {
    this.#options = options;
    this.#redactor = options.redactor ?? new DataRedactor();
    if (parent === undefined) {
      this.#file =
        options.path === undefined ? undefined : openFileStream(options.path, options.onWriteError ?? ignore);
      this.#winston = createWinston(options, this.#file);
      this.#fixed = { service: options.service, environment: options.environment };
    } else {
      this.#file = parent.logger.#file;
      this.#winston = parent.logger.#winston;
      this.#fixed = { ...parent.logger.#fixed, ...this.#redacted(parent.fields) };
    }
  }

  isLevelEnabled(level: LogLevel): boolean {
    return severities[level] > 0 && severities[level] <= severities[this.#winston.level as LogLevel];
  }

  log(level: LogLevel, message: string, fields?: LogFields, ids?: LogIds): void {
    if (!this.isLevelEnabled(level)) return;
    // The line's own fields come last: a field of the user's cannot pose as one of them.
    this.#winston.log({
      ...(fields === undefined ? {} : this.#redacted(fields)),
      ...this.#fixed,
      ...(ids === undefined ? contextFields() : idFields(ids)),
      level,
      message: this.#redactor.redactText(message),
    });
  }

  debug(message: string, fields?: LogFields): void {
    this.log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.log('error', message, fields);
  }

  critical(message: string, fields?: LogFields): void {
    this.log('critical', message, fields);
  }

  child(fields: LogFields): Logger {
    return new WinstonLogger(this.#options, { logger: this, fields });
  }

  /** winston tells when lines are out only by ending; a line is handed on in the turn in which it is logged. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  /** Lines logged later are lost. Closing twice does no harm. */
  async close(): Promise<void> {
    if (this.#winston.writableEnded) return;
    await new Promise<void>((resolve) => {
      this.#winston.once('finish', resolve);
      this.#winston.end();
    });
    // The transports take what the logger still held back in the turn after it has finished.
    await this.flush();
    if (this.#file !== undefined) await new Promise<void>((resolve) => this.#file?.end(resolve));
  }

  #redacted(fields: LogFields): Record<string, unknown> {
    return this.#redactor.redact(fields) as Record<string, unknown>;
  }
}

function ignore(): void {}

function createWinston(options: WinstonLoggerOptions, file: Writable | undefined): Winston.Logger {
  const winston = require('winston') as typeof Winston;
  const render = options.format === 'readable' ? renderReadable : renderJson;
  const { Console, Stream } = winston.transports;
  return winston.createLogger({
    levels: severities,
    level: options.level ?? 'info',
    format: winston.format.printf((info) => render(info as unknown as Info)),
    transports: [file === undefined ? new Console() : new Stream({ stream: file })],
  });
}

function contextFields(): Record<string, string> {
  const within = activeContext();
  const call = callIn(within);
  const span = trace.getSpanContext(within);
  return idFields({
    traceId: span?.traceId ?? call?.traceId,
    spanId: span?.spanId ?? call?.spanId,
    correlationId: call?.correlationId ?? requestIn(within)?.correlationId,
  });
}

function idFields({ traceId, spanId, correlationId }: LogIds): Record<string, string> {
  return {
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    ...(spanId === undefined ? {} : { span_id: spanId }),
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
  };
}

function renderJson({ level, message, ...fields }: Info): string {
  const head = { timestamp: new Date().toISOString(), level, message };
  return escapeJson(JSON.stringify({ ...head, ...fields, ...head }));
}

function renderReadable({ level, message, service, ...fields }: Info): string {
  const details = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const line = [new Date().toISOString(), level.toUpperCase().padEnd(8), `[${String(service)}]`, message, ...details];
  return escapeText(line.join(' '));
}
