import type * as Winston from 'winston';
import type { LineSink } from './line-sink';
import { severities, type Logger, type LogLevel } from './logger';
import { idsOf, type Line, type Render } from './render-line';
import { withoutOrders } from './winston-orders';

/** Where winston looks for the finished text of a line. */
const finished = Symbol.for('message');
/** The same, where it is trefoil's own; `true` where that has been written already. */
const ownText = Symbol('trefoil line');
/** How many lines wait for transports of the user's own; more are lost to them. */
const maxBehind = 10_000;
/** How long transports of the user's own may take to take what they are given, and again to end. */
const maxHandingOnMs = 1_000;
const lookEveryMs = 10;

/** Its types leave out the base of its transports. */
type WinstonModule = typeof Winston & { readonly Transport: new (options: object) => Winston.transport };
type Info = Winston.Logform.TransformableInfo;
type Marked = Info & { readonly [ownText]?: string | true };

/** What a line that came in by winston's own methods is made of. */
export type ReadInfo = (info: Readonly<Record<string, unknown>>) => Line;

interface LogOutputOptions {
  readonly sink: LineSink;
  readonly render: Render;
  readonly level: LogLevel;
  readonly read: ReadInfo;
  readonly onError: (error: unknown) => void;
}

/**
 * What a logger and its children write to: a winston logger. Its one transport writes at once; lines of trefoil's go to
 * it directly, as winston's pipeline takes longer than all the rest of a line, and through winston to transports that the
 * user has added.
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
  readonly #transport: Winston.transport;
  readonly #onError: (error: unknown) => void;
  #level: LogLevel;
  readonly #onLevelChange: (() => void)[] = [];

  constructor({ sink, render, level, read, onError }: LogOutputOptions) {
    const { createLogger, Transport } = require('winston') as WinstonModule;
    this.sink = sink;
    this.#render = render;
    this.#onError = onError;
    this.#level = level;
    this.severity = severities[level];
    this.#transport = new Transport({
      log: (info: Info, next: () => void) => {
        this.#take(info, read);
        next();
      },
    });
    this.winston = createLogger({
      levels: { ...severities },
      level,
      format: { transform: (info: Info) => this.#finish(info, read) },
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
  }

  get level(): LogLevel {
    return this.#level;
  }

  /** What is no level changes nothing. */
  setLevel(level: LogLevel): void {
    if (!Object.hasOwn(severities, level) || level === this.#level) return;
    this.#level = level;
    this.severity = severities[level];
    for (const tell of this.#onLevelChange) tell();
  }

  onLevelChange(tell: () => void): void {
    this.#onLevelChange.push(tell);
  }

  /** Whether a line may go to the sink and nowhere else. */
  get isAlone(): boolean {
    const { transports, silent } = this.winston;
    return transports.length === 1 && transports[0] === this.#transport && silent !== true;
  }

  write(line: Line): void {
    if (this.isAlone) return this.sink.write(this.#render(line));
    if (this.winston.silent === true) return;
    const text = this.#render(line);
    const { transports } = this.winston;
    if (transports.includes(this.#transport)) this.sink.write(text);
    if (this.winston.writableLength >= maxBehind) return this.sink.lose('transport_behind');
    try {
      this.winston.log(infoOf(line, text) as Winston.LogEntry);
    } catch (error) {
      this.sink.lose('transport_failed');
      this.#onError(error);
    }
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

  #take(info: Marked, read: ReadInfo): void {
    const text = info[ownText] ?? this.#renderRead(info, read);
    if (typeof text === 'string') this.sink.write(text);
  }

  /** Gives transports of the user's that have no format of their own the text of the line. */
  #finish(info: Marked, read: ReadInfo): Info {
    if (info[ownText] !== undefined) return info;
    const text = this.#renderRead(info, read);
    return Object.assign(info, { [finished]: text, [ownText]: text });
  }

  #renderRead(info: Info, read: ReadInfo): string | undefined {
    try {
      return this.#render(read(info));
    } catch {
      this.sink.lose('unreadable');
      return undefined;
    }
  }
}

/** A line as winston hands it on. */
function infoOf({ level, message, service, environment, fields, ids }: Line, text: string): Record<string, unknown> {
  const info = withoutOrders(fields);
  if (service !== undefined) Object.assign(info, { service });
  if (environment !== undefined) Object.assign(info, { environment });
  return Object.assign(info, Object.fromEntries(idsOf(ids)), { level, message, [finished]: text, [ownText]: true });
}
