import type { Writable } from 'node:stream';
import { trace } from '@opentelemetry/api';
import type * as Winston from 'winston';
import { activeContext, callIn, requestIn } from '../call/context';
import { DataRedactor } from '../redaction/data-redactor';
import { openFileStream } from './file-stream';
import type { LogFields, Logger, LogIds, LogLevel } from './logger';
import { renderJson, renderReadable, type Line } from './render-line';

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

/** What a logger and its children write to. */
interface Output {
  readonly winston: Winston.Logger;
  readonly file: Writable | undefined;
  closing: Promise<void> | undefined;
}

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
  readonly #output: Output;
  readonly #redactor: DataRedactor;
  readonly #fixed: LogFields;

  constructor(options: WinstonLoggerOptions, parent?: { readonly logger: WinstonLogger; readonly fields: LogFields }) {
    this.#options = options;
    this.#redactor = options.redactor ?? new DataRedactor();
    if (parent === undefined) {
      this.#output = openOutput(options);
      this.#fixed = { service: options.service, environment: options.environment };
    } else {
      this.#output = parent.logger.#output;
      this.#fixed = { ...parent.logger.#fixed, ...this.#redactor.redactRecord(parent.fields) };
    }
  }

  isLevelEnabled(level: LogLevel): boolean {
    return severities[level] > 0 && severities[level] <= severities[this.#output.winston.level as LogLevel];
  }

  log(level: LogLevel, message: string, fields?: LogFields, ids?: LogIds): void {
    if (!this.isLevelEnabled(level) || this.#output.closing !== undefined) return;
    this.#output.winston.log({
      level,
      message: this.#redactor.redactText(message),
      // The line's own fields come last: a field of the user's cannot pose as one of them.
      fields: {
        ...(fields === undefined ? {} : this.#redactor.redactRecord(fields)),
        ...this.#fixed,
        ...(ids === undefined ? contextFields() : idFields(ids)),
      },
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
  close(): Promise<void> {
    return (this.#output.closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const { winston, file } = this.#output;
    await new Promise<void>((resolve) => {
      winston.once('finish', resolve);
      winston.end();
    });
    // The transports take what the logger still held back in the turn after it has finished.
    await this.flush();
    if (file !== undefined) await new Promise<void>((resolve) => file.end(resolve));
  }
}

function ignore(): void {}

function openOutput({ path, format, level = 'info', onWriteError = ignore }: WinstonLoggerOptions): Output {
  const { createLogger, format: formats, transports } = require('winston') as typeof Winston;
  const file = path === undefined ? undefined : openFileStream(path, onWriteError);
  const render = format === 'readable' ? renderReadable : renderJson;
  const winston = createLogger({
    levels: severities,
    level,
    format: formats.printf((info) => render(info as unknown as Line)),
    transports: [file === undefined ? new transports.Console() : new transports.Stream({ stream: file })],
  });
  // Without a listener, an error event would bring the process down.
  winston.on('error', onWriteError);
  return { winston, file, closing: undefined };
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
