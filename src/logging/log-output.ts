import type * as Winston from 'winston';
import { escapeText } from '../redaction/escape-text';
import { LevelListeners } from './level-listeners';
import type { LineSink } from './line-sink';
import { severities, type Logger, type LogLevel } from './logger';
import { cutText, maxLineLength, timestamp, type Line, type Render } from './render-line';
import { safeFields } from './safe-fields';
import { replaceMethods, type WinstonInfo } from './winston-methods';
import { withoutOrders } from './winston-orders';

/** Where winston looks for the level of a line, and for its finished text. */
const [levelKey, finished] = [Symbol.for('level'), Symbol.for('message')];
/** How many lines wait for transports of the user's own; more are lost to them. */
const maxBehind = 10_000;
/** How long transports of the user's own may take to take what they are given, and again to end. */
const maxHandingOnMs = 1_000;
const lookEveryMs = 10;
const orders = ['exception', 'rejection'] as const;

/** Its types leave out the base of its transports. */
type WinstonModule = typeof Winston & { readonly Transport: new (options: object) => Winston.transport };
type Done = (error?: Error | null) => void;

/** What a line that came in by winston's own methods is made of. */
export type ReadInfo = (info: WinstonInfo) => Line;

interface LogOutputOptions {
  readonly sink: LineSink;
  readonly render: Render;
  readonly level: LogLevel;
  readonly read: ReadInfo;
  readonly onError: (error: unknown) => void;
}

/**
 * What a logger and its children write to: a winston logger. Lines of trefoil's go to the sink directly, as winston's
 * pipeline takes longer than all the rest of a line, and through winston to transports that the user has added. What comes
 * in by winston's own methods is made a line of trefoil's before anything of winston's, or of the user's, sees it.
 */
export class LogOutput {
  readonly winston: Winston.Logger;
  readonly sink: LineSink;
  /** How verbose the level is. */
  severity: number;
  closing: Promise<void> | undefined = undefined;
  /** Gives the logger that has come after it. */
  successor: (() => Logger) | undefined = undefined;
  readonly #render: Render;
  /** Stands for the sink among winston's transports: without any, winston complains. Removed, the sink gets no line. */
  readonly #transport: Winston.transport;
  readonly #onError: (error: unknown) => void;
  readonly #handOn: (info: object, done?: Done) => boolean;
  #level: LogLevel;
  readonly #levelListeners = new LevelListeners();

  constructor({ sink, render, level, read, onError }: LogOutputOptions) {
    const { createLogger, Transport } = require('winston') as WinstonModule;
    this.sink = sink;
    this.#render = render;
    this.#onError = onError;
    this.#level = level;
    this.severity = severities[level];
    this.#transport = new Transport({ log: (_info: unknown, next: () => void) => next() });
    this.winston = createLogger({
      levels: { ...severities },
      level,
      format: { transform: (info) => info },
      transports: [this.#transport],
    });
    // Without a listener, an error event would bring the process down.
    this.winston.on('error', onError);
    // winston's own property stays the one place where the level stands, whoever sets it.
    Object.defineProperty(this.winston, 'level', {
      get: () => this.#level,
      set: (next: LogLevel) => this.setLevel(next),
      enumerable: true,
      configurable: true,
    });
    this.#handOn = this.winston.write.bind(this.winston);
    replaceMethods(this.winston);
    const write = (info: WinstonInfo, encoding?: unknown, done?: Done): boolean =>
      this.#take(info, read, typeof encoding === 'function' ? (encoding as Done) : done);
    Object.defineProperty(this.winston, 'write', { value: write, configurable: true, writable: true });
  }

  get level(): LogLevel {
    return this.#level;
  }

  /** What is no level changes nothing. */
  setLevel(level: LogLevel): void {
    if (!Object.hasOwn(severities, level) || level === this.#level) return;
    this.#level = level;
    this.severity = severities[level];
    this.#levelListeners.tell();
  }

  onLevelChange(tell: () => void): () => void {
    return this.#levelListeners.add(tell);
  }

  /** Whether a line may go to the sink and nowhere else. */
  get isAlone(): boolean {
    const { transports, silent } = this.winston;
    return transports.length === 1 && transports[0] === this.#transport && silent !== true;
  }

  write(line: Line): void {
    if (this.isAlone) this.sink.write(this.#render(line));
    else this.#writeToAll(line);
  }

  async flush(): Promise<void> {
    await Promise.all([this.sink.flush(), this.#handedOn()]);
  }

  /** winston's streams are ended once all that they hold has been handed on: it loses what it holds when it is ended. */
  async close(): Promise<void> {
    if (await this.#handedOn()) await this.#ended();
    else this.winston.end();
    await this.sink.close();
  }

  /** Whether transports of the user's have taken all; one that takes no more would hold it up for good. */
  async #handedOn(): Promise<boolean> {
    for (let waitedMs = 0; this.#isBehind(); waitedMs += lookEveryMs) {
      if (waitedMs >= maxHandingOnMs) return false;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    return true;
  }

  #isBehind(): boolean {
    const { writableLength, readableLength, transports } = this.winston;
    return writableLength + readableLength > 0 || transports.some((transport) => transport.writableLength > 0);
  }

  #ended(): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, maxHandingOnMs);
      this.winston.once('finish', () => {
        clearTimeout(late);
        resolve();
      });
      this.winston.end();
    });
  }

  /** A line that came in by winston's own methods, or by its stream. */
  #take(info: WinstonInfo, read: ReadInfo, done: Done | undefined): boolean {
    if (done !== undefined) process.nextTick(done);
    if (this.closing !== undefined) this.sink.lose('shutdown');
    else if (this.winston.silent !== true) {
      try {
        const line = read(info);
        // An unknown level is winston's to complain about.
        if (!Object.hasOwn(severities, line.level) || this.winston.isLevelEnabled(line.level)) {
          this.#writeToAll(line, this.#ordersIn(info));
        }
      } catch (error) {
        this.sink.lose('unreadable');
        this.#onError(error);
      }
    }
    return this.winston.writableLength < maxBehind;
  }

  #writeToAll(line: Line, given: Readonly<Record<string, true>> = {}): void {
    if (this.winston.silent === true) return;
    const timed = { ...line, timestamp: timestamp() };
    const text = this.#render(timed);
    const { transports } = this.winston;
    if (transports.includes(this.#transport) && severities[line.level] <= this.severity) this.sink.write(text);
    if (this.winston.writableLength >= maxBehind) return this.sink.lose('transport_behind');
    try {
      this.#handOn({ ...infoOf(timed, text), ...given });
    } catch (error) {
      this.sink.lose('transport_failed');
      this.#onError(error);
    }
  }

  /** What winston's handlers of uncaught errors tell its transports, where the application has started them. */
  #ordersIn(info: WinstonInfo): Readonly<Record<string, true>> {
    const handlers = { exception: this.winston.exceptions, rejection: this.winston.rejections };
    const isOrder = (name: (typeof orders)[number]): boolean =>
      info[name] === true && typeof (handlers[name] as { readonly catcher?: unknown }).catcher === 'function';
    return Object.fromEntries(orders.filter(isOrder).map((name) => [name, true] as const));
  }
}

/** A line as winston hands it on: without secrets, and with nothing in it that could forge another line. */
function infoOf(line: Line & { readonly timestamp: string }, text: string): Record<string | symbol, unknown> {
  const message = cutText(escapeText(line.message), maxLineLength / 2);
  const fields = safeFields({ ...line, fields: withoutOrders(line.fields) }, maxLineLength - message.length);
  const { level, timestamp: at } = line;
  return { ...fields, timestamp: at, level, message, [levelKey]: level, [finished]: text };
}
