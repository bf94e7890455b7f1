import * as v from 'valibot';
import { objectWith } from '../option-values';
import { checkOptions } from '../validate-options';
import { ForwardingLogger, type ForeignLogger, type ForwardingOptions } from './forwarding-logger';
import { forwardingOptions } from './logging-option-schemas';
import type { Logger, LogLevel } from './logger';
import { renamed } from './render-line';

type PinoMethod = (fields: object, message: string) => unknown;

/** What is used of a pino logger, and of others that have its methods. */
export interface PinoShaped {
  level: string;
  fatal: PinoMethod;
  error: PinoMethod;
  warn: PinoMethod;
  info: PinoMethod;
  debug: PinoMethod;
  isLevelEnabled?(level: string): boolean;
  flush?(done?: (error?: Error) => void): unknown;
}

/** What pino writes itself; and of `method`, `headers` and `socket` together it makes a request, without all the rest. */
const takenByPino: ReadonlySet<string> = new Set(['time', 'pid', 'hostname', 'msg', 'socket']);

const names = { critical: 'fatal', error: 'error', warn: 'warn', info: 'info', debug: 'debug' } as const;

const maxFlushMs = 1_000;

/** What is emitted by the stream that a pino logger writes to. */
interface Emits {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

const argumentsSchema = v.strictObject({
  logger: objectWith<PinoShaped>(['fatal', 'error', 'warn', 'info', 'debug'], 'a pino logger'),
  options: forwardingOptions,
});

/**
 * Lets trefoil log through a pino logger of the application's own (`critical` is pino's `fatal`), with its destination,
 * bindings and level. Secrets are removed, and what could forge a line is escaped before it gets them. It is flushed, and
 * never closed by trefoil.
 *
 * @throws TrefoilError `TREFOIL_OPTIONS_INVALID`
 *
 * @example
 * ```ts
 * import { pino } from 'pino';
 * import { fromPino } from 'trefoil';
 *
 * const logger = fromPino(pino({ level: 'info' }));
 * logger.info('order placed', { order_id: 'o-1' });
 * ```
 */
export function fromPino(logger: PinoShaped, options: ForwardingOptions = {}): Logger {
  checkOptions(argumentsSchema, { logger, options }, 'fromPino');
  return new ForwardingLogger(foreignPino(logger), options);
}

function foreignPino(logger: PinoShaped): ForeignLogger {
  return {
    name: 'pino',
    isLevelEnabled: (level) => isKnown(level) && (logger.isLevelEnabled?.(names[level]) ?? true),
    setLevel(level) {
      if (isKnown(level)) logger.level = names[level];
    },
    write: (level, message, fields) =>
      isKnown(level) ? logger[names[level]](renamed(fields, takenByPino), message) : undefined,
    flush: () => flushed(logger),
    watch(onError) {
      const stream = streamOf(logger);
      stream?.on('error', onError);
      return () => void stream?.off('error', onError);
    },
  };
}

function isKnown(level: LogLevel): level is keyof typeof names {
  return level !== 'silent';
}

/** A destination that cannot flush does not call back either; it is not waited for. */
function flushed(logger: PinoShaped): Promise<void> {
  if (logger.flush === undefined) return Promise.resolve();
  let late: NodeJS.Timeout | undefined;
  const done = new Promise<void>((resolve, reject) => {
    // It holds the process: without anything else to do, that would end before whoever waits here goes on.
    late = setTimeout(resolve, maxFlushMs);
    logger.flush?.((error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
  return done.finally(() => clearTimeout(late));
}

/** pino keeps its destination under a symbol of its own. */
function streamOf(logger: object): Emits | undefined {
  for (let owner: object | null = logger; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const key = Object.getOwnPropertySymbols(owner).find(({ description }) => description === 'pino.stream');
    if (key === undefined) continue;
    const stream = (owner as Readonly<Record<symbol, unknown>>)[key] as Partial<Emits> | undefined;
    return typeof stream?.on === 'function' && typeof stream.off === 'function' ? (stream as Emits) : undefined;
  }
  return undefined;
}
