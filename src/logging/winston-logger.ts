import * as v from 'valibot';
import type * as Winston from 'winston';
import { bindFields } from '../call/bound-fields';
import { currentContext } from '../call/context';
import type { ExportHealth } from '../export-health';
import { callable, text } from '../option-values';
import { DataRedactor, redactor } from '../redaction/data-redactor';
import { checkOptions } from '../validate-options';
import { LevelMethods } from './level-methods';
import { LineSink } from './line-sink';
import { LogFile } from './log-file';
import { LogOutput } from './log-output';
import type { LogRotationOptions } from './log-rotation';
import { logRotation } from './logging-option-schemas';
import {
  logLevels,
  severities,
  type LogEntry,
  type LogFields,
  type Logger,
  type LogIds,
  type LogLevel,
  type PreparedLine,
} from './logger';
import { preparedJson, renderJson, renderPrepared, renderReadable, type Line } from './render-line';
import { running } from './running-ids';
import { readException, readLogCall, readSaid, type Said } from './said';
import { standardStream, type OutputStream } from './standard-output';
import { readInfo, type WinstonInfo } from './winston-methods';

/** Settings of a {@link WinstonLogger}. */
export interface WinstonLoggerOptions {
  readonly service: string;
  readonly environment: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** One JSON object a line, or text for people. Default `json`. */
  readonly format?: 'json' | 'readable';
  /** Which stream of the process lines go to where no file is given. Default `stdout`. */
  readonly stream?: OutputStream;
  /** A file to append to instead; its directory is made where it is missing. */
  readonly path?: string;
  /** When the file is put aside. Default: never. */
  readonly rotation?: LogRotationOptions;
  /** Told of what could not be written at once, of a rotation that failed, and of errors of winston's. */
  readonly onWriteError?: (error: unknown) => void;
  /** Applied to fields and messages. Default: the default redactor. */
  readonly redactor?: DataRedactor;
}

const optionsSchema = v.strictObject({
  service: v.string(),
  environment: v.string(),
  level: v.optional(v.picklist(logLevels)),
  format: v.optional(v.picklist(['json', 'readable'])),
  stream: v.optional(v.picklist(['stdout', 'stderr'])),
  path: v.optional(text),
  rotation: v.optional(logRotation),
  onWriteError: v.optional(callable<(error: unknown) => void>()),
  redactor: v.optional(redactor),
});

/** What a child has of the logger that it comes from. */
interface Lineage {
  readonly output: LogOutput;
  /** Without secrets. */
  readonly fields: LogFields;
}

/**
 * Logs through winston, with the ids of the running call on every line. A line has been handed to the operating system
 * when the method that logs it returns, so that it outlives the process however that ends. Lines are one line each,
 * whatever is logged (in the readable format the stacks of errors follow on indented ones), and 65,536 characters at most.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`; `TREFOIL_LOGGING_PATH` where the file cannot be written
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
export class WinstonLogger extends LevelMethods implements Logger {
  readonly name: string = 'winston';
  readonly #options: WinstonLoggerOptions;
  readonly #output: LogOutput;
  readonly #redactor: DataRedactor;
  readonly #fields: LogFields;

  constructor(options: WinstonLoggerOptions, lineage?: Lineage) {
    super();
    if (lineage === undefined) checkOptions(optionsSchema, options, 'WinstonLogger');
    this.#options = options;
    this.#redactor = options.redactor ?? new DataRedactor();
    this.#fields = lineage?.fields ?? {};
    this.#output = lineage?.output ?? openOutput(options, (info) => this.#read(info));
  }

  /** The winston logger itself, for transports of your own beside the one that writes the lines. */
  get winston(): Winston.Logger {
    return this.#output.winston;
  }

  get level(): LogLevel {
    return this.#heir?.level ?? this.#output.level;
  }

  setLevel(level: LogLevel): void {
    const heir = this.#heir;
    if (heir === undefined) this.#output.setLevel(level);
    else heir.setLevel(level);
  }

  onLevelChange(tell: () => void): () => void {
    return this.#output.onLevelChange(tell);
  }

  isLevelEnabled(level: LogLevel): boolean {
    const heir = this.#heir;
    if (heir !== undefined) return heir.isLevelEnabled(level);
    const severity = severities[level];
    return severity > 0 && severity <= this.#output.severity;
  }

  log(level: LogLevel | LogEntry, message?: unknown, ...details: unknown[]): Logger {
    try {
      const call = readLogCall(level, message, details);
      if (this.isLevelEnabled(call.level)) this.#write(call.level, () => readSaid(call, this.#redactor), call.ids);
    } catch (error) {
      this.#fail(error);
    }
    return this;
  }

  exception(message: string, error: unknown, fields?: LogFields): Logger {
    if (this.isLevelEnabled('error')) {
      this.#write('error', () => readException(message, error, fields, this.#redactor), undefined);
    }
    return this;
  }

  child(fields: LogFields): Logger {
    const own = { ...this.#fields, ...this.#redactor.redactRecord(fields) };
    return new WinstonLogger(this.#options, { output: this.#output, fields: own });
  }

  bind(fields: LogFields): Logger {
    const request = currentContext();
    if (request !== undefined) bindFields(request, this.#redactor.redactRecord(fields));
    return this.child(fields);
  }

  prepare(level: LogLevel, message: string, fields: LogFields): PreparedLine | undefined {
    // What a subclass or an application has put in the place of log() is to be asked.
    if (this.log !== WinstonLogger.prototype.log) return undefined;
    // A child's own fields may be called as those that change.
    if (this.#options.format === 'readable' || Object.keys(this.#fields).length > 0) return undefined;
    const output = this.#output;
    const { service, environment } = this.#options;
    const own = this.#redactor.redactRecord(fields);
    const text = this.#redactor.redactText(message);
    const prepared = preparedJson({ level, message: text, service, environment, fields: own });
    return {
      write: (changing, ids) => {
        const texts = this.#withoutSecrets(changing);
        const line = output.isAlone && output.closing === undefined ? renderPrepared(prepared, texts, ids) : undefined;
        if (line !== undefined) output.sink.write(line);
        else this.#write(level, () => ({ message: text, fields: { ...own, ...texts } }), ids);
      },
    };
  }

  async flush(): Promise<void> {
    await this.#output.flush();
  }

  /** Lines logged later are lost, unless they have been handed over. Closing twice does no harm. */
  close(): Promise<void> {
    return (this.#output.closing ??= this.#output.close());
  }

  handOver(next: () => Logger): void {
    this.#output.successor = next;
  }

  /** The logger that writes its lines once it is closed. */
  get #heir(): Logger | undefined {
    return this.#output.closing === undefined ? undefined : this.#output.successor?.();
  }

  exportHealth(): readonly ExportHealth[] {
    return [this.#output.sink.health()];
  }

  /** Whatever it is given: it never throws. */
  #write(level: LogLevel, read: () => Said, ids: LogIds | undefined): void {
    const { sink, closing } = this.#output;
    const heir = this.#heir;
    if (closing !== undefined && heir === undefined) return sink.lose('shutdown');
    try {
      const { message, fields: own } = read();
      const here = ids === undefined ? running() : { ids, bound: undefined };
      // What it has read is plain: with the ids behind it, it is not read in another way once more.
      const fields = { ...this.#fields, ...here.bound, ...own };
      if (heir !== undefined) heir.log(level, message, fields, here.ids);
      else this.#output.write(this.#line(level, message, fields, here.ids));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#output.sink.lose('unreadable');
    guarded(this.#options.onWriteError)(error);
  }

  #line(level: LogLevel, message: string, fields: LogFields, ids: LogIds): Line {
    const { service, environment } = this.#options;
    return { level, message, fields, ids, service, environment };
  }

  #withoutSecrets(fields: LogFields): Record<string, unknown> {
    const clean: Record<string, unknown> = {};
    for (const key in fields) {
      const value = fields[key];
      if (value !== undefined) clean[key] = typeof value === 'string' ? this.#redactor.redactText(value) : value;
    }
    return clean;
  }

  /** A line that somebody has logged by winston's own methods. */
  #read(info: WinstonInfo): Line {
    const { call, meta } = readInfo(info);
    const { message, fields } = readSaid(call, this.#redactor);
    const around = readSaid({ ...call, message: '', details: [meta], isAsItIs: true }, this.#redactor);
    const { ids, bound } = running();
    return this.#line(call.level, message, { ...bound, ...around.fields, ...fields }, ids);
  }
}

/** What is told of failures is the user's, and may fail itself. */
function guarded(tell: ((error: unknown) => void) | undefined): (error: unknown) => void {
  return (error) => {
    try {
      tell?.(error);
    } catch {
      // The health of the logger counts it all the same.
    }
  };
}

function openOutput(
  options: WinstonLoggerOptions,
  read: ConstructorParameters<typeof LogOutput>[0]['read'],
): LogOutput {
  const { stream = 'stdout', path, rotation, format, level = 'info', onWriteError } = options;
  const onError = guarded(onWriteError);
  const target = path === undefined ? standardStream(stream) : new LogFile({ path, rotation, onError });
  const render = format === 'readable' ? renderReadable : renderJson;
  return new LogOutput({ sink: new LineSink(target, onError), render, level, read, onError });
}
