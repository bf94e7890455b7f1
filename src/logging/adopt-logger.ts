import type { ForwardingOptions } from './forwarding-logger';
import { fromConsole, type ConsoleShaped } from './from-console';
import { fromPino, type PinoShaped } from './from-pino';
import { fromWinston, type WinstonShaped } from './from-winston';
import type { Logger } from './logger';

/** What can be logged through: trefoil's own interface, or one of the loggers that people have. */
export type AnyLogger = Logger | WinstonShaped | PinoShaped | ConsoleShaped;

type Shape = 'winston' | 'trefoil' | 'pino' | 'console';

const consoleMethods = ['debug', 'info', 'warn', 'error'] as const;

/** Of which logger something has the shape; `undefined` where it is none. */
export function loggerShapeOf(given: unknown): Shape | undefined {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return undefined;
  const has = (...methods: readonly string[]): boolean =>
    methods.every((method) => typeof (given as Readonly<Record<string, unknown>>)[method] === 'function');
  const { levels, transports, level } = given as Readonly<Record<string, unknown>>;
  if (has('log') && typeof levels === 'object' && levels !== null && transports !== undefined) return 'winston';
  if (has('log', 'isLevelEnabled', 'flush', 'close')) return 'trefoil';
  if (has('fatal', ...consoleMethods) && typeof level === 'string') return 'pino';
  return has(...consoleMethods) ? 'console' : undefined;
}

/** Makes a logger of what is none of trefoil's, but has the shape of another one; else `undefined`. */
export function adoptLogger(given: unknown, options: ForwardingOptions): Logger | undefined {
  switch (loggerShapeOf(given)) {
    case 'winston':
      return fromWinston(given as WinstonShaped, options);
    case 'pino':
      return fromPino(given as PinoShaped, options);
    case 'console':
      return fromConsole(given as ConsoleShaped, options);
    default:
      return undefined;
  }
}
