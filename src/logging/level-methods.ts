import type { LogEntry, Logger, LogLevel } from './logger';

/** A method for each level, by what its logger does for any level. */
export abstract class LevelMethods {
  abstract log(level: LogLevel | LogEntry, message?: unknown, ...details: unknown[]): Logger;

  debug(message: unknown, ...details: unknown[]): Logger {
    return this.#logAt('debug', message, details);
  }

  info(message: unknown, ...details: unknown[]): Logger {
    return this.#logAt('info', message, details);
  }

  warn(message: unknown, ...details: unknown[]): Logger {
    return this.#logAt('warn', message, details);
  }

  error(message: unknown, ...details: unknown[]): Logger {
    return this.#logAt('error', message, details);
  }

  critical(message: unknown, ...details: unknown[]): Logger {
    return this.#logAt('critical', message, details);
  }

  /** An object behind the fields is fields, too, and never the ids of the line. */
  #logAt(level: LogLevel, message: unknown, details: readonly unknown[]): Logger {
    return details.length === 2
      ? this.log(level, message, ...details, undefined)
      : this.log(level, message, ...details);
  }
}
