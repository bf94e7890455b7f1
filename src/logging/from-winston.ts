import * as v from 'valibot';
import { objectWith } from '../option-values';
import { checkOptions } from '../validate-options';
import { ForwardingLogger, type ForeignLogger, type ForwardingOptions } from './forwarding-logger';
import { forwardingOptions } from './logging-option-schemas';
import type { Logger, LogLevel } from './logger';
import { withoutOrders } from './winston-orders';

/** What is used of a winston logger. */
export interface WinstonShaped {
  level: string;
  readonly levels: Readonly<Record<string, number>>;
  readonly transports: unknown;
  readonly silent?: boolean;
  log(info: { level: string; message: string; [field: string]: unknown }): unknown;
  on?(event: 'error', listener: (error: unknown) => void): unknown;
  off?(event: 'error', listener: (error: unknown) => void): unknown;
}

/** What trefoil's levels are called in winston's npm and syslog levels and in those that people make up, best first. */
const names: Readonly<Record<LogLevel, readonly string[]>> = {
  silent: [],
  critical: ['critical', 'crit', 'fatal', 'error', 'err'],
  error: ['error', 'err'],
  warn: ['warn', 'warning'],
  info: ['info', 'notice'],
  debug: ['debug', 'verbose', 'trace', 'silly'],
};

const argumentsSchema = v.strictObject({
  logger: objectWith<WinstonShaped>(['log'], 'a winston logger'),
  options: forwardingOptions,
});

/**
 * Lets trefoil log through a winston logger of the application's own, with its transports, formats and level. Fields
 * come beside `level` and `message`; secrets are removed, and what could forge a line is escaped before it gets them. It
 * is never closed by trefoil.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import winston from 'winston';
 * import { fromWinston } from 'trefoil';
 *
 * const logger = fromWinston(winston.createLogger({ transports: [new winston.transports.Console()] }));
 * logger.critical('database connection lost'); // at winston's `error`: its default levels have nothing above it
 * ```
 */
export function fromWinston(logger: WinstonShaped, options: ForwardingOptions = {}): Logger {
  checkOptions(argumentsSchema, { logger, options }, 'fromWinston');
  return new ForwardingLogger(foreignWinston(logger), options);
}

function foreignWinston(logger: WinstonShaped): ForeignLogger {
  const nameOf = (level: LogLevel): string => {
    const known = names[level].find((name) => Object.hasOwn(logger.levels, name));
    // Levels of the application's own: the most urgent for what is urgent, the least urgent for the rest.
    const byUrgency = Object.entries(logger.levels).sort(([, a], [, b]) => a - b);
    return known ?? byUrgency.at(level === 'info' || level === 'debug' ? -1 : 0)?.[0] ?? level;
  };
  return {
    name: 'winston',
    isLevelEnabled(level) {
      if (logger.silent === true) return false;
      const [most, asked] = [logger.levels[logger.level], logger.levels[nameOf(level)]];
      // A transport may have a level of its own, more verbose than the logger's.
      const own = transportLevels(logger.transports).map((name) => logger.levels[name]);
      return [most, ...own].some((bound) => bound === undefined || (asked ?? 0) <= bound);
    },
    setLevel(level) {
      logger.level = nameOf(level);
    },
    write(level, message, fields) {
      const returned = logger.log({ ...withoutOrders(fields), level: nameOf(level), message });
      return returned === logger ? undefined : returned;
    },
    watch(onError) {
      logger.on?.('error', onError);
      return () => void logger.off?.('error', onError);
    },
    flush: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

function transportLevels(transports: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(transports) ? transports : [];
  const levels = list.map((transport) => (transport as { readonly level?: unknown } | null)?.level);
  return levels.filter((level): level is string => typeof level === 'string');
}
