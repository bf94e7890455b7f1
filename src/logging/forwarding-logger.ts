import { bindFields } from '../call/bound-fields';
import { currentContext } from '../call/context';
import { whenRejected } from '../diagnostics';
import type { ExportHealth } from '../export-health';
import { DataRedactor } from '../redaction/data-redactor';
import { escapeText } from '../redaction/escape-text';
import { LevelListeners } from './level-listeners';
import { LevelMethods } from './level-methods';
import {
  logLevels,
  severities,
  type LogEntry,
  type LogFields,
  type Logger,
  type LogIds,
  type LogLevel,
} from './logger';
import { cutText, maxLineLength } from './render-line';
import { running } from './running-ids';
import { safeFields } from './safe-fields';
import { readException, readLogCall, readSaid, type Said } from './said';

/** A logger of another library, with trefoil's levels put into its own. */
export interface ForeignLogger {
  /** What `status()` calls it. */
  readonly name: string;
  isLevelEnabled(level: LogLevel): boolean;
  /** Its own level; nothing where it has none that can be set. */
  setLevel?(level: LogLevel): void;
  /** May throw, or give a promise that rejects. */
  write(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): unknown;
  /** Hands on what it holds back. */
  flush?(): unknown;
  /** Tells of errors that it has by itself; gives what ends that. */
  watch?(onError: (error: unknown) => void): () => void;
}

/** What a logger of the application's own is told about the lines that it gets. */
export interface ForwardingOptions {
  /** On every line; without it the logger's own business. */
  readonly service?: string;
  /** On every line; without it the logger's own business. */
  readonly environment?: string;
  /** Applied to fields and messages. Default: the default redactor. */
  readonly redactor?: DataRedactor;
  /** Told where the logger fails; the line is lost and counted. */
  readonly onError?: (error: unknown) => void;
}

/** What a logger and its children share. */
interface Forwarded {
  readonly foreign: ForeignLogger;
  readonly options: ForwardingOptions;
  /** Silence is kept here: not every logger knows it. */
  isSilent: boolean;
  written: number;
  failures: number;
  lastError: string | undefined;
  stopWatching: (() => void) | undefined;
  readonly levelListeners: LevelListeners;
}

/**
 * Hands lines to a logger of the application's own: with the ids of the running call, without secrets, and with nothing
 * in them that could forge a line. Whatever that logger does, whoever logs does not notice.
 */
export class ForwardingLogger extends LevelMethods implements Logger {
  readonly name: string;
  readonly #shared: Forwarded;
  readonly #redactor: DataRedactor;
  readonly #fields: LogFields;

  constructor(
    foreign: ForeignLogger,
    options: ForwardingOptions,
    lineage?: { readonly shared: Forwarded; readonly fields: LogFields },
  ) {
    super();
    this.name = foreign.name;
    this.#redactor = options.redactor ?? new DataRedactor();
    this.#fields = lineage?.fields ?? {};
    this.#shared = lineage?.shared ?? {
      foreign,
      options,
      isSilent: false,
      written: 0,
      failures: 0,
      lastError: undefined,
      stopWatching: undefined,
      levelListeners: new LevelListeners(),
    };
    if (lineage === undefined) this.#watch();
  }

  get level(): LogLevel {
    return logLevels.findLast((level) => this.isLevelEnabled(level)) ?? 'silent';
  }

  /** Sets the level of the logger itself, where it has one. */
  setLevel(level: LogLevel): void {
    if (!Object.hasOwn(severities, level)) return;
    this.#shared.isSilent = level === 'silent';
    if (level !== 'silent') this.#guarded(() => this.#shared.foreign.setLevel?.(level));
    this.#shared.levelListeners.tell();
  }

  onLevelChange(tell: () => void): () => void {
    return this.#shared.levelListeners.add(tell);
  }

  isLevelEnabled(level: LogLevel): boolean {
    if (level === 'silent' || this.#shared.isSilent) return false;
    try {
      return this.#shared.foreign.isLevelEnabled(level);
    } catch {
      // One that cannot say is asked to write, and fails there if it must.
      return true;
    }
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
    const { foreign, options } = this.#shared;
    return new ForwardingLogger(foreign, options, { shared: this.#shared, fields: own });
  }

  bind(fields: LogFields): Logger {
    const request = currentContext();
    if (request !== undefined) bindFields(request, this.#redactor.redactRecord(fields));
    return this.child(fields);
  }

  async flush(): Promise<void> {
    try {
      await this.#shared.foreign.flush?.();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The logger is the application's, and stays open. */
  async close(): Promise<void> {
    await this.flush();
    this.#guarded(() => this.#shared.stopWatching?.());
    this.#shared.stopWatching = undefined;
  }

  exportHealth(): readonly ExportHealth[] {
    const { written, failures, lastError } = this.#shared;
    const dropped: Record<string, number> = failures === 0 ? {} : { export_failed: failures };
    const queue = { queueDepth: 0, queueLimit: undefined };
    return [{ exporter: `log_${this.name}`, ...queue, exported: written, dropped, failures, retries: 0, lastError }];
  }

  #write(level: LogLevel, read: () => Said, ids: LogIds | undefined): void {
    try {
      const here = ids === undefined ? running() : { ids, bound: undefined };
      const { message, fields: own } = read();
      const text = cutText(escapeText(message), maxLineLength / 2);
      const room = maxLineLength - text.length;
      const { service, environment } = this.#shared.options;
      const all = { ...this.#fields, ...here.bound, ...own };
      const fields = safeFields({ fields: all, ids: here.ids, service, environment }, room);
      const returned = this.#shared.foreign.write(level, text, fields);
      this.#shared.written += 1;
      whenRejected(returned, (error) => {
        this.#shared.written -= 1;
        this.#fail(error);
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  #watch(): void {
    this.#guarded(() => {
      this.#shared.stopWatching = this.#shared.foreign.watch?.((error) => this.#fail(error));
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#shared.failures += 1;
    try {
      this.#shared.lastError = this.#redactor.redactText(error instanceof Error ? error.message : String(error));
    } catch {
      this.#shared.lastError = 'an error that cannot be read';
    }
    try {
      this.#shared.options.onError?.(error);
    } catch {
      // What is told of failures may fail itself; they are counted all the same.
    }
  }
}
